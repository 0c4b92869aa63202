/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"
#include "wire/message.h"

static struct place_of_test place;
static struct store *store;

static void setup(void)
{
    place_make(&place);
    create(&place);
    store = open_store(&place, NULL);
}

static void teardown(void)
{
    store_close(store);
    place_remove(&place);
}

TestSuite(commit, .init = setup, .fini = teardown, .timeout = 120);

static enum err apply(struct batch *batch)
{
    struct why why;
    enum err err = store_commit(store, NULL, batch, &why);

    batch_done(batch);
    return err;
}

static void put(struct batch *batch, struct batch_op op, const char *name,
                struct span value)
{
    batch_add(batch, &op, span_str(name), value);
}

/* Everything that a batch can write is read back as it was. */
Test(commit, reads_back_every_kind)
{
    const struct source *source = store_source(store);
    struct payload_root root = { { 7 } };
    struct block_id header = { { 9 } };
    struct source_item item;
    struct digest hash;
    struct batch batch;
    struct buf bytes;
    uint8_t value[PENDING_SIZE];
    struct batch_op op = { .kind = BATCH_ITEM, .ledger = 2, .index = 5 };

    memset(value, 0x11, sizeof(value));
    batch_init(&batch, 1 << 16);
    op.id[0] = 7;
    put(&batch, op, "", span_of(value, 64));
    op.kind = BATCH_NAMES;
    op.index = 3;
    put(&batch, op, "", span_str("page three"));
    op.index = NAMES_PAGE_ROOTS;
    put(&batch, op, "", span_str("roots"));
    op.kind = BATCH_NODE;
    op.level = 4;
    op.index = 6;
    put(&batch, op, "", span_of(value, 32));
    op.kind = BATCH_NOTE;
    op.index = 8;
    put(&batch, op, "name", span_str("note"));
    op.kind = BATCH_META;
    put(&batch, op, "key", span_str("of the core"));
    op.kind = BATCH_HEADER;
    op.id[0] = 9;
    put(&batch, op, "", span_str("header object"));
    cr_assert_eq(apply(&batch), ERR_OK);

    buf_init(&bytes, 1000);
    cr_assert_eq(source->names(source->ctx, &root, 3, &bytes), ERR_OK);
    cr_assert_eq(source->names(source->ctx, &root, NAMES_PAGE_ROOTS, &bytes),
                 ERR_OK);
    cr_assert_eq(source->names(source->ctx, &root, 4, &bytes), ERR_NOT_FOUND);
    cr_assert_eq(source->note(source->ctx, 4, span_str("name"), 8, &bytes),
                 ERR_OK);
    cr_assert_eq(source->note(source->ctx, 4, span_str("name"), 9, &bytes),
                 ERR_NOT_FOUND);
    cr_assert_eq(source->block(source->ctx, &header, &bytes), ERR_OK);
    cr_assert(span_is(buf_span(&bytes), "page threerootsnoteheader object"));
    cr_assert_eq(source->have(source->ctx, &header), ERR_OK);
    cr_assert_eq(source->node(source->ctx, 2, 4, 6, &hash), ERR_OK);
    cr_assert_arr_eq(hash.bytes, value, 32);
    cr_assert_eq(source->node(source->ctx, 2, 4, 7, &hash), ERR_NOT_FOUND);
    cr_assert_eq(source->item(source->ctx, &root, 0, 0, &item), ERR_OK);
    cr_assert_eq(item.ledger, 2);
    cr_assert_eq(item.index, 5);
    cr_assert_arr_eq(item.header.bytes, value, 32);
    cr_assert_eq(source->item(source->ctx, &root, 2, 6, &item), ERR_NOT_FOUND);
    buf_done(&bytes);
}

