# SPDX-License-Identifier: Apache-2.0
"""Rosters and their chain, as proto/README.md describes them. Part of
tests/system/reader.py."""
import ipaddress
import re
from dataclasses import dataclass, field

from reader_crypto import bech32_decode, ed25519_valid, x25519_valid
from reader_text import (COSIGNATURE, ROSTER_NOTE_MAX, Key, Lines, Malformed,
                         ascending, decimal, digest, label, need, origin,
                         origin_cid, parse_note, sha256, unbase64,
                         verify_note)

FIRST = b"holdfast roster 1\n"


@dataclass
class Member:
    label: str
    governance: bytes
    seals: list = field(default_factory=list)
    recipients: dict = field(default_factory=dict)  # year: age1...
    quota: tuple = None


@dataclass
class Node:
    label: str
    member: str
    role: str
    country: str
    weight: int
    mode: str
    ledger: bytes
    witness: bytes
    session: bytes
    addresses: list


@dataclass
class Roster:
    text: bytes
    consortium: str = ""
    version: int = 0
    previous: list = field(default_factory=list)
    supersedes: bytes = None
    copies: int = 0
    jurisdictions: int = 0
    cosigners: int = 0
    members: dict = field(default_factory=dict)
    nodes: dict = field(default_factory=dict)
    closed: dict = field(default_factory=dict)

    @property
    def hash(self):
        return sha256(self.text)


def ed25519_key(text):
    key = unbase64(text, 32)
    need(ed25519_valid(key), "no good Ed25519 key")
    return key


def x25519_key(text):
    key = unbase64(text, 32)
    need(x25519_valid(key), "no good X25519 key")
    return key


def recipient(text):
    try:
        hrp, key = bech32_decode(text)
    except ValueError:
        raise Malformed(f"recipient {text!r}") from None
    need(hrp == "age" and len(key) == 32 and x25519_valid(key),
         f"recipient {text!r}")
    return key


def address(text):
    host, found, port = text.rpartition(":")
    need(found and 1 <= decimal(port) <= 65535, f"address {text!r}")
    if host.startswith("["):
        try:
            need(host.endswith("]"), f"address {text!r}")
            ipaddress.IPv6Address(host[1:-1])
        except ValueError:
            raise Malformed(f"address {text!r}") from None
    else:
        need(re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?", host),
             f"address {text!r}")
    return text


def _member(lines, roster, keys):
    name, key = lines.values("member", 2)
    need(label(name) not in roster.members, "member twice")
    member = Member(name, ed25519_key(key))
    keys.append(member.governance)
    roster.members[name] = member
    if lines.next_is("seal"):
        who, *member.seals = lines.values("seal", 2, 31)
        need(who == name, "seal of another member")
        ascending(member.seals, "seal")
    while lines.next_is("recipient"):
        who, year, text = lines.values("recipient", 3)
        need(who == name, "recipient of another member")
        need(re.fullmatch(r"[0-9]{4}", year), "year")
        need(year > max(member.recipients, default=""), "years not sorted")
        keys.append(recipient(text))
        member.recipients[year] = text
    if lines.next_is("quota"):
        who, size, records = lines.values("quota", 3)
        need(who == name, "quota of another member")
        member.quota = decimal(size), decimal(records)


def _node(lines, roster, keys):
    (name, member, role, country, weight, mode, ledger, witness, session,
     *addresses) = lines.values("node", 9, 17)
    need(label(name) not in roster.nodes, "node twice")
    need(member in roster.members, "node of a stranger")
    need(role in ("store", "observer", "leaving"), "role")
    need(re.fullmatch("[A-Z]{2}", country), "country")
    need(1 <= decimal(weight) <= 16, "weight")
    need(mode in ("listen", "dial"), "mode")
    node = Node(name, member, role, country, int(weight), mode,
                ed25519_key(ledger), ed25519_key(witness),
                x25519_key(session), [address(a) for a in addresses])
    keys += [node.ledger, node.witness, node.session]
    roster.nodes[name] = node


def _head(lines, roster):
    roster.consortium = label(lines.value("consortium"))
    roster.version = decimal(lines.value("version"))
    need(roster.version >= 1, "version")
    while lines.next_is("previous"):
        roster.previous.append(digest(lines.value("previous")))
    ascending(roster.previous, "previous")
    need(not roster.previous if roster.version == 1
         else 1 <= len(roster.previous) <= 2, "previous")
    if lines.next_is("supersedes"):
        need(roster.version > 1, "supersedes in version 1")
        roster.supersedes = digest(lines.value("supersedes"))
    roster.copies = decimal(lines.value("copies"))
    roster.jurisdictions = decimal(lines.value("jurisdictions"))
    need(lines.value("placement") == "rendezvous-1", "placement")
    roster.cosigners = decimal(lines.value("cosigners"))
    need(decimal(lines.value("wait")) >= 1, "wait")
    need(decimal(lines.value("proof-age")) >= 1, "proof-age")


