#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""An independent reader of what holdfast writes: receipts, records, ledgers,
checkpoints, fork proofs, statements, rosters and items. Written from
proto/README.md alone, with nothing but Python's standard library, so that it
shows whether that page suffices.

    reader.py receipt ROSTER-FILE RECEIPT-FILE
    reader.py ledger  ROSTER-FILE EXPORTED-LEDGER CHECKPOINT
    reader.py item    HEADER PAYLOAD IDENTITY-FILE RECORD OUTPUT
"""
import hashlib
import re
import sys
from dataclasses import dataclass, field

import reader_fork
from reader_item import (HEADER_MAX, PAYLOAD_MAX, open_item, possible_size)
from reader_roster import ledger_key, load_chain, witness_keys
from reader_text import (LABEL, Lines, Malformed, ascending, decimal, digest,
                         leaf_hash, need, origin, origin_cid, origin_node,
                         parse_note, root_of, unbase64, verify_inclusion,
                         verify_note)

LEAF_MAX, CARRIED_MAX = 8192, 16384

# ---- Records --------------------------------------------------------------


@dataclass
class Record:
    leaf: bytes
    kind: str = None  # None: not readable by this reader
    origin: str = ""
    time: int = None
    roster: bytes = None
    header: tuple = None  # id, size
    payload: tuple = None  # root, size
    commitment: bytes = None
    reason: str = None
    earlier: list = field(default_factory=list)  # origin, size, root
    carried_from: tuple = None  # origin, index
    carried: "Record" = None

    @property
    def deposit(self):
        """The deposit that it is or carries, or None."""
        if self.kind == "carried":
            return self.carried.deposit
        return self if self.kind == "deposit" else None


def deposit_lines(lines):
    header, header_size = lines.values("header", 2)
    payload, size = lines.values("payload", 2)
    commitment = digest(lines.value("commitment"))
    need(1 <= decimal(header_size) <= HEADER_MAX, "size of the header")
    need(possible_size(decimal(size)) and int(size) <= PAYLOAD_MAX,
         "size of the payload")
    return ((digest(header), int(header_size)), (digest(payload), int(size)),
            commitment)


def _open_lines(lines, record):
    record.reason = lines.value("reason")
    need(record.reason in ("new", "rescued", "rolled-back", "moved"),
         "reason")
    while lines.next_is("earlier"):
        name, size, root = lines.values("earlier", 3)
        need(origin(name) != record.origin and decimal(size) >= 1 and
             name.rsplit("/", 1)[0] == record.origin.rsplit("/", 1)[0],
             "earlier")
        record.earlier.append((name, int(size), digest(root)))
    ascending([name for name, _, _ in record.earlier], "earlier")
    need((record.reason == "new") == (not record.earlier), "reason")


def _carried_lines(lines, record):
    name, index = lines.values("from", 2)
    leaf = unbase64(lines.value("leaf"))
    need(origin(name) != record.origin and
         origin_cid(name) == origin_cid(record.origin), "from")
    record.carried_from = name, decimal(index)
    record.carried = parse_record(leaf)
    need(record.carried.origin == name, "leaf of another ledger")
    need(record.carried.kind in ("deposit", None), "nested or open")
    need(len(leaf) <= LEAF_MAX, "size of the leaf")


def parse_record(leaf):
    need(len(leaf) <= CARRIED_MAX, "size of the leaf")
    lines = Lines(leaf, r"holdfast record [1-9][0-9]{0,18} "
                        r"[a-z0-9][a-z0-9-]{0,31}")
    version, kind = lines.first.split(" ")[2:]
    record = Record(leaf, origin=origin(lines.value("origin")))
    if version != "1" or kind not in ("deposit", "open", "carried"):
        need(len(leaf) <= LEAF_MAX, "size of the leaf")
        return record
    record.kind = kind
    record.time = decimal(lines.value("time"))
    if kind != "carried":
        record.roster = digest(lines.value("roster"))
    if kind == "deposit":
        need(len(leaf) <= LEAF_MAX, "size of the leaf")
        record.header, record.payload, record.commitment = \
            deposit_lines(lines)
    elif kind == "open":
        _open_lines(lines, record)
    else:
        _carried_lines(lines, record)
    lines.end()
    return record


# ---- Ledgers and checkpoints ----------------------------------------------


def parse_ledger(leaves):
    """The records of a whole ledger, from leaf 0 on."""
    records = [parse_record(leaf) for leaf in leaves]
    need(records and records[0].kind == "open", "leaf 0 is no open record")
    for record in records[1:]:
        need(record.kind != "open", "open record inside")
        need(record.origin == records[0].origin, "leaf of another ledger")
    return records


def read_export(data):
    """The leaves of an exported ledger."""
    leaves, at = [], 0
    while at < len(data):
        size = int.from_bytes(data[at:at + 2], "big")
        need(at + 2 + size <= len(data), "exported ledger is cut off")
        leaves.append(data[at + 2:at + 2 + size])
        at += 2 + size
    return leaves


def ledger_root(leaves, size=None):
    return root_of([leaf_hash(leaf) for leaf in leaves[:size]])


@dataclass
class Checkpoint:
    origin: str
    size: int
    root: bytes
    cosigned: list = field(default_factory=list)  # key name, time


def parse_checkpoint(text):
    lines = text.decode("utf-8").split("\n")
    need(len(lines) == 4 and lines[3] == "", "lines of a checkpoint")
    size = decimal(lines[1])
    need(size >= 1, "size of a checkpoint")
    return Checkpoint(origin(lines[0]), size, unbase64(lines[2], 32))


def open_checkpoint(data, key_of, witnesses):
    """Verify and read. key_of(origin) gives the ledger's key."""
    note = parse_note(data)
    checkpoint = parse_checkpoint(note.text)
    key = key_of(checkpoint.origin)
    need(key.name == checkpoint.origin, "key of another ledger")
    found = verify_note(note, [key] + witnesses)
    need(key in found, "the ledger's signature is missing")
    checkpoint.cosigned = sorted((k.name, time) for k, time in found.items()
                                 if k != key)
    return checkpoint


