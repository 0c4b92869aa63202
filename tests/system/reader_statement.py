# SPDX-License-Identifier: Apache-2.0
"""Statements, as proto/README.md describes them, and the placement that one
with "placed" in it refers to. Part of tests/system/reader.py."""
import re
from dataclasses import dataclass, field

from reader_roster import address
from reader_text import (Key, Lines, ascending, decimal, digest, label, need,
                         origin, origin_cid, origin_node, parse_note, sha256,
                         verify_note)

STATEMENT_MAX, ADDRESSES_MAX = 32768, 8


@dataclass
class Holding:
    """What is claimed of one ledger."""
    origin: str
    size: int
    root: bytes
    word: str  # all, placed, none
    excepted: list = field(default_factory=list)  # (first, last)
    plus: list = field(default_factory=list)

    def claims(self, index, placed=False):
        """Is the item at this index claimed? `placed`: it has its place at
        this node."""
        if index >= self.size:
            return False
        if _in_runs(self.plus, index):
            return True
        usual = self.word == "all" or (self.word == "placed" and placed)
        return usual and not _in_runs(self.excepted, index)


@dataclass
class Check:
    node: str
    asked: int
    good: int
    bad: int
    time: int  # None: no good answer


@dataclass
class Statement:
    text: bytes
    node: str = ""
    ledger: str = ""
    number: int = 0
    time: int = 0
    roster: bytes = None
    reads: int = 0
    addresses: list = field(default_factory=list)
    free: int = 0
    scrubbed: int = None
    holds: dict = field(default_factory=dict)  # origin: Holding
    checked: list = field(default_factory=list)


def parse_runs(text, size):
    """[(first, last)] of a-b,c,... below size."""
    found, next_one = [], 0
    for part in text.split(","):
        match = re.fullmatch(r"([0-9]+)(?:-([0-9]+))?", part)
        need(match, f"runs {text!r}")
        first = decimal(match[1])
        last = first if match[2] is None else decimal(match[2])
        need(first >= next_one and (match[2] is None or last > first),
             f"runs {text!r} do not ascend")
        found.append((first, last))
        next_one = last + 2  # the next one does not touch
    need(found[-1][1] < size, "run past the size")
    return found


def _in_runs(runs, index):
    return any(first <= index <= last for first, last in runs)


def _holds(lines, statement):
    name, size, root, word = lines.values("holds", 4)
    need(origin_cid(origin(name)) == origin_cid(statement.ledger),
         "holds of another consortium")
    one = Holding(name, decimal(size), digest(root), word)
    need(one.size >= 1 and word in ("all", "placed", "none") and
         name not in statement.holds, "holds")
    if lines.next_is("except"):
        need(word != "none", "except of nothing")
        one.excepted = parse_runs(lines.value("except"), one.size)
    if lines.next_is("plus"):
        need(word != "all", "more than all")
        one.plus = parse_runs(lines.value("plus"), one.size)
    statement.holds[name] = one


def _checked(lines, statement):
    node, asked, good, bad, time = lines.values("checked", 5)
    one = Check(label(node), decimal(asked), decimal(good), decimal(bad),
                None if time == "-" else decimal(time))
    need(one.node != statement.node, "checked itself")
    need(one.good + one.bad <= one.asked, "more answers than questions")
    need((one.time is None) == (one.good == 0), "time of no good answer")
    statement.checked.append(one)


def parse_statement(text):
    statement = Statement(text)
    lines = Lines(text, "holdfast statement 1")
    statement.node = label(lines.value("node"))
    statement.ledger = origin(lines.value("ledger"))
    need(origin_node(statement.ledger) == statement.node,
         "ledger of another node")
    statement.number = decimal(lines.value("number"))
    statement.time = decimal(lines.value("time"))
    statement.roster = digest(lines.value("roster"))
    statement.reads = decimal(lines.value("reads"))
    need(statement.reads >= 1, "reads")
    while lines.next_is("address"):
        statement.addresses.append(address(lines.value("address")))
    need(len(statement.addresses) <= ADDRESSES_MAX, "addresses")
    statement.free = decimal(lines.value("free"))
    scrubbed = lines.value("scrubbed")
    statement.scrubbed = None if scrubbed == "-" else decimal(scrubbed)
    while lines.next_is("holds"):
        _holds(lines, statement)
    ascending(list(statement.holds), "holds")
    while lines.next_is("checked"):
        _checked(lines, statement)
    ascending([c.node for c in statement.checked], "checked")
    lines.end()
    return statement


def open_statement(data, chain, roster):
    """Verify with the node's key on this roster, and read."""
    note = parse_note(data, STATEMENT_MAX)
    statement = parse_statement(note.text)
    need(origin_cid(statement.ledger) == chain.cid, "another consortium")
    node = roster.nodes.get(statement.node)
    need(node, "no such node on this roster")
    key = Key(f"{chain.cid}/{node.label}/node", node.ledger)
    need(key in verify_note(note, [key]), "not signed by its node")
    return statement


# ---- Placement rendezvous-1 -----------------------------------------------


def score(node, weight, root):
    """The greatest of its tickets."""
    head = b"holdfast placement 1\n" + node.encode() + b"\0"
    return max(int.from_bytes(sha256(head + bytes([ticket]) + root)[:8], "big")
               for ticket in range(weight))


def _order(nodes, root):
    """The best node of each member, best first."""
    ranked = sorted((n for n in nodes if n.role == "store"),
                    key=lambda n: (-score(n.label, n.weight, root), n.label))
    best = {}
    for node in ranked:
        best.setdefault(node.member, node)
    return list(best.values())


def _exchange(chosen, order):
    """A listening node for the last one, if none was chosen."""
    if not chosen or any(n.mode == "listen" for n in chosen):
        return chosen
    countries = len({n.country for n in chosen})
    for node in order:
        new = chosen[:-1] + [node]
        if node.mode == "listen" and len({n.country for n in new}) >= \
                countries:
            return new
    return chosen


def placement(nodes, copies, jurisdictions, root):
    """Labels of the nodes where this item has its place."""
    order = _order(nodes, root)
    stores = [n for n in nodes if n.role == "store"]
    if copies >= len(order):
        return sorted(n.label for n in stores)
    chosen, countries = [], set()
    for node in order:
        if len(countries) < jurisdictions and len(chosen) < copies and \
                node.country not in countries:
            chosen.append(node)
            countries.add(node.country)
    for node in order:
        if len(chosen) < copies and node not in chosen:
            chosen.append(node)
    return [n.label for n in _exchange(chosen, order)]
