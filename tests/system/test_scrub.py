# SPDX-License-Identifier: Apache-2.0
"""Disks rot: what is stored is read again, what is bad is found, set aside, and
comes back from another member without a person."""
import os
import pathlib
import subprocess

import pytest

from consortium import wait_until
from files import make_large, make_some, sums

MIB = 1 << 20
BLOCK = 1048832


def flip(path, offset):
    """One bit, at an offset from the beginning or, negative, from the end."""
    with open(path, "r+b") as file:
        file.seek(offset, os.SEEK_END if offset < 0 else os.SEEK_SET)
        at = file.tell()
        byte = file.read(1)
        file.seek(at)
        file.write(bytes([byte[0] ^ 1]))


def hashes(folder):
    """What the files hold, wherever they lie."""
    return sorted(sums(folder).values())


def scrub(node, *extra, ok=(0, 4)):
    return node.run("scrub", "--wait", "--json", "--config", node.config,
                    *extra, ok=ok).json()["data"]


def events(node):
    return node.run("events", "--limit", "0", "--json", "--config",
                    node.config).json()["data"]["events"]


def kinds(node):
    return [event["kind"] for event in events(node)]


def wait_repaired(node, count, seconds=60):
    """Until so many were repaired, and none is set aside."""
    def look():
        found = kinds(node)
        return found.count("repaired") >= count and \
            found.count("repaired") + found.count("back") >= \
            found.count("bad")
    wait_until(look, seconds, lambda: f"{count} repaired\n{events(node)}\n"
               f"{node.log_tail()}")


def block_files(node):
    return sorted((node.data / "blocks").glob("*.sst"))


def fill(three, folder, large=2, small=0):
    """Deposit at viasna; all hold it. In files of blocks, and young ones."""
    viasna = three["viasna"]
    viasna.wait_vouched()
    source = folder / "src"
    source.mkdir()
    for number in range(large):
        make_large(source / f"large{number}", 12 * MIB, seed=number)
        viasna.deposit(source / f"large{number}")
        # One after the other, or two of them may come in one file.
        for node in three.nodes.values():
            node.wait_items(number + 1)
    if small:
        make_some(source / "small", small, low=3000, high=90000)
        viasna.deposit(source / "small")
    count = len(sums(source))
    for node in three.nodes.values():
        node.wait_items(count)
    return source, count


PLACES = {"first-byte": 0, "data": 5000, "between-blocks": BLOCK + 30,
          "last-block": 9 * BLOCK, "index": -700, "properties": -300,
          "footer": -30, "last-byte": -1}


def test_one_bit(three, folder):
    """A bit flipped anywhere in a stored block file, while the node runs or
    while it is down, is found by the next reading; nothing else is given up,
    and all is whole again without a person."""
    source, count = fill(three, folder)
    dignity, viasna = three["dignity"], three["viasna"]
    repaired = 0
    for turn, (name, offset) in enumerate(PLACES.items()):
        if turn % 2:
            dignity.stop()
        [path] = block_files(dignity)[:1]
        flip(path, offset)
        if turn % 2:
            dignity.start()
        found = scrub(dignity)
        assert found["ended"] and found["bad"] <= 1, name
        assert found["bad"] == 1 or not path.exists(), name
        repaired += found["bad"]
        wait_repaired(dignity, repaired)
        assert dignity.wait_items(count)
        assert scrub(dignity, ok=(0,))["bad"] == 0, name
    assert repaired >= 3
    dignity.stop()
    dignity.start()
    assert "damaged or missing" not in dignity.log_text()
    viasna.stop()
    three["redress"].stop()
    dignity.restore("--all", folder / "out", key="dignity")
    assert hashes(source) == hashes(folder / "out")
    bad = [event for event in events(dignity) if event["kind"] == "bad"]
    assert all(event["item"]["id"].startswith("HF-") and
               event["cause"] == "bytes" for event in bad)


