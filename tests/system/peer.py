# SPDX-License-Identifier: Apache-2.0
"""A node's peer that speaks from Python: SP, Noise_IK_25519_ChaChaPoly_SHA256,
frames and requests as proto/README.md describes them, with a seed from a key
file. It can be as slow, silent or greedy as a test wants."""
import contextlib
import hashlib
import os
import socket
import struct
import threading

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

import reader_crypto as crypto
import reader_item
import reader_roster
from local import REFUSAL, Refused, decode, encode, one

SP = b"\0SP\0\0"
REQ, REP = SP + b"\x30\0\0", SP + b"\x31\0\0"
SYNC, PUT_NOTES, PUT_RECORDS, PUT_BLOCKS = 1, 3, 5, 8


def message(body, request=0x80000001):
    """An SP message of a request: 8-byte length, 4-byte id, body."""
    body = struct.pack(">I", request) + body
    return struct.pack(">Q", len(body)) + body


def session_secret(key_file):
    _, seed = reader_item.key_file(key_file)
    return crypto.kdf(seed, 3)


def prologue(identity):
    return b"holdfast/1 " + identity.hex().encode() + b"\n"


class Noise:
    """Either side; `responder` is the public key of the one that is called."""

    def __init__(self, prologue, responder, secret):
        self.h = self.ck = b"Noise_IK_25519_ChaChaPoly_SHA256"
        self.k, self.responder, self.secret = None, responder, secret
        self.mix_hash(prologue)
        self.mix_hash(responder)
        self.ephemeral = os.urandom(32)

    def mix_hash(self, data):
        self.h = hashlib.sha256(self.h + data).digest()

    def mix_key(self, secret, public):
        shared = b"" if secret is None else crypto.x25519(secret, public)
        temp = crypto.hmac256(self.ck, shared)
        self.ck = crypto.hmac256(temp, b"\x01")
        self.k = crypto.hmac256(temp, self.ck + b"\x02")

    def seal(self, plain):
        sealed = ChaCha20Poly1305(self.k).encrypt(bytes(12), plain, self.h)
        self.mix_hash(sealed)
        return sealed

    def unseal(self, sealed):
        plain = ChaCha20Poly1305(self.k).decrypt(bytes(12), sealed, self.h)
        self.mix_hash(sealed)
        return plain

    def first(self, index=7):
        """Frame 1."""
        self.index = index
        public = crypto.x25519_public(self.ephemeral)
        self.mix_hash(public)
        self.mix_key(self.ephemeral, self.responder)
        static = self.seal(crypto.x25519_public(self.secret))
        self.mix_key(self.secret, self.responder)
        return (b"\x01" + struct.pack(">I", index) + public + static +
                self.seal(b""))

    def second(self, frame):
        """Read frame 2; the session's keys."""
        kind, self.theirs, ours = struct.unpack(">BII", frame[:9])
        if len(frame) != 57 or kind != 2 or ours != self.index:
            raise ValueError("no frame 2")
        public, tag = frame[9:41], frame[41:]
        self.mix_hash(public)
        self.mix_key(self.ephemeral, public)
        self.mix_key(self.secret, public)
        self.unseal(tag)
        self.mix_key(None, None)
        self.sends, self.receives = (ChaCha20Poly1305(k)
                                     for k in (self.ck, self.k))
        return self

    def answer(self, frame, index=9):
        """The called side: read frame 1, give frame 2."""
        kind, self.theirs = struct.unpack(">BI", frame[:5])
        if len(frame) != 101 or kind != 1:
            raise ValueError("no frame 1")
        self.index, caller = index, frame[5:37]
        self.mix_hash(caller)
        self.mix_key(self.secret, caller)
        static = self.caller = self.unseal(frame[37:85])
        self.mix_key(self.secret, static)
        self.unseal(frame[85:])
        public = crypto.x25519_public(self.ephemeral)
        self.mix_hash(public)
        self.mix_key(self.ephemeral, caller)
        self.mix_key(self.ephemeral, static)
        tag = self.seal(b"")
        self.mix_key(None, None)
        self.receives, self.sends = (ChaCha20Poly1305(k)
                                     for k in (self.ck, self.k))
        return b"\x02" + struct.pack(">II", index, self.theirs) + public + tag


