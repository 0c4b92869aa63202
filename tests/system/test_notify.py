# SPDX-License-Identifier: Apache-2.0
"""holdfast notify, with a receiver that takes what a mail program would."""
import json

import pytest

RECEIVER = """#!/bin/sh
cat > {folder}/$(ls {folder} | grep -c mail).mail
exit $(cat {folder}/code 2>/dev/null || echo 0)
"""


@pytest.fixture
def node(consortium):
    made = consortium(["viasna"])
    node = made.nodes["viasna"]
    node.mails = node.folder / "mails"
    node.mails.mkdir()
    program = node.folder / "tell"
    program.write_text(RECEIVER.format(folder=node.mails))
    program.chmod(0o755)
    node.settings["notify"] = {
        "to": "admin@viasna.example", "from": "holdfast@viasna.example",
        "command": program, "repeat": "1 h"}
    return made.set_up()["viasna"]


def notify(node, *flags, ok=(0,)):
    """The mails that this run sent."""
    before = set(node.mails.glob("*.mail"))
    node.run("notify", *flags, "--config", node.config, ok=ok)
    return [path.read_text() for path in
            sorted(set(node.mails.glob("*.mail")) - before)]


def subject(mail):
    return next(line for line in mail.splitlines()
                if line.startswith("Subject: "))


def test_one_message_a_change(node):
    first, = notify(node)
    assert subject(first).startswith("Subject: [archive] all is well: ")
    assert "To: admin@viasna.example\nFrom: holdfast@viasna.example\n" in first
    assert notify(node) == []  # nothing has changed
    node.stop()
    gone, = notify(node)
    assert subject(gone) == (
        "Subject: [viasna-1] ACTION: the node does not answer")
    assert "systemctl status holdfastd" in gone
    assert notify(node) == []  # said already; again after an hour
    node.start()
    node.wait_ready()
    solved, = notify(node)
    assert subject(solved).startswith("Subject: [archive] solved: ")
    assert notify(node) == []


def test_again_while_critical_and_once_a_week(node):
    notify(node)
    memory = next(node.consortium.programs.home.rglob("state/holdfast/notify"))
    node.stop()
    assert len(notify(node)) == 1
    lines = memory.read_text().splitlines()
    level, sent, week = lines[1].split()
    lines[1] = f"{level} {int(sent) - 3601} {week}"
    memory.write_text("\n".join(lines) + "\n")
    assert len(notify(node)) == 1
    node.start()
    node.wait_ready()
    assert len(notify(node)) == 1  # solved
    lines = memory.read_text().splitlines()
    level, sent, week = lines[1].split()
    lines[1] = f"{level} {sent} {int(week) - 8 * 86400}"
    memory.write_text("\n".join(lines) + "\n")
    weekly, = notify(node)
    assert "all is well" in subject(weekly)
    memory.write_text("nonsense\n")  # then it is said anew
    assert len(notify(node)) == 1


def test_what_is_not_taken_is_tried_again(node):
    (node.mails / "code").write_text("75")
    result = node.run("notify", "--json", "--config", node.config, ok=(1,))
    assert "ended with code 75" in result.error()["message"]
    (node.mails / "code").unlink()
    assert len(notify(node)) == 1


def test_a_test_is_sent_whatever_the_state_is(node):
    notify(node)
    mail, = notify(node, "--test")
    assert "test: " in subject(mail)
    node.stop()
    mail, = notify(node, "--test")
    assert "the node does not answer" in mail


def test_says_what_is_missing(node):
    del node.settings["notify"]
    node.write_config()
    result = node.run("notify", "--json", "--config", node.config, ok=(78,))
    assert "no section [notify]" in json.loads(
        result.err.strip().splitlines()[-1])["error"]["message"]
