/* SPDX-License-Identifier: Apache-2.0 */
/* A copy of somebody's data directory is read as far as it can be read, and
 * stays as it is. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fixture.h"
#include "store/store.h"

#define NOTE_KIND 2

static struct place_of_test place;
static struct place_of_test copy; /* below the same root */

static void put_note(struct store *store, uint32_t kind, const char *name,
                     uint64_t number, const char *text)
{
    struct batch_op op = { .kind = BATCH_NOTE, .level = kind, .index = number };
    struct batch batch;

    batch_init(&batch, 1 << 20);
    batch_add(&batch, &op, span_str(name), span_str(text));
    cr_assert_eq(store_commit(store, NULL, &batch, NULL), ERR_OK);
    batch_done(&batch);
}

/* Five leaves, a block file of ten blocks, one young block, two notes of a kind
 * and one of another. */
static struct store *fill(void)
{
    struct ledger_of_test ledger;
    struct store *store = open_store(&place, NULL);

    ledger_start(&ledger, 0, FIXTURE_ORIGIN);
    commit(store, &ledger, 3, 1, 10);
    mark(store, &ledger);
    commit(store, &ledger, 2, 100, 1);
    put_note(store, NOTE_KIND, "first", 0, "one");
    put_note(store, NOTE_KIND, "second", 7, "two");
    put_note(store, NOTE_KIND + 1, "other", 0, "three");
    mark(store, &ledger);
    return store;
}

static void fill_for_once(void)
{
    (void)fill();
}

static void setup(void)
{
    place_make(&place);
    copy = place;
    (void)snprintf(copy.data, sizeof(copy.data), "%.480s/copy", place.root);
    create(&place);
    store_close(fill());
}

static void teardown(void)
{
    place_remove(&place);
}

TestSuite(copy, .init = setup, .fini = teardown, .timeout = 120);

static void take_copy(void)
{
    run("cp -a '%s' '%s'", place.data, copy.data);
}

/* All names, sizes, times and bytes below the copy. */
static void fingerprint(const char *file)
{
    run("cd '%s' && (find . -printf '%%p %%s %%T@\\n' | sort; find . -type f | "
        "sort | xargs sha256sum) > '%s/%s'",
        copy.data, place.root, file);
}

static struct store *open_copy(struct store_copied *copied)
{
    struct store *store = NULL;
    struct store_copied ignored;
    struct why why = { "" };

    cr_assert_eq(store_open_copy(copy.data, &store,
                                 copied != NULL ? copied : &ignored, &why),
                 ERR_OK, "%s", why.text);
    return store;
}

static void copy_refused(enum err expected, const char *part)
{
    struct store *store = NULL;
    struct store_copied copied;
    struct why why = { "" };
    enum err err = store_open_copy(copy.data, &store, &copied, &why);

    cr_assert_eq(err, expected, "%s: %s", err_name(err), why.text);
    cr_assert_not_null(strstr(why.text, part), "%s", why.text);
    cr_assert_null(store);
}

static bool count_ledger(void *ctx, uint32_t ledger, struct span origin,
                         uint64_t size)
{
    unsigned *count = ctx;

    cr_assert_eq(ledger, 0);
    cr_assert(span_is(origin, FIXTURE_ORIGIN));
    cr_assert_eq(size, 5);
    *count += 1;
    return true;
}

static bool join_note(void *ctx, struct span key, struct span value)
{
    char *text = ctx;

    (void)snprintf(text + strlen(text), 80 - strlen(text), "%.*s/%u=%.*s ",
                   (int)(key.size - 8), (const char *)key.data,
                   key.data[key.size - 1], (int)value.size,
                   (const char *)value.data);
    return true;
}

static bool count_leaf(void *ctx, struct span key, struct span value)
{
    unsigned *count = ctx;

    cr_assert_eq(key.size, 8);
    cr_assert_gt(value.size, 0);
    *count += 1;
    return true;
}

/* Everything in it can be read, and not a byte, a name or a time of it changes,
 * RocksDB's diary included. */
Test(copy, reads_all_and_changes_nothing)
{
    struct store_copied copied;
    struct store *store;
    unsigned ledgers = 0;
    unsigned leaves = 0;
    char notes[80] = "";

    take_copy();
    fingerprint("before");
    store = open_copy(&copied);
    cr_assert_str_eq(copied.node, FIXTURE_NODE);
    cr_assert_str_empty(copied.note.text);
    cr_assert_eq(store_each_ledger(store, count_ledger, &ledgers, NULL),
                 ERR_OK);
    cr_assert_eq(ledgers, 1);
    cr_assert_eq(store_each_leaf(store, 0, 1, 5, count_leaf, &leaves, NULL),
                 ERR_OK);
    cr_assert_eq(leaves, 4);
    cr_assert_eq(store_each_note(store, NOTE_KIND, join_note, notes, NULL),
                 ERR_OK);
    cr_assert_str_eq(notes, "first/0=one second/7=two ");
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 10, BLOCK_SIZE_MAX);
    block_expect(store, 100, BLOCK_SIZE_MAX);
    store_close(store);
    fingerprint("after");
    run("cmp '%s/before' '%s/after'", place.root, place.root);
}

/* What is damaged in the mark, and whose it is, does not matter to a reader. */
Test(copy, needs_no_mark)
{
    struct store *store;

    take_copy();
    run("rm '%s/mark' '%s/manifest.copy' && rm -r '%s/blocks'", copy.data,
        copy.data, copy.data);
    store = open_copy(NULL);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 100, BLOCK_SIZE_MAX);
    store_close(store);
}