def parse_roster(text):
    roster = Roster(text)
    lines = Lines(text, "holdfast roster 1")
    keys = []
    _head(lines, roster)
    while lines.next_is("member"):
        _member(lines, roster, keys)
    while lines.next_is("node"):
        _node(lines, roster, keys)
    while lines.next_is("closed"):
        name, size, root = lines.values("closed", 3)
        need(roster.version > 1 and name not in roster.closed and
             decimal(size) >= 1, "closed")
        roster.closed[origin(name)] = int(size), digest(root)
    lines.end()
    members = len(roster.members)
    ascending(list(roster.members), "members")
    ascending(list(roster.nodes), "nodes")
    ascending(list(roster.closed), "closed")
    need(1 <= members <= 30 and len(roster.nodes) <= 30, "how many")
    need(1 <= roster.jurisdictions <= roster.copies <= members, "rule")
    need(roster.cosigners < members, "cosigners")
    need(all(seal in roster.members for member in roster.members.values()
             for seal in member.seals), "seal to a stranger")
    need(len(set(keys)) == len(keys), "key twice")
    return roster


class Chain:
    """Rosters that are known and properly signed. Begins with version 1."""

    def __init__(self, note):
        note = parse_note(note, ROSTER_NOTE_MAX)
        first = parse_roster(note.text)
        need(first.version == 1, "version 1 is missing")
        self.identity = first.hash
        self.cid = f"{first.consortium}-{first.hash.hex()[:16]}"
        found = verify_note(note, self.governance(first))
        need(len(found) == len(first.members), "quorum")
        self.rosters = {first.hash: first}

    def governance(self, roster):
        return [Key(f"{self.cid}/{m.label}/governance", m.governance)
                for m in roster.members.values()]

    def add(self, note):
        note = parse_note(note, ROSTER_NOTE_MAX)
        roster = parse_roster(note.text)
        if roster.hash in self.rosters:
            return roster
        need(roster.version > 1 and all(
            p in self.rosters and
            self.rosters[p].version == roster.version - 1
            for p in roster.previous), "previous is not known")
        need(all(origin_cid(name) == self.cid for name in roster.closed),
             "closed of another consortium")
        judges = [self.governance(self.rosters[p]) for p in roster.previous]
        found = verify_note(note, list({k for keys in judges for k in keys}))
        need(all(2 * sum(k in found for k in keys) > len(keys)
                 for keys in judges), "quorum")
        self.rosters[roster.hash] = roster
        return roster

    def successors(self, roster):
        return [r for r in self.rosters.values()
                if roster.hash in r.previous]

    def _stands(self, roster, other):
        """Does `roster` stand although `other` may supersede it?"""
        return (other.supersedes != roster.hash or
                other.previous != roster.previous or
                any(other.hash not in r.previous
                    for r in self.successors(roster)))

    def in_force(self):
        """(rosters in force, oldest first; is the chain forked?)"""
        now = self.rosters[self.identity]
        force = [now]
        while True:
            next_ones = self.successors(now)
            left = [r for r in next_ones
                    if all(self._stands(r, o) for o in next_ones)]
            if not left:
                return force, False
            if len(left) == 1:
                now = left[0]
            else:
                hashes = {r.hash for r in left}
                healers = [r for r in self.rosters.values()
                           if set(r.previous) == hashes]
                if len(healers) != 1:
                    return force, True
                now = healers[0]
            force.append(now)


def split_roster_file(data):
    """The notes of a roster file."""
    need(data.startswith(FIRST), "no roster file")
    return [FIRST + part for part in
            re.split(rb"(?:^|(?<=\n))holdfast roster 1\n", data)[1:]]


def load_chain(data):
    notes = split_roster_file(data)
    chain = Chain(notes[0])
    for note in notes[1:]:
        chain.add(note)
    return chain


def ledger_key(chain, roster, name):
    """The key of checkpoints of this ledger, and its node."""
    need(origin_cid(name) == chain.cid, "origin of another consortium")
    node = roster.nodes.get(name.split("/")[1])
    need(node, "no such node on this roster")
    return Key(name, node.ledger), node


def witness_keys(chain, roster):
    return [Key(f"{chain.cid}/{n.label}/witness", n.witness, COSIGNATURE)
            for n in roster.nodes.values()]
