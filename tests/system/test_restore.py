# SPDX-License-Identifier: Apache-2.0
"""Restore refuses what is not right, and says which check failed."""
import os

from files import make_some, same_content, sums, write
from consortium import YEAR


def other_identity(node, folder):
    """An identity that opens nothing here."""
    node.run("key", "new", "master", "--out", folder / "m.key")
    node.run("key", "year", str(YEAR), "--master", folder / "m.key", "--out",
             folder / "other.age", "--passphrase-file",
             node.consortium.passphrase)
    return folder / "other.age"


def test_wrong_key(alone, folder):
    """Nothing opens: exit 9, what would open it is named, and no file is
    left."""
    alone.deposit(make_some(folder / "src", 3))
    key = other_identity(alone, folder)
    result = alone.run("restore", "--all", "--to", folder / "out", "--key", key,
                       "--passphrase-file", alone.consortium.passphrase,
                       "--config", alone.config, "--yes", ok=(9,))
    assert result.err
    left = {name for name in sums(folder / "out")} \
        if (folder / "out").exists() else set()
    assert left <= {b"MISSING.txt"}


def test_wrong_passphrase(alone, folder):
    """The passphrase is wrong: exit 9 before anybody is asked."""
    alone.deposit(make_some(folder / "src", 1))
    wrong = folder / "wrong"
    wrong.write_text("not this one\n")
    wrong.chmod(0o600)
    alone.run("restore", "--all", "--to", folder / "out", "--key",
              alone.consortium.identity("viasna"), "--passphrase-file", wrong,
              "--config", alone.config, "--yes", ok=(9,))


def test_damaged_identity(alone, folder):
    """A cut or changed identity file: exit 9."""
    good = alone.consortium.identity("viasna").read_bytes()
    for number, data in enumerate((good[:100], b"", good[:-3] +
                                   bytes([good[-3] ^ 1]) + good[-2:])):
        path = folder / f"i{number}"
        path.write_bytes(data)
        path.chmod(0o600)
        alone.run("restore", "--all", "--to", folder / "out", "--key", path,
                  "--passphrase-file", alone.consortium.passphrase, "--config",
                  alone.config, "--yes", ok=(9,))


def test_partly_openable(consortium, folder):
    """Items of two members, one key: what it opens comes back, the rest is
    listed with whose key would open it; exit 3."""
    both = consortium(["dignity", "viasna"], copies=2, seals={
        "viasna": ["dignity", "viasna"], "dignity": ["dignity"]}).set_up()
    mine = make_some(folder / "mine", 3)
    theirs = make_some(folder / "theirs", 2, seed=4)
    both["viasna"].deposit(mine)
    both["dignity"].deposit(theirs)
    node = both["viasna"]
    node.wait_items(5)
    result = node.restore("--all", folder / "out", key="viasna", ok=(3,))
    summary = result.of_type("summary")[0]
    assert (summary["restored"], summary["not_for_this_key"]) == (3, 2)
    missing = (folder / "out/MISSING.txt").read_text()
    assert "dignity" in missing, missing
    (folder / "out/MISSING.txt").unlink()
    same_content(mine, folder / "out")


def test_nothing_is_overwritten(alone, folder):
    """A file that stands where one shall go stays as it is, without
    --overwrite; with it, it is replaced."""
    source = make_some(folder / "src", 2)
    alone.deposit(source)
    out = folder / "out/src"
    out.mkdir(parents=True)
    write(out / "f00000", b"precious")
    alone.restore("--all", folder / "out", ok=None)
    assert (out / "f00000").read_bytes() == b"precious"
    alone.restore("--all", folder / "out", extra=["--overwrite"])
    found = sums(folder / "out")
    for name, digest in sums(source).items():
        assert found[b"src/" + name] == digest


def test_link_in_the_way(alone, folder):
    """A symbolic link inside the target does not lead a file outside."""
    source = make_some(folder / "src", 2)
    alone.deposit(source)
    outside = folder / "outside"
    outside.mkdir()
    (folder / "out").mkdir()
    (folder / "out/src").symlink_to(outside)
    alone.restore("--all", folder / "out", ok=None)
    assert not any(outside.iterdir())


def test_damaged_store_is_noticed(alone, folder):
    """One byte changed in every stored block file: no wrong byte is restored
    under a file's name."""
    source = make_some(folder / "src", 6, 70000, 90000)
    alone.deposit(source)
    alone.stop()
    changed = 0
    for path in alone.data.rglob("*.sst"):
        if path.stat().st_size > 60000 and path.stat().st_nlink >= 1:
            with open(path, "r+b") as file:
                file.seek(30000)
                byte = file.read(1)
                file.seek(30000)
                file.write(bytes([byte[0] ^ 1]))
            changed += 1
    alone.start(ready=False)
    if not changed:
        alone.wait(lambda s: True)
    try:
        alone.wait(lambda s: True, 20)
    except Exception:
        assert alone.log_text()  # refused at start with a sentence
        return
    result = alone.restore("--all", folder / "out", ok=None)
    wanted = set(sums(source).values())
    for name, digest in sums(folder / "out").items() \
            if (folder / "out").exists() else ():
        if name.startswith(b"src/") and not name.endswith(b".unverified"):
            assert digest in wanted
    if changed:
        assert result.code != 0


def test_target_not_writable(alone, folder):
    """The target is a file: a sentence, nothing else."""
    alone.deposit(make_some(folder / "src", 1))
    write(folder / "out", b"a file")
    result = alone.restore("--all", folder / "out", ok=None)
    assert result.code not in (0, 5)
    assert (folder / "out").read_bytes() == b"a file"


def test_target_full(alone, folder):
    """No room at the target: 1 or 3, and nothing half under its name."""
    if os.getuid() != 0:
        import pytest
        pytest.skip("needs the right to mount a tmpfs")
    import subprocess
    source = make_some(folder / "src", 30, 90000, 100000)
    alone.deposit(source)
    out = folder / "out"
    out.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs",
                       out]).returncode != 0:
        import pytest
        pytest.skip("needs the right to mount a tmpfs")
    try:
        result = alone.restore("--all", out, ok=None)
        assert result.code in (1, 3), result
        wanted = set(sums(source).values())
        for name, digest in sums(out).items():
            if name.startswith(b"src/f") and len(name) == len(b"src/f00000"):
                assert digest in wanted
    finally:
        subprocess.run(["umount", "-l", out], check=True)
