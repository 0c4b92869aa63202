# SPDX-License-Identifier: Apache-2.0
"""Three real nodes, and a member that shows two histories of its ledger. What
follows takes minutes, by the nodes' own rules, and no work."""
import reader
import reader_item
import reader_roster
from consortium import Consortium
from judge import chain_of, checkpoint_of
from liar import TwoFaced
from peer import Called

REAL = ["dignity", "redress", "viasna"]


def leaves_of(node, origin):
    """Of a ledger, as many as this node has a signature for."""
    if origin not in node.status()["ledgers"]:
        return []
    size = checkpoint_of(node, chain_of(node), origin).size
    with node.local() as local:
        return local.leaves(origin, size)


class Fork:
    def __init__(self, folder, build):
        self.one = Consortium(folder, build, sorted([*REAL, "mole"]), copies=4,
                              seals={m: [m] for m in REAL})
        self.folder, self.called = folder, None

    def __getitem__(self, member):
        return self.one[member]

    def set_up(self):
        """All are up, and mole's node, which is called, shows nothing yet."""
        self.one.set_up(start=False)
        self.chain = reader_roster.load_chain(self.one.roster.read_bytes())
        _, seed = reader_item.key_file(self.one["mole"].key.read_bytes())
        self.mole = TwoFaced(self.chain, "mole-1", seed)
        self.called = Called(self.one, "mole", self.mole.answer)
        for member in REAL:
            self[member].start()
        for member in REAL:
            self[member].wait_ready()
        return self

    def begin(self):
        """redress alone is shown one history, then dignity alone the other;
        each has the item of it whole. Then all are there."""
        dignity, redress, viasna = (self[m] for m in REAL)
        for node in (dignity, viasna):
            node.stop()
        self.ours, self.theirs = self.mole.deposit(0), self.mole.deposit(1)
        self.mole.faces = {"redress-1": 1}
        redress.wait_items(1, 60)
        redress.stop()
        dignity.start()
        self.mole.faces = {"dignity-1": 0}
        dignity.wait_items(1, 60)
        for node in (redress, viasna):
            node.start()

    def carried(self):
        """What the three carry in their own ledgers."""
        found = []
        for member in REAL:
            for leaf in leaves_of(self[member], self[member].own_origin()):
                record = reader.parse_record(leaf)
                if record.kind == "carried":
                    found.append(record.carried.leaf)
        return found

    def close(self):
        if self.called is not None:
            self.called.close()
        self.one.close()
