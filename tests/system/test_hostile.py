# SPDX-License-Identifier: Apache-2.0
"""A depositor who means harm: paths that lead outside, and metadata that does
not fit. The node keeps what it cannot read; restore writes nothing outside its
folder and calls nothing right that is not."""
import pytest

import hostile
import reader_item
from files import make_some, sums


@pytest.fixture
def forger(alone):
    origin = alone.own_origin()
    _, seed = reader_item.key_file(alone.depositor.read_bytes())
    return hostile.Forger(origin.split("/")[0], "viasna", seed,
                          alone.consortium.public["viasna"]["recipient"])


def deposit(node, forger, *words, **options):
    with node.local() as local:
        outcome, text = hostile.hand_over(local, *forger.item(*words,
                                                              **options))
    assert outcome == 1, text


def test_a_right_one_is_right(alone, forger, folder):
    """The forger's items are read like any other when nothing is wrong."""
    deposit(alone, forger, "a/right.txt", b"evidence")
    alone.restore("--all", folder / "out")
    assert (folder / "out/a/right.txt").read_bytes() == b"evidence"


NAMES = ["../outside", "/tmp/outside", "a/../../outside", "..", ".", "a//b",
         "./a", "a/", "a%00b", "..%2Foutside"]


def test_paths_that_lead_outside(alone, forger, folder):
    """Names with .., a leading /, empty parts or NUL: the item is missing with
    a reason, exit 3, nothing appears outside; the others come back."""
    source = make_some(folder / "src", 2)
    alone.deposit(source)
    for number, name in enumerate(NAMES):
        deposit(alone, forger, name, b"evil %d" % number)
    before = set(folder.rglob("*outside*"))
    result = alone.restore("--all", folder / "x/y/z/out", ok=(3,))
    summary = result.of_type("summary")[0]
    assert summary["restored"] == 2
    assert summary["missing"] == len(NAMES)
    assert (folder / "x/y/z/out/MISSING.txt").read_text()
    assert set(folder.rglob("*outside*")) == before
    for path in folder.rglob("x/**/*"):
        if path.is_file() and path.name != "MISSING.txt":
            assert path.parent == folder / "x/y/z/out/src" or \
                path.name.endswith(".unverified"), path


@pytest.mark.parametrize("what", [
    {"changes": {"sha256": "0" * 64}}, {"changes": {"sha512": "0" * 128}},
    {"changes": {"case": "x", "salt": "1" * 64}, "spoil": "commitment"},
    {"spoil": "signature"}, {"spoil": "commitment"}, {"spoil": "padding"},
    {"changes": {"payload": "0" * 64 + " 24"}},
    {"changes": {"consortium": "other-0123456789abcdef"}},
], ids=str)
def test_what_does_not_fit(alone, forger, folder, what):
    """A wrong hash, commitment, signature, padding, root or consortium: never
    under its name; exit not 0; the failed check is told."""
    deposit(alone, forger, "file.txt", b"evidence", **what)
    result = alone.restore("--all", folder / "out", ok=(3, 9))
    assert result.of_type("summary")[0]["restored"] == 0
    for name in sums(folder / "out"):
        assert name == b"MISSING.txt" or name.endswith(b".unverified"), name
    assert result.of_type("missing")[0]["message"]


def test_terminal_tricks_in_names(alone, forger, folder):
    """Escape sequences and bidirectional controls in a name come back as the
    name they are, and never reach the terminal."""
    name = "%1B[2Jred\u202egpj.exe"
    deposit(alone, forger, name, b"x")
    shown = alone.run("list", "--config", alone.config, "--key",
                      alone.consortium.identity("viasna"),
                      "--passphrase-file", alone.consortium.passphrase)
    assert "\x1b" not in shown.out and "\u202e" not in shown.out
    result = alone.run(*[word for word in alone.restore_words(
        ("--all",), folder / "out") if word != "--json"])
    assert "\x1b" not in result.out + result.err
    assert "\u202e" not in result.out + result.err
    assert len(sums(folder / "out")) == 1
