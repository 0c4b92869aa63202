# SPDX-License-Identifier: Apache-2.0
"""Files that do not behave: they change, vanish, cannot be read, are empty or
no files at all. What can be deposited is; the rest is named; exit 3."""
import os
import shutil
import socket
import subprocess
import threading

import pytest
from files import make_some, same_content, sums, write


def test_empty_file(alone, folder):
    """An empty file is evidence too."""
    source = folder / "src"
    source.mkdir()
    write(source / "empty", b"")
    alone.deposit(source)
    alone.restore("--all", folder / "out")
    same_content(source, folder / "out")


def test_nothing_to_deposit(alone, folder):
    """No such path, or an empty folder: a sentence, and nothing is sent."""
    alone.deposit(folder / "absent", ok=(1, 7))
    (folder / "nothing").mkdir()
    result = alone.deposit(folder / "nothing", ok=None)
    assert result.code in (0, 1, 2, 7)
    assert alone.status()["items"] == 0


def test_links_sockets_fifos(alone, folder):
    """Symbolic links, sockets and pipes are left out and named; a loop of
    links does no harm; an argument that is a link is followed."""
    source = make_some(folder / "src", 2)
    (source / "link").symlink_to("/etc/passwd")
    (source / "loop").symlink_to(".")
    os.mkfifo(source / "pipe")
    with socket.socket(socket.AF_UNIX) as unix:
        unix.bind(str(source / "sock"))
        result = alone.deposit(source, ok=(3,))
    for name in ("link", "loop", "pipe", "sock"):
        assert name in result.out + result.err
    assert alone.status()["items"] == 2
    (folder / "way").symlink_to(source / "f00000")
    assert alone.deposit(folder / "way").of_type("summary")[0]["items"] == 1


def test_unreadable(alone, folder):
    """A file and a folder without the right to read: named, exit 3."""
    source = make_some(folder / "src", 3)
    (source / "f00001").chmod(0)
    (source / "closed").mkdir(mode=0)
    words = [alone.consortium.programs.holdfast, *alone.deposit_words(source)]
    environment = alone.consortium.programs.environment
    if os.getuid() == 0:
        words = ["setpriv", "--bounding-set=-dac_override,-dac_read_search",
                 "--inh-caps=-dac_override,-dac_read_search", *words]
    result = subprocess.run(words, env=environment, capture_output=True,
                            text=True, timeout=120)
    (source / "closed").chmod(0o700)
    assert result.returncode == 3, result
    for name in ("f00001", "closed"):
        assert name in result.stdout + result.stderr
    assert alone.status()["items"] == 2


class Churn:
    """Changes a folder's files all the while."""

    def __init__(self, change):
        self.change, self.running = change, True
        self.thread = threading.Thread(target=self._run)

    def _run(self):
        number = 0
        while self.running:
            self.change(number)
            number += 1

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.running = False
        self.thread.join()


def test_changing_file(alone, folder):
    """A file that changes whenever it is read: after three attempts it has
    failed, exit 3; the others are deposited, and no wrong item restores."""
    source = make_some(folder / "src", 4)
    write(source / "moving", os.urandom(24 << 20))

    def change(number):
        with open(source / "moving", "r+b") as file:
            file.seek((number % 24) << 20)
            file.write(os.urandom(64))

    with Churn(change):
        result = alone.deposit(source, ok=(3,))
    assert "moving" in result.out + result.err
    assert result.of_type("summary")[0]["items"] == 4
    alone.restore("--all", folder / "out")
    assert len(sums(folder / "out")) == 4


def test_vanishing_files(alone, folder):
    """Files go away while the deposit runs: those are named, exit 3 (or 0 when
    none was missed); what has a receipt restores."""
    source = make_some(folder / "src", 400, 20000, 60000)
    names = sorted(source.iterdir(), reverse=True)

    def change(number):
        if number < 60:
            names[number].unlink()

    with Churn(change):
        result = alone.deposit(source, ok=(0, 3))
    summary = result.of_type("summary")[0]
    missed = result.of_type("missing")
    assert summary["failed"] == len(missed) <= 60
    count = alone.restore("--all", folder / "out").of_type("summary")[0]
    assert count["restored"] == summary["items"] == 400 - len(missed) or \
        summary["items"] + summary["failed"] <= 400


def test_equal_files_are_separate_items(alone, folder):
    """Two equal files: two items, and both names come back."""
    source = folder / "src"
    source.mkdir()
    write(source / "a", b"the same")
    write(source / "b", b"the same")
    items = alone.deposit(source).of_type("item")
    assert len({item["id"] for item in items}) == 2
    alone.restore("--all", folder / "out")
    same_content(source, folder / "out")


def test_same_path_twice(alone, folder):
    """Two deposits of one path: neither overwrites the other on restore."""
    source = folder / "src"
    source.mkdir()
    for text in (b"first", b"second"):
        write(source / "a", text)
        alone.deposit(source)
    alone.restore("--all", folder / "out")
    found = {path.read_bytes() for path in (folder / "out").rglob("*")
             if path.is_file()}
    assert found == {b"first", b"second"}


def test_no_depositor_key(alone, folder):
    """Without a depositor key, with somebody else's kind of key, or with one
    that others can read: 9 and nothing is sent."""
    source = make_some(folder / "src", 1)
    words = ["deposit", source, "--config", alone.config, "--receipts",
             folder / "r", "--yes"]
    alone.run(*words, ok=(9,))
    alone.run(*words, "--key", alone.key, ok=(9,))
    alone.run(*words, "--key", folder / "absent", ok=(9,))
    alone.depositor.chmod(0o644)
    alone.run(*words, "--key", alone.depositor, ok=(9,))
    assert alone.status()["items"] == 0
    shutil.rmtree(folder / "r", ignore_errors=True)


def test_receipts_cannot_be_written(alone, folder):
    """Where receipts cannot go, nothing is deposited."""
    source = make_some(folder / "src", 1)
    write(folder / "file", b"")
    alone.deposit(source, receipts=folder / "file", ok=(1, 2))
    assert alone.status()["items"] == 0


def test_recipients_change_is_asked(alone, folder):
    """A change of whom is sealed to is shown, and without an answer refused."""
    source = make_some(folder / "src", 1)
    alone.deposit(source)
    other = folder / "other.txt"
    alone.run("key", "new", "master", "--out", folder / "m")
    out = alone.run("key", "year", "2031", "--master", folder / "m", "--out",
                    other, "--passphrase-file", alone.consortium.passphrase,
                    "--json").json()
    recipient = out["data"]["recipient"]
    words = [word for word in alone.deposit_words(source) if word != "--yes"]
    result = alone.run(*words, "--to", recipient, "--no-input", ok=(2, 6))
    assert recipient[:8] in result.out + result.err
    assert alone.status()["items"] == 1
    alone.deposit(source, extra=["--to", recipient])


def test_dry_run(alone, folder):
    """-n says so first and last, and changes nothing."""
    source = make_some(folder / "src", 2)
    words = [word for word in alone.deposit_words(source) if word != "--json"]
    result = alone.run(*words, "-n")
    assert "DRY RUN" in result.out + result.err
    assert alone.status()["items"] == 0 and not alone.receipts()


@pytest.mark.parametrize("option", ["--sha512"])
def test_more_metadata(alone, folder, option):
    """Source, note and SHA-512 go in, and the file comes back checked."""
    source = make_some(folder / "src", 2)
    alone.deposit(source, extra=["--source", "a walk-in", "--note", "100 %\n",
                                 "--case", "-", option])
    alone.restore("--all", folder / "out")
    same_content(source, folder / "out")
