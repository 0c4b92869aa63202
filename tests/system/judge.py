# SPDX-License-Identifier: Apache-2.0
"""What running nodes hold, read and judged by the independent reader alone:
rosters, ledgers, cosignatures, statements, fork proofs, receipts, copies."""
import pathlib

import reader
import reader_roster
import reader_statement
from consortium import Failed, wait_until
from local import Refused

NOTE_ROSTER, NOTE_CHECKPOINT, NOTE_COSIGNED, NOTE_STATEMENT, NOTE_FORK = \
    range(1, 6)


# ---- what a node holds ----------------------------------------------------


def note_of(node, kind, name, number=0):
    """A signed text; empty when it holds none."""
    with node.local() as local:
        return local.note(kind, name, number)


def chain_of(node, others=()):
    """Its rosters, and those out of force of these hashes."""
    chain = None
    asked = [("", version) for version in
             range(1, node.status()["roster"] + 1)]
    for name, number in asked + [(digest, 0) for digest in others]:
        note = note_of(node, NOTE_ROSTER, name, number)
        if chain is None:
            chain = reader_roster.Chain(note)
        else:
            chain.add(note)
    return chain


def key_of(chain):
    """What gives the key of a ledger: of its node in the newest roster that
    names it."""
    def find(origin):
        for roster in reversed(chain.in_force()[0]):
            if origin.split("/")[1] in roster.nodes:
                return reader_roster.ledger_key(chain, roster, origin)[0]
        raise Failed(f"no roster has the node of {origin}")
    return find


def checkpoint_of(node, chain, origin):
    """The newest one that it holds, with whoever cosigned it."""
    witnesses = reader_roster.witness_keys(chain, chain.in_force()[0][-1])
    return reader.open_checkpoint(note_of(node, NOTE_CHECKPOINT, origin),
                                  key_of(chain), witnesses)


def ledgers_of(node):
    """{origin: its leaves}, each against the checkpoint that it has."""
    chain, found = chain_of(node), {}
    for origin, ledger in node.status()["ledgers"].items():
        if ledger["size"] == 0:
            continue
        checkpoint = checkpoint_of(node, chain, origin)
        with node.local() as local:
            leaves = local.leaves(origin, checkpoint.size)
        reader.parse_ledger(leaves)
        assert checkpoint.root == reader.ledger_root(leaves), origin
        found[origin] = leaves
    return found


def statement_of(node, chain, label):
    """The newest statement that a node holds of another; None: none."""
    note = note_of(node, NOTE_STATEMENT, label)
    return reader_statement.open_statement(
        note, chain, chain.in_force()[0][-1]) if note else None


def deposits_of(view):
    """(origin, index, deposit) of every item of some ledgers."""
    return [(origin, index, record.deposit)
            for origin, leaves in view.items()
            for index, record in enumerate(map(reader.parse_record, leaves))
            if record.deposit is not None]


def payloads_of(view):
    """What was deposited, whatever ledger it stands in."""
    return {deposit.payload[0] for _, _, deposit in deposits_of(view)}


def unclaimed(statement, view, roster):
    """Items of these ledgers that a statement does not claim: (origin,
    index)."""
    found = []
    for origin, index, deposit in deposits_of(view):
        held = statement.holds.get(origin)
        placed = statement.node in reader_statement.placement(
            roster.nodes.values(), roster.copies, roster.jurisdictions,
            deposit.payload[0])
        if held is None or not held.claims(index, placed):
            found.append((origin, index))
    return found


# ---- a cluster at rest ----------------------------------------------------


