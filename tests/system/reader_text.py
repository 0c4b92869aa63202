# SPDX-License-Identifier: Apache-2.0
"""Texts, notes and trees, as proto/README.md describes them. Part of
tests/system/reader.py."""
import base64
import hashlib
import re
from dataclasses import dataclass, field

from reader_crypto import ed25519_verify

LABEL = r"[a-z0-9][a-z0-9-]{0,31}"
CID = LABEL + r"-[0-9a-f]{16}"
ORIGIN = re.compile(rf"{CID}/({LABEL})/[0-9a-f]{{32}}")
NOTE_MAX, ROSTER_NOTE_MAX, LINES_MAX = 65536, 262144, 100
DASH = "\u2014 "


class Malformed(ValueError):
    """The bytes do not have the form that they must have."""


def need(condition, what):
    if not condition:
        raise Malformed(what)


def sha256(data):
    return hashlib.sha256(data).digest()


# ---- Values ---------------------------------------------------------------


def decimal(text):
    need(re.fullmatch(r"0|[1-9][0-9]{0,18}", text), f"decimal {text!r}")
    need(int(text) < 2**63, f"decimal {text!r}")
    return int(text)


def digest(text, size=32):
    need(re.fullmatch(rf"[0-9a-f]{{{2 * size}}}", text), f"hash {text!r}")
    return bytes.fromhex(text)


def unbase64(text, size=None, padded=True):
    try:
        whole = text if padded else text + "=" * (-len(text) % 4)
        data = base64.b64decode(whole, validate=True)
    except ValueError:
        raise Malformed(f"base64 {text!r}") from None
    again = base64.b64encode(data).decode()
    need((again if padded else again.rstrip("=")) == text, f"base64 {text!r}")
    need(size is None or len(data) == size, f"size of base64 {text!r}")
    return data


def label(text):
    need(re.fullmatch(LABEL, text), f"label {text!r}")
    return text


def cid(text):
    need(re.fullmatch(CID, text), f"consortium {text!r}")
    return text


def origin(text):
    need(ORIGIN.fullmatch(text), f"origin {text!r}")
    return text


def origin_cid(text):
    return text.split("/")[0]


def origin_node(text):
    return text.split("/")[1]


def free_text_write(raw):
    """The one way to write these bytes."""
    if raw == b"-":
        return "%2D"
    out, at = [], 0
    while at < len(raw):
        for size in (1, 2, 3, 4):
            try:
                one = raw[at:at + size].decode("utf-8")
                break
            except UnicodeDecodeError:
                one = None
        if one and one not in "%\x7f" and one >= " ":
            out.append(one)
            at += size
        else:
            out.append(f"%{raw[at]:02X}")
            at += 1
    return "".join(out)


def free_text(text):
    """Bytes of a free text, or None for an absent value."""
    need(text != "", "empty value")
    if text == "-":
        return None
    parts = re.split(r"%([0-9A-F]{2})", text)
    raw = b"".join(bytes([int(p, 16)]) if i % 2 else p.encode("utf-8")
                   for i, p in enumerate(parts))
    need(free_text_write(raw) == text, f"escape in {text!r}")
    return raw


# ---- Lines ----------------------------------------------------------------


class Lines:
    """A text, read line by line from the front."""

    def __init__(self, data, first):
        try:
            text = data.decode("utf-8")
        except UnicodeDecodeError:
            raise Malformed("not UTF-8") from None
        need(text.endswith("\n"), "no final LF")
        need(not re.search("[\x00-\x09\x0b-\x1f\x7f]", text), "control byte")
        self.lines = text[:-1].split("\n")
        need("" not in self.lines, "empty line")
        need(re.fullmatch(first, self.lines[0]), f"line 1 {self.lines[0]!r}")
        self.first = self.lines.pop(0)

    def next_is(self, keyword):
        return bool(self.lines) and \
            self.lines[0].split(" ", 1)[0] == keyword

    def rest(self, keyword):
        """What stands behind the keyword and one space."""
        need(self.next_is(keyword), f"keyword {keyword} is missing")
        line = self.lines.pop(0)
        need(" " in line, f"{keyword} without a value")
        return line.split(" ", 1)[1]

    def values(self, keyword, least=1, most=None):
        values = self.rest(keyword).split(" ")
        need("" not in values, f"space in {keyword}")
        need(least <= len(values) <= (most or least), f"values of {keyword}")
        return values

    def value(self, keyword):
        return self.values(keyword)[0]

    def extra(self):
        """The x- lines."""
        found = []
        while self.lines and self.lines[0].startswith("x-"):
            keyword, _, text = self.lines[0].partition(" ")
            need(re.fullmatch(r"x-[a-z0-9-]{1,30}", keyword), "x line")
            free_text(text)
            found.append(self.lines.pop(0))
        return found

    def end(self):
        found = self.extra()
        need(not self.lines, f"keyword in {self.lines[:1]}")
        return found


