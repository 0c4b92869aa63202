# SPDX-License-Identifier: Apache-2.0
"""Challenges between real daemons, and `holdfast verify`: answers are checked
again in Python from proto/README.md alone, and a member that no longer has what
it claims is shown as bad, the others as good."""
import os
import threading

import pytest
import reader_roster
from consortium import wait_until
from files import make_large, make_some
from liar import sync_reply
from local import GET_BLOCKS, GET_NAMES, Refused, decode, encode, one
from peer import SYNC, Called, as_member
from reader_crypto import hmac256
from reader_text import leaf_hash, verify_inclusion

CHALLENGE = 9
SLICE, BLOCK_SLICES = 65552, 16
HMAC, SHOWN, NOT_HELD = 1, 2, 3


def identity(three):
    return reader_roster.load_chain(three.roster.read_bytes()).identity


def question(root, index, nonce, shows=False):
    return (1, encode([(1, root), (2, index), (3, nonce), (4, int(shows))]))


def proofs(answer):
    return [decode(proof) for proof in answer[0].get(1, [])]


def right_answer(identity, verifier, prover, root, index, nonce, data):
    return hmac256(nonce, b"holdfast challenge 1\n" + identity +
                   verifier.encode() + b"\0" + prover.encode() + b"\0" + root +
                   index.to_bytes(8, "big") + data)


def slice_of(peer, root, index, blocks):
    """The bytes of a slice, fetched whole."""
    name = root
    if blocks > 1:
        _, raw = peer.ask(GET_NAMES, [(1, root)])
        at = index // BLOCK_SLICES * 32
        name = raw[at:at + 32]
    _, block = peer.ask(GET_BLOCKS, [(1, name)])
    at = index % BLOCK_SLICES * SLICE
    return block[at:at + SLICE]


def items(node):
    return node.list().json()["data"]["items"]


def verify(node, *words, ok=(0,)):
    return node.run("verify", *words, "--config", node.config, "--json",
                    ok=ok).json()["data"]["items"]


def holders(item):
    return {holder["node"]: holder for holder in item["holders"]}


def test_answers(three, folder):
    """A node answers each of its peers, for that peer alone, with the HMAC of
    the format notes; or it shows the slice with its path to the payload root.
    What it does not have it denies; a flood is told to wait."""
    viasna, dignity = three["viasna"], three["dignity"]
    make_large(folder / "large", 3 << 20)
    viasna.deposit(folder / "large")
    dignity.wait_items(1)
    [item] = items(dignity)
    root, size = bytes.fromhex(item["root"]), item["padded_bytes"]
    count = -(-size // SLICE)
    indexes = [0, count // 2, count - 1]
    given = {}
    for member in ("viasna", "redress"):
        with as_member(three, member, dignity) as peer:
            peer.handshake().sync()
            nonces = [bytes([i + 1]) * 32 for i in range(3)]
            answer = peer.ask(CHALLENGE, [
                question(root, i, n) for i, n in zip(indexes, nonces)])
            given[member] = [one(proof, 3) for proof in proofs(answer)]
            for i, n, mac in zip(indexes, nonces, given[member]):
                assert mac == right_answer(
                    identity(three), three[member].name, dignity.name,
                    root, i, n,
                    slice_of(peer, root, i, -(-size // (SLICE * 16))))
            for i in indexes:
                fields, raw = peer.ask(CHALLENGE,
                                       [question(root, i, nonces[0], True)])
                [proof] = proofs((fields, raw))
                assert one(proof, 1) == SHOWN and len(raw) == one(proof, 5)
                path = one(proof, 4, b"")
                verify_inclusion(leaf_hash(raw), i, count,
                                 [path[k:k + 32]
                                  for k in range(0, len(path), 32)], root)
            answer = peer.ask(CHALLENGE, [question(bytes(32), 0, nonces[0])])
            assert [one(proof, 1) for proof in proofs(answer)] == [NOT_HELD]
    assert not set(given["viasna"]) & set(given["redress"])
    with as_member(three, "redress", dignity) as peer:
        peer.handshake().sync()
        with pytest.raises(Refused) as refused:
            for _ in range(100):
                peer.ask(CHALLENGE, [question(root, 0, bytes(32))] * 8)
        assert refused.value.name == "BUSY"


class Hollow:
    """Has deleted its blocks and answers challenges with what it makes up."""

    def __init__(self, identity):
        self.identity, self.challenged = identity, threading.Event()

    def answer(self, _, kind, fields):
        if kind == SYNC:
            return sync_reply(fields, self.identity, 1, [])
        if kind == CHALLENGE:
            self.challenged.set()
            return [(1, encode([(1, HMAC), (2, one(decode(q), 3)),
                                (3, os.urandom(32))]))
                    for q in fields.get(1, [])], b""
        return None


def test_a_member_that_deleted_its_blocks(three, folder):
    """While its statement is fresh it still counts as a holder; the first
    challenge convicts it, verify says so with exit 4, and the others are
    good. When the real node is back it proves that piece, and all is well."""
    viasna, dignity, redress = (three[m] for m in
                                ("viasna", "dignity", "redress"))
    viasna.deposit(make_some(folder / "src", 3))
    for node in three.nodes.values():
        node.wait_copies(3, 3)
    item = items(viasna)[0]["id"]
    [found] = verify(viasna, item)
    assert {h["result"] for h in found["holders"]} == {"good"}
    assert holders(found)[viasna.name]["method"] == "read"
    assert holders(found)[dignity.name]["good"] == 20
    redress.stop()
    hollow = Hollow(identity(three))
    called = Called(three, "redress", hollow.answer)
    try:
        assert hollow.challenged.wait(150), "nobody asked it anything"
        wait_until(lambda: "PEER-WRONG-PROOF" in viasna.log_text() or
                   "PEER-WRONG-PROOF" in dignity.log_text(), 60,
                   "a wrong proof is said")
        [found] = verify(viasna, item, ok=(4,))
        assert holders(found)[redress.name]["result"] == "bad"
        assert holders(found)[dignity.name]["result"] == "good"
        assert holders(found)[viasna.name]["result"] == "good"
        out = viasna.run("verify", item, "--config", viasna.config,
                         ok=(4,)).out
        assert "bad copy" in out and "2 of 3" in out
        assert all(len(line) <= 80 for line in out.splitlines())
    finally:
        called.close()
    redress.start()
    wait_until(lambda: holders(verify(viasna, item, ok=(0, 4, 5))[0])[
        redress.name]["result"] == "good", 120, "the real one proves it")
    redress.stop()
    [found] = verify(viasna, item, ok=(5,))
    assert holders(found)[redress.name]["result"] == "no-answer"
    assert holders(found)[redress.name]["last_good"] is not None


def test_verify_words(three, folder):
    """What verify says to mistyped ids, to no id, and with --all."""
    viasna = three["viasna"]
    viasna.deposit(make_some(folder / "src", 4))
    three["dignity"].wait_items(4)
    three["redress"].wait_items(4)
    viasna.wait_copies(4, 3)
    config = ("--config", viasna.config)
    viasna.run("verify", *config, ok=(2,))
    viasna.run("verify", "--all", items(viasna)[0]["id"], *config, ok=(2,))
    viasna.run("verify", "HF-0000-0000-0000-0000-0", *config, ok=(2, 7))
    done = viasna.run("verify", "--all", "--json", *config)
    assert len(done.of_type("item")) == 4
    [summary] = done.of_type("summary")
    assert summary["result"] == "ok" and summary["good"] == 4
    assert "4 items asked for" in viasna.run("verify", "--all", *config).out
