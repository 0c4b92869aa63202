# SPDX-License-Identifier: Apache-2.0
"""What a running cluster says of itself, verified by the independent reader:
statements, cosignatures, receipts."""
import time

import pytest
import reader
from consortium import wait_until
from files import make_some
from judge import (NOTE_COSIGNED, Verdict, chain_of, checkpoint_of, key_of,
                   note_of, statement_of, unclaimed, wait_rest)
from reader_roster import witness_keys


@pytest.fixture
def all_three(consortium):
    """Three members whose nodes hold everything."""
    members = ["dignity", "redress", "viasna"]
    return consortium(members, seals={m: members for m in members},
                      copies=3).set_up()


def test_statements(all_three, folder):
    """Each node signs what it holds, at most once a minute, and the others have
    it: what redress says while it is away does not claim what came meanwhile;
    in the end everything is claimed by all, each under its own ledger."""
    viasna, dignity, redress = (all_three[m] for m in
                                ("viasna", "dignity", "redress"))
    viasna.deposit(make_some(folder / "first", 5))
    nodes = [viasna, dignity, redress]
    wait_rest(nodes, 60)
    chain = chain_of(viasna)
    before = wait_until(lambda: statement_of(viasna, chain, "redress-1"), 90,
                        "viasna to have a statement of redress")
    redress.stop()
    dignity.deposit(make_some(folder / "second", 4, seed=3))
    viasna.wait_items(9)
    verdict = Verdict([viasna, dignity])
    held = statement_of(viasna, chain, "redress-1")
    missing = unclaimed(held, verdict.first, verdict.roster)
    assert {index for origin, index in missing
            if origin == dignity.own_origin()} == {1, 2, 3, 4}
    redress.start()
    wait_rest(nodes, 60)
    verdict = Verdict(nodes)
    verdict.wait_stated(120)
    for node in nodes:
        statement = statement_of(redress, chain, node.name)
        assert statement.ledger == node.own_origin()
        assert statement.roster == verdict.roster.hash
        assert statement.reads == 1 and statement.free > 0
        assert abs(statement.time - time.time()) < 300
    after = statement_of(viasna, chain, "redress-1")
    assert after.ledger == before.ledger and after.number > before.number


def test_cosignatures(all_three, folder):
    """The others cosign each head, the lines reach all, the time is proven, and
    the receipt carries it. A kept checkpoint with enough lines is there."""
    viasna = all_three["viasna"]
    viasna.deposit(make_some(folder / "src", 4))
    nodes = list(all_three.nodes.values())
    wait_rest(nodes, 60)
    origin, chain = viasna.own_origin(), chain_of(viasna)
    roster = chain.in_force()[0][-1]
    names = sorted(f"{chain.cid}/{label}/witness" for label in
                   ("dignity-1", "redress-1"))
    for node in nodes:
        wait_until(lambda: [name for name, _ in checkpoint_of(
            node, chain, origin).cosigned] == names, 90,
            lambda: f"{node.name} to have both cosignatures: "
            f"{checkpoint_of(node, chain, origin)}")
        checkpoint = checkpoint_of(node, chain, origin)
        assert checkpoint.size == 5
        proven = reader.proven_time(roster, checkpoint)
        assert abs(proven - time.time()) < 300
        kept = reader.open_checkpoint(
            note_of(node, NOTE_COSIGNED, origin, 1), key_of(chain),
            witness_keys(chain, roster))
        assert reader.proven_time(roster, kept) is not None
    [path] = viasna.receipts()
    viasna.check_receipts(path, ok=(0, 5, 75))
    for receipt in reader.parse_receipts(path.read_bytes()):
        reader.verify_receipt(receipt, chain)
        assert receipt.proven is not None, receipt.checkpoint
