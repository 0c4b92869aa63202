# SPDX-License-Identifier: Apache-2.0
"""One member, one node: what a case worker and a sysadmin do on a good day."""
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest
from consortium import PASSPHRASE, Programs, YEAR
from files import make_large, make_odd, make_some, same_content, sums, write

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import reader  # noqa: E402
import reader_item  # noqa: E402
import reader_roster  # noqa: E402
import reader_text  # noqa: E402


def test_round_trip_of_odd_and_large_files(alone, folder):
    """Files of many sizes and odd names come back byte for byte under their
    deposited paths; the list knows as many items."""
    source = make_odd(folder / "in put")
    make_large(source / "large.bin", 40 << 20)
    result = alone.deposit(source, extra=["--case", "K-1"])
    count = len(sums(source))
    summary = result.of_type("summary")[0]
    assert (summary["items"], summary["failed"]) == (count, 0)
    assert summary["registered"] == count
    restored = alone.restore("--all", folder / "out")
    assert restored.of_type("summary")[0]["restored"] == count
    same_content(source, folder / "out")
    assert alone.list().json()["data"]["total"] == count


def test_show_and_restore_one_by_prefix(alone, folder):
    """An item is found by a prefix of its id; a wrong check character is a
    usage error before anybody is asked; an unknown id is not found."""
    source = make_some(folder / "src", 3)
    ids = [i["id"] for i in alone.deposit(source).of_type("item")]
    shown = alone.run("show", ids[0][:12], "--config", alone.config, "--json")
    assert ids[0] in shown.out
    wrong = ids[0][:-1] + ("A" if ids[0][-1] != "A" else "B")
    result = alone.run("show", wrong, "--socket", folder / "nobody", "--json",
                       ok=(2,))
    assert result.error()["message"]
    absent = "HF-0000-0000-0000-0000-0"
    alone.run("show", absent, "--config", alone.config, ok=(7,))
    alone.restore(ids[1], folder / "one")
    assert len(sums(folder / "one")) == 1


def test_restore_of_one_case(alone, folder):
    """A case comes back alone; its name is known to the key only."""
    first, second = make_some(folder / "a", 3), make_some(folder / "b", 4,
                                                          seed=2)
    alone.deposit(first, extra=["--case", "Дело 1"])
    alone.deposit(second, extra=["--case", "K-2"])
    alone.restore(("--case", "Дело 1"), folder / "out")
    same_content(first, folder / "out")


def test_ciphertext_opens_with_age(alone, folder):
    """What restore --ciphertext writes opens with Debian's age and passes
    sha256sum -c; the identity file opens by its passphrase with age, too."""
    source = make_some(folder / "src", 3)
    items = alone.deposit(source).of_type("item")
    alone.restore("--all", folder / "cipher", extra=["--ciphertext"])
    subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"],
                   cwd=folder / "cipher", check=True)
    identity = folder / "identity"
    opened = age_with_passphrase(["age", "-d", "-o", str(identity),
                                  str(alone.consortium.identity("viasna"))])
    assert opened == 0
    for item in items:
        plain = subprocess.run(
            ["age", "-d", "-i", identity, folder / f"cipher/{item['id']}.age"],
            check=True, capture_output=True).stdout
        name = pathlib.Path(item["name"]).name
        assert plain == (source / name).read_bytes()


def age_with_passphrase(words):
    """age asks for a passphrase on a terminal only: give it one."""
    import pty
    pid, fd = pty.fork()
    if pid == 0:
        os.execvp(words[0], words)
    sent, seen = False, b""
    while True:
        try:
            data = os.read(fd, 1024)
        except OSError:
            break
        if not data:
            break
        seen += data
        if not sent and b"assphrase" in seen:
            os.write(fd, PASSPHRASE.encode() + b"\n")
            sent = True
    os.close(fd)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_receipts(alone, folder):
    """A receipt is genuine (nobody has checked copies: 5), offline 0 also when
    the node is down; it names no file; altered or cut it is not genuine."""
    source = make_some(folder / "src", 5)
    alone.deposit(source, extra=["--case", "K-SECRET"])
    [path] = alone.receipts()
    data = alone.check_receipts(path, ok=(5,)).json()["data"]
    assert (data["receipts"], data["genuine"], data["pending"]) == (5, 5, 0)
    assert "state" not in data and "held_by" not in str(data)
    text = path.read_text()
    assert "f0000" not in text and "K-SECRET" not in text
    alone.stop()
    alone.check_receipts(path, "--offline", ok=(0,))
    for number, change in enumerate(alterations(path.read_bytes())):
        bad = folder / f"bad{number}"
        bad.write_bytes(change)
        result = alone.check_receipts(bad, "--offline", ok=(9,))
        assert "Traceback" not in result.err
    empty = folder / "empty"
    empty.write_bytes(b"")
    alone.check_receipts(empty, "--offline", ok=(1, 9))


