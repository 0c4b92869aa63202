# SPDX-License-Identifier: Apache-2.0
"""What a sysadmin uses: codes explained."""
import re


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
