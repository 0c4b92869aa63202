# SPDX-License-Identifier: Apache-2.0
"""Statements between real daemons: who holds what, as list, show, status and
receipt say it."""
from consortium import wait_until
from files import make_some, same_content


def open_copies(node, *words):
    data = node.run(*words, "--config", node.config, "--json").json()["data"]
    return [item["copies"] for item in data["items"]]


def test_three_of_three(three, folder):
    """Within about a minute after a deposit list, show, status and receipt of
    every node say that all three members state that they hold it; and nobody
    says that anybody checked."""
    members = ["dignity", "redress", "viasna"]
    viasna = three["viasna"]
    viasna.deposit(make_some(folder / "src", 5))
    [receipt] = viasna.receipts()
    for node in three.nodes.values():
        node.wait_copies(5, 3)
        for copies in open_copies(node, "list"):
            assert copies == {"proven": [], "open": members, "need": 3}
        checked = node.check_receipts(receipt, ok=(5,)).json()["data"]
        assert checked["short"] == 0
        assert [item["copies"]["open"] for item in checked["items"]] == [
            members] * 5
        status = node.run("status", "--config", node.config, "--json").json()
        assert status["data"]["copies"] == {"need": 3,
                                            "held_by": [0, 0, 0, 5]}
        assert {n["items_claimed"] for n in status["data"]["nodes"]} == {5}
    item = viasna.list().json()["data"]["items"][0]["id"]
    status = viasna.run("status", "--config", viasna.config, "--json",
                        ok=(0,)).json()["data"]
    assert status["items"]["spreading"] == 5
    assert status["headline"]["code"] == "SPREADING"
    for words in (("list",), ("show", item), ("receipt", receipt)):
        out = viasna.run(*words, "--config", viasna.config, ok=(0, 5)).out
        assert "3 of 3" in out and "nobody has" in out, out
        assert "protected" not in out
        assert all(len(line) <= 80 for line in out.splitlines())


def test_a_member_lost(three, folder):
    """A member that is down still counts by its statement; one without an
    item is named by its absence, and the receipt says "again"."""
    viasna, redress = three["viasna"], three["redress"]
    redress.kill()
    viasna.deposit(make_some(folder / "src", 2))
    viasna.wait_copies(2, 2)
    [receipt] = viasna.receipts()
    checked = viasna.check_receipts(receipt, ok=(75,)).json()["data"]
    assert checked["short"] == 2
    assert checked["items"][0]["copies"]["open"] == ["dignity", "viasna"]
    out = viasna.run("show", checked["items"][0]["id"], "--config",
                     viasna.config).out
    assert "held by 2 of 3 members" in out
    assert "lacks it" in out or "no statement" in out


def test_sealing_wants_statements(consortium, folder):
    """Nothing is sealed before half of the other members stated something:
    exit 6. --offline overrides it, aloud; a consortium of one has none to
    ask."""
    nodes = consortium(["dignity", "redress", "viasna"]).set_up(start=False)
    viasna = nodes["viasna"].start()
    source = make_some(folder / "src", 2)
    refused = viasna.deposit(source, ok=(6,))
    assert refused.error()["code"] == "NO-STATEMENTS"
    assert viasna.status()["pending"] == 0
    words = [word for word in viasna.deposit_words(
        source, extra=["--offline"]) if word != "--json"]
    assert "warning: sealing without asking" in viasna.run(*words).err
    for node in nodes.nodes.values():
        if node is not viasna:
            node.start()
    viasna.wait_vouched()
    viasna.deposit(make_some(folder / "more", 1, seed=3))


def test_after_a_restart(three, folder):
    """Statements are kept: a node that starts alone still knows who held what,
    and its own numbers go on."""
    viasna, dignity = three["viasna"], three["dignity"]
    source = make_some(folder / "src", 3)
    viasna.deposit(source)
    viasna.wait_copies(3, 3)
    with viasna.local() as local:
        before = local.note(4, "viasna-1").decode()
    three["redress"].stop()
    viasna.stop()
    viasna.start()
    viasna.wait_copies(3, 3, 30)
    dignity.restore("--all", folder / "out", key="viasna")
    same_content(source, folder / "out")

    def number(text):
        return int(text.split("\nnumber ")[1].split("\n")[0])

    def later():
        with viasna.local() as local:
            now = local.note(4, "viasna-1").decode()
        return number(now) > number(before)

    three["redress"].start()
    wait_until(later, 150, "a statement of the new start")


def test_placed_copies(consortium, folder):
    """Four members, two copies: each item goes to the two nodes that the
    roster places it on; no node is behind, and nobody holds all but the node
    that took the deposit."""
    four = consortium(["alpin", "dignity", "redress", "viasna"],
                      copies=2).set_up()
    viasna = four["viasna"]
    viasna.deposit(make_some(folder / "src", 24))
    for node in four.nodes.values():
        node.wait(lambda s: s["items"] == 24 and s["held"] >= s["placed"] and
                  s["copies"][0] + s["copies"][1] == 0 and
                  sum(s["copies"]) == 24, 150, "count two copies of each")
    held = {name: node.status()["held"] for name, node in four.nodes.items()}
    assert held["viasna"] == 24
    assert all(0 < count < 24 for name, count in held.items()
               if name != "viasna"), held
    for copies in open_copies(four["alpin"], "list"):
        assert len(copies["open"]) in (2, 3) and copies["need"] == 2
    for peer in viasna.status()["peers"].values():
        assert peer["behind"] == 0
