# SPDX-License-Identifier: Apache-2.0
"""A node's local socket, spoken from Python's standard library alone:
4-byte length of the rest | kind (1) | protobuf length (4) | protobuf | raw.
Field numbers as in proto/peer.proto. Used by the system tests, tools/demo and
tools/bench; every wait ends."""
import socket
import struct

GET_NOTES, GET_RECORDS, GET_NAMES, GET_BLOCKS = 2, 4, 6, 7
DEPOSIT, LIST, STATUS, RELOAD, REFUSAL = 11, 12, 13, 14, 127
NOTE_ROSTER, NOTE_CHECKPOINT = 1, 2
PHASE_WAITING, PHASE_OPENING, PHASE_READY, PHASE_STOPPED = 1, 2, 3, 4


class Refused(Exception):
    def __init__(self, name, text):
        super().__init__(f"{name}: {text}")
        self.name = name


# ---- protobuf, as much as is needed ----------------------------------------


def varint(value):
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def encode(fields):
    """Fields as (number, value): int or bytes; absent is proto3's default."""
    out = b""
    for number, value in fields:
        if isinstance(value, int):
            out += varint(number << 3) + varint(value) if value else b""
        elif value:
            out += varint(number << 3 | 2) + varint(len(value)) + value
    return out


def _read_varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, at
        shift += 7


def decode(data):
    """Every field: {number: [values]}."""
    fields, at = {}, 0
    while at < len(data):
        tag, at = _read_varint(data, at)
        number, wire = tag >> 3, tag & 7
        if wire == 0:
            value, at = _read_varint(data, at)
        elif wire == 2:
            size, at = _read_varint(data, at)
            value, at = data[at:at + size], at + size
        elif wire == 5:
            value, at = data[at:at + 4], at + 4
        else:
            raise ValueError(f"wire type {wire}")
        fields.setdefault(number, []).append(value)
    return fields


def one(fields, number, default=0):
    return fields.get(number, [default])[-1]


def sizes_of(packed):
    return [size for (size,) in struct.iter_unpack("<I", packed)]


# ---- the socket ------------------------------------------------------------


class Local:
    def __init__(self, path, seconds=30):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.settimeout(seconds)
        try:
            self.socket.connect(str(path))
        except OSError:
            self.socket.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def _receive(self, size):
        data = b""
        while len(data) < size:
            more = self.socket.recv(size - len(data))
            if not more:
                raise ConnectionError("the node hung up")
            data += more
        return data

    def ask(self, kind, fields=(), raw=b""):
        """One request; the reply's fields and raw bytes."""
        proto = encode(fields)
        body = struct.pack(">BI", kind, len(proto)) + proto + raw
        self.socket.sendall(struct.pack(">I", len(body)) + body)
        body = self._receive(struct.unpack(">I", self._receive(4))[0])
        got, size = struct.unpack(">BI", body[:5])
        fields, raw = decode(body[5:5 + size]), body[5 + size:]
        if got == REFUSAL:
            raise Refused(one(fields, 2, b"").decode(),
                          one(fields, 3, b"").decode(errors="replace"))
        if got != kind:
            raise ValueError(f"asked {kind}, got {got}")
        return fields, raw

    def status(self):
        fields, _ = self.ask(STATUS)
        names = {6: "roster", 8: "phase", 9: "heard", 10: "needed",
                 12: "items", 13: "held", 14: "pending", 15: "wanted_bytes",
                 16: "free_bytes", 17: "reserve_bytes", 18: "full",
                 29: "placed", 31: "waiting"}
        status = {name: one(fields, n) for n, name in names.items()}
        status["node"] = one(fields, 1, b"").decode()
        copies = one(fields, 22, b"")
        status["copies"] = list(struct.unpack(f"<{len(copies) // 4}I", copies))
        status["peers"] = {}
        for peer in map(decode, fields.get(19, [])):
            status["peers"][one(peer, 1, b"").decode()] = {
                "connected": one(peer, 4), "heard": one(peer, 5),
                "known": one(peer, 7), "held": one(peer, 8),
                "behind": one(peer, 9), "stated": bool(one(peer, 12)),
                "claimed": one(peer, 14), "role": one(peer, 11)}
        status["ledgers"] = {}
        for ledger in map(decode, fields.get(20, [])):
            status["ledgers"][one(ledger, 1, b"").decode()] = {
                "size": one(ledger, 2), "items": one(ledger, 3),
                "held": one(ledger, 4), "own": one(ledger, 5),
                "current": one(ledger, 6)}
        return status

    def note(self, kind, name, number=0):
        """A signed text that the node holds; empty when it holds none."""
        ref = encode([(1, kind), (2, name.encode()), (3, number)])
        fields, raw = self.ask(GET_NOTES, [(1, ref)])
        size = sizes_of(one(fields, 1, b""))[0]
        return raw[:size]

    def checkpoint(self, origin):
        """The newest checkpoint note held of a ledger."""
        return self.note(NOTE_CHECKPOINT, origin)

    def leaves(self, origin, size):
        """All leaves of a ledger."""
        leaves = []
        while len(leaves) < size:
            fields, raw = self.ask(GET_RECORDS, [
                (1, origin.encode()), (2, len(leaves)), (3, 1000)])
            raw = raw[one(fields, 4):]
            before = len(leaves)
            while raw:
                length = struct.unpack(">H", raw[:2])[0]
                leaves.append(raw[2:2 + length])
                raw = raw[2 + length:]
            if len(leaves) == before:
                raise ValueError(f"{len(leaves)} of {size} leaves")
        return leaves

    def blocks(self, names):
        """Blocks or header objects by name; None for what is not held."""
        found = []
        for name in names:
            fields, raw = self.ask(GET_BLOCKS, [(1, name)])
            size = sizes_of(one(fields, 1, b""))[0]
            found.append(raw[:size] if size else None)
        return found

    def payload(self, root, size):
        """A payload's bytes, block after block."""
        names, page = [], 0
        fields, raw = self.ask(GET_NAMES, [(1, root)])
        count, roots = one(fields, 3), one(fields, 4)
        while count:
            raw = raw[32 * roots:]
            names += [raw[i:i + 32] for i in range(0, 32 * count, 32)]
            if len(names) * 1048832 >= size:
                break
            page += 1
            fields, raw = self.ask(GET_NAMES, [(1, root), (2, page)])
            count, roots = one(fields, 3), one(fields, 4)
        blocks = self.blocks(names or [root])
        return None if None in blocks else b"".join(blocks)
