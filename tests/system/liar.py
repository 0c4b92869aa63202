# SPDX-License-Identifier: Apache-2.0
"""What a member's node answers that means harm (peer.Called)."""
import base64
import os
import struct
import threading
import time

from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey)

import reader_crypto as crypto
from local import (GET_BLOCKS, GET_NAMES, GET_NOTES, GET_RECORDS,
                   NOTE_CHECKPOINT, decode, encode, one)
from peer import SYNC
from reader_text import Key, leaf_hash, root_of


def sync_reply(fields, roster, news, heads):
    """The answer to a Sync: a summary with version 1 of the roster and heads
    (origin, size, root). Who has this news already waits a second."""
    if one(fields, 6) and one(fields, 2) == news:
        time.sleep(1)
    return [(1, 77), (2, news), (3, int(time.time())), (4, b"python"),
            (5, one(fields, 7)), (7, 1), (8, 1), (9, roster),
            *[(10, encode([(1, origin.encode()), (2, size), (3, root),
                           (4, size)]))
              for origin, size, root in heads]], b""


class Liar:
    """Says in each Sync that it holds the ledgers it was told of, larger than
    they are, all of their items; then gives garbage, or nothing."""

    def __init__(self, garbage, roster):
        self.garbage, self.roster, self.heads = garbage, roster, {}
        self.lock, self.news = threading.Lock(), 0

    def tell(self, origin, size):
        with self.lock:
            self.heads[origin] = size
            self.news += 1

    def answer(self, _, kind, fields):
        if kind == SYNC:
            return self.sync(fields)
        if not self.garbage:
            return None
        if kind == GET_BLOCKS:
            return [(1, (1000).to_bytes(4, "little"))], os.urandom(1000)
        if kind == GET_RECORDS:
            return ([(1, one(fields, 1, b"")), (2, one(fields, 2)), (3, 1),
                     (4, 300), (5, os.urandom(64))], os.urandom(400))
        if kind == GET_NAMES:
            return ([(1, one(fields, 1, b"")), (2, one(fields, 2)), (3, 3)],
                    os.urandom(96))
        if kind == GET_NOTES:
            return [(1, (200).to_bytes(4, "little"))], os.urandom(200)
        return None

    def sync(self, fields):
        with self.lock:
            heads = [(origin, size, os.urandom(32))
                     for origin, size in self.heads.items()]
            return sync_reply(fields, self.roster, self.news + 1, heads)


class TwoFaced:
    """A node that keeps two histories of one ledger, both signed with its key
    and each well-formed: `faces` says who gets which, by label."""

    def __init__(self, chain, name, seed):
        self.identity, self.news = chain.identity, 1
        self.origin = f"{chain.cid}/{name}/{os.urandom(16).hex()}"
        seed = crypto.kdf(seed, 1)
        self.sign_key = Ed25519PrivateKey.from_private_bytes(seed)
        self.key = Key(self.origin, crypto.ed25519_public(seed))
        opening = (f"holdfast record 1 open\norigin {self.origin}\n"
                   f"time {int(time.time())}\nroster {chain.identity.hex()}\n"
                   "reason new\n").encode()
        self.histories = [[opening], [opening]]
        self.faces, self.blocks = {}, {}

    def deposit(self, history):
        """One more record in one of the two, of an item of one block."""
        payload, header = os.urandom(65552), os.urandom(1500)
        names = [leaf_hash(payload), leaf_hash(header)]
        self.blocks.update(zip(names, (payload, header)))
        self.histories[history].append(
            (f"holdfast record 1 deposit\norigin {self.origin}\n"
             f"time {int(time.time())}\nroster {self.identity.hex()}\n"
             f"header {names[1].hex()} {len(header)}\n"
             f"payload {names[0].hex()} {len(payload)}\n"
             f"commitment {os.urandom(32).hex()}\n").encode())
        self.news += 1
        return self.histories[history][-1]

    def checkpoint(self, leaves):
        root = root_of([leaf_hash(leaf) for leaf in leaves])
        text = (f"{self.origin}\n{len(leaves)}\n"
                f"{base64.b64encode(root).decode()}\n").encode()
        blob = base64.b64encode(self.key.id + self.sign_key.sign(text))
        return root, text + b"\n" + (f"\u2014 {self.origin} "
                                     f"{blob.decode()}\n").encode()

    def answer(self, label, kind, fields):
        history = self.faces.get(label)
        leaves = [] if history is None else self.histories[history]
        if kind == SYNC:
            heads = [(self.origin, len(leaves), self.checkpoint(leaves)[0])] \
                if leaves else []
            return sync_reply(fields, self.identity, self.news, heads)
        if kind == GET_RECORDS and leaves and \
                one(fields, 1) == self.origin.encode():
            start = one(fields, 2)
            note = self.checkpoint(leaves)[1]
            return ([(1, self.origin.encode()), (2, start),
                     (3, len(leaves) - start), (4, len(note))],
                    note + b"".join(struct.pack(">H", len(leaf)) + leaf
                                    for leaf in leaves[start:]))
        if kind == GET_NOTES:
            notes = [self.note(decode(ref), leaves)
                     for ref in fields.get(1, [])]
            return ([(1, b"".join(struct.pack("<I", len(note))
                                  for note in notes))], b"".join(notes))
        if kind == GET_BLOCKS:
            names = one(fields, 1, b"")
            found = [self.blocks.get(names[i:i + 32], b"")
                     for i in range(0, len(names), 32)]
            return ([(1, b"".join(struct.pack("<I", len(block))
                                  for block in found))], b"".join(found))
        return None

    def note(self, ref, leaves):
        """A signed text that is asked for: there is none but the head."""
        if leaves and one(ref, 1) == NOTE_CHECKPOINT and \
                one(ref, 2) == self.origin.encode():
            return self.checkpoint(leaves)[1]
        return b""
