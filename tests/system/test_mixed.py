# SPDX-License-Identifier: Apache-2.0
"""Nodes of different releases: what a newer one says and an older one does not
know, and the release before this one beside it."""
import os
import pathlib
import signal
import subprocess
import time

import pytest
import reader_item
import reader_roster
from consortium import Consortium, Programs, wait_until
from files import make_some, sums
from judge import Verdict, chain_of, checkpoint_of, wait_rest
from liar import TwoFaced
from local import Refused
from peer import Called, as_member
from two_faced import leaves_of

ROOT = pathlib.Path(__file__).resolve().parents[2]
REAL = ["dignity", "redress", "viasna"]
UNKNOWN = 99  # a request that nobody has
BACK = 8  # commits, where there is no tag


def test_an_unknown_request(three):
    """It is refused with a sentence that names our release; the session goes
    on."""
    with as_member(three, "dignity", three["viasna"]) as peer:
        peer.handshake()
        peer.sync()
        with pytest.raises(Refused, match="not supported by release [0-9]"):
            peer.ask(UNKNOWN)
        peer.sync()


def test_an_unknown_record(consortium):
    """mole's node, of a later release, registers records of a kind that ours do
    not know: all three take them as they are, byte for byte, from each other as
    well, cosign the ledger, and count them as not readable."""
    made = consortium(sorted([*REAL, "mole"]), copies=4,
                      seals={m: [m] for m in REAL}).set_up(start=False)
    chain = reader_roster.load_chain(made.roster.read_bytes())
    _, seed = reader_item.key_file(made["mole"].key.read_bytes())
    mole = TwoFaced(chain, "mole-1", seed)
    ledger = mole.histories[0]
    for number, kind in enumerate(["anchor", "made-up"]):
        ledger.append((f"holdfast record {number + 1} {kind}\n"
                       f"origin {mole.origin}\nx {number}\n").encode())
    mole.faces = {"dignity-1": 0}  # the others have it from dignity
    called = Called(made, "mole", mole.answer)
    try:
        for member in REAL:
            made[member].start()
        for member in REAL:
            made[member].wait_ready()
        for member in REAL:
            node = made[member]
            wait_until(lambda: leaves_of(node, mole.origin) == ledger, 60,
                       "have the ledger")
            wait_until(lambda: len(checkpoint_of(node, chain_of(node),
                                                 mole.origin).cosigned) == 3,
                       90, "know three cosignatures")
            listed = node.list()
            assert listed.json()["data"]["not_readable"] == 2
            shown = node.run("list", "--config", node.config).out
            assert "2 records not readable by this release" in \
                " ".join(shown.split())
    finally:
        called.close()


def test_a_newer_roster_text(three, folder):
    """A roster of a later text version, after the good ones in the file, is
    refused, with a sentence; the one in force stays, and all goes on."""
    viasna = three["viasna"]
    good = viasna.roster.read_bytes()
    viasna.roster.write_bytes(good + good.replace(
        b"holdfast roster 1\n", b"holdfast roster 2\n", 1))
    viasna.process.send_signal(signal.SIGHUP)
    viasna.wait_log("ROSTER-REFUSED")
    assert "a version of rosters that this release does not know" in \
        viasna.log_text()
    assert viasna.status()["roster"] == 1
    three["dignity"].deposit(make_some(folder / "src", 2))
    viasna.wait_items(2)
    viasna.roster.write_bytes(good)
    viasna.stop()
    viasna.start().wait_ready()


# ---- the release before -----------------------------------------------------


def git(*words, **options):
    return subprocess.run(["git", "-C", ROOT, *words], capture_output=True,
                          text=True, **options)


def earlier():
    """(its name, commit) of the newest tag, else of the state BACK commits ago;
    or why there is none."""
    tag = git("describe", "--tags", "--abbrev=0", "HEAD~1").stdout.strip()
    for name in ([tag] if tag else []) + [f"HEAD~{BACK}"]:
        found = git("rev-parse", "--verify", f"{name}^{{commit}}")
        if found.returncode == 0:
            return name, found.stdout.strip()
    return None, "the history of this tree ends before an earlier state"


@pytest.fixture(scope="module")
def before(tmp_path_factory):
    """The two programs of an earlier state, built once."""
    name, commit = earlier()
    if name is None:
        pytest.skip(commit)
    print(f"the release before: {name}, {commit}")
    top = tmp_path_factory.mktemp("before")
    source, build = top / "source", top / "build"
    source.mkdir()
    archive = subprocess.Popen(["git", "-C", ROOT, "archive", commit],
                               stdout=subprocess.PIPE)
    subprocess.run(["tar", "-x", "-C", source], stdin=archive.stdout,
                   check=True)
    assert archive.wait() == 0
    began = time.monotonic()
    for words in (["cmake", "-S", source, "-B", build, "-G", "Ninja",
                   "-DCMAKE_BUILD_TYPE=RelWithDebInfo",
                   "-DCMAKE_C_FLAGS_RELWITHDEBINFO=-O1"],
                  ["cmake", "--build", build, "-j", str(os.cpu_count()),
                   "--target", "holdfast", "holdfastd"]):
        done = subprocess.run(words, capture_output=True, text=True)
        assert done.returncode == 0, (done.stdout + done.stderr)[-4000:]
    print(f"built in {time.monotonic() - began:.0f} s")
    return build


def test_the_release_before_runs_beside_it(folder, build, before):
    """dignity and redress run the release before; viasna, and later redress,
    this one. What each deposits comes to all, is held by all and restores; the
    upgrade finds what was there."""
    made = Consortium(folder / "c", build, REAL, copies=3,
                      seals={m: REAL for m in REAL}).set_up(start=False)
    try:
        old = Programs(before, made.folder / "home")
        dignity, redress, viasna = (made[m] for m in REAL)

        def start(node, programs):
            made.programs = programs
            node.start()

        new = made.programs
        start(dignity, old)
        start(redress, old)
        start(viasna, new)
        for node in made.nodes.values():
            node.wait_ready()
            node.wait_vouched()
        sources = [folder / f"src{number}" for number in range(3)]
        for number, (node, programs) in enumerate(((viasna, new),
                                                   (dignity, old))):
            made.programs = programs
            node.deposit(make_some(sources[number], 5, seed=number))
        for node in made.nodes.values():
            node.wait_items(10)
        redress.stop()
        start(redress, new)
        redress.wait_ready()
        redress.deposit(make_some(sources[2], 4, seed=9))
        for node in made.nodes.values():
            node.wait_items(14)
        nodes = list(made.nodes.values())
        wait_rest(nodes, 60)
        verdict = Verdict(nodes)
        paths = [path for node in nodes for path in node.receipts()]
        assert verdict.receipts(paths) == verdict.all_held() == 14
        wanted = {digest for source in sources
                  for digest in sums(source).values()}
        for node, programs in ((dignity, old), (viasna, new)):
            made.programs = programs
            out = folder / f"out-{node.member}"
            node.restore("--all", out)
            assert set(sums(out).values()) == wanted
    finally:
        made.close()
