# SPDX-License-Identifier: Apache-2.0
"""Three members: deposits spread, a node is killed while it copies, a raid,
everything comes back."""
import hashlib
import shutil
import signal
import struct

from consortium import wait_until
from files import make_large, make_odd, make_some, same_content, sums
from schema import check_schema


def test_story(three, folder):
    """Deposit at viasna while redress is down; redress catches up over a
    kill -9; redress's key opens nothing; viasna is raided, dignity restores
    everything; viasna's node comes back empty, fills up, and its new ledger
    names the old one; every receipt still holds."""
    viasna, dignity, redress = (three[m] for m in
                                ("viasna", "dignity", "redress"))
    redress.stop()
    source = make_odd(folder / "src")
    for number in range(6):
        make_large(source / f"large{number}", 24 << 20, seed=number)
    count = len(sums(source))
    result = viasna.deposit(source, extra=["--case", "K-2231"])
    assert result.of_type("summary")[0]["registered"] == count
    dignity.wait_items(count)

    redress.start()
    redress.wait(lambda s: s["held"] > 0 or s["items"] > 0, 60, "begin")
    held = redress.status()["held"]
    redress.kill()
    redress.start()
    assert redress.wait(lambda s: True)["held"] >= held
    redress.wait_items(count)
    words = redress.restore_words(("--all",), folder / "no", key="redress")
    redress.run(*words, ok=(9,))

    [receipt] = viasna.receipts()
    old = viasna.own_origin()
    size = viasna.status()["ledgers"][old]["size"]
    seed = viasna.key.read_bytes()
    viasna.kill()
    shutil.rmtree(viasna.data)
    viasna.key.unlink()

    dignity.restore("--all", folder / "out", key="dignity")
    same_content(source, folder / "out")
    dignity.check_receipts(receipt, ok=(5, 75))
    dignity.check_receipts(receipt, "--offline")

    viasna.key.write_bytes(seed)
    viasna.key.chmod(0o600)
    viasna.init()
    viasna.start().wait_ready()
    viasna.wait_items(count)
    new = viasna.own_origin()
    assert new != old
    with viasna.local() as local:
        leaf = local.leaves(new, 1)[0].decode()
    assert "reason rescued\n" in leaf and f"earlier {old} {size} " in leaf
    viasna.restore("--all", folder / "again")
    same_content(source, folder / "again")
    for node in three.nodes.values():
        status = node.wait(lambda s: s["held"] == count, 60, "hold all")
        assert status["items"] == count
        node.check_receipts(receipt, ok=(5, 75))
        node.stop()


def test_pending_until_heard(consortium, folder):
    """A node that nobody answered keeps deposits and says "pending" (75); when
    the others come, they are registered and the receipt is completed in
    place."""
    one = consortium(["dignity", "redress", "viasna"]).set_up(start=False)
    viasna = one["viasna"]
    viasna.start()
    source = make_some(folder / "src", 7)
    error = viasna.deposit(source, ok=(6,)).error()
    assert error["code"] == "NO-STATEMENTS"
    result = viasna.deposit(source, extra=["--offline"])
    summary = result.of_type("summary")[0]
    assert (summary["registered"], summary["pending"]) == (0, 7)
    [receipt] = viasna.receipts()
    before = receipt.read_bytes()
    assert before.count(b"pending\n") == 7
    viasna.check_receipts(receipt, ok=(75,))
    viasna.check_receipts(receipt, "--offline", ok=(75,))
    viasna.kill()
    viasna.start()
    assert viasna.wait(lambda s: True)["pending"] == 7
    one["dignity"].start()
    one["redress"].start()
    viasna.wait_ready()
    viasna.wait(lambda s: s["pending"] == 0 and s["items"] == 7, 60,
                "register them")
    viasna.check_receipts(receipt, ok=(5, 75))
    assert b"pending\n" not in receipt.read_bytes()
    viasna.check_receipts(receipt, "--offline")
    one["dignity"].wait_items(7)
    viasna.restore("--all", folder / "out")
    same_content(source, folder / "out")


def test_a_member_away_stops_nobody(three, folder):
    """With redress away, the others deposit and copy; it catches up later."""
    three["redress"].kill()
    a, b = make_some(folder / "a", 5), make_some(folder / "b", 4, seed=8)
    three["viasna"].deposit(a)
    three["dignity"].deposit(b)
    for member in ("viasna", "dignity"):
        three[member].wait_items(9)
    three["redress"].start()
    three["redress"].wait_items(9)


def test_status_tells_who_is_there(three, folder):
    """status: nodes, who was heard, what is on its way; and nothing is
    protected while one of three members is away."""
    three["redress"].stop()
    three["viasna"].deposit(make_some(folder / "src", 5))
    three["dignity"].wait_items(5)
    viasna = three["viasna"]
    viasna.wait(lambda s: s["peers"]["dignity-1"]["held"] == 5, 60,
                "hear that dignity holds them")
    result = viasna.run("status", "--config", viasna.config, ok=(0, 5))
    for words in ("dignity-1", "redress-1", "viasna-1"):
        assert words in result.out
    data = viasna.run("status", "--config", viasna.config, "--json",
                      ok=(0, 5)).json()["data"]  # 5: not counted yet
    check_schema("status", data)
    assert not data["items"]["protected"]
    assert data["headline"]["code"] not in ("PROTECTED", "NO-ITEMS")
    assert not result.out.startswith("OK")
    assert all(len(line) <= 80 for line in result.out.splitlines())