def open_fork(data, key_of):
    """Verify and read a fork proof. key_of(origin) gives the ledger's key."""
    def open_note(note):
        checkpoint = open_checkpoint(note, key_of, [])
        return checkpoint, len(parse_note(note).lines)

    return reader_fork.open_fork(data, open_note)


def proven_time(roster, checkpoint):
    """The K-th earliest member's time, the owner's not counted; or None."""
    owner = roster.nodes[origin_node(checkpoint.origin)].member
    times = {}
    for name, time in checkpoint.cosigned:
        member = roster.nodes[name.split("/")[1]].member
        if member != owner:
            times[member] = min(time, times.get(member, time))
    ordered = sorted(times.values())
    if roster.cosigners == 0 or len(ordered) < roster.cosigners:
        return None
    return ordered[roster.cosigners - 1]


# ---- Receipts -------------------------------------------------------------


@dataclass
class Receipt:
    pending: bool
    header: tuple = None
    payload: tuple = None
    commitment: bytes = None
    roster: bytes = None
    record: Record = None
    index: int = None
    path: list = None
    note: bytes = None
    # After verify_receipt():
    checkpoint: Checkpoint = None
    proven: int = None


def _parse_proof(data, receipt):
    head, found, receipt.note = data.partition(b"\n\n")
    need(found, "proof without a checkpoint")
    lines = Lines(head + b"\n", r"c2sp\.org/tlog-proof@v1")
    if lines.next_is("extra"):
        unbase64(lines.value("extra"))
    receipt.index = decimal(lines.value("index"))
    need(len(lines.lines) <= 63, "path too long")
    receipt.path = [unbase64(line, 32) for line in lines.lines]
    parse_checkpoint(parse_note(receipt.note).text)


def _parse_one(data):
    if data.startswith(b"holdfast receipt 1\npending\n"):
        lines = Lines(data, "holdfast receipt 1")
        lines.lines.pop(0)
        receipt = Receipt(True, *deposit_lines(lines))
        lines.end()
        return receipt
    head, found, proof = data.partition(b"c2sp.org/tlog-proof@v1\n")
    need(found, "receipt without a proof")
    lines = Lines(head, "holdfast receipt 1")
    receipt = Receipt(False, roster=digest(lines.value("roster")))
    receipt.record = parse_record(unbase64(lines.value("record")))
    deposit = receipt.record.deposit
    need(deposit is not None, "the record is no deposit")
    receipt.header, receipt.payload = deposit.header, deposit.payload
    receipt.commitment = deposit.commitment
    lines.end()
    _parse_proof(found + proof, receipt)
    return receipt


def parse_receipts(data):
    need(data.startswith(b"holdfast receipt 1\n"), "no receipt")
    parts = re.split(rb"(?:^|(?<=\n))holdfast receipt 1\n", data)[1:]
    return [_parse_one(b"holdfast receipt 1\n" + part) for part in parts]


