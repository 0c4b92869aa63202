# SPDX-License-Identifier: Apache-2.0
"""A member that reads nothing, sends nothing, or sends one byte a second holds
nothing of a node for longer than its bounds say, and the others go on as if it
was not there."""
import time

from local import GET_BLOCKS, GET_RECORDS, one
from peer import as_member

HANDSHAKE, PIPE_SILENT, BLOCK = 10, 90, 150  # seconds, of proto/README.md
LATE = 10


def test_a_member_in_python_is_served(slow_peers):
    """The key opens a session: Sync, records and blocks are answered. So what
    is seen below is no wrong handshake; and after all of it the same key is
    served as before."""
    viasna = slow_peers.viasna
    with as_member(slow_peers.one, "mole", viasna).handshake() as peer:
        fields, _ = peer.sync(clock=int(time.time()))
        assert one(fields, 5) == 1 and one(fields, 7) == 1
        fields, raw = peer.ask(GET_RECORDS, [
            (1, viasna.own_origin().encode()), (3, 1000)])
        assert one(fields, 3) >= 2
        fields, raw = peer.ask(GET_BLOCKS, [(1, slow_peers.block)])
        assert len(raw) == 1048832


def test_slow_silent_and_deaf(slow_peers):
    """Who makes no handshake goes after 10 s, who is silent or drips after 90,
    who reads no answer when that is given up, after 150; then nothing is left,
    and the memory never was over 256 MiB. Of a node that gives nothing of what
    it says it holds, the blocks are asked of others after as long."""
    slow_peers.wait_end()
    print(slow_peers.ended)
    for name, seconds in (("mute", HANDSHAKE), ("quiet", PIPE_SILENT),
                          ("drip", PIPE_SILENT), ("deaf 1", BLOCK),
                          ("deaf 2", BLOCK), ("deaf 3", BLOCK),
                          ("silent", BLOCK)):
        assert slow_peers.ended[name] < seconds + LATE, name
    assert slow_peers.viasna.memory_peak() < 256 << 20
