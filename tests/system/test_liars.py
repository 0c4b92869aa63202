# SPDX-License-Identifier: Apache-2.0
"""Members whose node is called and answers garbage and lies, with their real
key: the others copy as if it was not there, and take nothing wrong from it."""
import pytest
import reader_roster
from files import make_large, make_some, sums
from liar import Liar
from local import GET_RECORDS
from peer import Called

REAL, FALSE = ["dignity", "redress", "viasna"], ["alpin", "mole"]


@pytest.fixture
def five(consortium):
    made = consortium(sorted(REAL + FALSE), seals={m: [m] for m in REAL},
                      copies=5).set_up(start=False)
    identity = reader_roster.load_chain(made.roster.read_bytes()).identity
    liars = [Liar(True, identity) for _ in FALSE]
    called = [Called(made, member, liar.answer)
              for member, liar in zip(FALSE, liars)]
    for member in REAL:
        made[member].start()
    for member in REAL:
        made[member].wait_ready()
    made.liars, made.called = liars, called
    yield made
    for one_of in called:
        one_of.close()


def test_larger_ledgers_and_wrong_bytes(five, folder):
    """Two liars say that they hold all there is and more. Deposits are copied
    beside them; what they give is not taken; a node that comes back later with
    nothing but what the others have gets all as well."""
    viasna, redress = five["viasna"], five["redress"]
    viasna.wait_vouched()
    redress.stop()
    source = make_some(folder / "src", 12)
    make_large(source / "large", 5 << 20)
    for liar in five.liars:
        liar.tell(viasna.own_origin(), 500)
    viasna.deposit(source)
    for liar in five.liars:
        liar.tell(viasna.own_origin(), 14)
    five["dignity"].wait_items(13, 60)
    redress.start()
    redress.wait_items(13, 60)
    assert any(GET_RECORDS in one_of.asked for one_of in five.called)
    out = folder / "out"
    viasna.stop()
    five["dignity"].restore("--all", out, key="viasna")
    assert set(sums(out).values()) == set(sums(source).values())
    for member in ("dignity", "redress"):
        node = five[member]
        status = node.status()
        assert status["items"] == status["held"] == 13
