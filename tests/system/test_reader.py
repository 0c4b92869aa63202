# SPDX-License-Identifier: Apache-2.0
"""The independent reader, on examples of proto/README.md and on the vectors of
holdfast's own formats ($HF_VECTORS, else ../shared/vectors beside the source
tree; skipped without them)."""
import base64
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

import pytest
import reader
import reader_crypto as crypto
import reader_fork
import reader_item
import reader_roster
import reader_statement
import reader_text
from reader_text import Malformed

ROOT = pathlib.Path(__file__).resolve().parents[2]
VECTORS = pathlib.Path(os.environ.get("HF_VECTORS",
                                      ROOT.parent / "shared/vectors"))


def load(name):
    path = VECTORS / "holdfast" / name
    if not path.exists():
        pytest.skip(f"no vectors in {VECTORS}")
    return json.loads(path.read_text())


def cases(name, key):
    """Parameters for a test, one a case; one skipped without vectors."""
    path = VECTORS / "holdfast" / name
    if not path.exists():
        return [pytest.param(None, None, marks=pytest.mark.skip(
            reason=f"no vectors in {VECTORS}"))]
    world = json.loads(path.read_text())
    return [pytest.param(world, case, id=str(case.get("name")))
            for case in world[key]]


def prg(name, size):
    return b"".join(
        hashlib.sha256(name.encode() + b"\0" + i.to_bytes(8, "big")).digest()
        for i in range(size // 32 + 1))[:size]


def chain_of(notes):
    chain = reader_roster.Chain(notes[0].encode())
    for note in notes[1:]:
        chain.add(note.encode())
    return chain


def refused(function, *arguments):
    with pytest.raises((Malformed, ValueError)):
        function(*arguments)


# ---- What proto/README.md shows -------------------------------------------


def test_examples_of_the_page():
    """The numbers printed in proto/README.md are true."""
    page = (ROOT / "proto/README.md").read_text()
    leaves = [reader_text.leaf_hash(c) for c in (b"a", b"b", b"c")]
    both = reader_text.node_hash(*leaves[:2])
    root = reader_text.root_of(leaves)
    for value in leaves + [both, root]:
        assert value.hex() in page
    reader_text.verify_inclusion(leaves[0], 0, 3, leaves[1:], root)
    reader_text.verify_inclusion(leaves[2], 2, 3, [both], root)
    reader_text.verify_consistency(2, 3, both, root, [leaves[2]])
    assert reader_item.padme(100000) == 100352 and "100,352" in page
    prefix = bytes.fromhex("979bb4bd4f896f911ca7")
    assert reader.item_id(prefix) == "HF-JYDV-9FAF-H5QS-2757-B"
    assert "HF-JYDV-9FAF-H5QS-2757-B" in page


def test_cryptography():
    """RFC 8439 2.4.2 and 2.8.2 keystream, RFC 7748 5.2, RFC 8032 7.1."""
    key = bytes(range(32))
    stream = crypto.chacha20(key, bytes.fromhex("000000090000004a00000000"),
                             64, 1)
    assert stream[:8].hex() == "10f1e7e4d13b5915"
    scalar = bytes.fromhex("a546e36bf0527c9d3b16154b82465edd"
                           "62144c0ac1fc5a18506a2244ba449ac4")
    point = bytes.fromhex("e6db6867583030db3594c1a424b15f7c"
                          "726624ec26b3353b10a903a6d0ab1c4c")
    assert crypto.x25519(scalar, point).hex() == (
        "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552")
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc4"
                         "4449c5697b326919703bac031cae7f60")
    public = crypto.ed25519_public(seed)
    assert public.hex() == (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    signature = bytes.fromhex(
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b")
    assert crypto.ed25519_verify(public, b"", signature)
    assert not crypto.ed25519_verify(public, b"x", signature)
    assert not crypto.ed25519_valid(bytes(32))


def test_consistency_paths():
    """A path joins exactly the two trees it was made for."""
    leaves = [reader_text.leaf_hash(bytes([i])) for i in range(20)]

    def proof(old, new, known=True):
        if old == len(new):
            return [] if known else [reader_text.root_of(new)]
        split = 1 << (len(new) - 1).bit_length() - 1
        if old <= split:
            return (proof(old, new[:split], known)
                    + [reader_text.root_of(new[split:])])
        return (proof(old - split, new[split:], False)
                + [reader_text.root_of(new[:split])])

    for new in range(1, 21):
        for old in range(1, new + 1):
            path = proof(old, leaves[:new])
            roots = [reader_text.root_of(leaves[:n]) for n in (old, new)]
            reader_text.verify_consistency(old, new, *roots, path)
            refused(reader_text.verify_consistency, old, new, roots[0],
                    bytes(32), path)
            refused(reader_text.verify_consistency, old, new, *roots,
                    path + [bytes(32)])


# ---- Vectors --------------------------------------------------------------


@pytest.mark.parametrize("world, case", cases("text.json", "cases"))
def test_free_text(world, case):
    """Bytes have one free text."""
    if case["expect"] == "ok":
        raw = bytes.fromhex(case["raw"])
        assert reader_text.free_text_write(raw) == case["text"]
        assert reader_text.free_text(case["text"]) == raw
    else:
        refused(reader_text.free_text, case["text"])


@pytest.mark.parametrize("world, case", cases("keys.json", "files"))
def test_key_files(world, case):
    """A key file holds one key."""
    data = case["file"].encode()
    if case["expect"] == "ok":
        assert reader_item.key_file(data)[1].hex() == case["seed"]
    else:
        refused(reader_item.key_file, data)


@pytest.mark.parametrize("world, case", cases("keys.json", "derived"))
def test_derived_keys(world, case):
    """What follows from a seed."""
    seed = bytes.fromhex(case["seed"])
    assert reader_item.key_file(case["line"].encode()) == (case["kind"], seed)
    if "ledger" in case:
        for number, name in ((1, "ledger"), (2, "witness")):
            public = crypto.ed25519_public(crypto.kdf(seed, number))
            assert base64.b64encode(public).decode() == case[name]
        public = crypto.x25519_public(crypto.kdf(seed, 3))
        assert base64.b64encode(public).decode() == case["session"]
    if "public" in case:
        public = crypto.ed25519_public(seed)
        assert base64.b64encode(public).decode() == case["public"]


@pytest.mark.parametrize("world, case", cases("keys.json", "vkeys"))
def test_verifier_keys(world, case):
    """The text of a public key, read and written."""
    assert reader_text.parse_vkey(case["vkey"]).vkey() == case["vkey"]


def leaf_of(case):
    if "leaf_base64" in case:
        return base64.b64decode(case["leaf_base64"])
    return case["leaf"].encode()


@pytest.mark.parametrize("world, case", cases("records.json", "records"))
def test_records(world, case):
    """Leaves: read, refused, or kept without being read."""
    if case["expect"] == "bad":
        refused(reader.parse_record, leaf_of(case))
        return
    record = reader.parse_record(leaf_of(case))
    assert record.kind == case["kind"] and record.origin == case["origin"]
    assert (record.kind is None) == (case["expect"] == "unreadable")
    assert reader_text.leaf_hash(record.leaf).hex() == case["leaf_hash"]


@pytest.mark.parametrize("world, case", cases("ledgers.json", "ledgers"))
def test_ledgers(world, case):
    """A whole ledger, its roots, and paths in it."""
    leaves = [leaf.encode() for leaf in case["leaves"]]
    if case["expect"] == "bad":
        refused(reader.parse_ledger, leaves)
        return
    export = b"".join(len(x).to_bytes(2, "big") + x for x in leaves)
    leaves = reader.read_export(export)
    refused(reader.read_export, export[:-1])
    assert reader.parse_ledger(leaves)[0].origin == case["origin"]
    roots = [reader.ledger_root(leaves, n + 1) for n in range(len(leaves))]
    assert [root.hex() for root in roots] == case["roots"]
    hashes = [reader_text.leaf_hash(leaf) for leaf in leaves]
    for proof in case["inclusion"]:
        reader_text.verify_inclusion(
            hashes[proof["index"]], proof["index"], proof["size"],
            [bytes.fromhex(h) for h in proof["path"]],
            roots[proof["size"] - 1])
    for proof in case["consistency"]:
        reader_text.verify_consistency(
            proof["from"], proof["to"], roots[proof["from"] - 1],
            roots[proof["to"] - 1],
            [bytes.fromhex(h) for h in proof["path"]])


@pytest.mark.parametrize("world, case", cases("ledgers.json", "checkpoints"))
def test_checkpoints(world, case):
    """Who signed a checkpoint, and since when it is proven."""
    public = base64.b64decode(case.get("ledger_key", world["ledger_key"]))
    witnesses = [reader_text.parse_vkey(v) for v in world["witness_vkeys"]]
    chain = chain_of(world["roster_notes"])
    roster = next(r for r in chain.rosters.values()
                  if r.version == case["roster_version"])

    def look():
        return reader.open_checkpoint(
            case["note"].encode(),
            lambda name: reader_text.Key(name, public), witnesses)

    if case["expect"] == "bad":
        refused(look)
        return
    checkpoint = look()
    assert checkpoint.origin == case["origin"]
    assert checkpoint.size == case["size"]
    assert checkpoint.root.hex() == case["root"]
    assert [list(c) for c in checkpoint.cosigned] == case["cosigned"]
    assert reader.proven_time(roster, checkpoint) == case["proven"]


@pytest.mark.parametrize("world, case", cases("rosters.json", "rosters"))
def test_rosters(world, case):
    """A roster after others: taken or refused."""
    notes = world["roster_notes"][:case["prefix"]] + [case["note"]]
    if case["expect"] == "bad":
        refused(chain_of, notes)
        return
    chain = chain_of(notes)
    force, forked = chain.in_force()
    assert not forked and force[-1].hash.hex() == case["hash"]
    again = reader_roster.load_chain("".join(notes).encode())
    assert again.in_force()[0][-1].hash == force[-1].hash


@pytest.mark.parametrize("world, case", cases("rosters.json", "sets"))
def test_roster_sets(world, case):
    """Which rosters of several are in force, in any order of arrival."""
    waiting = [note.encode() for note in case["notes"]]
    chain = None
    while waiting:
        left = []
        for note in waiting:
            try:
                if chain is None:
                    chain = reader_roster.Chain(note)
                else:
                    chain.add(note)
            except Malformed:
                left.append(note)
        assert len(left) < len(waiting), "a note was never taken"
        waiting = left
    force, forked = chain.in_force()
    assert [r.hash.hex() for r in force] == case["in_force"]
    assert forked == (case["alarm"] == "ROSTER-FORK")


@pytest.mark.parametrize("world, case", cases("statements.json",
                                              "statements"))
def test_statements(world, case):
    """What a node says of itself: form, numbers, and who signed it."""
    chain = chain_of(world["roster_notes"])
    roster = next(r for r in chain.rosters.values()
                  if r.version == world["roster_version"])

    def look():
        return reader_statement.open_statement(case["note"].encode(), chain,
                                               roster)

    if case["expect"] == "bad":
        refused(look)
        return
    statement = look()
    assert f"number {statement.number}\n" in case["note"]
    assert case["note"].count("\nholds ") == len(statement.holds)


def test_what_a_statement_claims():
    """all and placed without except, none with plus, nothing past the size."""
    world = load("statements.json")
    chain = chain_of(world["roster_notes"])
    roster = next(r for r in chain.rosters.values()
                  if r.version == world["roster_version"])
    case = next(c for c in world["statements"] if c["name"] == "full")
    statement = reader_statement.open_statement(case["note"].encode(), chain,
                                                roster)
    alpha, bravo, charlie = statement.holds.values()
    assert [i for i in range(10) if alpha.claims(i)] == list(range(8))
    assert [i for i in range(15) if bravo.claims(i, placed=True)] == [
        0, 1, 2, 4, 8, 9, 10, 11, 12]
    assert [i for i in range(15) if bravo.claims(i)] == [1, 9, 10, 11, 12]
    assert [i for i in range(5) if charlie.claims(i, placed=True)] == [0, 1]
    assert [c.node for c in statement.checked] == ["bravo", "charlie"]


@pytest.mark.parametrize("world, case", cases("forks.json", "forks"))
def test_forks(world, case):
    """A fork proof convicts the owner of the key, and nobody else."""
    public = base64.b64decode(case.get("ledger_key", world["ledger_key"]))

    def look():
        return reader.open_fork(case["proof"].encode(),
                                lambda name: reader_text.Key(name, public))

    if case["expect"] == "bad":
        refused(look)
        return
    fork = look()
    assert [fork.earlier.size, fork.later.size] == case["sizes"]
    if "later_leaf_hashes" in case:
        hashes = [bytes.fromhex(h) for h in case["later_leaf_hashes"]]
        assert reader_text.root_of(hashes) == fork.later.root
        assert reader_text.root_of(hashes[:fork.earlier.size]) == fork.root


@pytest.mark.parametrize("world, case", cases("placement.json", "cases"))
def test_placement(world, case):
    """Where an item has its place."""
    nodes = [reader_roster.Node(label, member, role, country, weight, mode,
                                b"", b"", b"", [])
             for label, member, role, country, weight, mode in
             world["tables"][case["table"]]]
    root = bytes.fromhex(case["root"])
    weights = {node.label: node.weight for node in nodes}
    for label, wanted in case.get("scores", {}).items():
        score = reader_statement.score(label, weights[label], root)
        assert f"{score:016x}" == wanted
    assert reader_statement.placement(
        nodes, case["copies"], case["jurisdictions"], root) == case["chosen"]


@pytest.mark.parametrize("world, case", cases("receipts.json", "receipts"))
def test_receipts(world, case):
    """Receipts are genuine or not."""
    chain = chain_of(world["roster_notes"])

    def look():
        receipts = reader.parse_receipts(case["file"].encode())
        for receipt in receipts:
            if not receipt.pending:
                reader.verify_receipt(receipt, chain)
        return receipts

    if case["expect"] == "bad":
        refused(look)
        return
    receipts = look()
    assert len(receipts) == len(case["receipts"])
    for receipt, want in zip(receipts, case["receipts"]):
        assert receipt.pending == want.get("pending", False)
        if not receipt.pending:
            assert receipt.index == want["index"]
            assert receipt.proven == want["proven"]
            assert receipt.checkpoint.size == want["size"]
            assert receipt.checkpoint.origin == want["origin"]
            assert [list(c) for c in receipt.checkpoint.cosigned] == \
                want["cosigned"]


def payload_of(case):
    """Made again: the chunks need the AEAD forwards, which is the key stream
    and the tag."""
    data = prg(case["file_prg"], case["size"])
    key = crypto.hkdf(bytes.fromhex(case["file_key"]),
                      bytes.fromhex(case["payload_nonce"]), b"payload")
    out = b""
    count = max(1, -(-len(data) // reader_item.CHUNK))
    for i in range(count):
        plain = data[i * reader_item.CHUNK:(i + 1) * reader_item.CHUNK]
        nonce = i.to_bytes(11, "big") + bytes([i == count - 1])
        body = crypto.xor(plain, crypto.chacha20(key, nonce, len(plain), 1)) \
            if plain else b""
        padded = body + bytes(-len(body) % 16) + bytes(8) + \
            len(body).to_bytes(8, "little")
        out += body + crypto.poly1305(crypto.chacha20(key, nonce, 32), padded)
    padding = crypto.hkdf(bytes.fromhex(case["file_key"]),
                          bytes.fromhex(case["payload_nonce"]),
                          b"holdfast padding")
    size = reader_item.padded_size(len(out))
    return out + crypto.chacha20(padding, bytes(12), size - len(out)), data


def expect_item(case, header, payload, data, item):
    assert not item.failed
    assert item.data == data
    assert item.note.decode() == case["metadata_note"]
    assert item.metadata.sealed == case["L"]
    assert len(payload) == case["P"]
    assert reader_item.possible_size(len(payload))
    assert item.metadata.root.hex() == case["root"]
    names = reader_item.block_names(payload)
    assert [n.hex() for n in names] == case["block_names"]
    assert reader_text.root_of(names).hex() == case["root"]
    assert reader.item_id(item.metadata.root) == case["item_id"]
    export = reader_item.export_age(header, payload, item.metadata.sealed)
    assert hashlib.sha256(export).hexdigest() == case["export_sha256"]
    for proof in case["slice_proofs"]:
        at = proof["index"] * reader_item.SLICE
        leaf = reader_text.leaf_hash(payload[at:at + reader_item.SLICE])
        reader_text.verify_inclusion(
            leaf, proof["index"], case["slices"],
            [bytes.fromhex(h) for h in proof["path"]], item.metadata.root)


@pytest.mark.parametrize("world, case", cases("items.json", "items"))
def test_items(world, case):
    """Items open, and every check that fails has its name."""
    base = next(c for c in world["items"]
                if c["name"] == case.get("payload_of", case["name"]))
    payload, data = payload_of(base)
    assert hashlib.sha256(payload).hexdigest() == base["payload_sha256"]
    edit = case.get("payload_edit", {})
    payload = payload[:edit.get("cut_to")]
    if "xor" in edit:
        at = edit["offset"]
        payload = (payload[:at] + bytes([payload[at] ^ edit["xor"]])
                   + payload[at + 1:])
    header = base64.b64decode(case["header"])
    record = reader.parse_record(case["record"].encode())
    item = reader_item.open_item(header, payload, [world["identity_opens"]],
                                 record, chain_of(world["roster_notes"]))
    if case["expect"] == "ok":
        expect_item(case, header, payload, data, item)
    else:
        assert sorted(item.failed) == case["all_failed"]


def test_age_opens_the_export(tmp_path):
    """What the reader calls an export opens with the age program itself."""
    world = load("items.json")
    if shutil.which("age") is None:
        pytest.skip("the age program is not installed")
    (tmp_path / "id").write_text(world["identity_opens"] + "\n")
    for name in ("size-0", "size-65537"):
        case = next(c for c in world["items"] if c["name"] == name)
        payload, data = payload_of(case)
        (tmp_path / "file.age").write_bytes(reader_item.export_age(
            base64.b64decode(case["header"]), payload, case["L"]))
        opened = subprocess.run(
            ["age", "-d", "-i", tmp_path / "id", tmp_path / "file.age"],
            capture_output=True, check=True)
        assert opened.stdout == data


@pytest.mark.parametrize("world, case", cases("items.json", "padded_sizes"))
def test_padded_sizes(world, case):
    """Which payload sizes are possible."""
    assert reader_item.possible_size(case["size"]) == (case["expect"] == "ok")


@pytest.mark.parametrize("world, case", cases("items.json", "name_pages"))
def test_name_pages(world, case):
    """Pages of names: slices, block names, page roots, payload root."""
    slices = [hashlib.sha256(b"holdfast vector slice %d" % i).digest()
              for i in range(case["slices"])]
    names = [reader_text.root_of(slices[i:i + 16])
             for i in range(0, len(slices), 16)]
    pages = [reader_text.root_of(names[i:i + 32768])
             for i in range(0, len(names), 32768)]
    assert len(names) == case["blocks"] and len(pages) == case["pages"]
    assert reader_text.root_of(pages).hex() == case["root"]
    if len(pages) > 1:
        assert [p.hex() for p in pages] == case["page_roots"]


@pytest.mark.parametrize("world, case", cases("ids.json", "item_ids"))
def test_item_ids(world, case):
    """Ids as people see and type them."""
    if case["expect"] == "bad":
        refused(reader.item_id_read, case["input"])
        return
    root = bytes.fromhex(case["root"])
    if "id" in case:
        assert reader.item_id(root) == case["id"]
    typed = case.get("input", case.get("id"))
    assert reader.item_id_read(typed) == root[:10]


@pytest.mark.parametrize("world, case", cases("ids.json", "words"))
def test_roster_words(world, case):
    """Eight words for a roster."""
    source = (ROOT / "lib/crypto/slip39_words.c").read_text()
    words = [w for w in source.split('"')[1::2] if w.isalpha()]
    assert len(words) == 1024
    assert reader.roster_words(bytes.fromhex(case["hash"]),
                               words) == case["words"]


def test_clients_file():
    """Who may ask a node what."""
    key = base64.b64encode(bytes(31) + b"\x09").decode()
    text = f"# laptops\n\ncase-room deposit {key}\n"
    assert reader.clients(text.encode()) == {
        bytes(31) + b"\x09": ("case-room", "deposit")}
    refused(reader.clients, (text + f"b admin {key}\n").encode())
    refused(reader.clients, b"case-room delete " + key.encode())


def run_reader(*arguments):
    return subprocess.run(
        ["/usr/bin/python3", ROOT / "tests/system/reader.py", *arguments],
        capture_output=True, text=True, timeout=120)


def test_command_line(tmp_path):
    """The reader as a program: a receipt, a ledger, an item from files."""
    world = load("items.json")
    receipts, ledgers = load("receipts.json"), load("ledgers.json")
    rosters, file = tmp_path / "rosters", tmp_path / "file"
    rosters.write_text("".join(world["roster_notes"]))
    for case in receipts["receipts"]:
        file.write_text(case["file"], newline="")
        pending = any(r.get("pending") for r in case.get("receipts", []))
        result = run_reader("receipt", rosters, file)
        assert (result.returncode == 0) == (case["expect"] == "ok"
                                            and not pending), case["name"]
    ledger = next(c for c in ledgers["ledgers"] if "bravo" in c["name"])
    file.write_bytes(b"".join(
        len(leaf.encode()).to_bytes(2, "big") + leaf.encode()
        for leaf in ledger["leaves"]))
    note = tmp_path / "note"
    note.write_text(ledgers["checkpoints"][0]["note"])
    result = run_reader("ledger", rosters, file, note)
    assert result.returncode == 0 and "13 leaves" in result.stdout
    case = next(c for c in world["items"] if c["name"] == "size-65537")
    payload, data = payload_of(case)
    (tmp_path / "header").write_bytes(base64.b64decode(case["header"]))
    (tmp_path / "payload").write_bytes(payload)
    (tmp_path / "identity").write_text(world["identity_opens"] + "\n")
    (tmp_path / "record").write_text(case["record"])
    item = [tmp_path / n for n in ("header", "payload", "identity", "record",
                                   "out")]
    assert run_reader("item", *item).returncode == 0
    assert (tmp_path / "out").read_bytes() == data
    (tmp_path / "payload").write_bytes(payload[:-1] + b"x")
    result = run_reader("item", *item)
    assert result.returncode != 0 and "padding root" in result.stderr
