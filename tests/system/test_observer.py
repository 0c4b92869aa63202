# SPDX-License-Identifier: Apache-2.0
"""A node with the role observer: the secretariat looks there. It collects
ledgers, statements and cosignatures, holds no block, and nobody opens a port
for it."""
import pytest

from files import make_some


def observes(lines):
    return [line.replace("dignity store", "dignity observer")
            if line.startswith("node dignity-1") else line for line in lines]


@pytest.fixture
def watched(consortium):
    """Two members that hold everything, and an observer that only dials."""
    three = consortium(["dignity", "redress", "viasna"], copies=2, cosigners=2)
    three["dignity"].listens = lambda: None
    three.make_keys()
    three.sign_roster(three.roster_text(changes=observes), three.roster)
    for node in three.nodes.values():
        node.init(three.roster)
        node.start()
    for node in three.nodes.values():
        node.wait_ready()
    three["viasna"].wait_vouched()
    return three


def open_copies(node):
    data = node.list().json()["data"]
    return [item["copies"]["open"] for item in data["items"]]


def stored(node):
    """Bytes of all that a node has on its disk."""
    return sum(path.stat().st_size for path in node.data.rglob("*")
               if path.is_file() and path.name not in ("LOG", "LOCK"))


def test_sees_all_and_holds_nothing(watched, folder):
    """It knows each item and who holds it, by statements that came over the
    sessions that it dialled; no block crosses to it, it asks for none, and its
    own node is no copy for anybody. When nobody answers any more it still says
    who held what."""
    dignity, viasna = watched["dignity"], watched["viasna"]
    source = folder / "src"
    source.mkdir()
    (source / "big.bin").write_bytes(bytes(range(256)) * 80_000)
    make_some(folder / "src" / "small", 4)
    viasna.deposit(source)
    status = dignity.wait(
        lambda s: s["copies"][2] == 5, 150, "see two copies of all")
    assert (status["items"], status["held"]) == (5, 0)
    assert status["wanted_bytes"] == 0
    assert open_copies(dignity) == [["redress", "viasna"]] * 5
    assert stored(dignity) < 5_000_000 < 20_000_000 < stored(watched["redress"])
    viasna.wait_copies(5, 2)
    assert open_copies(viasna) == [["redress", "viasna"]] * 5
    viasna.kill()
    watched["redress"].kill()
    dignity.stop()
    dignity.start()
    assert open_copies(dignity) == [["redress", "viasna"]] * 5
    status = dignity.run("status", "--config", dignity.config,
                         "--json", ok=(0, 4, 5)).json()["data"]
    assert [node["connected"] for node in status["nodes"]] == [False, False]


def test_cosigns(watched, folder):
    """It is a witness like the others: with two lines wanted, an item's time is
    proven by redress and by the observer."""
    viasna = watched["viasna"]
    viasna.deposit(make_some(folder / "src", 2))
    [receipt] = viasna.receipts()

    def proven(_):
        data = viasna.check_receipts(receipt, ok=(0, 5, 75)).json()["data"]
        return all(item.get("proven_time") for item in data["items"])

    viasna.wait(proven, 150, "have its time proven")


def test_takes_no_deposit(watched, folder):
    """What would be left with it would be nowhere: it says so before anything
    is sent."""
    dignity = watched["dignity"]
    dignity.wait_vouched()
    refused = dignity.deposit(make_some(folder / "src", 1), ok=(6,))
    assert refused.error()["code"] == "NOT-A-STORE", str(refused)
    assert dignity.status()["pending"] == 0