/* Nothing can be written to it. */
Test(copy, refuses_to_be_written)
{
    struct store *store;
    struct batch batch;

    take_copy();
    fingerprint("before");
    store = open_copy(NULL);
    batch_init(&batch, 1000);
    cr_assert_eq(store_commit(store, NULL, &batch, NULL), ERR_IO);
    batch_done(&batch);
    store_close(store);
    fingerprint("after");
    run("cmp '%s/before' '%s/after'", place.root, place.root);
}

/* A directory that a daemon has open is no copy. */
Test(copy, refuses_a_store_in_use)
{
    struct store *store = open_store(&place, NULL);

    run("ln -s '%s' '%s'", place.data, copy.data);
    copy_refused(ERR_BUSY, "a node that runs here");
    store_close(store);
    store_close(open_copy(NULL));
}

/* Two may read one copy; while they do, no daemon takes it for its own. */
Test(copy, is_read_by_many)
{
    struct store *first;
    struct store *second;
    struct store *owner = NULL;
    struct store_opened opened;
    struct why why;

    take_copy();
    first = open_copy(NULL);
    second = open_copy(NULL);
    cr_assert_eq(store_open(copy.data, FIXTURE_NODE, 0, &owner, &opened, &why),
                 ERR_BUSY);
    block_expect(second, 1, BLOCK_SIZE_MAX);
    store_close(first);
    store_close(second);
}

/* What is no store, or was never finished, is named so. */
Test(copy, refuses_what_is_no_store)
{
    copy_refused(ERR_NOT_FOUND, copy.data);
    cr_assert_eq(mkdir(copy.data, 0700), 0);
    copy_refused(ERR_NOT_FOUND, "holdfast-store");
    run("printf 'holdfast store 1\\nnode node-a\\nunfinished\\n' > "
        "'%s/holdfast-store'",
        copy.data);
    copy_refused(ERR_NOT_FOUND, "never finished");
    run("printf 'holdfast store 2\\nnode node-a\\n' > '%s/holdfast-store'",
        copy.data);
    copy_refused(ERR_NEWER, "newer release");
}

/* A copy that cannot be opened says what to do. */
Test(copy, refuses_a_torn_copy)
{
    take_copy();
    run("rm '%s'/db/MANIFEST-*", copy.data);
    copy_refused(ERR_CORRUPT, "copied while its node was running");
    copy_refused(ERR_CORRUPT, "copy again");
    run("rm -r '%s'/db", copy.data);
    copy_refused(ERR_CORRUPT, "copy again");
}

/* One of a killed node without its newest log gives what is older, and says
 * that it is not all. */
Test(copy, tells_that_its_end_is_missing)
{
    struct store_copied copied;

    run("rm -r '%s'", place.data);
    create(&place);
    before_kill(fill_for_once);
    take_copy();
    run("rm '%s'/db/*.log", copy.data);
    store_close(open_copy(&copied));
    cr_assert_not_null(strstr(copied.note.text, "of 5 records"), "%s",
                       copied.note.text);
    cr_assert_not_null(strstr(copied.note.text, "copy again"));
}

static enum err read_block(struct store *store, uint64_t seed)
{
    const struct source *source = store_source(store);
    struct block_of_test block;
    struct buf bytes;
    enum err err;

    block_make(&block, seed, BLOCK_SIZE_MAX);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    err = source->block(source->ctx, &block.name, &bytes);
    if (err == ERR_OK) {
        cr_assert(
            span_equal(buf_span(&bytes), span_of(block.bytes, block.size)));
    }
    buf_done(&bytes);
    block_done(&block);
    return err;
}

/* One flipped byte costs one block; the others are still read. */
Test(copy, reads_past_a_damaged_block)
{
    struct store *store;
    unsigned good = 0;
    unsigned damaged = 0;

    take_copy();
    run("rm -r '%s/blocks'", copy.data);
    run("cd '%s/db' && file=$(ls -S *.sst | head -1) && mv $file x.sst && "
        "printf '\\377\\376\\375' | dd of=x.sst bs=1 seek=5000000 "
        "conv=notrunc status=none && mv x.sst $file",
        copy.data);
    store = open_copy(NULL);
    for (uint64_t seed = 1; seed <= 10; seed++) {
        enum err err = read_block(store, seed);

        cr_assert(err == ERR_OK || err == ERR_CORRUPT);
        good += err == ERR_OK;
        damaged += err == ERR_CORRUPT;
    }
    cr_assert_eq(damaged, 1);
    cr_assert_eq(good, 9);
    cr_assert_eq(read_block(store, 100), ERR_OK);
    store_close(store);
}

/* A block file that is gone costs its blocks, and that is said. */
Test(copy, reads_past_a_missing_file)
{
    struct store_copied copied;
    struct store *store;

    take_copy();
    run("cd '%s/db' && rm $(ls -S *.sst | head -1)", copy.data);
    store = open_copy(&copied);
    cr_assert_not_null(strstr(copied.note.text, "damaged or missing"), "%s",
                       copied.note.text);
    cr_assert_eq(read_block(store, 1), ERR_CORRUPT);
    cr_assert_eq(read_block(store, 100), ERR_OK);
    store_close(store);
}
