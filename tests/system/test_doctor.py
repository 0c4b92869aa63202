# SPDX-License-Identifier: Apache-2.0
"""holdfast doctor: what is well is said so, and each thing that is not is found
by name, with its code and what to do. Nothing is changed by looking."""
import os
import shutil
import signal
import socket
import subprocess
import threading

import pytest
from consortium import free_port

RESULTS = {"ok", "warning", "bad", "unknown", "advice"}
# What says the same on every machine; the rest depends on where tests run.
SURE = {"config", "key", "roster", "data", "space", "node", "port", "peers"}


def look(node, *words, code=None):
    """{name: check} of one run, both for programs and for people."""
    result = node.run("doctor", *words, "--config", node.config, "--json",
                      ok=None)
    answer = result.json()
    assert answer["schema"] == "holdfast.doctor/1"
    assert answer["node"] == node.settings.get("node", {}).get("name",
                                                               node.name)
    assert answer["exit_code"] == result.code
    checks = answer["data"]["checks"]
    results = {check["result"] for check in checks}
    assert results <= RESULTS
    for check in checks:
        assert check["text"] and ("code" in check or
                                  check["result"] in ("ok", "advice"))
        assert check["result"] in ("ok", "advice") or check["do"]
    assert result.code == (4 if "bad" in results else
                           5 if "unknown" in results else 0)
    if code is not None:
        assert result.code == code, result
    people = node.run("doctor", *words, "--config", node.config, ok=None)
    assert people.code == result.code
    assert "\x1b" not in people.out
    assert all(len(line) <= 80 for line in people.out.splitlines())
    for check in checks:
        assert check.get("code", check["name"]) in people.out
    return {check["name"]: check for check in checks}


def snapshot(node):
    """Names, modes and contents of all that a node's folder holds."""
    return {path: (path.lstat().st_mode, path.is_file() and
                   path.read_bytes())
            for path in node.folder.rglob("*")
            if path.name not in ("log", "socket")}


@pytest.fixture
def down(consortium):
    """One member's node, made and never started."""
    return consortium(["viasna"]).set_up(start=False)["viasna"]


def test_all_is_well(three):
    """Three nodes that run: every check that does not depend on the machine is
    ok, and no file changes."""
    node = three["viasna"]
    checks = look(node, code=0)
    for name in SURE:
        assert checks[name]["result"] == "ok", checks[name]
    assert checks["key copy"]["result"] == "advice"
    assert "matches roster 1" in checks["key"]["text"]
    assert "2 of 2" in checks["peers"]["text"]
    assert str(node.listen) in checks["port"]["text"]
    assert checks["clock"]["result"] in ("ok", "warning")


def test_with_the_node_down(down):
    """A node that does not run is found, and all else is looked at; nothing is
    changed."""
    before = snapshot(down)
    checks = look(down, code=4)
    assert snapshot(down) == before
    assert checks["node"]["code"] == "PEER-UNREACHABLE"
    for name in SURE - {"node", "peers"}:
        assert checks[name]["result"] == "ok", checks[name]


def spoil_key_mode(node):
    node.key.chmod(0o640)


def spoil_key_gone(node):
    node.key.unlink()


def spoil_key_other(node):
    node.key.unlink()
    node.run("key", "new", "node", "--out", node.key)


def spoil_key_text(node):
    node.key.write_text("HOLDFAST-NODE-1AAAA\n")


def spoil_config_mode(node):
    node.config.chmod(0o666)


def spoil_clients_text(node):
    (node.folder / "clients").write_text("anna deposit nonsense\n")


def spoil_clients_mode(node):
    (node.folder / "clients").write_text("")
    (node.folder / "clients").chmod(0o622)


def spoil_roster_gone(node):
    node.roster.unlink()


def spoil_roster_text(node):
    text = node.roster.read_text()
    node.roster.write_text(text.replace("wait 1209600", "wait 1209601"))


def spoil_roster_name(node):
    node.settings["node"] = {"name": "other-1"}
    node.write_config()


def spoil_data_mode(node):
    node.data.chmod(0o755)


def spoil_data_gone(node):
    shutil.rmtree(node.data)


def spoil_data_empty(node):
    shutil.rmtree(node.data)
    node.data.mkdir(mode=0o700)


def spoil_data_other(node):
    marker = node.data / "holdfast-store"
    marker.write_text(marker.read_text().replace("viasna-1", "redress-1"))


def spoil_space(node):
    node.settings["storage"] = {"min_free": "900 TB"}
    node.write_config()


def spoil_listen(node):
    node.settings["network"] = {"listen": None}
    node.write_config()


