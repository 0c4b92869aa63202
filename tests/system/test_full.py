# SPDX-License-Identifier: Apache-2.0
"""A full disk: deposits are refused with a reason, the node serves on, and goes
on by itself when there is room."""
import os
import subprocess

import pytest
from files import make_large, make_some, sums


@pytest.fixture
def small_disk(folder):
    """A file system of 96 MB."""
    where = folder / "disk"
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", where],
        capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("needs the right to mount a tmpfs")
    yield where
    subprocess.run(["umount", "-l", where], check=True)


def test_full_disk(consortium, small_disk, folder):
    """Below the reserve a deposit is refused (75, STORE-FULL); status says so;
    what is there is listed, restored and verified meanwhile; with room again
    the node takes deposits without a restart."""
    node = consortium(["viasna"])
    node.make_keys()
    node.sign_roster(node.roster_text(), node.roster)
    node = node["viasna"]
    node.data = small_disk / "data"
    node.settings["storage"] = {"min_free": "24 MB"}
    node.init(node.consortium.roster)
    node.start().wait_ready()
    first = make_some(folder / "first", 5)
    node.deposit(first)
    ballast = small_disk / "ballast"
    free = os.statvfs(small_disk)
    make_large(ballast, free.f_bavail * free.f_frsize - (20 << 20))
    more = make_some(folder / "more", 4, 20000, 30000, seed=9)
    result = node.deposit(more, ok=(75,))
    assert result.error()["code"] == "STORE-FULL"
    node.restore("--all", folder / "out")
    assert sums(folder / "out").values()
    assert node.list().json()["data"]["total"] == 5
    for path in node.receipts():
        node.check_receipts(path, "--offline")
    ballast.unlink()
    node.wait(lambda s: not s["full"], 60, "find that there is room")
    assert node.deposit(more).of_type("summary")[0]["items"] == 4
    assert node.process.poll() is None


def fill_up(disk, ballast, leave):
    """Take space until so many bytes are left; the node writes meanwhile."""
    with open(ballast, "wb") as file:
        while True:
            free = os.statvfs(disk)
            room = free.f_bavail * free.f_frsize - leave
            if room <= 0:
                return
            try:
                file.write(b"x" * min(room, 1 << 20))
                file.flush()
            except OSError:
                return  # the node was faster


def test_disk_fills_under_a_deposit(consortium, small_disk, folder):
    """Room enough when asked, then not: the deposit ends with 75 (or partly),
    every receipt given holds, and the rest goes in once there is room."""
    node = consortium(["viasna"])
    node.make_keys()
    node.sign_roster(node.roster_text(), node.roster)
    node = node["viasna"]
    node.data = small_disk / "data"
    node.settings["storage"] = {"min_free": "16 MB"}
    node.init(node.consortium.roster)
    node.start().wait_ready()
    source = folder / "src"
    for number in range(12):
        make_large(source / f"f{number}", 3 << 20, seed=number)
    process = node.consortium.programs.popen(*node.deposit_words(source))
    node.wait(lambda s: s["items"] >= 1 or process.poll() is not None, 60,
              "have an item")
    ballast = small_disk / "ballast"
    fill_up(small_disk, ballast, 13 << 20)
    out, err = process.communicate(timeout=90)
    assert process.returncode in (0, 3, 75), (process.returncode, out, err)
    assert node.process.poll() is None, node.log_tail()
    ballast.unlink()
    node.wait(lambda s: not s["full"], 60, "find that there is room")
    node.deposit(source)
    node.restore("--all", folder / "out")
    assert set(sums(folder / "out").values()) == set(sums(source).values())
    for path in node.receipts():
        node.check_receipts(path, ok=(5, 75))
