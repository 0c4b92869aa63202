# SPDX-License-Identifier: Apache-2.0
"""Laptops and operators elsewhere: the same door as the nodes, by the key."""
import os
import signal
import subprocess
import threading

import pytest

from consortium import free_port, wait_until
from files import make_large, make_odd, make_some, same_content, sums
from laptop import Laptop, admit
from relay import Relay
from test_three_nodes import roster_hash
from test_stranger import call, message

MIB = 1 << 20


@pytest.fixture
def laptop(alone, folder):
    """One node, and a laptop that may deposit there."""
    laptop = Laptop(alone.consortium, folder, alone)
    assert "clients read: 1" in admit(alone, laptop.line("deposit"))
    return laptop


@pytest.fixture
def behind_relay(consortium, folder):
    """One node whose address in the roster is a relay, and a laptop."""
    one = consortium(["viasna"])
    node = one["viasna"]
    node.listen = free_port()
    one.set_up()
    relay = Relay(node.port, node.listen, keep=False)
    laptop = Laptop(one, folder, node)
    admit(node, laptop.line("deposit"))
    yield node, laptop, relay
    relay.close()


def refused(result, code, exit_code):
    assert result.code == exit_code, result
    assert result.error()["code"] == code, result
    return result.error()


def test_deposit_and_receipts(three, folder):
    """A laptop without a node deposits small and large files over the network;
    its receipts are genuine; the members hold and open all of it."""
    viasna = three["viasna"]
    laptop = Laptop(three, folder, viasna)
    admit(viasna, laptop.line("deposit"))
    source = make_odd(folder / "in")
    make_large(source / "large", 20 * MIB + 5)
    make_large(source / "just above a block", MIB + 1)
    done = laptop.deposit(source, extra=["--case", "K-1"])
    count = len(sums(source))
    summary = done.of_type("summary")[0]
    assert (summary["registered"], summary["failed"]) == (count, 0)
    assert "asking viasna-1 at 127.0.0.1:" in laptop.run("status").err
    receipts = laptop.receipts()
    checked = laptop.run("receipt", receipts[0], "--json",
                         ok=(5, 75)).json()
    assert checked["data"]["genuine"] == count
    three["dignity"].wait_items(count)
    three["dignity"].restore("--all", folder / "out", key="viasna")
    same_content(source, folder / "out")


def test_status_names_the_node(laptop, alone):
    """Status over the network is the node's own."""
    assert laptop.run("status", "--json").json()["node"] == alone.name
    assert alone.status()["node"] == alone.name


def test_restore_elsewhere_after_a_raid(three, folder):
    """The node is gone. An operator who stands as restore in another node's
    file gets everything back from there, and opens it with the lost member's
    identity; also one item, and its list."""
    viasna, dignity = three["viasna"], three["dignity"]
    source = make_some(folder / "in", 300, high=5000)
    make_large(source / "film", 6 * MIB)
    count = len(sums(source))
    ids = [item["id"] for item in viasna.deposit(source).of_type("item")]
    dignity.wait_items(count)
    viasna.kill()
    operator = Laptop(three, folder, viasna, "rescue-1")
    refused(operator.run("list", "--json", ok=None), "PEER-UNREACHABLE", 8)
    admit(dignity, operator.line("restore"))
    dignity.wait_ready()
    via = ("--via", "dignity-1")
    restored = operator.restore("--all", folder / "out", "viasna", via)
    assert restored.of_type("summary")[0]["restored"] == count
    same_content(source, folder / "out")
    listed = operator.run("list", "--json", *via).json()
    assert listed["node"] == "dignity-1"
    assert listed["data"]["total"] == count
    operator.run("show", ids[0][:12], *via)
    operator.restore(ids[0], folder / "one", "viasna", via)
    assert len(sums(folder / "one")) == 1
    assert "CLIENT-READS rescue-1: " in dignity.log_text()