class Peer:
    """One connection to a node, and a session on it."""

    def __init__(self, address, identity, responder, secret, seconds=10):
        self.noise = Noise(prologue(identity), responder, secret)
        self.counter, self.request = 0, 0x80000000
        self.stream = socket.create_connection(address, seconds)
        self.stream.settimeout(seconds)
        self.port = self.stream.getsockname()[1]
        self.stream.sendall(REQ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stream.close()

    def _exactly(self, size):
        data = b""
        while len(data) < size:
            more = self.stream.recv(min(size - len(data), 1 << 20))
            if not more:
                raise ConnectionError("the node hung up")
            data += more
        return data

    def send_frame(self, frame):
        self.request += 1
        self.stream.sendall(message(frame, self.request))

    def receive_frame(self):
        return self._exactly(struct.unpack(">Q", self._exactly(8))[0])[4:]

    def handshake(self):
        self.send_frame(self.noise.first())
        if self._exactly(8) != REP:
            raise ValueError("it does not speak SP")
        self.noise.second(self.receive_frame())
        return self

    def sealed(self, kind, fields=(), raw=b""):
        """The frame of a request."""
        proto = encode(fields)
        plain = struct.pack(">BI", kind, len(proto)) + proto + raw
        nonce = bytes(4) + struct.pack("<Q", self.counter)
        frame = (struct.pack(">BIQ", 3, self.noise.theirs, self.counter) +
                 self.noise.sends.encrypt(nonce, plain, None))
        self.counter += 1
        return frame

    def answer(self):
        """(counter it answers, kind, fields, raw) of the next reply."""
        frame = self.receive_frame()
        kind, index, counter = struct.unpack(">BIQ", frame[:13])
        if kind != 3 or index != self.noise.index:
            raise ValueError("no frame 3")
        plain = self.noise.receives.decrypt(
            bytes(4) + struct.pack("<Q", counter), frame[13:], None)
        asked, kind, size = struct.unpack(">QBI", plain[:13])
        return asked, kind, decode(plain[13:13 + size]), plain[13 + size:]

    def ask(self, kind, fields=(), raw=b""):
        self.send_frame(self.sealed(kind, fields, raw))
        asked, got, fields, raw = self.answer()
        if got == REFUSAL:
            raise Refused(one(fields, 2, b"").decode(),
                          one(fields, 3, b"").decode(errors="replace"))
        if got != kind or asked != self.counter - 1:
            raise ValueError(f"asked {kind}, got {got}")
        return fields, raw

    def sync(self, digest=bytes(32), clock=0, wait=False):
        """The first Sync of a session, without heads."""
        return self.ask(SYNC, [(3, digest), (4, clock), (5, b"python"),
                               (6, int(wait)), (7, 1)])

    def park(self, instance, news):
        """A Sync that waits for what comes after this news, up to 30 s; its
        answer is left to be read."""
        self.send_frame(self.sealed(SYNC, [
            (1, instance), (2, news), (3, bytes(32)), (5, b"python"),
            (6, 1)]))


class Called:
    """A member's node that is called: it listens where the roster says, lets
    everybody of the roster in, and answers as `answer(node, kind, fields)` does
    to the node of that label: (fields, raw), or None for silence."""

    def __init__(self, consortium, member, answer):
        node = consortium[member]
        chain = reader_roster.load_chain(consortium.roster.read_bytes())
        self.identity = chain.identity
        self.labels = {n.session: n.label for n in
                       chain.in_force()[0][-1].nodes.values()}
        self.secret = session_secret(node.key.read_bytes())
        self.public = crypto.x25519_public(self.secret)
        self.give, self.asked, self.streams = answer, [], []
        self.listener = socket.create_server(("127.0.0.1", node.listen))
        self.thread = threading.Thread(target=self._accept, daemon=True)
        self.thread.start()

    def _accept(self):
        while True:
            try:
                stream, _ = self.listener.accept()
            except OSError:
                return
            self.streams.append(stream)
            threading.Thread(target=self._serve, args=(stream,),
                             daemon=True).start()

    def _serve(self, stream):
        try:
            with stream, stream.makefile("rb") as file:
                stream.sendall(REP)
                if file.read(8) == REQ:
                    self._session(stream, file)
        except (OSError, ValueError, struct.error, InvalidTag):
            pass

    def _session(self, stream, file):
        noise, label, counter = None, None, 0
        while True:
            head = file.read(12)
            if len(head) < 12:
                return
            size, request = struct.unpack(">QI", head)
            frame = file.read(size - 4)
            if frame[0] == 1:
                noise = Noise(prologue(self.identity), self.public,
                              self.secret)
                stream.sendall(message(noise.answer(frame), request))
                label, counter = self.labels.get(noise.caller), 0
                continue
            asked = frame[5:13]
            plain = noise.receives.decrypt(
                bytes(4) + asked[::-1], frame[13:], None)
            kind, length = struct.unpack(">BI", plain[:5])
            fields = decode(plain[5:5 + length])
            self.asked.append(kind)
            found = self.give(label, kind, fields)
            if found is None:
                continue
            proto = encode(found[0])
            nonce = struct.pack("<Q", counter)
            plain = asked + struct.pack(">BI", kind, len(proto)) + proto + \
                found[1]
            stream.sendall(message(
                b"\x03" + struct.pack(">I", noise.theirs) + nonce[::-1] +
                noise.sends.encrypt(bytes(4) + nonce, plain, None), request))
            counter += 1

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(10)
        for stream in self.streams:
            with contextlib.suppress(OSError):
                stream.shutdown(socket.SHUT_RDWR)  # its thread reads it
            stream.close()


def as_member(consortium, member, node):
    """A connection to a node with a member's real key."""
    chain = reader_roster.load_chain(consortium.roster.read_bytes())
    public = chain.in_force()[0][-1].nodes[node.name].session
    return Peer(("127.0.0.1", node.listen), chain.identity, public,
                session_secret(consortium[member].key.read_bytes()))
