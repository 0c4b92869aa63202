# SPDX-License-Identifier: Apache-2.0
"""Rosters that not all nodes know, and rosters that should not be."""
import pytest
import reader_roster
from files import make_some
from judge import NOTE_ROSTER, chain_of, note_of
from rosters import Versions, text_hash


@pytest.fixture
def versions(three):
    return Versions(three)


def test_a_node_that_only_had_the_file(three, versions):
    """What a node read from its file when it started, it gives to one that was
    away as well."""
    redress, viasna, dignity = (three[m] for m in
                                ("redress", "viasna", "dignity"))
    for node in three.nodes.values():
        node.stop()
    for _ in range(3):
        versions.next(lambda lines: [
            line.replace("wait 1209600", f"wait {1209600 + versions.version}")
            for line in lines])
    versions.give(viasna)
    versions.give(dignity)
    for node in (viasna, dignity, redress):
        node.start()
    versions.wait(viasna, dignity, redress)


def rival_of(three, versions):
    """Two successors of version 1, each signed by two of three."""
    first = versions.next(
        lambda lines: [line.replace("1209600", "1209601") for line in lines],
        signers=["dignity", "viasna"])
    second = versions.rival(
        lambda lines: [line.replace("1209600", "1209602") for line in lines],
        signers=["redress", "viasna"])
    return first, second


def heal(one, first, second, folder):
    """A roster that follows both, signed by all."""
    both = folder / "both"
    note = second.read_text().split("holdfast roster 1\n")[-1]
    both.write_text(first.read_text() + "holdfast roster 1\n" + note)
    hashes = sorted([text_hash(first), text_hash(second)])

    def change(lines):
        at = lines.index(f"previous {hashes[0]}")
        return lines[:at + 1] + [f"previous {hashes[1]}"] + lines[at + 1:]

    text = one.roster_text(3, hashes[0], change)
    return one.sign_roster(text, folder / "healed", after=both)


def test_two_rosters_follow_one(three, versions, folder):
    """ROSTER-FORK: two successors of one roster are given to two nodes. Both
    reach all; all say so, also after a restart, stay where they are, and go on
    copying. The roster that heals it is taken by all, also by a node that was
    away and knows neither."""
    viasna, dignity, redress = (three[m] for m in
                                ("viasna", "dignity", "redress"))
    redress.stop()
    first, second = rival_of(three, versions)
    versions.give(dignity, first)
    versions.give(viasna, second)
    for node in (dignity, viasna):
        node.wait_log("ROSTER-FORK", 60)
        assert node.status()["roster"] == 2
    for node, other in ((dignity, second), (viasna, first)):
        chain = chain_of(node, [text_hash(other)])
        assert chain.in_force()[1] and len(chain.rosters) == 3
    viasna.deposit(make_some(folder / "src", 3))
    dignity.wait_items(3)
    dignity.stop()
    dignity.start()
    dignity.wait_log("ROSTER-FORK")
    assert dignity.status()["roster"] == 2
    viasna.deposit(make_some(folder / "more", 2, seed=5))
    dignity.wait_items(5)
    versions.give(dignity, heal(three, first, second, folder))
    redress.start()
    for node in (dignity, viasna, redress):
        node.wait(lambda s: s["roster"] == 3, 90, "have roster 3")
        node.wait_items(5)
    hashes = [text_hash(first), text_hash(second)]
    for node in (dignity, viasna):
        chain = reader_roster.Chain(note_of(node, NOTE_ROSTER, "", 1))
        for name in hashes:
            chain.add(note_of(node, NOTE_ROSTER, name) or
                      note_of(node, NOTE_ROSTER, "", 2))
        chain.add(note_of(node, NOTE_ROSTER, "", 3))
        force, forked = chain.in_force()
        assert not forked and [r.version for r in force] == [1, 3]
