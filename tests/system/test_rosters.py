# SPDX-License-Identifier: Apache-2.0
"""Keys and rosters: files only, no daemon."""
import hashlib
import stat

import pytest
from consortium import YEAR

MEMBERS = ["dignity", "redress", "viasna"]


@pytest.fixture
def signed(consortium):
    """Three members' keys and a roster signed by all; no node runs."""
    one = consortium(MEMBERS)
    one.make_keys()
    one.sign_roster(one.roster_text(), one.roster)
    return one


def text_hash(path):
    """Hash of the newest roster in a file: of its text before the signatures."""
    notes = path.read_text().split("holdfast roster 1\n")
    text = "holdfast roster 1\n" + notes[-1].split("\n\n")[0] + "\n"
    return hashlib.sha256(text.encode()).hexdigest()


def test_keys_are_private_and_never_overwritten(programs, folder):
    """A new key file has mode 0600 and is never written over anything."""
    for kind in ("master", "governance", "node", "depositor"):
        path = folder / kind
        made = programs.run("key", "new", kind, "--out", path, "--json").json()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        shown = programs.run("key", "show", path, "--json").json()
        assert shown["data"]["public"] == made["data"]["public"]
        before = path.read_bytes()
        programs.run("key", "new", kind, "--out", path, ok=(1,))
        assert path.read_bytes() == before


def test_damaged_keys(programs, folder):
    """Cut, altered, empty, absent, or readable by others: 9, and a sentence
    without any part of the key."""
    good = folder / "key"
    programs.run("key", "new", "governance", "--out", good)
    data = good.read_bytes()
    secret = data.split(b"\n")[-2]
    for number, bad in enumerate((data[:-20], b"", data[:-5] + b"X" +
                                  data[-4:], data + data, b"\0" * 200)):
        path = folder / f"bad{number}"
        path.write_bytes(bad)
        path.chmod(0o600)
        result = programs.run("key", "show", path, ok=(1, 9))
        assert result.err and secret.decode() not in result.err + result.out
    good.chmod(0o644)
    programs.run("key", "show", good, ok=(9,))
    programs.run("key", "show", folder / "absent", ok=(1, 7, 9))


def test_roster_signed_by_all(signed):
    """check and show give version, words and quorum; the words are the same
    everywhere."""
    checked = signed.run("roster", "check", signed.roster,
                         "--json").json()["data"]
    shown = signed.run("roster", "show", signed.roster, "--json").json()["data"]
    assert checked["version"] == 1 and len(checked["words"]) == 8
    assert shown["words"] == checked["words"]
    assert checked["hash"] == text_hash(signed.roster)


def test_first_roster_needs_all(signed, folder):
    """Version 1 with two of three signatures is no roster yet."""
    part = folder / "part"
    result = signed.run("roster", "combine", folder / "c0/roster.dignity",
                        folder / "c0/roster.viasna", "--out", part, ok=None)
    if result.code == 0:
        signed.run("roster", "check", part, ok=(4, 6))
    node = signed["viasna"]
    if part.exists():
        node.init(part, ok=(1, 6, 9, 78))
        assert not node.data.exists()


def test_damaged_rosters(signed, folder):
    """Every cut and every changed byte is refused, with a sentence."""
    data = signed.roster.read_bytes()
    step = len(data) // 25
    changed = [data[:at] for at in range(0, len(data) - 1, step)]
    changed += [data[:at] + bytes([data[at] ^ 4]) + data[at + 1:]
                for at in range(0, len(data), step)]
    # (The same note twice says nothing new, and is no damage.)
    changed += [b"\xff" * 100, data.replace(b"\n", b"\r\n")]
    for number, bad in enumerate(changed):
        path = folder / "bad"
        path.write_bytes(bad)
        result = signed.run("roster", "check", path, ok=None)
        assert result.code not in (0, 2, 130) and result.code < 128, (
            number, result)
        assert result.err or result.out


def test_next_version(signed, folder):
    """Two of three sign the next version; it follows the first one. A second
    successor without supersedes is not signed."""
    previous = text_hash(signed.roster)
    text = signed.roster_text(2, previous,
                              lambda ls: [line.replace("1209600", "1209601")
                                          for line in ls])
    two = signed.sign_roster(text, folder / "two", after=signed.roster,
                             signers=["dignity", "viasna"])
    checked = signed.run("roster", "check", two, "--json").json()["data"]
    assert checked["version"] == 2
    other = folder / "other.draft"
    other.write_text(text.replace("1209601", "1209602"))
    signed.run("roster", "sign", other, "--key", signed.governance("viasna"),
               "--out", folder / "o", "--after", signed.roster,
               f"--confirm={signed.label}", ok=(6,))
    assert not (folder / "o").exists()


def test_draft_sorts_and_fills(signed, folder):
    """draft fills version and previous of a successor."""
    new = folder / "next"
    signed.run("roster", "draft", new, "--from", signed.roster)
    lines = new.read_text().splitlines()
    assert "version 2" in lines
    assert f"previous {text_hash(signed.roster)}" in lines


def test_sign_asks_for_the_name(signed, folder):
    """Signing is large danger: without the name typed nothing is signed."""
    words = ["roster", "sign", folder / "c0/roster.draft", "--key",
             signed.governance("dignity"), "--out", folder / "again"]
    result = signed.run(*words, "--no-input", ok=(2,))
    assert "confirm" in result.err
    signed.run(*words, "--confirm=other", ok=(2, 6))
    assert not (folder / "again").exists()


def test_year_key_is_sealed(signed):
    """The year's identity file is a passphrase-sealed age file."""
    data = signed.identity("viasna").read_bytes()
    assert data.startswith(b"age-encryption.org/v1\n-> scrypt ")
    assert b"AGE-SECRET-KEY" not in data
    assert str(YEAR) in signed.identity("viasna").name
