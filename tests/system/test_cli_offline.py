# SPDX-License-Identifier: Apache-2.0
"""The command line on files alone: exit codes, JSON, columns, what is asked of
a person at a terminal. No node runs."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import stat
import subprocess
import termios
import time

import pytest
from conftest import ROOT
from consortium import MARGIN, PASSPHRASE, YEAR

MEMBERS = ["dignity", "redress", "viasna"]
VECTORS = pathlib.Path(os.environ.get("HF_VECTORS",
                                      ROOT.parent / "shared/vectors"))


@pytest.fixture
def signed(consortium):
    """Three members' keys and a roster signed by all; no node runs."""
    one = consortium(MEMBERS)
    one.make_keys()
    one.sign_roster(one.roster_text(), one.roster)
    return one


def narrow(result):
    """Output for people: at most 80 columns, no escape codes in a pipe."""
    for text in (result.out, result.err):
        assert "\x1b" not in text, result
        for line in text.splitlines():
            assert len(line) <= 80, (line, result)
    return result


def envelope(result, schema):
    """The answer of a command with --json."""
    answer = result.json()
    assert answer["schema"] == f"holdfast.{schema}/1"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ",
                        answer["generated_at"])
    assert answer["exit_code"] == result.code
    assert isinstance(answer["warnings"], list)
    assert "node" not in answer
    return answer


def failure(programs, *words, code):
    """Both forms of an error: people first, then programs."""
    people = narrow(programs.run(*words, ok=(code,)))
    assert re.search("^holdfast: ", people.err, re.M), people
    result = programs.run(*words, "--json", ok=(code,))
    assert result.out == ""
    lines = result.err.splitlines()
    assert len(lines) == 1, result
    answer = json.loads(lines[0])
    assert answer["schema"] == "holdfast.error/1"
    assert answer["exit_code"] == code
    assert re.fullmatch(r"[A-Z-]+", answer["error"]["code"])
    assert answer["error"]["message"]
    return answer["error"]


