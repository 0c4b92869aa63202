# SPDX-License-Identifier: Apache-2.0
"""A consortium whose nodes are hosts of a network (network.py): they can be
hidden behind a router, slow, cut off, killed, paused and put back to an older
copy of their disk."""
import os
import shutil
import signal
import subprocess

from consortium import Consortium, Node
from network import PORT, Network


class NetNode(Node):
    """A node with a host of its own."""

    host = None  # set by the cluster
    dials_only = False
    copies = 0
    paused = False

    def listens(self):
        return None if self.dials_only else f"{self.host.address}:{PORT}"

    def address(self):
        return f"{self.host.address}:{PORT}"

    # -- what happens to it

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)
        self.paused = True

    def go_on(self):
        if self.process is not None and self.paused:
            self.process.send_signal(signal.SIGCONT)
        self.paused = False

    def keep_copy(self):
        """A copy of the whole data directory, mark and all, as a backup or a
        disk image has it. Not while it runs."""
        assert self.process is None
        self.copies += 1
        to = self.folder / f"copy{self.copies}"
        _copy(self.data, to)
        return to

    def drop_copies(self, copies, keep):
        """Of this list of copies only the newest ones stay."""
        while len(copies) > keep:
            shutil.rmtree(copies.pop(0))

    def put_back(self, copy, same_place=True):
        """The data directory is again what it was then. With `same_place` it is
        even the same mark file, as when the image of a whole disk is put back:
        nothing on this machine can tell."""
        assert self.process is None
        mark = self.data / "mark"
        if not same_place:
            shutil.rmtree(self.data)
            _copy(copy, self.data)
            return
        for path in self.data.iterdir():
            if path == mark:
                continue
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        subprocess.run(["cp", "-a", *(p for p in copy.iterdir()
                                      if p.name != "mark"), self.data],
                       check=True)
        with open(mark, "r+b") as file:
            file.truncate(0)
            file.write((copy / "mark").read_bytes())
            file.flush()
            os.fsync(file.fileno())


def _copy(source, to):
    subprocess.run(["cp", "-a", source, to], check=True)


class Cluster(Consortium):
    """Nodes on a network. `hidden`: members whose node is behind a router and
    only dials; `only_dial`: reachable hosts whose node does not listen."""

    node_class = NetNode

    def __init__(self, folder, build, members, hidden=(), **options):
        super().__init__(folder, build, members, **options)
        self.network = Network()
        for member in self.members:
            self.place(member, member in hidden)

    def place(self, member, hidden=False):
        """Give a member's node its host."""
        node = self.nodes[member]
        node.host = (self.network.hidden if hidden
                     else self.network.host)(member)
        node.dials_only = hidden
        node.wrapper = node.host.inside

    def close(self):
        super().close()
        self.network.close()

    def wait_all(self, condition, seconds, what):
        for node in self.nodes.values():
            node.wait(condition, seconds, what)

    def wait_same(self, items, seconds):
        """Until every node holds so many items whole."""
        self.wait_all(lambda s: s["held"] >= items and s["items"] >= items,
                      seconds, f"hold {items} items")
