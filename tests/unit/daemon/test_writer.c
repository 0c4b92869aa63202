/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/writer.h"

#include <criterion/criterion.h>
#include <string.h>

#include "crypto/node_key.h"
#include "fixture.h"
#include "ledger/cosign.h"
#include "ledger/merkle.h"

#define BLOCK_SIZE 70000
#define ENDLESS (1ULL << 60) /* more than any disk has */
#define ORIGIN "test-0123456789abcdef/viasna-1/00112233445566778899aabbccddeeff"

static struct place place;
static struct node_key key;
static struct writer *writer;

static void begin(uint64_t min_free)
{
    static const uint8_t seed[32] = { 5 };
    static const struct store_mark mark = { .has_ledger = false };

    place_make(&place, min_free);
    cr_assert_eq(node_key_init(&key, seed), ERR_OK);
    cr_assert_eq(
        writer_new(place.store, place.pool, &key, &mark, &place.sink, &writer),
        ERR_OK);
}

static void setup(void)
{
    begin(1 << 20);
}

static void teardown(void)
{
    place_settle(&place);
    writer_free(writer);
    node_key_done(&key);
    place_remove(&place);
}

TestSuite(writer, .init = setup, .fini = teardown);

/* The jobs of LANE_APPEND are the tests' own thread here: nothing else runs in
 * the pool meanwhile. */
static struct block_id add(uint8_t seed, enum err expected)
{
    struct block block;
    struct block_id name;
    struct why why = { "" };

    block_make(&block, seed, BLOCK_SIZE);
    name = block.name;
    cr_assert_eq(
        writer_add(writer, &name, span_of(block.bytes, block.size), &why),
        expected, "%s", why.text);
    block_done(&block);
    return name;
}

static enum err have(const struct source *source, const struct block_id *name)
{
    return source->have(source->ctx, name);
}

static void put_note(struct batch *batch, uint64_t number)
{
    struct batch_op op = { .kind = BATCH_NOTE, .level = 9, .index = number };

    batch_init(batch, 1000);
    batch_add(batch, &op, span_str("n"), span_str("text"));
}

static enum err find_note(uint64_t number)
{
    const struct source *source = store_source(place.store);
    struct buf bytes;
    enum err err;

    buf_init(&bytes, 100);
    err = source->note(source->ctx, 9, span_str("n"), number, &bytes);
    buf_done(&bytes);
    return err;
}

static void commit(uint64_t token, bool keep_group)
{
    struct batch batch;

    put_note(&batch, token);
    writer_commit(writer, token, &batch, keep_group);
}

static void expect_persisted(size_t n, uint64_t token)
{
    cr_assert_gt(place.told_count, n);
    cr_assert_eq(place.told[n].kind, EVENT_PERSISTED);
    cr_assert_eq(place.told[n].token, token);
}

/* A block counts as here from the moment it is appended, and is durable, with
 * the batch, when the commit is told. */
Test(writer, commits_group_and_batch)
{
    struct block_id name = add(1, ERR_OK);

    cr_assert_eq(have(writer_source(writer), &name), ERR_OK);
    cr_assert_eq(have(store_source(place.store), &name), ERR_NOT_FOUND);
    commit(71, false);
    place_settle(&place);
    cr_assert_eq(place.told_count, 1);
    expect_persisted(0, 71);
    cr_assert_eq(have(store_source(place.store), &name), ERR_OK);
    cr_assert_eq(have(writer_source(writer), &name), ERR_OK);
    cr_assert_eq(find_note(71), ERR_OK);
}

/* A batch can become durable alone; the open group goes on, and its blocks
 * still count. */
Test(writer, keeps_group)
{
    struct block_id one = add(1, ERR_OK);
    struct block_id two;

    commit(1, true);
    place_settle(&place);
    expect_persisted(0, 1);
    cr_assert_eq(find_note(1), ERR_OK);
    cr_assert_eq(have(store_source(place.store), &one), ERR_NOT_FOUND);
    cr_assert_eq(have(writer_source(writer), &one), ERR_OK);
    two = add(2, ERR_OK);
    commit(2, false);
    place_settle(&place);
    expect_persisted(1, 2);
    cr_assert_eq(have(store_source(place.store), &one), ERR_OK);
    cr_assert_eq(have(store_source(place.store), &two), ERR_OK);
}

/* Commits end in the order in which they were asked for, whether they close a
 * group or not. */
Test(writer, commits_in_order)
{
    for (uint64_t token = 0; token < 8; token++) {
        commit(token, token % 2 == 1);
    }
    place_settle(&place);
    cr_assert_eq(place.told_count, 8);
    for (size_t token = 0; token < 8; token++) {
        expect_persisted(token, token);
    }
}

/* A block that is deposited twice is stored once, and nothing minds. */
Test(writer, same_block_twice)
{
    struct block_id name = add(1, ERR_OK);

    (void)add(1, ERR_OK);
    commit(1, false);
    place_settle(&place);
    (void)add(1, ERR_OK);
    commit(2, false);
    place_settle(&place);
    expect_persisted(1, 2);
    cr_assert_eq(have(store_source(place.store), &name), ERR_OK);
}

/* Groups that are never committed are dropped with the writer. */
Test(writer, drops_open_group)
{
    struct block_id name = add(1, ERR_OK);

    cr_assert_eq(have(writer_source(writer), &name), ERR_OK);
}

static void put_node(void *ctx, unsigned level, uint64_t index,
                     const struct digest *hash)
{
    struct batch_op op = { .kind = BATCH_NODE, .level = level, .index = index };

    batch_add(ctx, &op, span_of(NULL, 0),
              span_of(hash->bytes, sizeof(hash->bytes)));
}