def roster_hash(path):
    text = path.read_text().split("holdfast roster 1\n")[-1]
    text = "holdfast roster 1\n" + text.split("\n\n")[0] + "\n"
    return hashlib.sha256(text.encode()).hexdigest()


def test_reload_takes_a_new_roster(three, folder):
    """SIGHUP: a new roster version is taken from the file, reaches the others
    by itself, and sealing follows it; a broken or older file changes
    nothing."""
    viasna = three["viasna"]
    three.seals["viasna"] = ["dignity", "redress", "viasna"]
    text = three.roster_text(2, roster_hash(three.roster))
    two = three.sign_roster(text, folder / "two", after=three.roster)
    good = viasna.roster.read_bytes()
    viasna.roster.write_bytes(two.read_bytes()[:-30])
    viasna.process.send_signal(signal.SIGHUP)
    viasna.wait_log("ROSTER")
    assert viasna.status()["roster"] == 1
    viasna.roster.write_bytes(two.read_bytes())
    viasna.process.send_signal(signal.SIGHUP)
    for node in three.nodes.values():
        node.wait(lambda s: s["roster"] == 2, 60, "have roster 2")
    source = make_some(folder / "src", 3)
    viasna.deposit(source)
    three["redress"].wait_items(3)
    three["redress"].restore("--all", folder / "out", key="redress")
    same_content(source, folder / "out")
    viasna.roster.write_bytes(good)
    viasna.process.send_signal(signal.SIGHUP)
    viasna.stop()
    viasna.start().wait_ready()
    assert viasna.status()["roster"] == 2


def test_reload_takes_limits(three):
    """SIGHUP: a changed log level is taken; of a changed listen it says that it
    needs a restart; a broken file changes nothing."""
    viasna = three["viasna"]
    viasna.settings["network"] = {"max_upload": "9 MB/s"}
    viasna.write_config()
    viasna.process.send_signal(signal.SIGHUP)
    viasna.wait_log("RELOADED")
    viasna.settings["network"] = {"max_upload": "9 MB"}
    viasna.write_config()
    viasna.process.send_signal(signal.SIGHUP)
    viasna.wait_log("max_upload: found")
    assert viasna.status()["node"] == "viasna-1"
    viasna.settings["network"] = {"max_upload": None}
    viasna.listen += 1
    viasna.write_config()
    viasna.process.send_signal(signal.SIGHUP)
    viasna.wait_log("restart")


def test_restored_backup_opens_a_new_ledger(three, folder):
    """A data directory put back from a copy does not go on where it stood: a
    new ledger that names the old one; no receipt is lost."""
    viasna = three["viasna"]
    first = make_some(folder / "first", 4)
    viasna.deposit(first)
    three["dignity"].wait_items(4)
    old = viasna.own_origin()
    viasna.stop()
    shutil.copytree(viasna.data, folder / "backup", symlinks=True)
    viasna.start().wait_ready()
    viasna.deposit(make_some(folder / "second", 3, seed=2))
    three["dignity"].wait_items(7)
    three["redress"].wait_items(7)
    viasna.stop()
    shutil.rmtree(viasna.data)
    shutil.copytree(folder / "backup", viasna.data, symlinks=True)
    viasna.data.chmod(0o700)
    viasna.start().wait_ready()
    viasna.wait(lambda s: viasna.own_origin() != old, 60, "a new ledger")
    viasna.wait_items(7)
    new = viasna.own_origin()
    with viasna.local() as local:
        leaf = local.leaves(new, 1)[0].decode()
    assert f"earlier {old} " in leaf, leaf
    for path in viasna.receipts():
        viasna.check_receipts(path, ok=(5, 75))
    viasna.restore("--all", folder / "out")
    wanted = set(sums(folder / "first").values()) | set(
        sums(folder / "second").values())
    assert set(sums(folder / "out").values()) == wanted


def test_kill_while_copying_again_and_again(three, folder):
    """redress is killed ten times while it copies; what it held it holds, and
    in the end it has everything, each block right."""
    redress = three["redress"]
    redress.stop()
    source = folder / "src"
    for number in range(10):
        make_large(source / f"f{number}", 12 << 20, seed=number)
    make_some(source / "small", 100)
    count = len(sums(source))
    three["viasna"].deposit(source)
    held = 0
    for number in range(10):
        redress.start()
        status = redress.wait(lambda s: s["held"] > held or s["held"] == count,
                              60, "copy on")
        assert status["held"] >= held
        held = status["held"]
        redress.kill()
    redress.start()
    redress.wait_items(count)
    three["dignity"].wait_items(count)
    three["viasna"].kill()
    three["dignity"].kill()
    out = folder / "cipher"
    redress.run("restore", "--all", "--to", out, "--ciphertext", "--config",
                redress.config, "--yes", "--json")
    assert len(list(out.glob("*.payload"))) == count