def test_rights(alone, folder):
    """Each right gives what it says and no more; what may not be asked is
    refused by name, and the connection goes on."""
    depositor = Laptop(alone.consortium, folder, alone, "laptop-1")
    reader = Laptop(alone.consortium, folder, alone, "rescue-1")
    admin = Laptop(alone.consortium, folder, alone, "office-1")
    admit(alone, "# who may ask", depositor.line("deposit"), "",
          reader.line("restore"), admin.line("admin"))
    source = make_some(folder / "in", 3)
    depositor.deposit(source)
    for words in (("list", "--json"), ("show", "HF-AAAAAA", "--json"),
                  ("restore", "--all", "--to", folder / "no", "--ciphertext",
                   "--json")):
        refused(depositor.run(*words, ok=None), "NOT-ALLOWED", 6)
    assert not (folder / "no").exists() or not any((folder / "no").iterdir())
    reader.restore("--all", folder / "out", "viasna")
    same_content(source, folder / "out")
    refused(reader.deposit(source, ok=None), "NOT-ALLOWED", 6)
    refused(reader.run("status", "--json", ok=None), "NOT-ALLOWED", 6)
    for laptop in (depositor, reader):
        refused(laptop.run("ledger", "open", "--confirm=viasna-1", "--json",
                           ok=None), "NOT-ALLOWED", 6)
    admin.deposit(make_some(folder / "more", 2, seed=5))
    admin.run("status")
    assert admin.run("list", "--json").json()["data"]["total"] == 5
    assert alone.status()["items"] == 5
    log = alone.log_text()
    assert "laptop-1" not in log and "CLIENT-READS rescue-1: " in log


def test_unknown_key(alone, folder):
    """A key on no line: no answer, and exit 9 with what to do. A node that is
    not there: exit 8, and who was tried."""
    laptop = Laptop(alone.consortium, folder, alone)
    result = laptop.run("status", "--json", ok=None)
    error = refused(result, "CLIENT-UNKNOWN", 9)
    assert error["detail"]["node"] == "viasna-1"
    assert result.seconds < 30 and "items" not in result.out
    other = Laptop(alone.consortium, folder, alone, "laptop-2")
    admit(alone, other.line("admin"))
    refused(laptop.run("status", "--json", ok=None), "CLIENT-UNKNOWN", 9)
    alone.stop()
    error = refused(laptop.run("status", "--json", ok=None),
                    "PEER-UNREACHABLE", 8)
    assert error["detail"]["tried"] == [f"127.0.0.1:{alone.port}"]


def test_wrong_usage(alone, laptop, folder):
    """Nodes that are not on the roster, two ways at once, no [client]."""
    refused(laptop.run("list", "--via", "nobody-1", "--json", ok=None),
            "USAGE", 2)
    refused(laptop.run("list", "--via", "viasna-1", "--socket", "x", "--json",
                       ok=None), "USAGE", 2)
    refused(alone.run("list", "--via", "viasna-1", "--config", alone.config,
                      "--json", ok=None), "CONFIG", 78)
    laptop.key.chmod(0o644)
    refused(laptop.run("status", "--json", ok=None), "WRONG-KEY", 9)
    assert laptop.run("key", "new", "node", "--out", folder / "k", "--via",
                      "viasna-1", ok=None).code == 2


def test_bad_clients_file(alone, laptop):
    """A bad line is named with file and line: reload keeps the old file, a
    start ends with 78."""
    good = laptop.line("deposit")
    said = admit(alone, good, "laptop-2 read " + laptop.session)
    assert "clients not taken, the old ones hold: " in said
    assert f"{alone.folder / 'clients'}: line 2: " in said
    laptop.run("status")
    alone.stop()
    alone.start(ready=False)
    assert alone.wait_exit() == 78
    assert f"{alone.folder / 'clients'}: line 2: " in alone.log_text()
    check = subprocess.run(
        [alone.consortium.programs.holdfastd, "--check-config", "--config",
         alone.config], capture_output=True, text=True)
    assert check.returncode == 78 and "line 2: " in check.stderr
    admit(alone, good)
    alone.start()
    laptop.run("status")


def test_removed_line_ends_the_session(behind_relay, folder):
    """In the middle of a deposit the line is removed: after the reload not one
    more byte is taken, and the laptop hears that its key is unknown."""
    node, laptop, relay = behind_relay
    source = make_large(folder / "in/film", 600 * MIB)
    with laptop.programs.popen(*laptop.deposit_words(source.parent)) as running:
        wait_until(lambda: relay.passed > 30 * MIB, 60, "half of it sent")
        said = admit(node)
        assert "clients read: 0" in said
        _, err = running.communicate(timeout=60)
    assert running.returncode in (8, 9), err.decode()
    assert relay.passed < 600 * MIB
    refused(laptop.run("status", "--json", ok=None), "CLIENT-UNKNOWN", 9)
    assert node.status()["items"] == 0
    admit(node, laptop.line("deposit"))
    laptop.deposit(source.parent)
    assert node.status()["items"] == 1


