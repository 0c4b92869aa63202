# SPDX-License-Identifier: Apache-2.0
"""What status says of the state of the evidence, of answers that a test made
up: exit codes, one line, JSON by its schema (schemas/)."""
import re
import signal
import subprocess
import time

import pytest
from local import LIST, PHASE_READY, STATUS, encode, one
from schema import check_schema
from told_node import ToldNode, words

NAMES = ("protected", "spreading", "short", "last-copy", "lost", "unproven")
DAY = 86400


def peer(node, country, seen, **proofs):
    numbers = {"seen": 1, "scrubbed": 2, "asked": 3, "good": 4, "bad": 5,
               "silent": 6, "last_good": 7}
    now = int(time.time())
    proved = {"seen": now - seen, "scrubbed": now - 20 * DAY, "asked": 400,
              "good": 400, "last_good": now - 60, **proofs}
    return encode([
        (1, node), (2, node[:-2]), (3, country), (5, 1), (6, seen), (7, 20),
        (8, 20), (10, b"1"), (11, 1), (12, 1), (13, 60), (14, 20), (15, 10**12),
        (17, encode((numbers[name], value)
                    for name, value in proved.items()))])


def status(states=(20, 0, 0, 0, 0, 0), seen=20, view_age=30, problems=(),
           alarms=(), judges=True):
    health = [(1, words(states)), (2, view_age), (4, 30 * DAY),
              *((5, encode(problem)) for problem in problems),
              (6, encode([(1, b"NO"), (3, 14), (4, 6)])),
              (7, encode([(1, 20780), (2, words(states))])),
              (8, int(time.time()) - 9 * DAY), (9, 3), (10, 2), (11, 1),
              (12, 250)]
    return [(1, b"fjord-1"), (2, b"fjord"), (3, b"NO"), (4, b"archive"),
            (5, b"1"), (6, 8), (7, bytes(32)), (8, PHASE_READY), (11, 60),
            (12, 20), (13, 20), (16, 10**12), (17, 10**9),
            (19, peer(b"nordlys-1", b"DK", 12)),
            (19, peer(b"vilna-1", b"LT", seen)),
            *((21, encode(alarm)) for alarm in alarms),
            (22, words([0, 0, 0, 20])), (23, 3), (24, 2), (25, 3), (29, 20),
            (30, 1), (32, encode(health if judges else [(1, words([0] * 6))]))]


@pytest.fixture
def ask(programs, folder):
    """Ask a node that answers so."""
    def run(fields, *flags, ok=None):
        path = folder / "told.sock"
        path.unlink(missing_ok=True)
        with ToldNode(path, {STATUS: lambda _: (fields, b"")}):
            return programs.run("status", "--socket", path, *flags, ok=ok)
    return run


WORST = ((20, 0, 0, 0, 0, 0), "PROTECTED", 0, 0), (
    (19, 1, 0, 0, 0, 0), "SPREADING", 0, 0), (
    (18, 1, 0, 0, 0, 1), "UNPROVEN", 5, 1), (
    (17, 0, 1, 0, 0, 2), "SHORT", 4, 1), (
    (17, 0, 1, 1, 0, 1), "LAST-COPY", 4, 2), (
    (16, 0, 1, 1, 1, 1), "LOST", 4, 2), (
    (19, 0, 0, 0, 0, 0), "UNPROVEN", 5, 1)  # one is not counted


@pytest.mark.parametrize("states, code, exits, check", WORST)
def test_the_worst_that_is_true(ask, states, code, exits, check):
    """Headline, exit code, JSON and the line for monitoring agree; the word
    "protected" leads only when it is true of every item."""
    answer = ask(status(states), "--json", ok=(exits,)).json()
    data = answer["data"]
    assert data["headline"]["code"] == code
    assert answer["exit_code"] == exits
    assert sum(data["items"][name] for name in NAMES) == 20
    assert data["items"]["total"] == 20
    check_schema("status", data)
    out = ask(status(states), ok=(exits,)).out
    assert out.startswith("OK  all 20 items are protected") == (
        code == "PROTECTED")
    assert all(len(line) <= 80 for line in out.splitlines())
    line = ask(status(states), "--check", ok=(check,)).out
    word = ("OK", "WARNING", "CRITICAL")[check]
    assert line.startswith(f"HOLDFAST {word} - ") and line.count("\n") == 1
    assert re.search(r"\| protected=\d+ spreading=\d+ short=\d+;0 "
                     r"last_copy=\d+;;0 lost=\d+;;0 unproven=\d+;0\n$", line)


def test_only_what_is_wrong(ask):
    """-x: one line when all is well; else what, why, and what to do."""
    out = ask(status(), "-x", ok=(0,)).out
    assert out.count("\n") == 1 and out.startswith("OK  ")
    problem = [(1, b"LAST-COPY"), (2, 1), (3, 2), (4, 7200),
               (6, b"2 items: wisla found its copies bad"),
               (7, b"copying to alpin"), (8, b"phone vilna"), (9, 1500)]
    made = status((18, 0, 0, 2, 0, 0), seen=31 * 3600, problems=[problem])
    out = ask(made, "-x", ok=(4,)).out
    for text in ("ACTION NEEDED  2 items have only one good copy left",
                 "doing: copying to alpin, about 25 min", "do:    phone vilna",
                 "more:  holdfast explain LAST-COPY", "PEER-SILENT",
                 "holdfast doctor vilna-1"):
        assert text in out, out
    [listed] = ask(made, "--json", ok=(4,)).json()["data"]["problems"]
    assert (listed["count"], listed["do"], listed["eta_seconds"]) == (
        2, "phone vilna", 1500)


