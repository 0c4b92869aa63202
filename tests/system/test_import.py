# SPDX-License-Identifier: Apache-2.0
"""A copy of a peer's disk fills a node up, and nothing in it is believed."""
import hashlib
import os
import shutil
import signal
import subprocess

import pytest

from consortium import wait_until
from files import make_large, make_some, same_content
from laptop import Laptop, admit

SMALL, LARGE = 200, 3


def tree(folder):
    """Every name below it, with size, time and bytes."""
    found = {}
    for where, folders, names in os.walk(folder):
        for name in folders + names:
            path = os.path.join(where, name)
            info = os.lstat(path)
            data = b"" if os.path.isdir(path) else open(path, "rb").read()
            found[os.path.relpath(path, folder)] = (
                info.st_size, info.st_mtime_ns, info.st_mode,
                hashlib.sha256(data).digest())
    return found


def fill(source, seed=1):
    """What is deposited: small files, and some of several blocks."""
    make_some(source, SMALL, 100, 90000, seed)
    for number in range(LARGE):
        make_large(source / f"large{number}", (3 << 20) + 12345 * number,
                   seed + number)
    return source


def fresh(node):
    """As after a new disk: an empty store, started."""
    if node.process is not None:
        node.stop()
    shutil.rmtree(node.data)
    node.init()
    return node.start()


def copy_of(node, to):
    """Its data directory, of the stopped node."""
    if node.process is not None:
        node.stop()
    subprocess.run(["cp", "-a", node.data, to], check=True)
    return to


def take(node, copy, *extra, ok=(0,), **options):
    return node.run("import", "--data-dir", copy, "--config", node.config,
                    "--json", *extra, ok=ok, **options)


def summary(result):
    return result.of_type("summary")[0]


def all_held(node):
    """Every item that it knows, as `list` says it."""
    def look():
        items = node.list()
        items = items.json()["data"]["items"]
        return items if all(item["here"] for item in items) else None
    return wait_until(look, 30, "hold all that it lists")


@pytest.fixture
def trio(consortium):
    """Three members, all up. viasna will have the items; redress is there so
    that it registers them (a node that hears nobody does not); dignity lacks
    them."""
    return consortium(["dignity", "redress", "viasna"], cosigners=0).set_up()


@pytest.fixture
def filled(trio, folder):
    """viasna deposited and is stopped, its copy lies in folder/copy; dignity
    has a new disk and nobody to ask."""
    trio["dignity"].stop()
    trio["viasna"].deposit(fill(folder / "src"))
    copy_of(trio["viasna"], folder / "copy")
    trio["redress"].stop()
    fresh(trio["dignity"])
    return trio


def test_fills_a_fresh_node(filled, folder):
    """Without a net, from the copy alone: every record and item, byte for
    byte; the copy stays as it is, and a second time nothing moves."""
    node, copy = filled["dignity"], folder / "copy"
    before = tree(copy)
    result = take(node, copy, "-n")
    start = result.of_type("start")[0]
    assert start["items"] == SMALL + LARGE, str(result)
    assert start["from"] == "viasna-1"
    assert start["records"] >= SMALL + LARGE + 1
    assert node.status()["items"] == 0, "a dry run changed something"

    done = summary(take(node, copy))
    assert done["items"] == SMALL + LARGE
    assert done["records"] == start["records"]
    assert done["node_held"] == done["node_items"] == SMALL + LARGE
    assert done["refused"] == done["damaged_blocks"] == done["incomplete"] == 0
    assert len(all_held(node)) == SMALL + LARGE
    node.restore("--all", folder / "out", key="viasna")
    same_content(folder / "src", folder / "out")

    again = summary(take(node, copy))
    assert (again["items"], again["blocks"], again["records"]) == (0, 0, 0)
    assert tree(copy) == before, "the copy was changed"
    # What came by disk is there after a crash, too.
    node.kill()
    node.start()
    assert len(all_held(node)) == SMALL + LARGE


