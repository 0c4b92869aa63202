/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/limits.h"
#include "fixture.h"
#include "reread_fixture.h"

/* After a restart a pass goes on with the file that it was at; what was read
 * before is not read again. */
Test(reread, goes_on_where_it_was)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct store_reread *reread;
    struct reread_found found;
    uint8_t at[REREAD_AT_SIZE];
    struct pass pass = { .steps = 0 };
    struct store *store;

    store = place_begin(&place, &ledger);
    for (uint64_t file = 0; file < 3; file++) {
        commit(store, &ledger, 1, 1 + 10 * file, BLOCKS);
    }
    reread = store_reread_new(store);
    cr_assert_eq(store_reread_begin(reread, span_of(NULL, 0), NULL), ERR_OK);
    do {
        cr_assert_eq(store_reread_step(reread, 1, &found, NULL), ERR_OK);
        store_reread_at(reread, at);
    } while (found.done_permille < 600);
    store_reread_free(reread);
    store_close(store);
    store = open_store(&place, NULL);
    reread = store_reread_new(store);
    cr_assert_eq(store_reread_begin(reread, span_of(at, sizeof(at)), NULL),
                 ERR_OK);
    go_on(store, reread, PIECE, &pass);
    cr_assert_lt(pass.bytes, 2 * BLOCKS * (uint64_t)BLOCK_SIZE_MAX);
    cr_assert_geq(pass.bytes, BLOCKS * (uint64_t)BLOCK_SIZE_MAX);
    /* Bytes that are no position begin anew. */
    at[0] = 99;
    pass = (struct pass){ .steps = 0 };
    cr_assert_eq(store_reread_begin(reread, span_of(at, sizeof(at)), NULL),
                 ERR_OK);
    go_on(store, reread, PIECE, &pass);
    cr_assert_geq(pass.bytes, 3 * BLOCKS * (uint64_t)BLOCK_SIZE_MAX);
    store_reread_free(reread);
    place_end(&place, store);
}

/* What a reader could not read is looked at without waiting for the pass. */
Test(reread, looks_at_what_a_reader_met)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct store_reread *reread;
    struct reread_found found;
    const struct source *source;
    struct block_of_test block;
    struct store *store;
    struct buf bytes;

    store = place_begin(&place, &ledger);
    source = store_source(store);
    commit(store, &ledger, 1, 1, BLOCKS);
    flip(&place, "blocks/000001.sst", 2L * BLOCK_SIZE_MAX + 500);
    cr_assert_not(store_doubted(store));
    block_make(&block, 3, BLOCK_SIZE_MAX);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    cr_assert_eq(source->block(source->ctx, &block.name, &bytes), ERR_CORRUPT);
    cr_assert(store_doubted(store));
    reread = store_reread_new(store);
    cr_assert_eq(store_reread_doubts(reread, &found, NULL), ERR_OK);
    cr_assert_eq(found.bad_count, 1);
    cr_assert(block_id_equal(&found.bad[0].name, &block.name));
    cr_assert_not(store_doubted(store));
    set_aside(store, &found);
    cr_assert_eq(source->block(source->ctx, &block.name, &bytes),
                 ERR_NOT_FOUND);
    cr_assert_not(store_doubted(store));
    buf_done(&bytes);
    block_done(&block);
    store_reread_free(reread);
    place_end(&place, store);
}

/* Setting aside names a place: a block that lies elsewhere by now stays. What
 * reads well again comes back. */
Test(reread, aside_only_at_its_place_and_back)
{
    struct place_of_test place;
    struct ledger_of_test ledger;
    struct block_of_test block;
    struct reread_found found = { .bad_count = 1 };
    struct bad_block bad = { .cause = BAD_BYTES, .file = 2, .position = 0 };
    struct store *store;
    struct pass pass;

    store = place_begin(&place, &ledger);
    commit(store, &ledger, 1, 1, BLOCKS);
    block_make(&block, 1, BLOCK_SIZE_MAX);
    bad.name = block.name;
    found.bad = &bad;
    set_aside(store, &found);
    cr_assert(is_held(store, 1));
    bad.file = 1;
    set_aside(store, &found);
    cr_assert_not(is_held(store, 1));
    pass = pass_over(store); /* it was right all the time: BAD_BACK */
    cr_assert(is_held(store, 1));
    cr_assert_eq(pass.bad[0].cause, BAD_BACK);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_done(&block);
    place_end(&place, store);
}

/* Small blocks share a data block; the walk knows the layout to the byte. */
Test(reread, reads_small_blocks)
{
    struct place_of_test place;
    struct store_group *group;
    struct batch batch;
    struct store *store;
    struct pass pass;

    place_make(&place);
    create(&place);
    store = open_store(&place, NULL);
    group = store_group_new(store);
    for (uint64_t seed = 1; seed <= 5; seed++) {
        block_add(group, seed, BLOCK_SIZE_MAX);
    }
    for (uint64_t seed = 6; seed < 120; seed++) {
        block_add(group, seed, 1 + (seed * 37) % 700);
    }
    batch_init(&batch, 1024);
    cr_assert_eq(store_commit(store, group, &batch, NULL), ERR_OK);
    batch_done(&batch);
    pass = pass_over(store);
    cr_assert_eq(pass.bad_count, 0);
    cr_assert_eq(pass.left, 0);
    /* In the middle of the small ones: only what shares its data block. */
    flip(&place, "blocks/000001.sst", 5L * BLOCK_SIZE_MAX + 9000);
    pass = pass_over(store);
    cr_assert_gt(pass.bad_count, 0);
    cr_assert_leq(pass.bad_count, 40);
    cr_assert_eq(pass.left, 1);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 119, 1 + (119 * 37) % 700);
    place_end(&place, store);
}