SPOILT = [
    (spoil_key_mode, "key", "KEY-UNUSABLE"),
    (spoil_key_gone, "key", "KEY-MISSING"),
    (spoil_key_other, "key", "WRONG-KEY"),
    (spoil_key_text, "key", "KEY-UNUSABLE"),
    (spoil_config_mode, "config", "PERMISSION"),
    (spoil_clients_text, "clients", "CONFIG"),
    (spoil_clients_mode, "clients", "PERMISSION"),
    (spoil_roster_gone, "roster", "NOT-FOUND"),
    (spoil_roster_text, "roster", "WRONG-SIGNATURE"),
    (spoil_roster_name, "roster", "NOT-ON-ROSTER"),
    (spoil_data_mode, "data", "PERMISSION"),
    (spoil_data_gone, "data", "NOT-FOUND"),
    (spoil_data_empty, "data", "NOT-FOUND"),
    (spoil_data_other, "data", "CONFLICT"),
    (spoil_space, "space", "STORE-FULL"),
    (spoil_listen, "port", "CONFIG"),
]


@pytest.mark.parametrize("spoil, name, code", SPOILT,
                         ids=[row[0].__name__[6:] for row in SPOILT])
def test_one_thing_is_wrong(down, spoil, name, code):
    """The thing that is wrong is found by name, and explain knows its code."""
    spoil(down)
    check = look(down, code=4)[name]
    assert (check["result"], check["code"]) == ("bad", code)
    down.run("explain", check["code"])


def test_key_copy(down, folder):
    """A second copy is compared; another key, and no key, are no copy."""
    copy = folder / "copy.key"
    shutil.copy(down.key, copy)
    assert look(down, "--key-copy", copy)["key copy"]["result"] == "ok"
    other = folder / "other.key"
    down.run("key", "new", "node", "--out", other)
    check = look(down, "--key-copy", other, code=4)["key copy"]
    assert check["code"] == "WRONG-KEY"
    check = look(down, "--key-copy", folder / "none", code=4)["key copy"]
    assert check["code"] == "KEY-UNUSABLE"
    down.run("doctor", "viasna-1", "--key-copy", copy, "--config", down.config,
             ok=(2,))


def test_no_recipient_for_this_year(consortium):
    """A roster without this year's recipient is a warning: nothing could be
    sealed."""
    one = consortium(["viasna"])
    one.make_keys()
    one.sign_roster(one.roster_text(changes=lambda lines: [
        line for line in lines if not line.startswith("recipient")]),
        one.roster)
    node = one["viasna"]
    node.init(one.roster)
    assert look(node)["recipients"]["code"] == "NO-RECIPIENT"


def test_port_is_taken(down):
    """With the node down somebody else's listener at its port is found."""
    with socket.create_server(("127.0.0.1", down.listen)):
        assert look(down, code=4)["port"]["code"] == "PORT-TAKEN"
    assert look(down)["port"]["result"] == "ok"


def test_listen_was_changed_without_a_restart(alone):
    """A node that runs and does not listen where its file says is found."""
    alone.listen = free_port()
    alone.write_config()
    assert look(alone, code=4)["port"]["code"] == "PORT-SILENT"


def test_peers_are_silent(consortium):
    """Nobody heard of since the start: each is named with the command that
    looks closer."""
    one = consortium(["dignity", "redress", "viasna"]).set_up(start=False)
    node = one["viasna"].start()
    result = node.run("doctor", "--config", node.config, "--json", ok=(4,))
    checks = result.json()["data"]["checks"]
    [whole] = [c for c in checks if c["name"] == "peers"]
    assert (whole["result"], whole["code"]) == ("bad", "PEER-SILENT")
    assert {c["do"] for c in checks if c["name"] == "peer"} == {
        "holdfast doctor dignity-1", "holdfast doctor redress-1"}
    [waiting] = [c for c in checks if c["name"] == "node"]
    assert waiting["code"] == "SETTING-UP"


def test_needs_a_node(programs, folder):
    """A workstation's configuration, one with errors and none at all are
    errors with exit code 78."""
    config = folder / "holdfast.conf"
    config.write_text(f"[client]\nnode = a-1\nkey = {folder}/k\n"
                      f"roster = {folder}/r\n")
    programs.run("doctor", "--config", config, ok=(78,))
    config.write_text("[node]\n")
    programs.run("doctor", "--config", config, ok=(78,))
    programs.run("doctor", "--config", folder / "none", ok=(78,))


def test_another_user_sees_less(down):
    """Who may not read the key is told that it is not known, not that it is
    well."""
    if os.geteuid() != 0:
        pytest.skip("needs root to become another user")
    one = down.consortium
    for path in (one.folder.parent, one.folder, down.folder):
        path.chmod(0o755)
    down.config.chmod(0o644)
    down.roster.chmod(0o644)
    words = ["setpriv", "--reuid", "65534", "--regid", "65534",
             "--clear-groups", one.programs.holdfast, "doctor", "--config",
             down.config]
    done = subprocess.run(words, env=one.programs.environment, text=True,
                          capture_output=True)
    assert done.returncode == 4  # the node does not run
    lines = {line[6:24].strip(): line[:6].strip()
             for line in done.stdout.splitlines() if line[0] != " "}
    assert lines["PERMISSION"] == "?" and lines["roster"] == "ok"
    assert "key" not in lines and "data" not in lines


# -- doctor NODE