def test_only_what_lacks(trio, folder):
    """What a node has already does not move again; people read how it went. The
    first copy is one of a frozen node, as a snapshot of its disk would be."""
    viasna, redress = trio["viasna"], trio["redress"]
    trio["dignity"].stop()
    viasna.deposit(fill(folder / "src"))
    viasna.process.send_signal(signal.SIGSTOP)
    subprocess.run(["cp", "-a", viasna.data, folder / "copy"], check=True)
    viasna.process.send_signal(signal.SIGCONT)
    viasna.deposit(make_some(folder / "more", 7, seed=9), receipts=folder / "r")
    copy_of(viasna, folder / "newer")
    redress.stop()
    node = fresh(trio["dignity"])
    assert summary(take(node, folder / "copy"))["node_held"] == SMALL + LARGE
    all_held(node)
    result = node.run("import", "--data-dir", folder / "newer", "--config",
                      node.config)
    assert "Imported 7 items from the copy of viasna-1" in result.out, str(result)
    assert "records      7\n" in result.out, str(result)
    assert f"now holds {SMALL + LARGE + 7} of {SMALL + LARGE + 7}" in result.out


def test_damaged_block(filled, folder):
    """A byte changed in a block file of the copy: the block is named and left
    out, all else comes, exit 3; a good copy brings the rest."""
    node, copy = filled["dignity"], folder / "copy"
    shutil.copytree(copy, folder / "bad", copy_function=shutil.copy2)
    file = max((folder / "bad/db").glob("*.sst"),
               key=lambda path: path.stat().st_size)
    with open(file, "r+b") as changed:
        changed.seek(file.stat().st_size // 2)
        byte = changed.read(1)
        changed.seek(-1, os.SEEK_CUR)
        changed.write(bytes([byte[0] ^ 4]))
    result = take(node, folder / "bad", ok=(3,))
    done = summary(result)
    assert (done["damaged_blocks"], done["damaged_items"]) == (1, 1), str(result)
    assert done["items"] == SMALL + LARGE - 1
    missing = result.of_type("missing")
    assert len(missing) == 1 and missing[0]["what"].startswith("block "), str(result)
    assert node.status()["held"] == SMALL + LARGE - 1

    done = summary(take(node, copy))
    assert (done["items"], done["blocks"]) == (1, 1)
    assert len(all_held(node)) == SMALL + LARGE


def test_other_consortium(filled, consortium, folder):
    """A copy from elsewhere is refused before anything is sent."""
    other = consortium(["redress"], label="elsewhere").set_up()["redress"]
    other.deposit(make_some(folder / "theirs", 2))
    copy_of(other, folder / "theirs-copy")
    node = filled["dignity"]
    error = take(node, folder / "theirs-copy", ok=(6,)).error()
    assert error["code"] == "OTHER-CONSORTIUM"
    assert "elsewhere-" in error["message"] and "archive-" in error["message"]
    assert node.status()["items"] == 0


def test_not_a_copy(filled, folder):
    """No store, a store in use (its own, too), no such node: a sentence each,
    and an exit code of its own."""
    node = filled["dignity"]
    error = take(node, folder / "src", ok=(7,)).error()
    assert "holdfast-store" in error["message"]
    error = take(node, node.data, ok=(75,)).error()
    assert "a node that runs here" in error["message"]
    node.stop()
    take(node, folder / "copy", ok=(8,))
    result = node.run("import", "--config", node.config, ok=(2,))
    assert "--data-dir" in result.err


@pytest.fixture
def slowly(filled, folder):
    """Starts the tool, to be let go by crawl()."""
    node = filled["dignity"]

    def start():
        return node.consortium.programs.popen(
            "import", "--data-dir", folder / "copy", "--config", node.config,
            "--json", stdout=subprocess.DEVNULL)

    return start


def size_of(folder):
    """Bytes of all files in it; some may go meanwhile."""
    total = 0
    for where, _, names in os.walk(folder):
        for name in names:
            try:
                total += os.lstat(os.path.join(where, name)).st_size
            except FileNotFoundError:
                pass
    return total


def crawl(process, until):
    """Let it run for moments only, until a condition holds."""
    while not until():
        process.send_signal(signal.SIGCONT)
        try:
            process.wait(0.004)
            raise AssertionError("it ended before it was half way")
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGSTOP)


@pytest.mark.parametrize("victim", ["tool", "daemon", "ctrl-c"])
def test_cut_off(filled, folder, slowly, victim):
    """The tool, or the daemon, dies in the middle: the same command goes on,
    and in the end everything is there."""
    node = filled["dignity"]
    before = size_of(node.data)
    process = slowly()
    crawl(process, lambda: size_of(node.data) > before + (5 << 20))
    assert node.status()["held"] < SMALL + LARGE
    if victim == "daemon":
        node.kill()
    else:
        process.send_signal(signal.SIGKILL if victim == "tool"
                            else signal.SIGINT)
    process.send_signal(signal.SIGCONT)
    process.communicate(timeout=60)
    expected = {"tool": -9, "daemon": 8, "ctrl-c": 130}
    assert process.returncode == expected[victim]
    if victim == "daemon":
        node.start()
    done = summary(take(node, folder / "copy"))
    assert done["node_held"] == SMALL + LARGE
    assert done["items"] <= SMALL + LARGE
    assert len(all_held(node)) == SMALL + LARGE
    node.restore("--all", folder / "out", key="viasna")
    same_content(folder / "src", folder / "out")


