# SPDX-License-Identifier: Apache-2.0
"""Who is on no list gets silence, and the node serves on."""
import hashlib
import os
import socket
import struct
import threading

import reader_crypto
import reader_roster
from files import make_some
from peer import REP, REQ, SP, Noise, message, session_secret


def call(node, *pieces, seconds=1.5, header=REQ):
    """Connect, send pieces, and give everything that came back."""
    with socket.create_connection(("127.0.0.1", node.listen), 5) as stream:
        stream.settimeout(seconds)
        got = b""
        try:
            stream.sendall(header)
            for piece in pieces:
                stream.sendall(piece)
            while True:
                data = stream.recv(65536)
                if not data:
                    break
                got += data
        except (TimeoutError, OSError):
            pass
        return got


def silent(answer):
    """At most NNG's own greeting came back."""
    assert answer in (b"", REP), answer[:80]


def serves_on(three, folder, number):
    """The node still takes deposits and its peers still copy them."""
    before = three["viasna"].status()["items"]
    three["viasna"].deposit(make_some(folder / f"after{number}", 2,
                                      seed=number))
    three["dignity"].wait_items(before + 2)


def handshake(three, secret, responder=None):
    chain = reader_roster.load_chain(three.roster.read_bytes())
    node = chain.in_force()[0][-1].nodes["viasna-1"]
    first = three.roster.read_text().split("\n\n")[0] + "\n"
    identity = hashlib.sha256(first.encode()).hexdigest()
    return Noise(b"holdfast/1 " + identity.encode() + b"\n",
                 responder or node.session, secret).first()


def secret_of(node):
    return session_secret(node.key.read_bytes())


def test_garbage(three, folder):
    """Garbage of every shape on the listening port: no answer, no harm."""
    viasna = three["viasna"]
    for header, pieces in (
            (b"GET / HTTP/1.1\r\n\r\n", []), (os.urandom(64), []),
            (SP, []), (REQ, [os.urandom(4096)]), (REQ, [b"\xff" * 64]),
            (REQ, [struct.pack(">Q", 2 ** 63)]),
            (REQ, [struct.pack(">Q", 2 ** 32), b"x" * 65536]),
            (REQ, [struct.pack(">Q", 1310720 + 64), b"x" * 1310784]),
            (REQ, [struct.pack(">Q", 0)]), (REQ, [message(b"")]),
            (SP + b"\x10\0\0", [message(b"x")]),
            (REQ, [message(bytes([kind]) + os.urandom(size))
                   for kind in (0, 1, 2, 3, 4, 255)
                   for size in (0, 28, 56, 100, 101, 4096)])):
        silent(call(viasna, *pieces, header=header, seconds=0.7))
    serves_on(three, folder, 0)


def test_wrong_keys(three, folder):
    """A right handshake with a key on no list: silence. The same bytes with a
    member's key are answered: so the handshake itself was right. A node's own
    key as its peer: silence."""
    viasna = three["viasna"]
    silent(call(viasna, message(handshake(three, os.urandom(32)))))
    silent(call(viasna, message(handshake(three, secret_of(viasna)))))
    silent(call(viasna, message(handshake(
        three, secret_of(three["redress"]), responder=reader_crypto
        .x25519_public(os.urandom(32))))))
    answer = call(viasna, message(handshake(
        three, secret_of(three["redress"]))))
    assert answer.startswith(REP)
    size = struct.unpack(">Q", answer[8:16])[0]
    assert size == 4 + 57 and answer[20] == 2
    serves_on(three, folder, 1)


def test_altered_handshake(three):
    """A member's handshake with any one byte changed: silence."""
    viasna = three["viasna"]
    for at in (0, 5, 40, 70, 100):
        first = bytearray(handshake(three, secret_of(three["redress"])))
        first[at] ^= 1
        silent(call(viasna, message(bytes(first)), seconds=0.7))


def test_many_connections(three, folder):
    """Two hundred connections that say nothing or little: the members' own
    sessions go on, memory stays bounded."""
    viasna = three["viasna"]
    open_ones = []
    try:
        for number in range(200):
            try:
                stream = socket.create_connection(
                    ("127.0.0.1", viasna.listen), 2)
                stream.sendall((b"", REQ, REQ + struct.pack(">Q", 1 << 20) +
                                b"x" * 1000)[number % 3])
                open_ones.append(stream)
            except OSError:
                pass
        serves_on(three, folder, 2)
        assert viasna.memory_peak() < 256 << 20
    finally:
        for stream in open_ones:
            stream.close()
    serves_on(three, folder, 3)


def test_flood(three, folder):
    """Handshakes of strangers as fast as they go: copying goes on."""
    viasna = three["viasna"]
    stop = threading.Event()

    def flood():
        while not stop.is_set():
            call(viasna, *[message(os.urandom(101))] * 50, seconds=0.05)

    threads = [threading.Thread(target=flood) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        serves_on(three, folder, 4)
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_local_garbage(three):
    """Garbage on the local socket: that connection ends, others are served."""
    viasna = three["viasna"]
    for data in (b"\xff" * 100, struct.pack(">I", 5) + b"\x0d\xff\xff\xff\xff",
                 struct.pack(">I", 0), b"GET / HTTP/1.1\r\n\r\n",
                 struct.pack(">IBI", 9, 12, 4) + b"\xff" * 4,
                 struct.pack(">IBI", 5, 200, 0)):
        with socket.socket(socket.AF_UNIX) as stream:
            stream.settimeout(2)
            stream.connect(str(viasna.socket))
            try:
                stream.sendall(data)
                stream.recv(4096)
            except (TimeoutError, OSError):
                pass
        assert viasna.status()["node"] == "viasna-1"
