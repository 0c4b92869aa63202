# SPDX-License-Identifier: Apache-2.0
"""What a sysadmin uses: codes explained, a limit for office hours."""
import pathlib
import re
import signal
import subprocess
import time

import pytest
from consortium import wait_until

FAKETIME = next(pathlib.Path("/usr/lib").glob("*/faketime/libfaketime.so.1"),
                None)


SEVERITIES = {"critical", "warning", "notice", "error"}


def narrow(text):
    """At most 80 columns, no escape codes."""
    assert "\x1b" not in text
    assert all(len(line) <= 80 for line in text.splitlines()), text
    return text


# -- explain


def test_explain_one_and_all(programs, folder):
    """Each code of the list is explained in the same four parts, in columns
    and as JSON, in small letters too; no node and no configuration is there."""
    listed = programs.run("explain", "--json").json()
    assert listed["schema"] == "holdfast.explain/1"
    codes = listed["data"]["codes"]
    assert {"STORE-FULL", "FORK", "PEER-SILENT"} <= {c["code"] for c in codes}
    people = narrow(programs.run("explain").out)
    for code in codes:
        assert code["severity"] in SEVERITIES
        assert re.search(f"^{code['code']} ", people, re.M)
        one = programs.run("explain", code["code"].lower(), "--json").json()
        assert one["data"]["codes"] == [code]
    text = narrow(programs.run("explain", "STORE-FULL").out)
    assert text.startswith("STORE-FULL  critical\n")
    for part in ("means", "causes", "doing", "do"):
        assert re.search(f"^{part}  +[A-Z\"]", text, re.M), text


def test_explain_unknown(programs):
    """An unknown code is not found, and the nearest one is offered."""
    result = programs.run("explain", "STORE-FUL", ok=(7,))
    assert "STORE-FULL" in narrow(result.err) and result.out == ""
    error = programs.run("explain", "STORE-FUL", "--json", ok=(7,)).error()
    assert error["code"] == "NOT-FOUND"
    assert error["do"] == "holdfast explain STORE-FULL"
    result = programs.run("explain", "\x1b[31mXYZZY", ok=(7,))
    assert "\x1b" not in result.err
    programs.run("explain", "FORK", "TWINS", ok=(2,))


def test_errors_name_their_code(programs, folder):
    """An error ends with the command that explains its code."""
    result = programs.run("status", "--socket", folder / "nobody", ok=(8,))
    line = result.err.splitlines()[-1]
    assert line == "  more: holdfast explain PEER-UNREACHABLE"
    programs.run("explain", line.split()[-1])


# -- office hours


def hours_around(moment):
    """Three hours of every day around this moment, in UTC."""
    begin = time.strftime("%H:00", time.gmtime(moment - 3600))
    end = time.strftime("%H:00", time.gmtime(moment + 7200))
    return f"Mon-Sun {begin}-{end}"


def office(node, hours, most="2 MB/s", usual="20 MB/s"):
    node.settings["network"] = {"max_upload": usual, "office_hours": hours,
                                "office_max_upload": most}
    node.write_config()


IN_OFFICE = "2 MB/s from now on: office hours, "
OUTSIDE = "20 MB/s from now on: outside office hours, "


def test_office_hours(consortium):
    """In office hours the office's limit holds, outside the usual one; a
    reload takes other hours, and the machine's time zone decides which hour
    it is."""
    one = consortium(["viasna"]).set_up(start=False)
    node, zone = one["viasna"], one.programs.environment
    now = time.time()
    zone["TZ"] = "UTC0"
    office(node, hours_around(now))
    node.start()
    node.wait_log(IN_OFFICE + hours_around(now))
    office(node, hours_around(now + 8 * 3600))
    node.process.send_signal(signal.SIGHUP)
    node.wait_log(OUTSIDE + hours_around(now + 8 * 3600))
    node.settings["network"] = {"max_upload": "20 MB/s", "office_hours": None,
                                "office_max_upload": None}
    node.write_config()
    node.process.send_signal(signal.SIGHUP)
    wait_until(lambda: node.log_text().count("office hours taken") == 2, 30,
               node.log_tail)
    node.stop()
    assert node.log_text().count("UPLOAD-LIMIT") == 2
    office(node, hours_around(now + 8 * 3600))
    zone["TZ"] = "EAST-8"  # eight hours ahead: office hours there
    node.start()
    node.wait_log(IN_OFFICE)
    assert OUTSIDE not in node.log_text()
    node.stop()


@pytest.mark.skipif(FAKETIME is None, reason="no faketime (tools/setup test)")
def test_office_hours_begin_and_end(consortium, folder):
    """The limit changes when the clock passes the hour, and changes back, in a
    daemon that nobody told to look again."""
    one = consortium(["viasna"]).set_up(start=False)
    node = one["viasna"]
    clock = folder / "clock"

    def set_clock(text):
        """In one step: the library reads the file at every look."""
        new = folder / "clock.new"
        new.write_text(f"@2026-11-23 {text}\n")  # a Monday
        new.rename(clock)

    one.programs.environment["TZ"] = "UTC0"
    set_clock("06:59:00")
    node.wrapper = ["env", f"LD_PRELOAD={FAKETIME}", "FAKETIME_NO_CACHE=1",
                    f"FAKETIME_TIMESTAMP_FILE={clock}",
                    "FAKETIME_DONT_FAKE_MONOTONIC=1"]
    office(node, "Mon-Fri 07:00-18:00")
    node.start()
    node.wait_log(OUTSIDE + "Mon-Fri 07:00-18:00")
    assert IN_OFFICE not in node.log_text()
    set_clock("07:00:00")
    node.wait_log(IN_OFFICE)
    set_clock("18:00:00")
    wait_until(lambda: node.log_text().count(OUTSIDE) == 2, 30, node.log_tail)
    node.stop()


def test_check_config_prints_office_hours(consortium):
    """--check-config --print shows what would hold; half of a pair, or hours
    that are none, are errors with their line."""
    one = consortium(["viasna"]).set_up(start=False)
    node = one["viasna"]

    def check(*words):
        return subprocess.run(
            [one.programs.holdfastd, "--config", node.config,
             "--check-config", *words], text=True, capture_output=True)

    office(node, "Sat,Sun 22:00-06:00")
    printed = check("--print")
    assert printed.returncode == 0
    assert "\noffice_hours = Sat-Sun 22:00-06:00\n" in printed.stdout
    assert "\noffice_max_upload = 2 MB/s\n" in printed.stdout
    office(node, "Mon-Fri", most=None)
    bad = check()
    assert bad.returncode == 78
    assert '[network] office_hours: found "Mon-Fri"\n' in bad.stderr
    assert "[network] office_max_upload: found nothing\n" in bad.stderr