/* A buffer that is too small says so. */
Test(commit, reading_obeys_the_buffer)
{
    const struct source *source = store_source(store);
    struct batch batch;
    struct buf bytes;

    batch_init(&batch, 1000);
    put(&batch, (struct batch_op){ .kind = BATCH_NOTE }, "n",
        span_str("twelve bytes"));
    cr_assert_eq(apply(&batch), ERR_OK);
    buf_init(&bytes, 11);
    cr_assert_eq(source->note(source->ctx, 0, span_str("n"), 0, &bytes),
                 ERR_TOO_BIG);
    buf_done(&bytes);
}

static void put_kept(struct batch *batch, const char *name, uint64_t number,
                     const char *text)
{
    put(batch,
        (struct batch_op){
            .kind = BATCH_NOTE, .level = NOTE_COSIGNATURE, .index = number },
        name, span_str(text));
}

/* Of the witnessed checkpoints of a ledger the next larger one is found; not
 * another ledger's, nor a note of another kind. */
Test(commit, finds_the_next_kept_note)
{
    static const struct {
        const char *name;
        uint64_t number;
        const char *found;
    } cases[] = {
        { "m", 0, "m300" },       { "m", 300, "m300" }, { "m", 301, "m70000" },
        { "m", 70000, "m70000" }, { "m", 70001, NULL }, { "a", 0, NULL },
        { "n", 1, "n1" },         { "n", 2, NULL },     { "mm", 0, NULL },
    };
    const struct source *source = store_source(store);
    struct batch batch;
    struct buf bytes;

    batch_init(&batch, 1000);
    put_kept(&batch, "m", 300, "m300");
    put_kept(&batch, "m", 70000, "m70000");
    put_kept(&batch, "n", 1, "n1");
    put(&batch,
        (struct batch_op){ .kind = BATCH_NOTE, .level = NOTE_STATEMENT }, "n",
        span_str("another kind"));
    cr_assert_eq(apply(&batch), ERR_OK);
    buf_init(&bytes, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&bytes);
        cr_assert_eq(source->note(source->ctx, NOTE_COSIGNATURE,
                                  span_str(cases[i].name), cases[i].number,
                                  &bytes),
                     cases[i].found == NULL ? ERR_NOT_FOUND : ERR_OK, "%zu", i);
        cr_assert(cases[i].found == NULL ||
                      span_is(buf_span(&bytes), cases[i].found),
                  "%zu", i);
    }
    buf_done(&bytes);
}

/* What is deleted is gone. */
Test(commit, deletes)
{
    const struct source *source = store_source(store);
    struct batch batch;
    struct buf bytes;

    batch_init(&batch, 1000);
    put(&batch, (struct batch_op){ .kind = BATCH_NOTE }, "n", span_str("x"));
    cr_assert_eq(apply(&batch), ERR_OK);
    batch_init(&batch, 1000);
    put(&batch, (struct batch_op){ .kind = BATCH_NOTE_GONE }, "n",
        span_of(NULL, 0));
    cr_assert_eq(apply(&batch), ERR_OK);
    buf_init(&bytes, 100);
    cr_assert_eq(source->note(source->ctx, 0, span_str("n"), 0, &bytes),
                 ERR_NOT_FOUND);
    buf_done(&bytes);
}

struct seen {
    size_t count;
    size_t stop_after;
    uint64_t sum; /* of the last bytes of the keys */
    uint64_t size;
};

static bool see(void *ctx, struct span key, struct span value)
{
    struct seen *seen = ctx;

    cr_assert_gt(value.size, 0);
    seen->count++;
    seen->sum += key.data[key.size - 1];
    return seen->count != seen->stop_after;
}

static bool see_ledger(void *ctx, uint32_t ledger, struct span origin,
                       uint64_t size)
{
    struct seen *seen = ctx;

    cr_assert(span_is(origin, ledger == 0 ? FIXTURE_ORIGIN : FIXTURE_ORIGIN_2));
    seen->count++;
    seen->size += size;
    return true;
}

/* Ledgers and ranges of their leaves are walked in order, also after opening
 * again. */
