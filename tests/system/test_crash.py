# SPDX-License-Identifier: Apache-2.0
"""kill -9 and Ctrl-C at any moment: what was promised holds, and the same
command again finishes."""
import os
import random
import signal
import subprocess

from consortium import Failed, wait_until
from files import make_large, make_some, same_content, sums

KILLS = 100


def receipts_in(path):
    return path.read_bytes().count(b"holdfast receipt 1\n")


def test_kill_100_times_during_deposits(alone, folder):
    """kill -9 of the daemon at 100 random moments while deposits run: every
    receipt ever given still verifies, what it names is held and restores, and
    the ledger only ever grew."""
    rng = random.Random(7)
    source = make_some(folder / "src", 24, 200, 40000)
    make_large(source / "large.bin", 3 << 20)
    wanted = sums(source)
    deposited, killed, sizes = [], 0, []
    alone.settings["log"]["level"] = "info"
    alone.write_config()
    whole = alone.deposit(source, receipts=folder / "first").seconds
    for number in range(3 * KILLS):
        receipts = folder / f"r{number}"
        process = alone.consortium.programs.popen(
            *alone.deposit_words(source, receipts=receipts,
                                 extra=["--case", f"K-{number}"]))
        try:
            out, err = process.communicate(timeout=rng.uniform(0, 1.3 * whole))
            code = process.returncode
        except subprocess.TimeoutExpired:
            alone.kill()
            killed += 1
            out, err = process.communicate(timeout=60)
            code = process.returncode
        assert code in (0, 8, 75), (code, err)
        deposited += sorted(receipts.iterdir()) if receipts.exists() else []
        if alone.process is None:
            alone.start()
        status = alone.wait_ready()
        sizes.append(sum(one["size"] for one in status["ledgers"].values()))
        if killed == KILLS:
            break
    assert killed == KILLS, f"only {killed} kills hit a deposit"
    assert sizes == sorted(sizes)
    assert deposited
    count = 0
    for path in deposited:
        data = alone.check_receipts(path, ok=(5, 75)).json()["data"]
        assert data["genuine"] + data["pending"] == data["receipts"], path
        count += data["receipts"]
    result = alone.restore("--all", folder / "out", seconds=400)
    summary = result.of_type("summary")[0]
    assert summary["missing"] == 0
    assert summary["restored"] >= count - data_pending(alone)
    assert set(sums(folder / "out").values()) == set(wanted.values())
    assert alone.list().json()["data"]["total"] == summary["restored"]
    print(f"{killed} kills, {count} receipts, {summary['restored']} items")


def data_pending(node):
    return node.status()["pending"]


def test_same_deposit_again_after_kill(alone, folder):
    """The daemon is killed under a deposit; the same command again goes on and
    in the end every file is there, each once in the summaries."""
    source = make_some(folder / "src", 40, 1000, 30000)
    for number in range(6):
        make_large(source / f"large{number}", 12 << 20, seed=number)
    process = alone.consortium.programs.popen(*alone.deposit_words(source))
    wait_until(lambda: alone.status()["items"] >= 40 or
               process.poll() is not None, 60, "some items deposited")
    alone.kill()
    out, err = process.communicate(timeout=60)
    assert process.returncode in (0, 8, 75), err
    alone.start()
    alone.wait_ready()
    summary = alone.deposit(source).of_type("summary")[0]
    assert summary["items"] + summary["before"] == len(sums(source))
    alone.restore("--all", folder / "out")
    assert set(sums(folder / "out").values()) == set(sums(source).values())
    for path in alone.receipts():
        alone.check_receipts(path, ok=(5,))


def test_interrupted_deposit(alone, folder):
    """Ctrl-C during a deposit: 130, a sentence, and the same command again
    seals nothing twice: as many items as files."""
    source = make_some(folder / "src", 20)
    for number in range(12):
        make_large(source / f"large{number}", 16 << 20, seed=number)
    process = alone.consortium.programs.popen(*alone.deposit_words(source))
    wait_until(lambda: alone.status()["items"] >= 1 or
               process.poll() is not None, 60, "the first item")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode in (130, 0), (out, err)
    if process.returncode == 130:
        assert b"again" in err or b"goes on" in err, err
    summary = alone.deposit(source).of_type("summary")[0]
    assert summary["items"] + summary["before"] == len(sums(source))
    assert alone.status()["items"] == len(sums(source))
    alone.restore("--all", folder / "out")
    same_content(source, folder / "out")


def test_interrupted_restore(alone, folder):
    """Ctrl-C during a restore: 130, no half file under its name; the same
    command again completes it."""
    source = make_some(folder / "src", 10)
    for number in range(12):
        make_large(source / f"large{number}", 16 << 20, seed=number)
    alone.deposit(source)
    out = folder / "out"
    process = alone.consortium.programs.popen(
        *alone.restore_words(("--all",), out))
    wait_until(lambda: out.exists() and sums(out) or
               process.poll() is not None, 60, "the first file")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode in (130, 0), err
    wanted = sums(source)
    for name, digest in sums(out).items():
        inside = os.fsdecode(name).split("/", 1)[-1]
        if os.fsencode(inside) in wanted:
            assert wanted[os.fsencode(inside)] == digest, name
    alone.restore("--all", out, ok=(0,))
    same_content(source, out)


def test_kill_daemon_during_restore(alone, folder):
    """The daemon dies under a restore: exit 3 or 8; again: complete."""
    source = folder / "src"
    for number in range(8):
        make_large(source / f"large{number}", 16 << 20, seed=number)
    alone.deposit(source)
    out = folder / "out"
    process = alone.consortium.programs.popen(
        *alone.restore_words(("--all",), out))
    wait_until(lambda: out.exists() and sums(out) or
               process.poll() is not None, 60, "the first file")
    alone.kill()
    process.communicate(timeout=90)
    assert process.returncode in (0, 3, 8)
    alone.start()
    alone.restore("--all", out)
    wanted, found = sums(source), sums(out)
    for name, digest in wanted.items():
        assert found[b"src/" + name] == digest