class Terminal:
    """A program whose three streams are a terminal."""

    def __init__(self, programs, *words, **environment):
        self.fd, other = pty.openpty()
        self.process = subprocess.Popen(
            [programs.holdfast, *words], stdin=other, stdout=other,
            stderr=other, start_new_session=True,
            # Its own terminal, so that Ctrl-C becomes a signal.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**programs.environment, "TERM": "xterm", **environment})
        os.close(other)
        self.text = ""

    def until(self, words, seconds=60):
        """Read until these words were shown, or with None until the end."""
        end = time.monotonic() + seconds * MARGIN
        while words is None or words not in self.text:
            left = end - time.monotonic()
            assert left > 0, f"no {words!r} in {self.text!r}"
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                part = os.read(self.fd, 4096)
            except OSError:
                part = b""
            if not part:
                assert words is None, f"ended without {words!r}: {self.text!r}"
                break
            self.text += part.decode(errors="replace")
        return self

    def type(self, text):
        os.write(self.fd, text.encode())
        return self

    def end(self):
        self.until(None)
        os.close(self.fd)
        return self.process.wait(timeout=60 * MARGIN)


# ---- Keys


def test_keys_in_both_forms(programs, folder):
    """key new and key show say the same to people and to programs."""
    parts = {"master": {"recipient", "year"}, "governance": {"governance"},
             "node": {"ledger", "witness", "session"},
             "depositor": {"depositor", "session"}}
    for kind, names in parts.items():
        path = folder / f"{kind}.key"
        narrow(programs.run("key", "new", kind, "--out", path))
        data = envelope(programs.run("key", "show", path, "--json"),
                        "key-show")["data"]
        assert data["kind"] == kind and set(data["public"]) == names
        shown = narrow(programs.run("key", "show", path)).out
        for name in names - {"year", "depositor"}:
            assert str(data["public"][name]) in shown
        line = path.read_text().splitlines()[-1]
        assert line.startswith(f"HOLDFAST-{kind.upper()}-1")
        assert line not in shown


def test_key_errors(programs, folder):
    """Each way to be wrong has its code, and nothing is left behind."""
    node = folder / "node.key"
    programs.run("key", "new", "node", "--out", node)
    failure(programs, "key", "new", "node", "--out", node, code=1)
    failure(programs, "key", "new", "other", "--out", folder / "x", code=2)
    failure(programs, "key", "new", "node", code=2)
    failure(programs, "key", "new", "node", "--out", folder / "no/x", code=7)
    failure(programs, "key", "show", folder / "none", code=9)
    assert "chmod" in failure(programs, "key", "show", _opened(node),
                              code=9)["message"]
    assert not (folder / "x").exists()


def _opened(path):
    path.chmod(0o644)
    return path


def test_dry_runs_change_nothing(signed, folder):
    """-n: said in the first and the last line; no file appears."""
    master = signed.keys / "viasna-master.key"
    before = sorted(path.name for path in signed.keys.iterdir())
    passphrase = ["--passphrase-file", signed.passphrase]
    for words in (["key", "new", "node", "--out", folder / "n"],
                  ["key", "year", str(YEAR), "--master", master, "--out",
                   folder / "y", *passphrase],
                  ["roster", "draft", folder / "d", "--consortium", "x"],
                  ["roster", "sign", signed.folder / "roster.draft", "--key",
                   signed.governance("viasna"), "--out", folder / "s"],
                  ["roster", "combine", signed.folder / "roster.viasna",
                   signed.folder / "roster.dignity",
                   signed.folder / "roster.redress", "--out", folder / "r"],
                  ["init", "--node", "viasna-1", "--data", folder / "data",
                   "--key", signed["viasna"].key, "--roster", signed.roster,
                   "--config", folder / "etc/holdfast.conf"]):
        result = narrow(signed.run(*words, "-n"))
        lines = result.out.splitlines()
        assert lines[0] == lines[-1] == "DRY RUN - nothing was changed", result
        answer = signed.run(*words, "-n", "--json").json()
        assert answer["dry_run"] is True
    assert sorted(path.name for path in signed.keys.iterdir()) == before
    for name in "nydsr":
        assert not (folder / name).exists()
    assert not (folder / "data").exists() and not (folder / "etc").exists()


def test_year_errors(signed, folder):
    """The master is asked for by kind, the year by its form; without a
    terminal a passphrase comes from a file only its owner can read."""
    master = signed.keys / "viasna-master.key"
    words = ["key", "year", str(YEAR), "--out", folder / "y", "--master"]
    secret = ["--passphrase-file", signed.passphrase]
    failure(signed, *words, signed.governance("viasna"), *secret, code=9)
    failure(signed, *words, folder / "none", *secret, code=9)
    assert "--passphrase-file" in failure(signed, *words, master,
                                          code=2)["message"]
    failure(signed, "key", "year", "26", "--master", master, "--out",
            folder / "y", *secret, code=2)
    failure(signed, "key", "year", str(YEAR), *secret, code=2)
    bad = folder / "passphrase"
    bad.write_text("six random words in a row\n")
    bad.chmod(0o644)
    signed.run(*words, master, "--passphrase-file", bad, ok=(1,))
    bad.chmod(0o600)
    signed.run(*words, master, "--passphrase-file", bad)
    assert stat.S_IMODE((folder / "y").stat().st_mode) == 0o600
    failure(signed, *words, master, *secret, code=1)


def test_year_asks_at_a_terminal(signed, folder):
    """Two passphrases without echo; different ones make nothing; Ctrl-C ends
    with 130, and the terminal shows what is typed again."""
    words = ["key", "year", str(YEAR), "--master",
             signed.keys / "viasna-master.key", "--out", folder / "y"]
    one = Terminal(signed.programs, *words)
    one.until("New passphrase of").type("first guess words\n")
    one.until("again: ").type("other guess words\n")
    assert one.end() == 1
    assert "not the same" in one.text and "guess" not in one.text
    two = Terminal(signed.programs, *words)
    two.until("New passphrase of").type("\x03")
    assert two.end() == 130
    assert not (folder / "y").exists()
    three = Terminal(signed.programs, *words)
    three.until("New passphrase of").type(PASSPHRASE + "\n")
    three.until("again: ").type(PASSPHRASE + "\n")
    assert three.end() == 0
    assert PASSPHRASE not in three.text and "short" not in three.text


# ---- Rosters


def test_roster_check_codes(signed, folder):
    """0 when signed by enough, 75 before, 5 when who must sign is not known,
    4 when a rule is broken, 7 without a file."""
    good = envelope(signed.run("roster", "check", signed.roster, "--json"),
                    "roster-check")
    assert len(good["data"]["words"]) == 8
    assert good["data"]["signatures"]["need"] == 3
    narrow(signed.run("roster", "check", signed.roster))
    part = envelope(signed.run("roster", "check",
                               signed.folder / "roster.viasna", "--json",
                               ok=(75,)), "roster-check")
    assert part["data"]["signatures"]["have"] == ["viasna"]
    narrow(signed.run("roster", "check", signed.folder / "roster.draft",
                      ok=(75,)))
    second = folder / "second"
    signed.run("roster", "draft", second, "--from", signed.roster)
    narrow(signed.run("roster", "check", second, ok=(5,)))
    narrow(signed.run("roster", "check", second, "--after", signed.roster,
                      ok=(75,)))
    lines = second.read_text().replace("copies 2", "copies 9").replace(
        "copies 3", "copies 9")
    second.write_text(lines)
    failure(signed, "roster", "check", second, code=4)
    failure(signed, "roster", "check", folder / "none", code=7)
    failure(signed, "roster", "check", code=2)


def test_roster_changes_are_shown(signed, folder):
    """What changes is said before anybody signs, to people and programs."""
    second = folder / "second"
    signed.run("roster", "draft", second, "--from", signed.roster)
    text = re.sub(r"^seal viasna .*$", "seal viasna redress viasna",
                  second.read_text(), flags=re.M)
    if "seal viasna" not in text:
        text = re.sub(r"^(member viasna .*)$",
                      r"\1\nseal viasna redress viasna", text, flags=re.M)
    second.write_text(text)
    signed.run("roster", "draft", second)
    words = ["roster", "check", second, "--after", signed.roster]
    assert "viasna seals to: redress viasna" in narrow(
        signed.run(*words, ok=(75,))).out
    changes = signed.run(*words, "--json", ok=(75,)).json()["data"]["changes"]
    assert [change["kind"] for change in changes] == ["seal"]
    assert changes[0]["subject"] == "viasna"


def test_roster_sign_at_a_terminal(signed, folder):
    """The consortium's name must be typed; anything else signs nothing."""
    draft = signed.folder / "roster.draft"
    words = ["roster", "sign", draft, "--key", signed.governance("viasna"),
             "--out", folder / "note"]
    no = Terminal(signed.programs, *words)
    no.until("to sign: ").type("yes\n")
    assert no.end() == 6 and not (folder / "note").exists()
    yes = Terminal(signed.programs, *words)
    yes.until("to sign: ").type(signed.label + "\n")
    assert yes.end() == 0 and (folder / "note").exists()
    failure(signed, *words, f"--confirm={signed.label}", code=1)
    failure(signed, *words[:-1], folder / "other", code=2)
    stranger = folder / "stranger"
    signed.run("key", "new", "governance", "--out", stranger)
    failure(signed, "roster", "sign", draft, "--key", stranger, "--out",
            folder / "x", f"--confirm={signed.label}", code=9)
    failure(signed, "roster", "sign", draft, "--key", signed["viasna"].key,
            "--out", folder / "x", f"--confirm={signed.label}", code=9)
    assert not (folder / "x").exists()


def test_second_successor_needs_supersedes(signed, folder):
    """A key that signed one successor signs another only when it names the
    first as superseded."""
    new = folder / "new"
    signed.run("roster", "draft", new, "--from", signed.roster)
    sign = ["--key", signed.governance("viasna"), "--after", signed.roster,
            f"--confirm={signed.label}"]
    signed.run("roster", "sign", new, "--out", folder / "a", *sign)
    first = signed.run("roster", "show", new, "--json").json()["data"]["hash"]
    other = new.read_text().replace("1209600", "1209601")
    new.write_text(other)
    failure(signed, "roster", "sign", new, "--out", folder / "b", *sign,
            code=6)
    new.write_text(re.sub(r"^(previous .*)$", rf"\1\nsupersedes {first}",
                          other, flags=re.M))
    signed.run("roster", "sign", new, "--out", folder / "b", *sign)
    note = pathlib.Path(f"{signed.governance('viasna')}.signed")
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert first in note.read_text()


def test_combine_refuses_what_does_not_fit(signed, folder):
    """Signatures of two texts, or of nobody who may sign, make no roster."""
    draft = folder / "draft"
    draft.write_text((signed.folder / "roster.draft").read_text().replace(
        "1209600", "1209602"))
    signed.run("roster", "sign", draft, "--key", signed.governance("viasna"),
               "--out", folder / "v", f"--confirm={signed.label}")
    failure(signed, "roster", "combine", folder / "v",
            signed.folder / "roster.dignity", "--out", folder / "r", code=1)
    assert not (folder / "r").exists()
    result = signed.run("roster", "combine", signed.folder / "roster.dignity",
                        "--out", folder / "r", "--json", ok=(75,))
    assert envelope(result, "roster-combine")["data"]["have"] == 1
    failure(signed, "roster", "combine", folder / "v", code=2)


def test_draft_names_the_bad_line(signed, folder):
    """A line that no roster has is named; the draft stays as it was."""
    draft = folder / "draft"
    signed.run("roster", "draft", draft, "--consortium", "archive")
    draft.write_text(draft.read_text() + "colour blue\n")
    before = draft.read_bytes()
    error = failure(signed, "roster", "draft", draft, code=1)
    assert "colour" in error["message"] or "line" in error["message"]
    assert draft.read_bytes() == before
    failure(signed, "roster", "draft", folder / "e", code=2)
    failure(signed, "roster", "draft", folder / "e", "--consortium", "A B",
            code=2)


# ---- init


def init_words(signed, folder, member="viasna"):
    node = signed[member]
    return ["init", "--node", node.name, "--data", folder / "data", "--key",
            node.key, "--roster", signed.roster, "--config",
            folder / "etc/holdfast.conf"]


def test_init_is_safe_to_repeat(signed, folder):
    """It writes only data directory, configuration and roster; again is fine;
    the daemon accepts what was written."""
    words = init_words(signed, folder)
    result = narrow(signed.run(*words, "--yes"))
    assert "viasna-1 of member viasna" in result.out
    data = envelope(signed.run(*words, "--yes", "--json"), "init")["data"]
    assert data["member"] == "viasna" and data["words_confirmed"] is True
    assert sorted(p.name for p in (folder / "etc").iterdir()) == [
        "holdfast.conf", "roster"]
    assert (folder / "etc/roster").read_bytes() == signed.roster.read_bytes()
    assert stat.S_IMODE((folder / "data").stat().st_mode) == 0o700
    for name in ("README.txt", "roster", "FORMATS.md"):
        assert (folder / "data" / name).stat().st_size > 500
    subprocess.run([signed.programs.holdfastd, "--check-config", "--config",
                    folder / "etc/holdfast.conf"], check=True,
                   env=signed.programs.environment)


def test_init_compares_words_at_a_terminal(signed, folder):
    """The eight words are shown; "no" makes nothing."""
    words = init_words(signed, folder)
    failure(signed, *words, code=2)
    eight = " ".join(signed.run("roster", "show", signed.roster,
                                "--json").json()["data"]["words"])
    no = Terminal(signed.programs, *words)
    no.until("[y/N] ").type("n\n")
    assert no.end() == 6 and eight in no.text
    assert not (folder / "data").exists() and not (folder / "etc").exists()
    yes = Terminal(signed.programs, *words)
    yes.until("[y/N] ").type("y\n")
    assert yes.end() == 0 and (folder / "etc/holdfast.conf").exists()


def test_init_refuses(signed, folder):
    """Another node's key 9, not on the roster 6 (and what to send), a foreign
    directory 1, another configuration 78."""
    words = init_words(signed, folder)
    wrong = [signed["dignity"].key if w == signed["viasna"].key else w
             for w in words]
    failure(signed, *wrong, "--yes", code=9)
    absent = ["nobody-1" if w == "viasna-1" else w for w in words]
    failed = signed.run(*absent, "--yes", ok=(6,))
    assert signed.public["viasna"]["node"]["session"] in failed.out
    foreign = folder / "data"
    foreign.mkdir()
    (foreign / "photo.jpg").write_bytes(b"mine")
    failure(signed, *words, "--yes", code=1)
    assert [p.name for p in foreign.iterdir()] == ["photo.jpg"]
    (foreign / "photo.jpg").unlink()
    (folder / "etc").mkdir()
    (folder / "etc/holdfast.conf").write_text("[node]\nname = other-1\n")
    failure(signed, *words, "--yes", code=78)
    assert "other-1" in (folder / "etc/holdfast.conf").read_text()


# ---- Receipts


@pytest.fixture(scope="module")
def receipts():
    path = VECTORS / "holdfast/receipts.json"
    if not path.exists():
        pytest.skip(f"no {path}: set HF_VECTORS")
    return json.loads(path.read_text())


@pytest.mark.parametrize("offline", [True, False])
def test_receipts_of_the_vectors(receipts, programs, folder, offline):
    """Genuine 0 with --offline, pending 75, not genuine 9; without, a node is
    asked what the members state that they hold, and for what is pending or not
    proven; a file is never changed by what is not genuine."""
    roster = folder / "roster"
    roster.write_text("".join(receipts["roster_notes"]))
    for number, case in enumerate(receipts["receipts"]):
        path = folder / f"receipt{number}"
        path.write_bytes(case["file"].encode())
        pending = case["expect"] == "ok" and "pending" in case["receipts"][0]
        expected = 9 if case["expect"] != "ok" else 75 if pending else 0
        words = ["receipt", path, "--roster", roster]
        if offline:
            words.append("--offline")
        elif expected != 9:
            words += ["--socket", folder / "nobody"]
            expected = 8
        result = programs.run(*words, "--json", ok=None)
        assert result.code == expected, (case["name"], result)
        if result.code != 8:
            data = envelope(result, "receipt")["data"]
            assert data["receipts"] == len(data["items"]) >= 1
            assert all("state" not in item for item in data["items"])
        result = narrow(programs.run(*words, ok=(expected,)))
        assert "protected" not in result.out
        assert path.read_bytes() == case["file"].encode()


def test_receipt_without_cosigners_is_not_proven(receipts, programs, folder):
    """Genuine, and "time not yet proven"."""
    roster = folder / "roster"
    roster.write_text("".join(receipts["roster_notes"]))
    cases = {case["name"]: case for case in receipts["receipts"]}
    for name, proven in (("two cosigners", True),
                         ("no cosigner: not proven", False)):
        path = folder / "receipt"
        path.write_text(cases[name]["file"])
        words = ["receipt", path, "--offline", "--roster", roster]
        item = programs.run(*words, "--json").json()["data"]["items"][0]
        assert (item["proven_time"] is not None) == proven
        assert ("not yet proven" in programs.run(*words).out) != proven


def test_receipt_errors(receipts, programs, folder):
    """No file, no roster, an empty file, a roster that is none."""
    roster = folder / "roster"
    roster.write_text("".join(receipts["roster_notes"]))
    path = folder / "receipt"
    failure(programs, "receipt", path, "--roster", roster, code=7)
    path.write_text("")
    assert programs.run("receipt", path, "--roster", roster, "--offline",
                        ok=None).code in (1, 9)
    path.write_text(receipts["receipts"][0]["file"])
    failure(programs, "receipt", path, "--roster", folder / "none", code=7)
    failure(programs, "receipt", path, "--roster", path, code=1)
    failure(programs, "receipt", path, "--config", folder / "none", code=78)
    bad = folder / "holdfast.conf"
    bad.write_text("[clinet]\nnode = a\n")
    error = failure(programs, "receipt", path, "--config", bad, code=78)
    assert "[client]" in error["detail"]["errors"]


# ---- Output


def test_nobody_at_the_socket(programs, folder):
    """Without a node: 8, which socket, and what to do."""
    for words in (["status"], ["list"], ["show", "HF-Y1JX4W"],
                  ["ledger", "open"]):
        error = failure(programs, *words, "--socket", folder / "none", code=8)
        assert error["code"] == "PEER-UNREACHABLE"
        assert "none" in error["message"] and error["do"]


def test_colours_only_at_a_terminal(signed):
    """No escape codes with NO_COLOR, TERM=dumb or --no-color either."""
    words = ["roster", "check", signed.folder / "roster.draft"]
    plain = Terminal(signed.programs, *words, NO_COLOR="1")
    plain.end()
    assert "\x1b" not in plain.text
    plain = Terminal(signed.programs, *words, TERM="dumb")
    plain.end()
    assert "\x1b" not in plain.text
    plain = Terminal(signed.programs, *words, "--no-color")
    plain.end()
    assert "\x1b" not in plain.text


def test_wrong_usage_names_the_nearest(programs):
    """Exit 2 before anything is done; a near command or flag is named."""
    assert "status" in failure(programs, "statsu", code=2)["message"]
    assert "--out" in failure(programs, "key", "new", "node", "--outt", "x",
                              code=2)["message"]
    failure(programs, "status", "--yes", code=2)
    failure(programs, "show", "HF-XXXX-XXXX-XXXX-XXXX-Q", code=2)