def _flip_in_database(node, wanted):
    """In the table of the database that holds these bytes."""
    assert node.process is None
    for path in (node.data / "db").glob("*.sst"):
        data = path.read_bytes()
        at = data.find(wanted)
        if at >= 0:
            flip(path, at + len(wanted) // 2)
            return
    raise AssertionError("the bytes stand in no table")


def test_young_and_header(three, folder):
    """The same in the family of young blocks, and in a header object."""
    _, count = fill(three, folder, large=0, small=4)
    redress = three["redress"]
    with redress.local() as local:
        origin, ledger = next((o, ledger) for o, ledger in
                              redress.status()["ledgers"].items()
                              if ledger["items"])
        leaf = local.leaves(origin, ledger["size"])[1].decode()
        fields = dict(line.split(" ", 1) for line in leaf.splitlines()[1:]
                      if " " in line)
        header = bytes.fromhex(fields["header"].split()[0])
        root = bytes.fromhex(fields["payload"].split()[0])
        [block] = local.blocks([root])
        [object_] = local.blocks([header])
    bad = 0
    for turn, wanted in enumerate((block, object_)):
        redress.stop()
        redress.start()  # what stood in the log is in a table
        redress.stop()
        _flip_in_database(redress, wanted[:3000])
        redress.start()
        found = scrub(redress)
        # Small header objects share a table's block: they rot together.
        assert 1 <= found["bad"] <= (4 if turn else 1), redress.log_tail()
        bad += found["bad"]
        wait_repaired(redress, bad)
        redress.wait_items(count)
    assert [event["header"] for event in events(redress)
            if event["kind"] == "bad"] == [False] + [True] * (bad - 1)
    assert scrub(redress, ok=(0,))["bad"] == 0


def test_removed_file(three, folder):
    """A block file with both of its names gone: all of its blocks are fetched
    again, and the opening has nothing to complain of any more."""
    source, count = fill(three, folder)
    dignity = three["dignity"]
    dignity.stop()
    [path] = block_files(dignity)[:1]
    subprocess.run(["find", dignity.data, "-samefile", path, "-delete"],
                   check=True)
    dignity.start()
    # Opening found it: nobody has to order anything.
    dignity.wait_log("SCRUBBED")
    wait_until(lambda: "repaired" in kinds(dignity), 60, dignity.log_tail)
    dignity.wait_items(count)
    assert {event["cause"] for event in events(dignity)} == {"gone"}
    assert scrub(dignity, ok=(0,))["bad"] == 0
    dignity.stop()
    dignity.start()
    assert "STORE-" not in dignity.log_text()
    three["viasna"].stop()
    three["redress"].stop()
    dignity.restore("--all", folder / "out", key="dignity")
    assert hashes(source) == hashes(folder / "out")


def test_reader_finds_it(three, folder):
    """Somebody who asks for a rotten block never gets it, and sets off its
    repair: no reading is due."""
    _, count = fill(three, folder, large=1)
    dignity, redress = three["dignity"], three["redress"]
    dignity.wait_log("SCRUBBED")
    [path] = block_files(dignity)
    flip(path, 3 * BLOCK + 500)
    dignity.restore("--all", folder / "out", key="dignity", ok=(0, 3))
    wait_repaired(dignity, 1)
    dignity.wait_items(count)
    assert redress.status()["held"] == count


@pytest.fixture(scope="session")
def shim(build, tmp_path_factory):
    """A disk that gives an error at one place."""
    if os.environ.get("ASAN_OPTIONS") or b"__asan_init" in \
            (pathlib.Path(build) / "holdfastd").read_bytes():
        pytest.skip("a sanitizer wants to be the first library")
    path = tmp_path_factory.mktemp("shim") / "shim_eio.so"
    source = pathlib.Path(__file__).parent.parent / "support" / "shim_eio.c"
    subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-o", path, source,
                    "-ldl"], check=True)
    return path