def at_rest(nodes):
    """Have all of them the same ledgers, as long as each other's, every item
    whole and nothing in hand? Of a forked ledger each has what it had, and the
    proof. A sentence when not."""
    views = [node.status() for node in nodes]
    origins = set().union(*(view["ledgers"] for view in views))
    parted = False
    for origin in sorted(origins):
        sizes = [view["ledgers"].get(origin, {}).get("size") for view in views]
        if len(set(sizes)) > 1 and not all(note_of(node, NOTE_FORK, origin)
                                           for node in nodes):
            return f"{origin}: sizes {sizes}"
        parted = parted or len(set(sizes)) > 1
    for view in views:
        if view["held"] != view["items"] or view["pending"]:
            return (f"{view['node']}: {view['held']} of {view['items']} items, "
                    f"{view['pending']} pending")
    counts = [view["items"] for view in views]
    if parted:
        # Of a forked ledger each counts what it has; the rest is carried.
        roots = [payloads_of(ledgers_of(node)) for node in nodes]
        counts = [len(one) for one in roots]
        if any(one != roots[0] for one in roots):
            return f"items {counts}, not the same"
    return f"items {counts}" if len(set(counts)) > 1 else None


def wait_rest(nodes, seconds):
    """Until they are at rest."""
    found = ["nobody answers"]

    def look():
        try:
            found[0] = at_rest(nodes)
        except (OSError, Refused) as error:
            found[0] = str(error)
        return found[0] is None

    wait_until(look, seconds, lambda: "come to rest: " + found[0])


class Verdict:
    """What the reader found; every check is an assertion."""

    def __init__(self, nodes):
        self.nodes = nodes
        self.chain = chain_of(nodes[0])
        self.roster = self.chain.in_force()[0][-1]
        self.views = {node.name: ledgers_of(node) for node in nodes}
        self.first = self.views[nodes[0].name]
        self.forked = self._ledgers()
        self.carried = {name: _carried(view)
                        for name, view in self.views.items()}

    def _ledgers(self):
        """All have the same ledgers. The forked ones; their proofs convict."""
        forked = set()
        for node in self.nodes:
            view = self.views[node.name]
            assert set(view) == set(self.first), node.name
            for origin, leaves in view.items():
                proof = note_of(node, NOTE_FORK, origin)
                if proof:
                    assert reader.open_fork(
                        proof, key_of(self.chain)).origin == origin
                    forked.add(origin)
                else:
                    assert leaves == self.first[origin], (node.name, origin)
        return forked

    def has(self, name, receipt):
        """Has this node the leaf of a receipt, in its ledger or carried?"""
        record = receipt.record
        leaves = self.views[name].get(record.origin, [])
        return (receipt.index < len(leaves) and
                leaves[receipt.index] == record.leaf or
                record.leaf in self.carried[name])

    def receipts(self, paths):
        """Every receipt of these files is genuine and in everybody's hands;
        how many."""
        count = 0
        for path in paths:
            for receipt in reader.parse_receipts(
                    pathlib.Path(path).read_bytes()):
                assert not receipt.pending, path
                reader.verify_receipt(receipt, self.chain)
                for name in self.views:
                    assert self.has(name, receipt), (name, path)
                count += 1
        return count

    def all_held(self):
        """Every node has the record of every item, and says that it holds all
        that it has a record of; how many."""
        wanted = set().union(*map(payloads_of, self.views.values()))
        for node in self.nodes:
            status = node.status()
            assert status["items"] == status["held"], node.name
            assert payloads_of(self.views[node.name]) == wanted, node.name
        return len(wanted)

    def wait_stated(self, seconds):
        """Until every node has of every node a signed statement that claims
        every item. (There is one a minute at most.)"""
        left = ["nothing was looked at"]

        def look():
            for node in self.nodes:
                for label in self.roster.nodes:
                    statement = statement_of(node, self.chain, label)
                    if statement is None or unclaimed(statement, self.first,
                                                      self.roster):
                        left[0] = f"{node.name} of {label}: {statement}"
                        return False
            return True

        wait_until(look, seconds, lambda: f"be stated: {left[0]}")


def _carried(view):
    return {record.carried.leaf for leaves in view.values()
            for record in map(reader.parse_record, leaves)
            if record.kind == "carried"}