Test(commit, walks_ledgers_and_leaves)
{
    struct ledger_of_test one;
    struct ledger_of_test two;

    ledger_start(&one, 0, FIXTURE_ORIGIN);
    ledger_start(&two, 1, FIXTURE_ORIGIN_2);
    commit(store, &one, 10, 0, 0);
    commit(store, &two, 7, 0, 0);
    commit(store, &one, 5, 0, 0);
    for (int round = 0; round < 2; round++) {
        struct seen ledgers = { .count = 0 };
        struct seen leaves = { .count = 0 };
        struct seen first = { .stop_after = 1 };
        struct seen none = { .count = 0 };

        cr_assert_eq(store_each_ledger(store, see_ledger, &ledgers, NULL),
                     ERR_OK);
        cr_assert_eq(ledgers.count, 2);
        cr_assert_eq(ledgers.size, 22);
        cr_assert_eq(store_each_leaf(store, 0, 3, 6, see, &leaves, NULL),
                     ERR_OK);
        cr_assert_eq(leaves.count, 3);
        cr_assert_eq(leaves.sum, 3 + 4 + 5);
        cr_assert_eq(store_each_leaf(store, 0, 0, 15, see, &first, NULL),
                     ERR_OK);
        cr_assert_eq(first.count, 1);
        cr_assert_eq(store_each_leaf(store, 0, 15, 99, see, &none, NULL),
                     ERR_OK);
        cr_assert_eq(store_each_leaf(store, 0, 9, 9, see, &none, NULL), ERR_OK);
        cr_assert_eq(store_each_leaf(store, 5, 0, 9, see, &none, NULL), ERR_OK);
        cr_assert_eq(none.count, 0);
        store_close(store);
        store = open_store(&place, NULL);
    }
}

/* Pending deposits and held bitmaps are walked. */
Test(commit, walks_pending_and_held)
{
    uint8_t value[PENDING_SIZE] = { 1 };
    struct seen pending = { .count = 0 };
    struct seen held = { .count = 0 };
    struct batch batch;
    struct batch_op op = { .kind = BATCH_PENDING };

    batch_init(&batch, 10000);
    op.id[31] = 1;
    put(&batch, op, "", span_of(value, sizeof(value)));
    op.id[31] = 2;
    put(&batch, op, "", span_of(value, sizeof(value)));
    op.kind = BATCH_HELD;
    op.ledger = 3;
    op.index = 9;
    put(&batch, op, "", span_of(value, 100));
    op.ledger = 4;
    put(&batch, op, "", span_of(value, 100));
    cr_assert_eq(apply(&batch), ERR_OK);
    batch_init(&batch, 1000);
    op.kind = BATCH_PENDING_GONE;
    put(&batch, op, "", span_of(NULL, 0));
    cr_assert_eq(apply(&batch), ERR_OK);
    cr_assert_eq(store_each_pending(store, see, &pending, NULL), ERR_OK);
    cr_assert_eq(pending.count, 1);
    cr_assert_eq(pending.sum, 1);
    cr_assert_eq(store_each_held(store, 3, see, &held, NULL), ERR_OK);
    cr_assert_eq(held.count, 1);
    cr_assert_eq(held.sum, 9);
}