def ascending(items, what):
    need(all(a < b for a, b in zip(items, items[1:])), f"{what} not sorted")


# ---- Notes ----------------------------------------------------------------

ED25519, COSIGNATURE = 1, 4


@dataclass(frozen=True)
class Key:
    name: str
    public: bytes
    type: int = ED25519

    @property
    def id(self):
        return sha256(self.name.encode() + b"\n" + bytes([self.type])
                      + self.public)[:4]

    def vkey(self):
        blob = base64.b64encode(bytes([self.type]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{blob}"


def parse_vkey(text):
    name, key_id, blob = text.split("+", 2)
    blob = unbase64(blob, 33)
    key = Key(name, blob[1:], blob[0])
    need(key.id.hex() == key_id, "key id of another key")
    return key


@dataclass
class Note:
    text: bytes
    lines: list = field(default_factory=list)  # name, key id, signature


def parse_note(data, size_max=NOTE_MAX):
    need(len(data) <= size_max, "note too big")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise Malformed("note is not UTF-8") from None
    need(not re.search("[\x00-\x09\x0b-\x1f]", whole), "control byte")
    text, found, tail = whole.rpartition("\n\n")
    need(found and tail.endswith("\n"), "no signature lines")
    lines = tail[:-1].split("\n")
    need(1 <= len(lines) <= LINES_MAX, "signature lines")
    note = Note((text + "\n").encode())
    for line in lines:
        need(line.startswith(DASH), "signature line")
        name, found, blob = line[len(DASH):].partition(" ")
        blob = unbase64(blob)
        need(name and found and "+" not in name and len(blob) > 4,
             "signature line")
        note.lines.append((name, blob[:4], blob[4:]))
    return note


def _check_line(text, key, blob):
    """The time of a good line (0 when it has none); Malformed."""
    if key.type == ED25519:
        need(len(blob) == 64 and ed25519_verify(key.public, text, blob),
             f"signature of {key.name}")
        return 0
    need(len(blob) == 72, f"cosignature of {key.name}")
    time = int.from_bytes(blob[:8], "big")
    signed = f"cosignature/v1\ntime {time}\n".encode() + text
    need(0 < time < 2**63 and ed25519_verify(key.public, signed, blob[8:]),
         f"cosignature of {key.name}")
    return time


def verify_note(note, keys):
    """{key: time} of the lines that count; Malformed when one of them fails."""
    found = {}
    for name, key_id, blob in note.lines:
        for key in keys:
            if key.name != name or key.id != key_id:
                continue
            if key.type == ED25519 and key in found:
                continue
            time = _check_line(note.text, key, blob)
            found[key] = min(time, found.get(key, time))
    return found


# ---- Trees ----------------------------------------------------------------


def leaf_hash(data):
    return sha256(b"\x00" + data)


def node_hash(left, right):
    return sha256(b"\x01" + left + right)


def root_of(hashes):
    """The root over leaf hashes."""
    if not hashes:
        return sha256(b"")
    if len(hashes) == 1:
        return hashes[0]
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def _climb(a, b):
    while a and not a & 1:
        a, b = a >> 1, b >> 1
    return a, b


def verify_inclusion(leaf, index, size, path, root):
    need(0 <= index < size, "index outside of the tree")
    a, b, result = index, size - 1, leaf
    for step in path:
        need(b > 0, "path too long")
        if a & 1 or a == b:
            result = node_hash(step, result)
            a, b = _climb(a, b)
        else:
            result = node_hash(result, step)
        a, b = a >> 1, b >> 1
    need(b == 0 and result == root, "the leaf is not in this tree")


def verify_consistency(old_size, new_size, old_root, new_root, path):
    need(0 < old_size <= new_size, "sizes")
    if old_size == new_size:
        need(not path and old_root == new_root, "two roots of one size")
        return
    if old_size & old_size - 1 == 0:
        path = [old_root] + path
    need(path, "path too short")
    a, b = old_size - 1, new_size - 1
    while a & 1:
        a, b = a >> 1, b >> 1
    first = second = path[0]
    for step in path[1:]:
        need(b > 0, "path too long")
        if a & 1 or a == b:
            first, second = node_hash(step, first), node_hash(step, second)
            a, b = _climb(a, b)
        else:
            second = node_hash(second, step)
        a, b = a >> 1, b >> 1
    need(b == 0 and first == old_root and second == new_root,
         "the old tree does not begin the new one")
