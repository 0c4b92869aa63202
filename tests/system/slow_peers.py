# SPDX-License-Identifier: Apache-2.0
"""Members whose machine says nothing, reads nothing, or sends a byte a second,
with their real keys, at three real nodes. What they do takes minutes and no
work: a thread does it, and counts what is left of them, while other tests
run."""
import struct
import threading
import time

import reader
import reader_roster
from consortium import Consortium, wait_until
from files import make_large, make_some
from liar import Liar
from local import GET_BLOCKS, GET_NAMES, Refused
from peer import Called, as_member

REAL, FAKE = ["dignity", "redress", "viasna"], ["alpin", "mole"]
ITEMS = 12
GIVE_UP = 240  # seconds until we stop looking


def held_by(node, peers):
    """Names of those whose connection the node's process still has. (What the
    kernel has yet to send for a socket that was closed has no inode.)"""
    ours = {peer.port: name for name, peer in peers.items()}
    found = set()
    with open(f"/proc/{node.pid}/net/tcp") as table:
        for row in list(table)[1:]:
            columns = row.split()
            local, remote = (int(columns[n].split(":")[1], 16) for n in (1, 2))
            if local == node.listen and columns[9] != "0" and remote in ours:
                found.add(ours[remote])
    return found


def large_block(node):
    """The name of a whole block that a node registered."""
    origin = node.own_origin()
    with node.local() as local:
        for leaf in local.leaves(origin, node.status()["ledgers"][origin][
                "size"]):
            deposit = reader.parse_record(leaf).deposit
            if deposit is not None and deposit.payload[1] > 2 << 20:
                return local.ask(GET_NAMES, [(1, deposit.payload[0])])[1][:32]
    raise AssertionError("no large item")


def ask_and_not_read(peer, name):
    """Requests for a block, as long as the node takes them."""
    peer.stream.settimeout(1)
    asked = 0
    try:
        while asked < 2000:
            peer.send_frame(peer.sealed(GET_BLOCKS, [(1, name)]))
            asked += 1
    except OSError:
        pass
    return asked


class SlowPeers:
    """Two members of five. One connection says nothing at all (mute), one
    nothing after its first Sync (quiet), one sends its next request a byte a
    second (drip), three ask for blocks and read nothing (deaf): more than the
    node has answers in hand for. And a node of theirs is called that says it
    holds everything, and gives nothing (silent): redress, which was away, asks
    it as well as the others."""

    def __init__(self, folder, build):
        self.one = Consortium(folder, build, sorted(REAL + FAKE), copies=5,
                              seals={m: [m] for m in REAL})
        self.folder, self.peers = folder, {}
        self.ended = {}  # name: seconds after which the node let go of it
        self.stop, self.thread, self.called = threading.Event(), None, None

    def set_up(self):
        """The three real nodes, and a large item on all of them."""
        self.one.set_up(start=False)
        self.liar = Liar(False, reader_roster.load_chain(
            self.one.roster.read_bytes()).identity)
        self.called = Called(self.one, "alpin", self.liar.answer)
        for member in REAL:
            self.one[member].start()
        for member in REAL:
            self.one[member].wait_ready()
            self.one[member].wait_vouched()
        self.viasna, self.redress = self.one["viasna"], self.one["redress"]
        self.viasna.deposit(make_large(self.folder / "src/large", 3 << 20))
        for member in REAL:
            self.one[member].wait_items(1)
        self.block = large_block(self.viasna)
        return self

    def begin(self):
        """All of them at once; the others' deposits are copied as ever."""
        self.began = time.monotonic()
        for name, member in (("mute", "mole"), ("quiet", "mole"),
                             ("drip", "mole"), ("deaf 1", "mole"),
                             ("deaf 2", "alpin"), ("deaf 3", "alpin")):
            peer = as_member(self.one, member, self.viasna)
            self.peers[name] = peer
            if name != "mute":
                peer.handshake().sync()
        for name, peer in self.peers.items():
            if name.startswith("deaf"):
                assert ask_and_not_read(peer, self.block) > 20
        self.peers["drip"].stream.sendall(struct.pack(">Q", 1 << 20))
        self.redress.stop()
        self.one["dignity"].deposit(make_some(self.folder / "while", 10,
                                              seed=2))
        self.viasna.deposit(make_large(self.folder / "while/large", 5 << 20))
        self.liar.tell(self.viasna.own_origin(), 3)
        for member in ("dignity", "viasna"):
            self.one[member].wait_items(ITEMS, 20)
        self.redress.start()
        self.thread = threading.Thread(target=self._look)
        self.thread.start()

    def _drip(self):
        try:
            self.peers["drip"].stream.sendall(b"x")
        except OSError:
            pass

    def _look(self):
        """A byte of the drip and a look at what is left, each second."""
        while not self.stop.wait(1):
            self._drip()
            seconds = time.monotonic() - self.began
            held = held_by(self.viasna, self.peers)
            for name in set(self.peers) - held:
                self.ended.setdefault(name, seconds)
            if "silent" not in self.ended and self._is_full():
                self.ended["silent"] = seconds
            if len(self.ended) > len(self.peers) or seconds > GIVE_UP:
                return

    def _is_full(self):
        """Has redress everything, in spite of the silent one?"""
        try:
            return self.redress.status()["held"] == ITEMS
        except (OSError, Refused):
            return False

    def wait_end(self):
        wait_until(lambda: not self.thread.is_alive(), GIVE_UP + 10,
                   "the look at slow peers to end")

    def close(self):
        self.stop.set()
        if self.thread is not None:
            self.thread.join(10)
        for peer in self.peers.values():
            peer.stream.close()
        if self.called is not None:
            self.called.close()
        self.one.close()
