# SPDX-License-Identifier: Apache-2.0
"""Items as no release of holdfast makes them: sealed here from proto/README.md
alone, with a member's recipient, and handed over by the local socket. What is
wrong with them, a node cannot see; a reader must."""
import base64
import hashlib
import os
import struct
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey)
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

import reader_crypto as crypto
from local import DEPOSIT, decode, encode, one
from reader_item import padded_size, padme, sealed_size
from reader_text import Key, leaf_hash, root_of

SLICE = 65552


class Forger:
    """A depositor's key and what an item needs to look right."""

    def __init__(self, cid, member, seed, recipient):
        self.cid, self.member = cid, member
        self.sign_key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = crypto.ed25519_public(seed)
        self.recipient = crypto.bech32_decode(recipient)[1]

    def note(self, text, key=None):
        name = f"{self.cid}/{self.member}/depositor"
        blob = Key(name, self.public).id + (key or self.sign_key).sign(text)
        line = f"\u2014 {name} {base64.b64encode(blob).decode()}\n"
        return text + b"\n" + line.encode()

    def text(self, name, data, root, changes):
        """The metadata; `changes` replaces values by keyword."""
        values = {
            "consortium": self.cid, "payload": f"{root.hex()} "
            f"{sealed_size(len(data))}",
            "sha256": hashlib.sha256(data).hexdigest(), "sha512": "-",
            "size": str(len(data)), "name": name, "type": "-",
            "modified": "-", "deposited": str(int(time.time())), "case": "-",
            "source": "-", "note": "-", "salt": os.urandom(32).hex(),
            "depositor": f"{self.member} "
            f"{base64.b64encode(self.public).decode()}", "pass": "-"}
        values.update(changes)
        lines = ["holdfast item 1"] + [f"{k} {v}" for k, v in values.items()]
        return ("\n".join(lines) + "\n").encode(), values

    def age_header(self, file_key):
        secret = os.urandom(32)
        share = crypto.x25519_public(secret)
        shared = crypto.x25519(secret, self.recipient)
        wrap = crypto.hkdf(shared, share + self.recipient,
                           b"age-encryption.org/v1/X25519")
        body = ChaCha20Poly1305(wrap).encrypt(bytes(12), file_key, None)
        head = (f"age-encryption.org/v1\n-> X25519 {plain64(share)}\n"
                f"{plain64(body)}\n---").encode()
        mac = crypto.hmac256(crypto.hkdf(file_key, b"", b"header"), head)
        return head + f" {plain64(mac)}\n".encode()

    def item(self, name, data, changes=None, spoil=None):
        """(header object, payload, root, commitment) of a file of up to 64
        KiB. `spoil` may say: signature, commitment, padding."""
        file_key, nonces = os.urandom(16), os.urandom(32)
        sealed = stream(crypto.hkdf(file_key, nonces[:16], b"payload"), data)
        size = padded_size(len(sealed)) - len(sealed)
        padding = chacha20(crypto.hkdf(file_key, nonces[:16],
                                       b"holdfast padding"), size)
        if spoil == "padding":
            padding = os.urandom(size)
        payload = sealed + padding
        root = root_of([leaf_hash(payload)])
        text, values = self.text(name, data, root, changes or {})
        key = Ed25519PrivateKey.generate() if spoil == "signature" else None
        note = self.note(text, key)
        padded = note.ljust(padme(max(len(note), 1024)), b"\n")
        header = self.age_header(file_key) + nonces + stream(
            crypto.hkdf(file_key, nonces[16:], b"payload"), padded)
        promise = hashlib.sha256(
            b"holdfast commitment 1\n" + bytes.fromhex(values["salt"]) +
            hashlib.sha256(data).digest() +
            hashlib.sha256(note).digest()).digest()
        if spoil == "commitment":
            promise = os.urandom(32)
        return header, payload, root, promise


def plain64(data):
    return base64.b64encode(data).decode().rstrip("=")


def stream(key, data):
    """STREAM of at most one chunk."""
    assert len(data) <= 65536
    return ChaCha20Poly1305(key).encrypt(bytes(11) + b"\x01", data, None)


def chacha20(key, size):
    return Cipher(algorithms.ChaCha20(key, bytes(16)),
                  mode=None).encryptor().update(bytes(size))


def hand_over(local, header, payload, root, promise):
    """Deposit it; 1 registered, 2 pending, 3 refused, and the text."""
    name = root_of([leaf_hash(header)])
    item = encode([(1, root), (2, len(payload)), (3, name), (4, len(header)),
                   (5, promise)])
    fields, raw = local.ask(DEPOSIT, [
        (2, root), (3, struct.pack("<I", len(payload))), (5, item)],
        payload + header)
    return one(decode(fields[2][0]), 1), raw