def verify_receipt(receipt, chain):
    """Malformed unless a registered receipt is genuine."""
    need(not receipt.pending, "not registered yet")
    roster = chain.rosters.get(receipt.roster)
    need(roster, "roster is not known")
    checkpoint = open_checkpoint(
        receipt.note, lambda name: ledger_key(chain, roster, name)[0],
        witness_keys(chain, roster))
    need(checkpoint.origin == receipt.record.origin, "another ledger")
    verify_inclusion(leaf_hash(receipt.record.leaf), receipt.index,
                     checkpoint.size, receipt.path, checkpoint.root)
    receipt.checkpoint = checkpoint
    receipt.proven = proven_time(roster, checkpoint)


# ---- For people -----------------------------------------------------------

CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CHECK = CROCKFORD + "*~$=U"


def item_id(root):
    number = int.from_bytes(root[:10], "big")
    text = "".join(CROCKFORD[number >> 5 * i & 31] for i in range(15, -1, -1))
    groups = [text[i:i + 4] for i in range(0, 16, 4)]
    return "-".join(["HF", *groups, CHECK[number % 37]])


def item_id_read(text):
    """The first 80 bits of the root, from a whole id as a person types it."""
    plain = text.upper().replace("-", "")
    plain = plain[2:] if plain.startswith("HF") else plain
    body = plain[:-1].translate(str.maketrans("ILO", "110"))
    need(len(plain) == 17 and all(c in CROCKFORD for c in body), "item id")
    number = 0
    for character in body:
        number = number << 5 | CROCKFORD.index(character)
    check = plain[-1].translate(str.maketrans("ILO", "110"))
    need(CHECK[number % 37] == check, "check character")
    return number.to_bytes(10, "big")


def roster_words(roster_hash, word_list):
    bits = hashlib.scrypt(roster_hash, salt=b"holdfast roster words 1",
                          n=1 << 16, r=8, p=1, maxmem=1 << 27, dklen=10)
    number = int.from_bytes(bits, "big")
    return " ".join(word_list[number >> 10 * i & 1023]
                    for i in range(7, -1, -1))


def clients(data):
    """{key: (label, right)} of a clients file."""
    found = {}
    for line in data.decode("utf-8").split("\n"):
        if not line or line.startswith("#"):
            continue
        match = re.fullmatch(rf"({LABEL}) (deposit|restore|admin) (\S+)",
                             line)
        need(match, "line of a clients file")
        key = unbase64(match[3], 32)
        need(key not in found, "key twice")
        found[key] = match[1], match[2]
    return found


# ---- Command line ---------------------------------------------------------


def read(path):
    with open(path, "rb") as file:
        return file.read()


def run(arguments):
    if arguments[:1] == ["receipt"] and len(arguments) == 3:
        chain = load_chain(read(arguments[1]))
        for receipt in parse_receipts(read(arguments[2])):
            verify_receipt(receipt, chain)
            print(item_id(receipt.payload[0]), "genuine, claimed",
                  receipt.record.deposit.time, "proven", receipt.proven)
    elif arguments[:1] == ["ledger"] and len(arguments) == 4:
        chain = load_chain(read(arguments[1]))
        leaves = read_export(read(arguments[2]))
        roster = chain.in_force()[0][-1]
        checkpoint = open_checkpoint(
            read(arguments[3]),
            lambda name: ledger_key(chain, roster, name)[0],
            witness_keys(chain, roster))
        records = parse_ledger(leaves)
        need(records[0].origin == checkpoint.origin, "another ledger")
        need(len(leaves) >= checkpoint.size and checkpoint.root ==
             ledger_root(leaves, checkpoint.size), "another root")
        print(checkpoint.origin, checkpoint.size, "leaves, as signed")
    elif arguments[:1] == ["item"] and len(arguments) == 6:
        identities = [line for line in read(arguments[3]).decode().split()
                      if line.startswith("AGE-SECRET-KEY-")]
        item = open_item(read(arguments[1]), read(arguments[2]), identities,
                         parse_record(read(arguments[4])).deposit)
        need(not item.failed, "failed: " + " ".join(sorted(item.failed)))
        with open(arguments[5], "wb") as file:
            file.write(item.data)
        print(item.metadata)
    else:
        raise SystemExit(__doc__)


if __name__ == "__main__":
    try:
        run(sys.argv[1:])
    except Malformed as error:
        raise SystemExit(f"not good: {error}") from None
