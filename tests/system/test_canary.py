# SPDX-License-Identifier: Apache-2.0
"""No file name, case, source, note, depositor or plaintext occurs in any byte
that a node stores, sends or logs."""
import base64
import os

from consortium import free_port
from files import write
from relay import Relay

NAME, CASE = "canary-witness-Anna", "CANARY-CASE-4711"
SOURCE, NOTE = "canary-source-Piotr", "canary-note-Minsk"
CONTENT = b"canary-content: what the witness said, word for word. "


def spellings(word):
    """As it is, in hex, and in base64 at its three alignments (the middle,
    which does not depend on what stands around it)."""
    yield word
    yield word.hex().encode()
    for shift in range(3):
        text = base64.b64encode(b"\0" * shift + word + b"\0" * 3)
        yield text[4 if shift else 0:][:len(word) // 3 * 4 - 4]
    yield word.upper() if word.isascii() else word


def every_byte(three, relays):
    """(where, bytes) of all that nodes store, log and say."""
    for node in three.nodes.values():
        for path in node.folder.rglob("*"):
            if path.is_file() and path.name != "node.key" and \
                    "receipts" not in path.parts:
                yield str(path), path.read_bytes()
        yield f"log of {node.name}", node.log_text(True).encode()
    assert sum(len(relay.captured) for relay in relays.values()) > 4 << 20
    for name, relay in relays.items():
        yield f"what went by {name}", bytes(relay.captured)


def test_canaries(consortium, folder):
    """Deposits of named files, in a named case, spread over three nodes with
    every connection through a relay: neither disks nor wires nor logs have any
    of it, and the receipts have no name."""
    three = consortium(["dignity", "redress", "viasna"], seals={
        "viasna": ["dignity", "viasna"], "dignity": ["dignity"]})
    relays = {}
    three.make_keys()
    for node in three.nodes.values():
        node.listen = free_port()
        relays[node.name] = Relay(node.port, node.listen)
    try:
        three.sign_roster(three.roster_text(), three.roster)
        for node in three.nodes.values():
            node.init(three.roster)
        three.start()
        source = folder / NAME
        source.mkdir()
        for number in range(20):
            write(source / f"{NAME}-{number}.txt", CONTENT * (number * 40 + 1))
        write(source / f"{NAME}.mp4", CONTENT * 60000)
        viasna = three["viasna"]
        local = folder / "local"
        extra = ["--case", CASE, "--source", SOURCE, "--note", NOTE]
        unix = UnixRelay(local, viasna.socket)
        try:
            viasna.deposit(source, extra=[*extra, "--socket", local])
            for node in three.nodes.values():
                node.wait_items(21)
            viasna.restore(("--case", CASE), folder / "out",
                           extra=["--socket", local])
            viasna.list("--key", three.identity("viasna"), "--passphrase-file",
                        three.passphrase, "--socket", local)
        finally:
            unix.close()
        for node in three.nodes.values():
            node.stop()
        public = three.public["viasna"]["depositor"]
        secrets = [NAME, CASE, SOURCE, NOTE, CONTENT.decode()[:40]]
        secrets += [value for value in public.values()
                    if isinstance(value, str) and len(value) > 20]
        words = set()
        for secret in secrets:
            words.update(spellings(secret.encode()))
        for value in public.values():
            if isinstance(value, str) and len(value) == 44:
                words.add(base64.b64decode(value))
        places = list(every_byte(three, relays))
        places.append(("the local socket", bytes(unix.captured)))
        places += [(str(path), path.read_bytes())
                   for path in viasna.receipts()]
        assert any(b"holdfast record 1 deposit" in data for _, data in places)
        for where, data in places:
            for word in words:
                assert word not in data, (where, word)
    finally:
        for relay in relays.values():
            relay.close()


class UnixRelay(Relay):
    """The same between a command and its node's local socket."""

    def __init__(self, path, target):
        self.path = path
        super().__init__(path, target)

    def _listen(self, port):
        import socket
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(port))
        listener.listen(8)
        return listener

    def _connect(self):
        import socket
        outer = socket.socket(socket.AF_UNIX)
        outer.connect(str(self.target))
        return outer