def test_a_node_that_is_well(three):
    """Line, TCP and handshake of a peer are ok; a peer that took our roster
    has it, and one with a newer roster is seen."""
    node = three["viasna"]
    checks = look(node, "dignity-1")
    for name in ("roster", "heard", "tcp", "handshake"):
        assert checks[name]["result"] == "ok", checks[name]
    first = three.roster
    second = three.sign_roster(
        three.roster_text(2, previous_of(three, first)),
        three.folder / "roster2", after=first)
    for one in three.nodes.values():
        one.roster.write_bytes(second.read_bytes())
        one.process.send_signal(signal.SIGHUP)
        one.wait_log("ROSTER-NEW: version 2 ")
    check = look(node, "dignity-1", code=0)["its roster"]
    assert check["result"] == "ok" and "version 2" in check["text"]
    node.roster.write_bytes(first.read_bytes())
    check = look(node, "dignity-1", code=0)["its roster"]
    assert (check["result"], check["code"]) == ("warning", "ROSTER-NEW")
    assert "newer" in check["text"]


def previous_of(one, roster):
    return one.run("roster", "show", roster, "--json").json()["data"]["hash"]


def test_where_a_node_stops(consortium):
    """Nobody there; somebody who is no node; somebody who says nothing; a node
    with another key: each stops at its own step."""
    one = consortium(["dignity", "redress", "viasna"]).set_up(start=False)
    node, peer = one["viasna"], one["dignity"]
    checks = look(node, "dignity-1", code=4)
    assert checks["tcp"]["code"] == "PEER-UNREACHABLE"
    assert "handshake" not in checks
    for say in (b"HTTP/1.1 400 Bad Request\r\n\r\n", b""):
        with Listener(peer.port, say):
            result = node.run("doctor", "dignity-1", "--config", node.config,
                              "--timeout", "2s", "--json", ok=(4,))
        checks = {c["name"]: c for c in result.json()["data"]["checks"]}
        assert checks["tcp"]["result"] == "ok"
        assert checks["handshake"]["code"] == "PEER-UNREACHABLE", checks
    redress = one["redress"]
    redress.listen = peer.port
    redress.write_config()
    redress.start()
    result = node.run("doctor", "dignity-1", "--config", node.config,
                      "--timeout", "3s", "--json", ok=(4,))
    checks = {c["name"]: c for c in result.json()["data"]["checks"]}
    assert checks["tcp"]["result"] == "ok"
    # A node that is not meant says nothing, so it cannot be told from one that
    # does not know us.
    assert checks["handshake"]["code"] in ("WRONG-KEY", "NOT-A-MEMBER")


class Listener:
    """Takes connections, says its words, and hangs up with us."""

    def __init__(self, port, words):
        self.words, self.taken = words, []
        self.server = socket.create_server(("127.0.0.1", port))
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        while True:
            try:
                connection, _ = self.server.accept()
            except OSError:
                return
            self.taken.append(connection)
            connection.sendall(self.words)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        self.thread.join()
        for connection in self.taken:
            connection.close()


def test_names_and_dial_only_nodes(consortium):
    """A name is resolved first, and one that is none stops there; a node that
    only dials out cannot be looked at, and that is no fault; an unknown name is
    not found and the nearest offered."""
    one = consortium(["dignity", "redress", "viasna"])
    one.make_keys()

    def change(lines):
        return [change_line(line) for line in lines]

    def change_line(line):
        words = line.split()
        if words[:2] == ["node", "dignity-1"]:
            words[-1] = f"localhost:{one['dignity'].port}"
            words.append("nowhere.invalid:7700")
        if words[:2] == ["node", "redress-1"]:
            words[6] = "dial"
            words = words[:-1]
        return " ".join(words)

    one.sign_roster(one.roster_text(changes=change), one.roster)
    for node in one.nodes.values():
        node.init(one.roster)
    node = one["viasna"]
    one["dignity"].start()
    result = node.run("doctor", "dignity-1", "--config", node.config, "--json",
                      ok=(4,))
    checks = result.json()["data"]["checks"]
    names = [c for c in checks if c["name"] == "name"]
    assert "localhost" in names[0]["text"] and names[0]["result"] == "ok"
    assert names[1]["code"] == "PEER-NO-ADDRESS"
    assert [c for c in checks if c["name"] == "handshake"
            and c["result"] == "ok"]
    checks = look(node, "redress-1", code=0)
    assert "only dials out" in checks["roster"]["text"] and len(checks) == 1
    result = node.run("doctor", "redres-1", "--config", node.config, ok=(7,))
    assert "redress-1" in result.err


def test_without_the_key_no_handshake(consortium):
    """Without a key that may be read TCP is looked at, and no more."""
    one = consortium(["dignity", "viasna"], copies=2).set_up(start=False)
    node = one["viasna"]
    node.key.chmod(0o640)
    one["dignity"].start()
    checks = look(node, "dignity-1", code=5)
    assert checks["tcp"]["result"] == "ok"
    assert checks["handshake"]["result"] == "unknown"