def alterations(data):
    """One changed byte at places spread over it, and truncations."""
    step = max(1, len(data) // 40)
    for at in range(0, len(data), step):
        if data[at:at + 1] not in b"\n":
            yield data[:at] + bytes([data[at] ^ 1]) + data[at + 1:]
    for at in range(1, len(data) - 1, step * 4):
        yield data[:at]


def test_names_in_receipts_only_when_asked(alone, folder):
    """--with-names writes them, and says what that means."""
    source = make_some(folder / "src", 1)
    result = alone.deposit(source, extra=["--with-names"])
    [path] = alone.receipts()
    assert "f00000" in path.read_text()
    assert "reads" in str(result.of_type("summary")[0]["warnings"])
    alone.check_receipts(path, "--offline", ok=(0,))


def test_independent_reader(alone, folder):
    """A reader written from proto/README.md alone verifies the roster and the
    receipts, recomputes the ledger's root from its leaves, and opens items."""
    source = make_odd(folder / "src")
    items = alone.deposit(source, extra=["--case", "K-9"]).of_type("item")
    chain = reader_roster.load_chain(alone.roster.read_bytes())
    origin = alone.own_origin()
    with alone.local() as local:
        size = local.status()["ledgers"][origin]["size"]
        leaves = local.leaves(origin, size)
        note = local.checkpoint(origin)
        exported = b"".join(len(leaf).to_bytes(2, "big") + leaf
                            for leaf in leaves)
        (folder / "ledger").write_bytes(exported)
        (folder / "checkpoint").write_bytes(note)
        leaves = reader.read_export(exported)
        records = reader.parse_ledger(leaves)
        identity = folder / "identity"
        assert age_with_passphrase(
            ["age", "-d", "-o", str(identity),
             str(alone.consortium.identity("viasna"))]) == 0
        [secret] = [word for word in identity.read_text().splitlines()
                    if word.startswith("AGE-SECRET-KEY-")]
        opened = {}
        for record in records[1:]:
            header = local.blocks([record.header[0]])[0]
            payload = local.payload(*record.payload)
            item = reader_item.open_item(header, payload, [secret], record,
                                         chain)
            opened[record.payload[0].hex()] = item
    assert len(opened) == len(items)
    for item in items:
        assert item["root"] in opened
    for path in (folder / "ledger", folder / "checkpoint"):
        assert path.stat().st_size
    run = [sys.executable, reader.__file__]
    subprocess.run([*run, "ledger", alone.roster, folder / "ledger",
                    folder / "checkpoint"], check=True)
    subprocess.run([*run, "receipt", alone.roster, alone.receipts()[0]],
                   check=True)
    # The root in each receipt's checkpoint is that of the leaves before it.
    for receipt in reader.parse_receipts(alone.receipts()[0].read_bytes()):
        reader.verify_receipt(receipt, chain)
        checkpoint = receipt.checkpoint
        assert checkpoint.root == reader.ledger_root(leaves, checkpoint.size)


def test_sigterm_and_restart(alone, folder):
    """SIGTERM ends with 0; after a start the same ledger goes on."""
    make_some(folder / "a", 2)
    make_some(folder / "b", 2, seed=5)
    alone.deposit(folder / "a")
    origin = alone.own_origin()
    alone.stop()
    assert "STOPPED" in alone.log_text() or "STOPPING" in alone.log_text()
    alone.start()
    alone.wait_ready()
    assert alone.own_origin() == origin
    alone.deposit(folder / "b")
    assert alone.status()["items"] == 4
    for path in alone.receipts():
        alone.check_receipts(path, "--offline", ok=(0,))


def test_second_daemon_is_refused(alone):
    """The data directory is in use: exit 75 and a sentence; the first serves
    on."""
    process = subprocess.run(
        [alone.consortium.programs.holdfastd, "--config", alone.config],
        capture_output=True, timeout=30)
    assert process.returncode == 75
    assert b"in use" in process.stderr
    assert alone.status()["phase"] == 3


def test_node_key_that_others_can_read(alone):
    """Refused with exit 9; nothing starts."""
    alone.stop()
    alone.key.chmod(0o640)
    alone.start(ready=False)
    assert alone.wait_exit() == 9
    assert "NOT-STARTED" in alone.log_text()
    alone.key.chmod(0o600)
    alone.start()


def test_damaged_files_at_start(alone):
    """A truncated or altered node key, roster or configuration: a clear
    sentence, its exit code, and a start again once it is right."""
    alone.stop()
    for path, codes in ((alone.key, (9,)), (alone.roster, (78,)),
                        (alone.config, (78,))):
        good = path.read_bytes()
        for bad in (good[:len(good) // 2], b"", good.swapcase(),
                    good[:-9] + b"\0" + good[-8:]):
            path.write_bytes(bad)
            alone.start(ready=False)
            code = alone.wait_exit()
            assert code in codes, (path.name, bad[-40:], alone.log_tail())
            assert alone.log_text().strip()
        path.unlink()
        alone.start(ready=False)
        assert alone.wait_exit() in codes, path.name
        path.write_bytes(good)
        path.chmod(0o600)
    alone.start()
    alone.wait_ready()


def test_store_of_a_newer_release(alone):
    """A store that is newer than the program is left alone."""
    alone.stop()
    marker = alone.data / "holdfast-store"
    good = marker.read_bytes()
    assert good.startswith(b"holdfast store 1\n")
    marker.write_bytes(good.replace(b"store 1", b"store 2"))
    alone.start(ready=False)
    assert alone.wait_exit() == 78, alone.log_tail()
    assert "newer" in alone.log_text()
    marker.write_bytes(good)
    alone.start()


def test_daemon_makes_no_store(alone):
    """Without its store the daemon does not start, and makes none."""
    alone.stop()
    alone.data.rename(alone.folder / "elsewhere")
    alone.start(ready=False)
    assert alone.wait_exit() == 78
    assert not alone.data.exists()
    alone.data.mkdir()
    alone.start(ready=False)
    assert alone.wait_exit() == 78
    assert not any(alone.data.iterdir())


def test_config_errors_all_at_once(alone, folder):
    """Every error with file, line, found, meant; exit 78; unknown keys with
    the nearest known one."""
    path = folder / "bad.conf"
    path.write_text("[node]\nname = viasna-1\ndata = /srv/x\nrooster = /r\n"
                    "[network]\nmax_upload = 20\nlisten = 1\n[scrubs]\n"
                    "[control]\ncontrol = x\n")
    result = subprocess.run(
        [alone.consortium.programs.holdfastd, "--check-config", "--config",
         path], capture_output=True, text=True)
    assert result.returncode == 78
    for words in (f"{path}:4: [node]: found unknown key \"rooster\"",
                  "meant: roster", f"{path}:6:", f"{path}:7:", f"{path}:8:",
                  f"{path}:10:"):
        assert words in result.stderr, result.stderr
    good = subprocess.run(
        [alone.consortium.programs.holdfastd, "--check-config", "--print",
         "--config", alone.config], capture_output=True, text=True)
    assert good.returncode == 0
    assert str(alone.data) in good.stdout


def test_init_refuses_what_is_not_its_own(alone, folder):
    """init refuses a directory with anything in it, another node's key, and a
    node that is not on the roster."""
    other = folder / "other"
    other.mkdir()
    write(other / "thesis.tex", b"mine")
    words = ["--key", alone.key, "--roster", alone.roster, "--config",
             folder / "c", "--yes"]
    result = alone.run("init", "--node", "viasna-1", "--data", other, *words,
                       ok=None)
    assert result.code not in (0, 2)
    assert (other / "thesis.tex").read_bytes() == b"mine"
    result = alone.run("init", "--node", "nobody-1", "--data", folder / "d",
                       *words, ok=None)
    assert result.code not in (0, 2) and not (folder / "d").exists()
    alone.run("key", "new", "node", "--out", folder / "wrong.key")
    words[1] = folder / "wrong.key"
    result = alone.run("init", "--node", "viasna-1", "--data", folder / "d",
                       *words, ok=(9,))
    assert not (folder / "d").exists()


def test_nobody_there(alone, folder):
    """Without a daemon: exit 8, and who was called."""
    alone.stop()
    source = make_some(folder / "src", 1)
    for words in (("list",), ("status",), ("show", "HF-ABCDEF")):
        result = alone.run(*words, "--config", alone.config, ok=(8,))
        assert str(alone.socket) in result.err
    alone.deposit(source, ok=(8,))
    alone.restore("--all", folder / "out", ok=(8,))


def test_other_users_are_not_served(alone):
    """The local socket serves root, the daemon's user and its group only."""
    if os.getuid() != 0:
        pytest.skip("needs root to become another user")
    for path in (alone.folder, *alone.folder.parents):
        if path == pathlib.Path("/tmp"):
            break
        path.chmod(0o755)
    alone.socket.chmod(0o666)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); import local\n"
        "try:\n    local.Local(sys.argv[2]).status()\n"
        "except Exception as e: print(type(e).__name__, e)\n"
        "else: print('served')")
    support = pathlib.Path(__file__).parents[1] / "support"
    code = (support / "local.py").read_text()
    (alone.folder / "local.py").write_text(code)
    (alone.folder / "local.py").chmod(0o644)
    result = subprocess.run(
        ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
         "/usr/bin/python3", "-c", program, alone.folder, alone.socket],
        capture_output=True, text=True)
    assert "served" not in result.stdout and result.stdout, result
    assert alone.status()["node"] == "viasna-1"


