# SPDX-License-Identifier: Apache-2.0
"""Rosters that change while the nodes run: given to one node as a file, to the
others by gossip."""
import base64

import pytest
from files import make_some, sums
from local import GET_RECORDS, one
from peer import SYNC, as_member
from rosters import Versions, without


@pytest.fixture
def versions(three):
    return Versions(three)


def join(one, member):
    """A new member's keys and node, not on any roster yet."""
    one.members = sorted([*one.members, member])
    one.nodes[member] = one.node_class(one, member)
    one.public[member] = one._make_keys(member)
    one.seals[member] = sorted([member, "dignity"])
    one.copies = len(one.members)
    return one.nodes[member]


def items(node):
    return node.status()["items"]


def test_a_member_joins(three, versions, folder):
    """The new node gets everything that there was, the others what it
    deposits; sealing follows the new roster."""
    viasna = three["viasna"]
    viasna.deposit(make_some(folder / "before", 5))
    alpin = join(three, "alpin")
    three.copies = 4
    three.seals["viasna"] = ["alpin", "viasna"]
    versions.give(viasna, versions.next())
    versions.wait(three["dignity"], three["redress"], viasna)
    alpin.init(versions.file)
    alpin.start().wait_ready()
    alpin.wait_items(5)
    alpin.deposit(make_some(folder / "new", 4, seed=2))
    viasna.deposit(make_some(folder / "after", 3, seed=3))
    for node in three.nodes.values():
        node.wait_items(12)
    alpin.restore("--all", folder / "out", key="alpin", ok=(0, 3))
    wanted = sums(folder / "new") | sums(folder / "after")
    assert set(wanted.values()) <= set(sums(folder / "out").values())


def test_away_for_ten_versions(three, versions, folder):
    """A node that was away comes back on version 1 and takes ten at once."""
    redress, viasna = three["redress"], three["viasna"]
    redress.stop()
    for _ in range(10):
        versions.give(viasna, versions.next(
            lambda lines: [line.replace("wait 1209600",
                                        f"wait {1209600 + versions.version}")
                           for line in lines], ["dignity", "viasna"]))
        versions.wait(viasna)
    versions.wait(three["dignity"])
    viasna.deposit(make_some(folder / "src", 3))
    redress.start()
    versions.wait(redress)
    redress.wait_items(3)


def test_a_node_leaves(three, versions, folder):
    """A member goes: its node gets and gives nothing more, and says so when it
    has the roster; what it registered stands, and the others go on."""
    redress, viasna, dignity = (three[m] for m in
                                ("redress", "viasna", "dignity"))
    redress.deposit(make_some(folder / "theirs", 4, seed=4))
    for node in three.nodes.values():
        node.wait_items(4)
    receipt = redress.receipts()[0]
    three.members = ["dignity", "viasna"]
    three.copies = 2
    three.cosigners = 1
    versions.give(viasna, versions.next())
    versions.wait(viasna, dignity)
    viasna.deposit(make_some(folder / "ours", 3, seed=5))
    dignity.wait_items(7)
    assert items(redress) == 4
    versions.give(redress)
    redress.wait_log("NOT-ON-ROSTER")
    for node in (dignity, viasna):
        assert "redress-1" not in node.status()["peers"]
        node.check_receipts(receipt, ok=(0, 5, 75))
    out = folder / "cipher"
    dignity.run("restore", "--all", "--to", out, "--ciphertext", "--config",
                dignity.config, "--yes", "--json")
    assert len(list(out.glob("*.payload"))) == 7
    dignity.stop()
    dignity.start()
    dignity.wait(lambda s: s["items"] == 7 and s["held"] == 7, 30,
                 "still hold what the node that left registered")


def test_a_key_is_replaced(three, versions, folder):
    """A node gets a new key: the roster names it, the node starts with it and
    goes on; receipts under the old one hold. Whoever has the old key gets
    nothing. Then a new key after a raid: a new ledger that names the old."""
    viasna, dignity, redress = (three[m] for m in
                                ("viasna", "dignity", "redress"))
    dignity.deposit(make_some(folder / "first", 4))
    for node in three.nodes.values():
        node.wait_items(4)
    [receipt] = dignity.receipts()
    dignity.stop()
    dignity.key.unlink()
    three.public["dignity"] = {
        **three.public["dignity"],
        "node": three._new_key("node", dignity.key)}
    versions.give(viasna, versions.next())
    versions.wait(viasna, redress)
    versions.give(dignity)
    dignity.start().wait_ready()
    dignity.deposit(make_some(folder / "second", 3, seed=2))
    for node in three.nodes.values():
        node.wait_items(7)
        node.check_receipts(receipt, ok=(0, 5, 75))


def park(thief):
    """Ask for news until there is none: then the question stays there."""
    fields, _ = thief.sync()
    thief.stream.settimeout(1)
    for _ in range(60):
        thief.park(one(fields, 1), one(fields, 2))
        try:
            _, _, fields, _ = thief.answer()
        except TimeoutError:
            return
    pytest.fail("there is always news")


def test_a_seized_node_is_dropped(three, versions, folder):
    """One act: the roster without the seized node, given to one node. Whoever
    has its key gets nothing more: no answer to what he asked before and is
    waiting for, none to a new request, none to a new handshake. What the node
    registered before stands, with the head that the roster closes it at."""
    viasna, dignity, redress = (three[m] for m in
                                ("viasna", "dignity", "redress"))
    redress.deposit(make_some(folder / "theirs", 3, seed=4))
    for node in three.nodes.values():
        node.wait_items(3)
    [receipt] = redress.receipts()
    origin = redress.own_origin()
    with viasna.local() as local:
        lines = local.checkpoint(origin).decode().split("\n")
    root = base64.b64decode(lines[2]).hex()
    redress.kill()
    waiting, asking = ([as_member(three, "redress", node).handshake()
                        for node in (viasna, dignity)] for _ in range(2))
    for thief in asking:
        thief.sync()
    for thief in waiting:
        park(thief)
    versions.give(viasna, versions.next(
        lambda text: without("node redress-1 ")(text) +
        [f"closed {origin} {lines[1]} {root}"]))
    versions.wait(viasna, dignity)
    viasna.deposit(make_some(folder / "ours", 3, seed=5))
    dignity.wait_items(6)
    for node, first, second in zip((viasna, dignity), waiting, asking):
        assert "redress-1" not in node.status()["peers"]
        second.send_frame(second.sealed(GET_RECORDS, [
            (1, origin.encode()), (3, 10)]))
        for thief in (first, second):
            thief.stream.settimeout(1.5)
            with pytest.raises((OSError, ConnectionError)):
                _, kind, fields, _ = thief.answer()
                # News of before, told before.
                assert kind == SYNC and one(fields, 8) in (0, 1)
                thief.answer()
            thief.stream.close()
        with as_member(three, "redress", node) as again:
            again.stream.settimeout(1.5)
            with pytest.raises((OSError, ConnectionError)):
                again.handshake()
    redress.start()
    redress.deposit(make_some(folder / "late", 1, seed=6), ok=None)
    dignity.deposit(make_some(folder / "more", 2, seed=7))
    for node in (viasna, dignity):
        node.wait_items(8)
        node.check_receipts(receipt, ok=(0, 5, 75))
    assert items(redress) <= 4 and items(dignity) == items(viasna) == 8