/* A ledger of one leaf. */
static void put_ledger(struct batch *batch, struct digest *ret_root)
{
    struct batch_op op = { .kind = BATCH_LEDGER };
    struct merkle_sink sink = { put_node, batch };
    struct frontier frontier;
    struct digest leaf;

    batch_init(batch, 10000);
    batch_add(batch, &op, span_of(NULL, 0), span_str(ORIGIN));
    op.kind = BATCH_LEAF;
    batch_add(batch, &op, span_of(NULL, 0), span_str("leaf\n"));
    merkle_leaf(span_str("leaf\n"), &leaf);
    frontier_init(&frontier);
    frontier_append(&frontier, &leaf, &sink);
    frontier_root(&frontier, ret_root);
}

static struct effect sign_effect(enum sign_kind kind, uint64_t token,
                                 const char *text)
{
    struct effect effect = { .kind = EFFECT_SIGN };

    effect.sign.kind = kind;
    effect.sign.token = token;
    effect.sign.text = span_str(text);
    return effect;
}

static void ask_to_sign(const struct effect *effect)
{
    static const struct digest roster_hash = { { 3, 3 } };

    writer_sign(writer, effect, 3, &roster_hash);
}

static void reopen(struct store_opened *ret_opened)
{
    struct why why = { "" };

    store_close(place.store);
    cr_assert_eq(store_open(place.data, FIXTURE_NODE, 1 << 20, &place.store,
                            ret_opened, &why),
                 ERR_OK, "%s", why.text);
}

/* Persist, then mark, then sign: the signature comes, it is of this text, and
 * the mark that covers it is on disk. */
Test(writer, signs_after_mark)
{
    struct effect effect =
        sign_effect(SIGN_CHECKPOINT, 2, "the checkpoint's text");
    struct store_opened opened;
    struct batch batch;

    effect.sign.size = 1;
    cr_assert_eq(origin_parse(span_str(ORIGIN), &effect.sign.origin), ERR_OK);
    put_ledger(&batch, &effect.sign.root);
    writer_commit(writer, 1, &batch, false);
    place_settle(&place); /* as the core does: it waits for the event */
    ask_to_sign(&effect);
    place_settle(&place);
    expect_persisted(0, 1);
    cr_assert_eq(place.told[1].kind, EVENT_SIGNED);
    cr_assert_eq(place.told[1].token, 2);
    cr_assert_eq(sign_verify(&key.ledger.public_key, effect.sign.text,
                             &place.told[1].signature),
                 ERR_OK);
    reopen(&opened);
    cr_assert(opened.mark.has_ledger);
    cr_assert_eq(opened.mark.size, 1);
    cr_assert_eq(opened.mark.roster_version, 3);
}

/* A cosignature is of the witness key and has its time; a statement is of the
 * ledger key. Each moves its own part of the mark, and nothing else of it. */
Test(writer, signs_three_kinds)
{
    struct effect cosign = sign_effect(SIGN_COSIGNATURE, 2, "a checkpoint\n");
    struct effect state = sign_effect(SIGN_STATEMENT, 3, "a statement\n");
    uint8_t blob[COSIGN_BLOB_SIZE] = { 0, 0, 0, 0, 0, 0, 0x12, 0x34 };
    struct store_opened opened;
    uint64_t time;

    cosign.sign.time = 0x1234;
    cosign.sign.cosigned.bytes[0] = 9;
    state.sign.number = 77;
    ask_to_sign(&cosign);
    ask_to_sign(&state);
    place_settle(&place);
    cr_assert_eq(place.told_count, 2);
    memcpy(blob + 8, place.told[0].signature.bytes, 64);
    cr_assert_eq(
        cosign_verify(cosign.sign.text, &key.witness.public_key, blob, &time),
        ERR_OK);
    cr_assert_eq(time, 0x1234);
    cr_assert_eq(sign_verify(&key.ledger.public_key, state.sign.text,
                             &place.told[1].signature),
                 ERR_OK);
    reopen(&opened);
    cr_assert(!opened.mark.has_ledger);
    cr_assert_eq(opened.mark.cosigned.bytes[0], 9);
    cr_assert_eq(opened.mark.statement, 77);
    cr_assert_eq(opened.mark.signatures, 2);
}

/* What is not durable is not signed: the node ends instead. */
Test(writer, signs_nothing_else)
{
    struct effect effect = sign_effect(SIGN_CHECKPOINT, 2, "text");

    effect.sign.size = 1;
    cr_assert_eq(origin_parse(span_str(ORIGIN), &effect.sign.origin), ERR_OK);
    ask_to_sign(&effect);
    place_settle(&place);
    cr_assert_eq(place.told_count, 0);
    cr_assert_eq(place.fatal, ERR_NOT_FOUND);
}

static void setup_full(void)
{
    begin(ENDLESS);
}

/* On a full disk nothing is appended; commits wait in their order, are tried
 * again, and are no error. */
Test(writer_full, waits_for_room, .init = setup_full, .fini = teardown)
{
    struct block_id name = add(1, ERR_FULL);

    cr_assert_eq(have(writer_source(writer), &name), ERR_NOT_FOUND);
    commit(1, false);
    commit(2, true);
    place_settle(&place);
    for (int i = 0; i < 3; i++) {
        writer_tick(writer);
        place_settle(&place);
    }
    cr_assert_eq(place.told_count, 0);
    cr_assert_eq(place.fatal, ERR_OK);
    cr_assert_eq(find_note(1), ERR_NOT_FOUND);
}