def test_io_error(three, folder, shim):
    """A disk that throws errors: shown as that, the block comes from a peer,
    its file stays where it is, and when the disk reads again nothing is
    missing."""
    source, count = fill(three, folder)
    dignity = three["dignity"]
    dignity.stop()
    [path] = block_files(dignity)[:1]
    dignity.wrapper = ["env", f"LD_PRELOAD={shim}",
                       f"HF_EIO_INODE={path.stat().st_ino}",
                       f"HF_EIO_AT={4 * BLOCK + 100}"]
    dignity.start()
    found = scrub(dignity)
    assert found["bad"] >= 1
    wait_repaired(dignity, 1)
    dignity.wait_items(count)
    assert {event["cause"] for event in events(dignity)
            if event["kind"] == "bad"} == {"read"}
    assert path.exists()
    assert "STORE-ERROR" not in dignity.log_text()
    dignity.stop()
    dignity.wrapper = []
    dignity.start()
    dignity.wait_items(count)
    assert scrub(dignity, ok=(0,))["bad"] == 0
    dignity.restore("--all", folder / "out", key="dignity")
    assert hashes(source) == hashes(folder / "out")


def test_goes_on_after_a_restart(three, folder):
    """kill -9 in the middle of a slow reading: the next start goes on."""
    fill(three, folder, large=4)
    dignity = three["dignity"]
    dignity.wait_log("SCRUBBED")
    dignity.stop()
    dignity.settings["scrub"] = {"max_read": "4 MB/s"}
    dignity.write_config()
    dignity.start()
    order = dignity.run("scrub", "--json", "--config", dignity.config)
    assert order.json()["data"]["ended"] is False
    dignity.wait_log("SCRUB-BEGAN")
    with_progress = dignity.data
    before = sum(path.stat().st_size for path in block_files(dignity))
    assert before > 40 * MIB and with_progress.exists()
    wait_until(lambda: _pread(dignity) > 20 * MIB, 60, dignity.log_tail)
    dignity.kill()
    dignity.settings["scrub"] = {"max_read": "200 MB/s"}
    dignity.write_config()
    dignity.start()
    dignity.wait_log("SCRUB-RESUMED")
    dignity.wait_log("SCRUBBED")
    assert _pread(dignity) < before
    assert "SCRUB-BEGAN" not in dignity.log_text()


def _pread(node):
    """Bytes that it read from the disk itself."""
    text = pathlib.Path(f"/proc/{node.pid}/io").read_text()
    return int(dict(line.split(": ")
                    for line in text.splitlines())["rchar"])


def test_pause_and_go_on(three, folder):
    """A whole disk of blocks gone at once is no rot: nothing is fetched, the
    alarm stands, status says so with its exit code; the operator's word brings
    everything back."""
    source, count = fill(three, folder, large=4)
    dignity = three["dignity"]
    dignity.wait_log("SCRUBBED")
    dignity.stop()
    for path in block_files(dignity):
        subprocess.run(["find", dignity.data, "-samefile", path, "-delete"],
                       check=True)
    dignity.start()
    dignity.wait_log("MASS-LOSS")
    result = dignity.run("status", "--json", "--config", dignity.config,
                         ok=(4,))
    assert "MASS-LOSS" in result.out
    held = dignity.status()["held"]
    assert held < count
    assert scrub(dignity, ok=(4,))["paused"]
    dignity.kill()
    dignity.start()
    dignity.wait_log("MASS-LOSS")
    assert dignity.status()["held"] == held
    assert "repaired" not in kinds(dignity)
    assert not scrub(dignity, "--go-on")["paused"]
    dignity.wait_items(count)
    scrub(dignity)
    dignity.wait_items(count)
    assert {"paused", "resumed", "repaired"} <= set(kinds(dignity))
    three["viasna"].stop()
    three["redress"].stop()
    dignity.restore("--all", folder / "out", key="dignity")
    assert hashes(source) == hashes(folder / "out")


def test_killed_when_found(three, folder):
    """kill -9 right after a bad block was found: whatever was durable by then,
    it is not held, or it is found again."""
    _, count = fill(three, folder, large=1)
    dignity = three["dignity"]
    dignity.wait_log("SCRUBBED")
    [path] = block_files(dignity)
    three["viasna"].stop()
    three["redress"].stop()
    flip(path, 2 * BLOCK + 500)
    dignity.run("scrub", "--config", dignity.config)
    dignity.wait_log("BAD-BLOCK")
    dignity.kill()
    dignity.start()
    scrub(dignity)
    assert dignity.status()["held"] == count - 1
    three["viasna"].start()
    dignity.wait_items(count)
    wait_repaired(dignity, 1)
