# SPDX-License-Identifier: Apache-2.0
"""Items and what of age they need, as proto/README.md describes them. Part of
tests/system/reader.py."""
import hashlib
import re
from dataclasses import dataclass, field

from reader_crypto import (aead_open, bech32_decode, chacha20, hkdf, hmac256,
                           x25519, x25519_public)
from reader_text import (Key, Lines, Malformed, cid, decimal, digest,
                         free_text, label, leaf_hash, need, parse_note,
                         root_of, sha256, unbase64, verify_note)

CHUNK, SLICE, BLOCK_SLICES = 65536, 65552, 16
HEADER_MAX = SLICE * BLOCK_SLICES
PAYLOAD_MAX = 2**44


# ---- Sizes and roots ------------------------------------------------------


def padme(size):
    top = size.bit_length() - 1
    step = 1 << top - top.bit_length()
    return (size + step - 1) // step * step


def sealed_size(size):
    return size + 16 * max(1, -(-size // CHUNK))


def padded_size(sealed):
    return SLICE if sealed <= SLICE else padme(sealed)


def possible_size(padded):
    return padded == SLICE or padded > SLICE and padme(padded) == padded


def payload_root(payload):
    return root_of([leaf_hash(payload[at:at + SLICE])
                    for at in range(0, len(payload), SLICE)])


def block_names(payload):
    return [payload_root(payload[at:at + HEADER_MAX])
            for at in range(0, len(payload), HEADER_MAX)]


# ---- age ------------------------------------------------------------------


@dataclass
class AgeHeader:
    stanzas: list = field(default_factory=list)  # arguments, body
    signed: bytes = b""
    mac: bytes = b""
    size: int = 0


def parse_age_header(data):
    header, at = AgeHeader(), 0

    def line():
        nonlocal at
        end = data.find(b"\n", at)
        need(end >= 0, "age header cut off")
        text, at = data[at:end], end + 1
        need(all(32 <= byte < 127 for byte in text), "byte in age header")
        return text.decode("ascii")

    need(line() == "age-encryption.org/v1", "age version")
    while True:
        begin = at
        text = line()
        if text.startswith("---"):
            need(text.startswith("--- ") and header.stanzas, "age MAC line")
            header.mac = unbase64(text[4:], 32, padded=False)
            header.signed, header.size = data[:begin + 3], at
            return header
        need(text.startswith("-> "), "age stanza")
        arguments, body = text[3:].split(" "), ""
        need("" not in arguments, "age stanza")
        while True:
            part = line()
            need(len(part) <= 64, "age stanza's body")
            body += part
            if len(part) < 64:
                break
        header.stanzas.append((arguments, unbase64(body, padded=False)))


def file_key(header, secret):
    """The file key by one X25519 secret, or None."""
    public = x25519_public(secret)
    for arguments, body in header.stanzas:
        if arguments[0] != "X25519":
            continue
        need(len(arguments) == 2 and len(body) == 32, "X25519 stanza")
        share = unbase64(arguments[1], 32, padded=False)
        shared = x25519(secret, share)
        need(shared is not None, "X25519 share of low order")
        wrap = hkdf(shared, share + public, b"age-encryption.org/v1/X25519")
        key = aead_open(wrap, bytes(12), body)
        if key is not None:
            need(hmac256(hkdf(key, b"", b"header"), header.signed)
                 == header.mac, "age MAC")
            return key
    return None


def stream_open(key, sealed):
    """(plaintext, all chunks good?)"""
    out, good = [], len(sealed) >= 16
    for at in range(0, len(sealed), SLICE):
        last = at + SLICE >= len(sealed)
        nonce = (at // SLICE).to_bytes(11, "big") + bytes([last])
        chunk = aead_open(key, nonce, sealed[at:at + SLICE])
        if chunk is None or chunk == b"" and at > 0:
            good = False
            chunk = b""
        out.append(chunk)
    return b"".join(out), good


def identity_secret(text):
    hrp, key = bech32_decode(text.strip().lower())
    need(hrp == "age-secret-key-" and len(key) == 32, "age identity")
    return key


# ---- Metadata -------------------------------------------------------------


@dataclass
class Metadata:
    cid: str
    root: bytes
    sealed: int
    sha256: bytes
    sha512: bytes
    size: int
    name: bytes
    type: bytes
    modified: int
    deposited: int
    case: bytes
    source: bytes
    note: bytes
    salt: bytes
    member: str
    key: bytes
    pass_note: bytes


def _absent(text, read):
    return None if text == "-" else read(text)


def parse_metadata(text):
    lines = Lines(text, "holdfast item 1")
    consortium = cid(lines.value("consortium"))
    root, sealed = lines.values("payload", 2)
    sha = digest(lines.value("sha256"))
    sha512 = _absent(lines.value("sha512"), lambda t: digest(t, 64))
    size = decimal(lines.value("size"))
    name = free_text(lines.rest("name"))
    need(name is not None and b"\0" not in name and
         all(p not in (b"", b".", b"..") for p in name.split(b"/")), "name")
    kind = free_text(lines.rest("type"))
    modified = _absent(lines.value("modified"), decimal)
    deposited = decimal(lines.value("deposited"))
    texts = [free_text(lines.rest(k)) for k in ("case", "source", "note")]
    salt = digest(lines.value("salt"))
    member, key = lines.values("depositor", 2)
    pass_note = _absent(lines.value("pass"), unbase64)
    lines.end()
    if pass_note is not None:
        parse_pass(parse_note(pass_note).text)
    need(decimal(sealed) == sealed_size(size), "size and L do not fit")
    return Metadata(consortium, digest(root), int(sealed), sha, sha512, size,
                    name, kind, modified, deposited, *texts, salt,
                    label(member), unbase64(key, 32), pass_note)


def parse_pass(text):
    lines = Lines(text, "holdfast pass 1")
    found = (cid(lines.value("consortium")), label(lines.value("member")),
             unbase64(lines.value("depositor"), 32),
             decimal(lines.value("from")), decimal(lines.value("until")))
    lines.end()
    need(found[3] <= found[4], "pass ends before it begins")
    return found


def pass_good(metadata, chain):
    """Does a node of the member vouch for this depositor's key?"""
    note = parse_note(metadata.pass_note)
    consortium, member, key, begin, until = parse_pass(note.text)
    keys = {Key(f"{chain.cid}/{node.label}/node", node.ledger)
            for roster in chain.in_force()[0]
            for node in roster.nodes.values() if node.member == member}
    try:
        signed = verify_note(note, keys)
    except Malformed:
        return False
    return bool(signed) and consortium == metadata.cid and \
        member == metadata.member and key == metadata.key and \
        begin <= metadata.deposited <= until


def commitment(metadata, note):
    return sha256(b"holdfast commitment 1\n" + metadata.salt +
                  metadata.sha256 + sha256(note))


def signature_good(metadata, note):
    key = Key(f"{metadata.cid}/{metadata.member}/depositor", metadata.key)
    try:
        return len(note.lines) == 1 and bool(verify_note(note, [key]))
    except Malformed:
        return False


# ---- Items ----------------------------------------------------------------


@dataclass
class Item:
    failed: set = field(default_factory=set)  # names of checks
    metadata: Metadata = None
    note: bytes = b""  # the metadata note without its padding
    data: bytes = None  # the file


def unpad_note(padded):
    note = padded.rstrip(b"\n") + b"\n"
    need(len(padded) == padme(max(len(note), 1024)), "padding of the note")
    return note


def _open_header(header, secrets):
    age = parse_age_header(header)
    nonces = header[age.size:age.size + 32]
    need(len(nonces) == 32 and len(header) <= HEADER_MAX, "header object")
    for secret in secrets:
        key = file_key(age, secret)
        if key is not None:
            break
    else:
        raise Malformed("no identity opens it")
    padded, good = stream_open(hkdf(key, nonces[16:], b"payload"),
                               header[age.size + 32:])
    need(good, "sealed metadata")
    return key, nonces[:16], unpad_note(padded)


def _judge_payload(item, payload, key, nonce):
    metadata = item.metadata
    want = padded_size(metadata.sealed)
    stream, good = stream_open(hkdf(key, nonce, b"payload"),
                               payload[:metadata.sealed])
    if len(payload) != want:
        item.failed.add("length")
    else:
        padding = chacha20(hkdf(key, nonce, b"holdfast padding"), bytes(12),
                           want - metadata.sealed)
        if payload[metadata.sealed:] != padding:
            item.failed.add("padding")
    if not good:
        item.failed.add("chunk")
    if payload_root(payload) != metadata.root:
        item.failed.add("root")
    item.data = stream
    if sha256(stream) != metadata.sha256 and good:
        item.failed.add("sha256")
    if good and metadata.sha512 is not None and \
            hashlib.sha512(stream).digest() != metadata.sha512:
        item.failed.add("sha512")


def open_item(header, payload, identities, record, chain=None):
    """Everything that a reader checks; nothing is raised. `record` is a parsed
    deposit record or None, `identities` are AGE-SECRET-KEY-... texts."""
    item = Item()
    try:
        key, nonce, item.note = _open_header(
            header, [identity_secret(i) for i in identities])
    except Malformed:
        item.failed.add("header")
        return item
    try:
        note = parse_note(item.note)
        item.metadata = metadata = parse_metadata(note.text)
    except Malformed:
        item.failed.add("metadata")
        return item
    _judge_payload(item, payload, key, nonce)
    if not signature_good(metadata, note):
        item.failed.add("signature")
    if chain is not None and metadata.cid != chain.cid:
        item.failed.add("consortium")
    if chain is not None and metadata.pass_note is not None and \
            not pass_good(metadata, chain):
        item.failed.add("pass")
    if record is not None:
        if record.header != (payload_root(header), len(header)) or \
                record.payload != (metadata.root, len(payload)):
            item.failed.add("record")
        if record.commitment != commitment(metadata, item.note):
            item.failed.add("commitment")
    return item


def export_age(header, payload, sealed):
    """A file that any age program opens."""
    size = parse_age_header(header).size
    return header[:size + 16] + payload[:sealed]


def key_file(data):
    """(kind, 32 bytes) of a key file."""
    text = data.decode("ascii")
    lines = [line for line in text.split("\n")
             if line and not line.startswith("#")]
    need(len(lines) == 1 and
         re.fullmatch(r"HOLDFAST-[A-Z]+-1[0-9A-Z]+", lines[0]), "key file")
    try:
        hrp, seed = bech32_decode(lines[0].lower())
    except ValueError:
        raise Malformed("key file") from None
    need(len(seed) == 32, "key file")
    return hrp[len("holdfast-"):-1], seed