def test_old_figures_and_older_nodes(ask, programs, folder):
    """Old figures are no answer, nor is a node that judges no items: it is
    shown as before, without a word of a state. Nobody there: 3 as well."""
    old = status(view_age=3601)
    assert ask(old, "--json", ok=(5,)).json()["data"]["headline"][
        "code"] == "VIEW-OLD"
    ask(old, "--check", ok=(3,))
    data = ask(status(judges=False), "--json", ok=(0,)).json()["data"]
    check_schema("status", data)
    assert data["items"]["protected"] is None
    out = ask(status(judges=False), ok=(0,)).out
    assert "20 held by 3 of 3 members" in out and "nobody has checked" in out
    assert not re.search("protected|unproven|spreading", out)
    ask(status(judges=False), "--check", ok=(3,))
    result = programs.run("status", "--socket", folder / "nobody", "--check",
                          ok=(3,))
    assert result.out == "HOLDFAST UNKNOWN - the node gave no answer\n"
    critical = status(alarms=[[(1, b"FORK"), (3, b"two histories"), (5, 1)]])
    assert ask(critical, "--json", ok=(4,)).json()["data"]["headline"][
        "code"] == "FORK"
    ask(critical, "--check", ok=(2,))
    ask(status(seen=DAY + 60), "--check", ok=(1,))


def test_watch(programs, folder):
    """--watch shows it again every five seconds until Ctrl-C, without escape
    codes in a pipe."""
    path = folder / "told.sock"
    with ToldNode(path, {STATUS: lambda _: (status(), b"")}) as node:
        watching = subprocess.Popen(
            [programs.holdfast, "status", "--watch", "-x", "--socket", path],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        seen = 0
        for line in watching.stdout:
            seen += line.startswith("OK  ")
            assert "\x1b" not in line
            if seen == 2:
                break
        watching.send_signal(signal.SIGINT)
        watching.communicate(timeout=30)
        assert watching.returncode == 130
        assert len(node.asked) == 2


def leaf(number):
    return (f"holdfast record 1 deposit\n"
            f"origin archive-0123456789abcdef/fjord-1/{'0' * 32}\n"
            f"time 1795514400\nroster {'1' * 64}\n"
            f"header {'2' * 64} 1024\npayload {number:064x} 65552\n"
            f"commitment {'3' * 64}\n").encode()


def listed(states, judges=True):
    """A list with an item in each of these states, vilna's copy being bad."""
    leaves = [leaf(number) for number in range(1, len(states) + 1)]
    entries = []
    for number, (state, text) in enumerate(zip(states, leaves)):
        reason = encode([(1, 1), (2, 1), (3, 3600)])
        said = encode([(1, state), (2, 7200 + number), (3, 1), (4, 0),
                       (5, reason)])
        entries.append((2, encode([(2, number), (3, 1), (4, len(text)),
                                   *([(5, said)] if judges else [])])))
    origin = f"archive-0123456789abcdef/fjord-1/{'0' * 32}".encode()
    names = [(6, b"fjord"), (6, b"vilna"), (7, b"fjord-1"), (7, b"vilna-1")]
    return ([(1, origin), *entries, *(names if judges else [])],
            b"".join(leaves))


def test_list_by_state(programs, folder):
    """list --attention asks for the four states that want attention, shows the
    worst first, twenty rows, who proved a copy and why there are no more; a
    node that judges nothing is not taken for one where all is well."""
    path = folder / "told.sock"
    answer = {STATUS: lambda _: (status(), b""),
              LIST: lambda _: listed([2] * 22 + [4, 3])}
    with ToldNode(path, answer) as node:
        result = programs.run("list", "--attention", "--socket", path)
        rows = [row for row in result.out.splitlines() if row[:3] == "HF-"]
        assert len(rows) == 20 and "4 more (-a for all)" in result.out
        assert " lost " in rows[0] and " last-copy " in rows[1]
        assert rows[0].endswith("fjord          vilna-1: copy was bad")
        assert all(len(row) <= 80 for row in result.out.splitlines())
        assert [one(request, 6) for kind, request in node.asked
                if kind == LIST] == [0b111100]
        items = programs.run("list", "--state", "lost", "--socket", path,
                             "--json").json()["data"]["items"]
        assert items[0]["state"] == "lost"
        assert items[0]["counted"] == {"proven": ["fjord"], "open": []}
        assert items[0]["reasons"][0]["code"] == "COPY-BAD"
        assert items[0]["reasons"][0]["node"] == "vilna-1"
        programs.run("list", "--state", "good", "--socket", path, ok=(2,))
    path.unlink()
    answer[LIST] = lambda _: listed([0, 0], judges=False)
    with ToldNode(path, answer):
        programs.run("list", "--attention", "--socket", path, ok=(1,))