/* A batch that breaks a rule changes nothing, and the store goes on. */
Test(commit, refuses_what_cannot_be)
{
    static const struct {
        struct batch_op op;
        const char *name;
        size_t size;
        enum err err;
    } cases[] = {
        { { .kind = BATCH_LEAF, .ledger = 0, .index = 2 }, "", 5, ERR_RANGE },
        { { .kind = BATCH_LEAF, .ledger = 9 }, "", 5, ERR_RANGE },
        { { .kind = BATCH_LEDGER, .ledger = 0 }, "", 5, ERR_CONFLICT },
        { { .kind = BATCH_LEDGER, .ledger = 70000 }, "", 5, ERR_RANGE },
        { { .kind = BATCH_NODE, .level = 63 }, "", 32, ERR_RANGE },
        { { .kind = BATCH_NODE }, "", 31, ERR_RANGE },
        { { .kind = BATCH_ITEM }, "", 63, ERR_RANGE },
        { { .kind = BATCH_PENDING }, "", 1, ERR_RANGE },
        { { .kind = BATCH_HELD }, "", 513, ERR_RANGE },
        { { .kind = BATCH_META }, "", 1, ERR_RANGE },
        { { .kind = BATCH_NAMES, .index = 1ULL << 32 }, "", 32, ERR_RANGE },
    };
    uint8_t bytes[600];
    struct ledger_of_test ledger;
    struct batch batch;

    memset(bytes, 'x', sizeof(bytes));
    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 1, 0, 0);
    for (size_t at = 0; at < sizeof(cases) / sizeof(cases[0]); at++) {
        struct buf note;

        batch_init(&batch, 10000);
        put(&batch, (struct batch_op){ .kind = BATCH_NOTE }, "before",
            span_str("x"));
        put(&batch, cases[at].op, cases[at].name,
            span_of(bytes, cases[at].size));
        cr_assert_eq(apply(&batch), cases[at].err, "case %zu", at);
        buf_init(&note, 10);
        cr_assert_eq(
            store_source(store)->note(store, 0, span_str("before"), 0, &note),
            ERR_NOT_FOUND);
        buf_done(&note);
    }
    batch_init(&batch, 1);
    put(&batch, (struct batch_op){ .kind = BATCH_NOTE }, "too long",
        span_str(""));
    cr_assert_eq(apply(&batch), ERR_TOO_BIG);
    commit(store, &ledger, 1, 0, 0);
    mark(store, &ledger);
}

/* A mark never goes back, never speaks of two roots for one size, and never
 * of more than there is. */
Test(commit, mark_only_goes_forward)
{
    struct ledger_of_test ledger;
    struct store_mark spoken = { .has_ledger = true };
    struct store_opened opened;
    struct why why;

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 3, 0, 0);
    memcpy(spoken.origin.text, FIXTURE_ORIGIN, sizeof(FIXTURE_ORIGIN));
    mark(store, &ledger);
    spoken.size = 2;
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_CONFLICT);
    spoken.size = 3;
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_FORKED);
    spoken.size = 4;
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_RANGE);
    spoken.has_ledger = false;
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_CONFLICT);
    spoken.has_ledger = true;
    memcpy(spoken.origin.text, FIXTURE_ORIGIN_2, sizeof(FIXTURE_ORIGIN_2));
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_NOT_FOUND);
    mark(store, &ledger);
    commit(store, &ledger, 1, 0, 0);
    mark(store, &ledger);
    store_close(store);
    store = open_store(&place, &opened);
    cr_assert_eq(opened.mark.size, 4);
    cr_assert_eq(opened.mark.signatures, 3);
}

/* A root that the tree does not have is never marked, and ends the writing. */
Test(commit, refuses_a_wrong_root)
{
    struct ledger_of_test ledger;
    struct store_mark spoken = { .has_ledger = true, .size = 3 };
    struct batch batch;
    struct why why;

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 3, 0, 0);
    memcpy(spoken.origin.text, FIXTURE_ORIGIN, sizeof(FIXTURE_ORIGIN));
    cr_assert_eq(store_set_mark(store, &spoken, &why), ERR_CORRUPT);
    batch_init(&batch, 100);
    cr_assert_eq(apply(&batch), ERR_IO);
}

/* manifest.copy is the beginning of the MANIFEST, byte for byte. */
Test(commit, keeps_a_copy_of_the_manifest)
{
    struct ledger_of_test ledger;

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    for (uint64_t round = 0; round < 3; round++) {
        commit(store, &ledger, 1, round * 100, 10);
        mark(store, &ledger);
        run("cd '%s' && size=$(stat -c %%s manifest.copy) && "
            "test $size -gt 100 && "
            "cmp -n $size manifest.copy db/$(cat db/CURRENT)",
            place.data);
    }
}
