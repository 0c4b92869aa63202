# SPDX-License-Identifier: Apache-2.0
"""An honest node whose disk is put back to an older image while the only
witness of what it did since is away. What follows takes minutes, by the nodes'
own rules, and no work."""
from cluster import Cluster
from files import make_some

MEMBERS = ["alpin", "dignity", "redress", "viasna"]
ITEMS = {"before": 2, "lost": 3, "after": 2}


class PutBack:
    def __init__(self, folder, build):
        self.one = Cluster(folder, build, MEMBERS, copies=4,
                           seals={m: MEMBERS for m in MEMBERS})
        self.folder = folder
        self.old = None

    def __getitem__(self, member):
        return self.one[member]

    @property
    def nodes(self):
        return list(self.one.nodes.values())

    def source(self, name):
        return self.folder / name

    def receipts(self):
        return [file for name in ITEMS
                for file in (self.folder / f"receipts-{name}").iterdir()]

    def deposit(self, name):
        """So many items at viasna, all registered."""
        source = make_some(self.source(name), ITEMS[name], seed=len(name))
        summary = self["viasna"].deposit(
            source, receipts=self.folder / f"receipts-{name}"
        ).of_type("summary")[0]
        assert summary["registered"] == ITEMS[name]

    def set_up(self):
        self.one.set_up()
        return self

    def begin(self):
        """viasna deposits while it reaches alpin alone; then alpin is away, and
        viasna's disk is put back, mark and all, in its place. Nobody who is
        there can tell, so it goes on where that stood. Then alpin is back."""
        alpin, dignity, redress, viasna = self.nodes
        self.deposit("before")
        for node in self.nodes:
            node.wait_items(2)
        self.old = viasna.own_origin()
        viasna.stop()
        copy = viasna.keep_copy()
        viasna.start().wait_ready()
        for node in (alpin, viasna):
            node.host.cut(dignity.host.seen, redress.host.seen)
        self.deposit("lost")
        alpin.wait_items(5)
        alpin.stop()
        viasna.kill()
        viasna.put_back(copy, same_place=True)
        for node in self.nodes:
            node.host.heal()
        viasna.start().wait_ready()
        assert viasna.own_origin() == self.old
        self.deposit("after")
        for node in (dignity, redress):
            node.wait_items(4)
        alpin.start()

    def close(self):
        self.one.close()
