# SPDX-License-Identifier: Apache-2.0
"""What a member's node answers that means harm (peer.Called)."""
import os
import threading
import time

from local import GET_BLOCKS, GET_NAMES, GET_NOTES, GET_RECORDS, encode, one
from peer import SYNC


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

    def answer(self, kind, fields, raw):
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
            news, heads = self.news, dict(self.heads)
        if one(fields, 6) and one(fields, 2) == news:
            time.sleep(1)
        return [(1, 77), (2, news + 1), (3, int(time.time())),
                (4, b"python"), (5, one(fields, 7)), (7, 1), (8, 1),
                (9, self.roster),
                *[(10, encode([(1, origin.encode()), (2, size),
                               (3, os.urandom(32)), (4, size)]))
                  for origin, size in heads.items()]], b""
