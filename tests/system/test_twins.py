# SPDX-License-Identifier: Apache-2.0
"""Two machines with one node key."""
import pathlib
import shutil
import subprocess

import pytest
from cluster import NetNode
from files import make_some
from local import PHASE_STOPPED

MEMBERS = ["alpin", "dignity", "mole", "redress", "viasna"]
FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
                None)


class Twin(NetNode):
    """Another machine with a member's key, on a host of its own; it only
    dials."""

    dials_only = True


def twin_of(node):
    """A machine with a copy of everything that this (stopped) one has. It is
    on no roster; its folder alone has a name."""
    twin = Twin(node.consortium, "twin")
    node.consortium.nodes["twin"] = twin
    twin.name, twin.member = node.name, node.member
    twin.host = node.consortium.network.host("twin")
    twin.wrapper = twin.host.inside
    for file in ("key", "roster"):
        getattr(twin, file).write_bytes(getattr(node, file).read_bytes())
        getattr(twin, file).chmod(0o600)
    subprocess.run(["cp", "-a", node.data, twin.data], check=True)
    twin.write_config()
    return twin


@pytest.fixture
def five(cluster, folder):
    """Five members, and viasna stopped after four items that all have."""
    made = cluster(MEMBERS, copies=5, seals={m: [m] for m in MEMBERS}).set_up()
    made["viasna"].deposit(make_some(folder / "before", 4))
    for node in made.nodes.values():
        node.wait_items(4)
    made["viasna"].stop()
    return made


def wait_twins(five):
    """Until all say so, the two machines as well: in their log, and in the
    status for people for as long as it lasts."""
    for node in five.nodes.values():
        node.wait_log("TWINS", 90)
        shown = node.run("status", "--config", node.config, ok=None).out
        assert "TWINS" in shown, shown


def test_one_copy_is_restored_twice(five, folder):
    """One backup is restored on two machines, while the line between the
    members is cut: each opens a ledger after the same one. When the line is
    mended all say TWINS, also the two themselves; one of the two registers
    nothing more; nothing that was registered in either is lost, and the others
    go on."""
    first, second = five["viasna"], twin_of(five["viasna"])
    shutil.copytree(first.data, folder / "again")
    shutil.rmtree(first.data)
    shutil.move(folder / "again", first.data)
    here = [five["alpin"], five["dignity"], first]
    there = [five["mole"], five["redress"], second]
    for node in here:
        node.host.cut(*(other.host.seen for other in there))
    for node in (first, second):
        node.start()
        node.wait_ready()
    assert first.own_origin() != second.own_origin()
    for seed, node in ((2, first), (3, second)):
        node.wait_vouched()
        summary = node.deposit(make_some(folder / str(seed), 2, seed=seed)
                               ).of_type("summary")[0]
        assert summary["registered"] == 2
    for side in (here, there):
        for node in side:
            node.wait_items(6)
            assert "TWINS" not in node.log_text()
    for node in here:
        node.host.heal()
    wait_twins(five)
    assert PHASE_STOPPED in [n.status()["phase"] for n in (first, second)]
    five["dignity"].deposit(make_some(folder / "other", 2, seed=4))
    for member in MEMBERS[:-1]:
        five[member].wait_items(10)
    for path in first.receipts() + second.receipts():
        five["dignity"].check_receipts(path, ok=(0, 5, 75))


@pytest.mark.skipif(FAKETIME is None, reason="no faketime (tools/setup test)")
def test_a_copy_runs_beside_it(five, folder):
    """A copy of a node is started beside it, with a clock that is eleven
    minutes slow: it opens a ledger of its own. The first one sees that, says so
    and registers nothing more; what it states from its ledger, so much later
    than the other one was opened, tells all others. When the operator has
    switched it off, the others have all that either registered."""
    viasna, twin = five["viasna"], twin_of(five["viasna"])
    viasna.start().wait_ready()
    old = viasna.own_origin()
    twin.wrapper = [*twin.wrapper, "env", f"LD_PRELOAD={FAKETIME}",
                    "FAKETIME=-11m", "FAKETIME_DONT_FAKE_MONOTONIC=1"]
    twin.start()
    viasna.wait_log("OPENED-ELSEWHERE", 60)
    viasna.wait(lambda s: s["phase"] == PHASE_STOPPED, 30, "stop")
    twin.wait_ready()
    assert twin.own_origin() != old
    for node in five.nodes.values():
        if node is not twin:
            node.wait_log("TWINS", 90)
    result = viasna.deposit(make_some(folder / "late", 1, seed=9))
    assert result.of_type("summary")[0]["registered"] == 0
    twin.deposit(make_some(folder / "twin", 3, seed=2))
    five["dignity"].deposit(make_some(folder / "other", 2, seed=3))
    viasna.stop()
    for member in MEMBERS[:-1]:
        five[member].wait_items(9)
    for path in viasna.receipts() + twin.receipts():
        five["dignity"].check_receipts(path, ok=(0, 5, 75))
