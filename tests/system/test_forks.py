# SPDX-License-Identifier: Apache-2.0
"""Two histories of one ledger: shown by a member that lies, and by an honest
one that was put back to an older copy of its disk."""
import reader
from consortium import wait_until
from files import make_some, sums
from judge import (NOTE_FORK, Verdict, chain_of, key_of, note_of, wait_rest)
from peer import SYNC
from put_back import ITEMS
from two_faced import REAL, leaves_of


def shown(node):
    """The status for people, on one line."""
    return " ".join(node.run("status", "--config", node.config,
                             ok=None).out.split())


def wait_proof(node, origin, chain, seconds=60):
    """Until a node holds a proof that convicts this ledger's owner, before
    anybody who has its key, and says so."""
    node.wait_log("FORK", seconds)
    proof = reader.open_fork(
        wait_until(lambda: note_of(node, NOTE_FORK, origin), 30, "a proof"),
        key_of(chain))
    assert proof.origin == origin
    assert "FORK" in shown(node)
    return proof


def heard(fork):
    """Until mole was asked by all three for what is new, twice."""
    before = len(fork.called.asked)
    wait_until(lambda: fork.called.asked[before:].count(SYNC) >= 6, 60,
               "ask mole")


def test_two_histories(fork, folder):
    """dignity was shown one, redress another, viasna none. All three come to a
    proof that convicts mole, say FORK once, and take no further leaf of it,
    also after a restart. The items of both are carried into ledgers that go on
    (the nodes take turns of a minute), each once; all three hold both."""
    mole = fork.mole
    for member in REAL:
        proof = wait_proof(fork[member], mole.origin, fork.chain)
        assert proof.earlier.size == proof.later.size == 2
    held = {member: leaves_of(fork[member], mole.origin) for member in REAL}
    assert held["dignity"] == mole.histories[0]
    assert held["redress"] == mole.histories[1]
    mole.deposit(0)
    mole.deposit(1)
    fork["viasna"].deposit(make_some(folder / "src", 3))
    wait_until(lambda: {fork.ours, fork.theirs} <= set(fork.carried()), 240,
               lambda: f"carry both: {fork.carried()}")
    assert sorted(fork.carried()) == sorted([fork.ours, fork.theirs])
    for member in REAL:
        node = fork[member]
        node.wait_items(5, 60)
        lines = node.log_text().splitlines()
        assert sum(line.startswith("FORK") for line in lines) == 1
        node.stop()
        node.start()
    for member in REAL:
        wait_proof(fork[member], mole.origin, fork.chain)
    mole.deposit(0)
    mole.deposit(1)
    heard(fork)
    fork["viasna"].deposit(make_some(folder / "more", 2, seed=2))
    for member in REAL:
        node = fork[member]
        node.wait_items(7, 60)
        assert leaves_of(node, mole.origin) == held[member]
    assert sorted(fork.carried()) == sorted([fork.ours, fork.theirs])


def test_put_back_while_the_witness_was_away(put_back, folder):
    """viasna's disk was put back, and went on from there with a second history
    of its ledger. When the one witness of the first is back, viasna finds out,
    leaves that ledger for a new one that names it; all have the proof; and every
    receipt of either history holds: its record is in everybody's hands, where
    it stood or carried."""
    viasna, nodes = put_back["viasna"], put_back.nodes
    viasna.wait_log("LEDGER-ROLLED-BACK", 60)
    viasna.wait_ready()
    chain = chain_of(viasna)
    for node in nodes:
        wait_proof(node, put_back.old, chain, 90)
    wait_rest(nodes, 180)
    assert viasna.own_origin() != put_back.old
    for file in put_back.receipts():
        viasna.check_receipts(file, ok=(0, 5, 75))
    verdict = Verdict(nodes)
    assert verdict.forked == {put_back.old}
    assert verdict.receipts(put_back.receipts()) == 7
    assert verdict.all_held() == 7
    put_back["dignity"].restore("--all", folder / "out", key="dignity")
    assert set(sums(folder / "out").values()) == {
        digest for name in ITEMS for digest in
        sums(put_back.source(name)).values()}
