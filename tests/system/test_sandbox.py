# SPDX-License-Identifier: Apache-2.0
"""The daemon under its own system call filter, and under the unit's on top."""
import grp
import os
import pathlib
import signal
import sys

import pytest
from files import make_some, same_content

ROOT = pathlib.Path(__file__).resolve().parents[2]
UNIT = ROOT / "configs/holdfastd.service"
UNIT_FILTER = ROOT / "tests/support/unit_filter.py"


@pytest.fixture(autouse=True)
def not_sanitized(build, programs):
    """The run-time libraries of sanitizers cannot live in the sandbox."""
    if b"__asan_init" in programs.holdfastd.read_bytes() or \
            b"__tsan_init" in programs.holdfastd.read_bytes():
        pytest.skip(f"{build} is built with a sanitizer: no sandbox there")


def threads(node):
    """{thread: the fields of its status}"""
    found = {}
    for path in pathlib.Path(f"/proc/{node.pid}/task").iterdir():
        try:
            lines = (path / "status").read_text().splitlines()
        except OSError:  # it has ended
            continue
        found[path.name] = dict(line.split(":\t", 1) for line in lines
                                if ":\t" in line)
    return found


def test_every_thread_is_in_it(alone, folder):
    """All threads of a working node are filtered and gain no privileges, those
    of the libraries and those made later included."""
    alone.deposit(make_some(folder / "src", 20))
    found = threads(alone)
    assert len(found) > 10
    for status in found.values():
        assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1"), status


def test_reads_all_again_and_ends_well(alone, folder):
    """In the sandbox a node reads its configuration and roster again, takes
    deposits, gives them back, and ends with 0."""
    source = make_some(folder / "src", 10)
    alone.settings["log"] = {"level": "info"}
    alone.write_config()
    alone.process.send_signal(signal.SIGHUP)
    alone.wait_log("[log] level taken")
    alone.wait_log("version 1 is in force")
    alone.deposit(source)
    alone.restore("--all", folder / "out")
    same_content(source, folder / "out")
    alone.stop()


def under_unit(node, unit):
    """What the unit says of calls, families, rights and limits holds for it;
    the socket belongs to the daemon's own group, as the example says."""
    node.settings["control"] = {"group": grp.getgrgid(os.getegid()).gr_name}
    node.write_config()
    node.wrapper = [sys.executable, UNIT_FILTER, unit]


def test_works_under_the_unit(consortium, folder):
    """Two nodes, each under its own filter and the unit's, deposit, replicate
    and restore; every thread has both filters."""
    made = consortium(["dignity", "viasna"],
                      seals={"viasna": ["dignity", "viasna"],
                             "dignity": ["dignity"]})
    made.set_up()
    for node in (made["dignity"], made["viasna"]):
        node.stop()
        under_unit(node, UNIT)
        node.start().wait_ready()
    viasna, dignity = made["viasna"], made["dignity"]
    source = make_some(folder / "src", 20)
    viasna.deposit(source)
    dignity.wait_items(20)
    dignity.restore("--all", folder / "out")
    same_content(source, folder / "out")
    for status in threads(dignity).values():
        assert int(status["Seccomp_filters"]) >= 4, status
        assert int(status["CapBnd"], 16) == 0, status
    viasna.stop()
    dignity.stop()


def test_does_not_start_without_it(alone, folder):
    """Where the manager forbids the filter, the node says so and ends before
    anybody can call."""
    alone.stop()
    unit = folder / "narrow.service"
    text = UNIT.read_text()
    assert "@system-service seccomp" in text
    unit.write_text(text.replace("@system-service seccomp", "@system-service"))
    under_unit(alone, unit)
    alone.start(ready=False)
    assert alone.wait_exit() == 1
    log = alone.log_text()
    assert "NOT-STARTED" in log and "must allow seccomp" in log
    assert "READY" not in log