def test_ledger_open(alone, folder):
    """"ledger open" leaves the ledger for ever and opens one that names it;
    old receipts still hold; without the node's name nothing happens."""
    alone.deposit(make_some(folder / "a", 3))
    old = alone.own_origin()
    alone.run("ledger", "open", "--config", alone.config, "--no-input",
              ok=(2,))
    alone.run("ledger", "open", "--config", alone.config,
              "--confirm=somebody", ok=(2, 6))
    alone.run("ledger", "open", "--config", alone.config,
              "--confirm=viasna-1")
    alone.wait(lambda s: alone.own_origin() != old, 30, "open a new ledger")
    new = alone.own_origin()
    with alone.local() as local:
        leaf = local.leaves(new, 1)[0].decode()
    assert f"earlier {old} 4 " in leaf
    alone.deposit(make_some(folder / "b", 2, seed=3))
    for path in alone.receipts():
        alone.check_receipts(path, ok=(5,))
    alone.restore("--all", folder / "out")
    assert len(sums(folder / "out")) == 5


def test_json_and_exit_codes_of_wrong_usage(programs):
    """Wrong usage: exit 2, one envelope on stderr with --json, nothing on
    stdout; unknown commands and flags name the nearest."""
    for words in (["lisst"], ["list", "--jsn"], ["key", "new"],
                  ["deposit"], ["restore"], ["roster", "sign"]):
        result = programs.run(*words, "--json", ok=(2,))
        assert result.out == ""
        error = json.loads(result.err.strip().splitlines()[-1])
        assert error["exit_code"] == 2 and error["result"] == "failed"
    assert programs.run(ok=(2,)).err
    assert "deposit" in programs.run("--help").out


def test_help_is_narrow(programs):
    """Every command explains itself in at most 80 columns."""
    for words in ([], ["deposit"], ["restore"], ["list"], ["show"],
                  ["receipt"], ["status"], ["init"], ["ledger", "open"],
                  ["key", "new"], ["key", "year"], ["key", "show"],
                  ["roster", "draft"], ["roster", "sign"],
                  ["roster", "combine"], ["roster", "check"],
                  ["roster", "show"]):
        text = programs.run(*words, "--help").out
        assert all(len(line) <= 80 for line in text.splitlines()), words
        assert "\x1b" not in text