def test_killed_laptop_continues(behind_relay, folder):
    """A laptop that is killed half-way goes on with the same command: what the
    node has is not sent twice."""
    node, laptop, relay = behind_relay
    size = 300 * MIB
    source = make_large(folder / "in/film", size)
    with laptop.programs.popen(*laptop.deposit_words(source.parent)) as running:
        wait_until(lambda: relay.passed > size // 2, 60, "half of it sent")
        running.send_signal(signal.SIGKILL)
        running.wait()
    done = laptop.deposit(source.parent)
    assert done.of_type("summary")[0]["registered"] == 1
    assert relay.passed < size * 1.4
    node.restore("--all", folder / "out")
    same_content(source.parent, folder / "out")


def test_connection_that_breaks(behind_relay, folder):
    """The line breaks in the middle: exit 8, and the same command goes on."""
    node, laptop, relay = behind_relay
    source = make_large(folder / "in/film", 300 * MIB)
    with laptop.programs.popen(*laptop.deposit_words(source.parent)) as running:
        wait_until(lambda: relay.passed > 50 * MIB, 60, "some of it sent")
        node.kill()
        _, err = running.communicate(timeout=60)
    assert running.returncode == 8, err.decode()
    node.start()
    node.wait_ready()
    done = laptop.deposit(source.parent)
    assert done.of_type("summary")[0]["registered"] == 1
    node.restore("--all", folder / "out")
    same_content(source.parent, folder / "out")


def test_one_key_has_its_share(behind_relay, folder):
    """Four connections with one key are served, a fifth is told to come back;
    when one of the four falls silent, it makes room. Nothing is lost by it."""
    node, laptop, relay = behind_relay
    sources = [make_large(folder / f"in{n}/film", 100 * MIB, seed=n)
               for n in range(4)]
    running = [laptop.programs.popen(*laptop.deposit_words(
        source, receipts=folder / f"r{n}"))
        for n, source in enumerate(sources)]
    try:
        wait_until(lambda: relay.connections() == 4 and
                   relay.passed > 40 * MIB, 60, "four at work")
        for process in running:
            process.send_signal(signal.SIGSTOP)
        refused(laptop.run("status", "--json", ok=None), "BUSY", 75)
        assert "CLIENTS-FULL" in node.log_text()
        wait_until(lambda: laptop.run("status", ok=None).code == 0, 30,
                   "room for a fifth")
    finally:
        for process in running:
            process.send_signal(signal.SIGCONT)
        codes = [process.wait(timeout=60) for process in running]
        for process in running:
            process.communicate()
    assert set(codes) <= {0, 8} and codes.count(0) >= 3, codes
    for source in sources:
        laptop.deposit(source)
    assert node.status()["items"] == codes.count(0) + 4


def test_newer_roster(three, folder):
    """A newer roster comes from the node, is shown, and is pinned: what is
    sealed follows it, the next run knows it, and the older file does not take
    it back."""
    viasna = three["viasna"]
    laptop = Laptop(three, folder, viasna)
    admit(viasna, laptop.line("deposit"))
    old = laptop.roster.read_bytes()
    assert "newer roster" not in laptop.run("status").err
    three.seals["viasna"] = ["dignity", "redress", "viasna"]
    two = three.sign_roster(three.roster_text(2, roster_hash(three.roster)),
                            three.folder / "roster-2", after=three.roster)
    viasna.roster.write_bytes(two.read_bytes())
    admit(viasna, laptop.line("deposit"))
    viasna.wait(lambda status: status["roster"] == 2, 30, "have roster 2")
    source = make_some(folder / "in", 3)
    done = laptop.run("deposit", source, "--receipts", folder / "r", "--yes")
    assert "A newer roster, signed as it must be: 2" in done.err
    assert "redress" in done.err
    three["redress"].wait_items(3)
    three["redress"].restore("--all", folder / "out", key="redress")
    same_content(source, folder / "out")
    assert laptop.roster.read_bytes() == old
    assert "newer roster" not in laptop.run("status").err
    pins = list((laptop.home / "state/holdfast").glob("*.roster"))
    assert len(pins) == 1 and b"\nversion 2\n" in pins[0].read_bytes()


def test_strangers_do_not_stop_a_client(alone, laptop, folder):
    """Strangers who connect and shake wrong hands as fast as they can: a client
    deposits all the same."""
    stop = threading.Event()

    def flood():
        while not stop.is_set():
            call(alone, *[message(os.urandom(101))] * 20, seconds=0.02)

    threads = [threading.Thread(target=flood) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for number in range(3):
            laptop.deposit(make_some(folder / f"in{number}", 5, seed=number))
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert alone.status()["items"] == 15
