# SPDX-License-Identifier: Apache-2.0
"""Nodes that nobody can reach take full part."""
import reader
from files import make_large, make_some, sums
from judge import ledgers_of


def moved(leaves):
    """Bytes that a ledger with these leaves moves to who has nothing of it:
    payloads, header objects and the leaves themselves."""
    total = 0
    for leaf in leaves:
        total += len(leaf)
        deposit = reader.parse_record(leaf).deposit
        if deposit is not None:
            total += deposit.payload[1] + deposit.header[1]
    return total


def test_two_behind_routers(cluster, folder):
    """Two nodes that can only dial, and one that both dial: what each of them
    deposits comes to all three, and everybody restores it. On the wire of the
    two go less than 1.05 times the bytes that had to move (payloads, header
    objects, leaves), counted inside of TCP, and 64 KiB a peer for the talk
    around them. (A fourth member is only there until the ledgers are open: a
    node wants to hear two members first, and the two cannot hear each other.)
    """
    all_four = ["alpin", "dignity", "redress", "viasna"]
    four = cluster(all_four, hidden=["redress", "viasna"], copies=4,
                   seals={m: all_four for m in all_four}).set_up()
    alpin, dignity, redress, viasna = (four[m] for m in all_four)
    alpin.stop()
    before = {n.name: n.host.counted() for n in (redress, viasna)}
    sources = []
    for seed, node in ((1, redress), (2, viasna)):
        sources.append(make_some(folder / f"from-{node.member}", 20,
                                 seed=seed))
        for number in range(3):
            make_large(sources[-1] / f"large{number}", 6 << 20,
                       seed=10 * seed + number)
        node.deposit(sources[-1])
    wanted = {digest for source in sources for digest in sums(source).values()}
    for node in (dignity, redress, viasna):
        node.wait_items(len(wanted), 40)
    ledgers = ledgers_of(dignity)
    for node in (redress, viasna):
        assert ledgers_of(node) == ledgers
    had_to = {node: moved(ledgers[node.own_origin()]) for node in
              (redress, viasna)}
    for node, other in ((redress, viasna), (viasna, redress)):
        received, sent = (after - first for after, first in zip(
            node.host.counted(), before[node.name]))
        print(f"{node.name}: received {received} of {had_to[other]}, "
              f"sent {sent} of {had_to[node]}")
        assert received < 1.05 * had_to[other] + (128 << 10)
        assert sent < 1.05 * had_to[node] + (128 << 10)
        out = folder / f"to-{node.member}"
        node.restore("--all", out, key=node.member)
        assert set(sums(out).values()) == wanted