def test_copied_while_running(trio, folder):
    """Copied from under a node that is writing: it works, as far as it goes, or
    it says to copy again; a copy of the stopped node then gives all."""
    trio["dignity"].stop()
    viasna = trio["viasna"]
    words = viasna.deposit_words(fill(folder / "src"))
    with trio.programs.popen(*words, stdout=subprocess.DEVNULL) as deposit:
        viasna.wait(lambda status: status["items"] > 0, 60, "hold some")
        subprocess.run(["cp", "-a", viasna.data, folder / "copy"],
                       stderr=subprocess.DEVNULL)
        assert deposit.wait(120) == 0
    trio["redress"].stop()
    viasna.stop()
    node = fresh(trio["dignity"])
    result = take(node, folder / "copy", ok=(0, 1, 3))
    if result.code == 1:
        error = result.error()
        assert error["code"] == "COPY-DAMAGED"
        assert "copy again" in error["message"]
    else:
        done = summary(result)
        assert done["refused"] == 0, str(result)
        status = node.status()
        assert status["held"] == done["node_held"]
    shutil.rmtree(folder / "copy")
    done = summary(take(node, copy_of(viasna, folder / "copy")))
    assert done["node_held"] == SMALL + LARGE
    node.restore("--all", folder / "out", key="viasna")
    same_content(folder / "src", folder / "out")


def test_read_only_disk(filled, folder):
    """The copy lies on a disk that is mounted read-only."""
    node, copy = filled["dignity"], folder / "copy"
    script = ('mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && '
              'shift && exec "$@"')
    probe = subprocess.run(["unshare", "-rm", "sh", "-c", script, "sh", copy,
                            "true"], stderr=subprocess.DEVNULL)
    if probe.returncode != 0:
        pytest.skip("no mounts of our own here")
    node.consortium.programs.holdfast, real = "unshare", \
        node.consortium.programs.holdfast
    try:
        done = node.run("-rm", "sh", "-c", script, "sh", copy, real, "import",
                        "--data-dir", copy, "--config", node.config, "--json")
    finally:
        node.consortium.programs.holdfast = real
    assert summary(done)["node_held"] == SMALL + LARGE


def test_goes_on_by_net(filled, folder):
    """What the copy does not have comes over the line: records that followed,
    and their items."""
    node, viasna = filled["dignity"], filled["viasna"]
    take(node, folder / "copy")
    filled["redress"].start()
    viasna.start().wait_ready()
    viasna.deposit(make_some(folder / "more", 5, seed=7), receipts=folder / "r")
    node.wait_items(SMALL + LARGE + 5)


def test_not_over_the_net(alone, folder):
    """The disk is to lie where the node is: from elsewhere it is refused before
    anything is sent."""
    laptop = Laptop(alone.consortium, folder, alone)
    admit(alone, laptop.line("admin"))
    subprocess.run(["cp", "-a", alone.data, folder / "copy"], check=True)
    result = alone.run("import", "--data-dir", folder / "copy", "--config",
                       laptop.config, "--json", ok=(2,))
    assert "beside the node" in result.error()["message"], str(result)


def test_observer(consortium, folder):
    """A node that holds no blocks takes the records alone."""
    def observes(lines):
        return [line.replace("dignity store", "dignity observer")
                if line.startswith("node dignity-1") else line
                for line in lines]

    three = consortium(["dignity", "redress", "viasna"], copies=2, cosigners=0)
    three.make_keys()
    three.sign_roster(three.roster_text(changes=observes), three.roster)
    for node in three.nodes.values():
        node.init(three.roster)
    three.start()
    three["dignity"].stop()
    three["viasna"].deposit(make_some(folder / "src", 3))
    copy_of(three["viasna"], folder / "copy")
    three["redress"].stop()
    node = fresh(three["dignity"])
    result = take(node, folder / "copy")
    assert summary(result)["records"] >= 4, str(result)
    assert node.status()["items"] == 3
    assert node.status()["held"] == 0
