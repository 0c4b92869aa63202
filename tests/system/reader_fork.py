# SPDX-License-Identifier: Apache-2.0
"""Fork proofs, as proto/README.md describes them: two histories of one ledger,
both signed by its owner, in a text that needs nothing else. Part of
tests/system/reader.py."""
from dataclasses import dataclass

from reader_text import (Lines, digest, need, origin, unbase64,
                         verify_consistency)

FORK_MAX, PATH_MAX = 65536, 63


@dataclass
class Fork:
    origin: str
    earlier: object  # checkpoints
    later: object
    root: bytes  # of the later one's tree, at the earlier one's size


def _signed(lines, keyword, name, open_note):
    """A checkpoint with the ledger's signature and no other."""
    data = unbase64(lines.value(keyword))
    checkpoint, signatures = open_note(data)
    need(checkpoint.origin == name, f"{keyword} of another ledger")
    need(signatures == 1, f"signature lines of {keyword}")
    return checkpoint


def open_fork(data, open_note):
    """Read and verify. open_note(bytes) verifies a checkpoint with the
    ledger's key alone and gives it and the number of its signature lines."""
    need(len(data) <= FORK_MAX, "fork proof too big")
    lines = Lines(data, "holdfast fork 1")
    name = origin(lines.value("origin"))
    earlier = _signed(lines, "earlier", name, open_note)
    later = _signed(lines, "later", name, open_note)
    root, path = digest(lines.value("root")), []
    while lines.next_is("path"):
        path.append(digest(lines.value("path")))
    lines.end()
    need(len(path) <= PATH_MAX, "path too long")
    need(1 <= earlier.size <= later.size, "sizes")
    need(root != earlier.root, "one history")
    verify_consistency(earlier.size, later.size, root, later.root, path)
    return Fork(name, earlier, later, root)
