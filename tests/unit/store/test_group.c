/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "fixture.h"

/* Groups that just stay young, and enough of them to fill a file of young. */
#define YOUNG_BLOCKS ((int)(GROUP_YOUNG_SIZE_MAX / BLOCK_SIZE_MAX))
#define YOUNG_ROUNDS                                                           \
    ((int)(YOUNG_SIZE_MAX / (YOUNG_BLOCKS * BLOCK_SIZE_MAX)) + 2)

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

static void reopen(void)
{
    store_close(store);
    store = open_store(&place, NULL);
}

TestSuite(group, .init = setup, .fini = teardown, .timeout = 120);

static void commit_group(struct store_group *group)
{
    struct batch batch;
    struct why why;
    enum err err;

    batch_init(&batch, 1024);
    err = store_commit(store, group, &batch, &why);
    cr_assert_eq(err, ERR_OK, "%s", why.text);
    batch_done(&batch);
}

/* Small groups need no file of their own; their blocks come back, also after
 * opening again. */
Test(group, small_goes_to_young)
{
    struct store_group *group = store_group_new(store);

    block_add(group, 1, 65552);
    block_add(group, 2, 100);
    cr_assert_eq(store_group_size(group), 65652);
    commit_group(group);
    cr_assert_eq(count_names(&place, "blocks", ".sst"), 0);
    block_expect(store, 1, 65552);
    block_expect(store, 2, 100);
    reopen();
    block_expect(store, 1, 65552);
    block_expect_gone(store, 3, 100);
}

/* A large group is one block file with a link of its own. */
Test(group, large_is_one_file)
{
    struct store_group *group = store_group_new(store);

    for (uint64_t seed = 1; seed <= 20; seed++) {
        block_add(group, seed, BLOCK_SIZE_MAX);
    }
    cr_assert_eq(count_names(&place, "blocks", ".part"), 1);
    commit_group(group);
    cr_assert_eq(count_names(&place, "blocks", ".part"), 0);
    cr_assert_eq(count_names(&place, "blocks", ".sst"), 1);
    run("test $(stat -c %%h '%s/blocks/000001.sst') = 2", place.data);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 20, BLOCK_SIZE_MAX);
    reopen();
    for (uint64_t seed = 1; seed <= 20; seed++) {
        block_expect(store, seed, BLOCK_SIZE_MAX);
    }
}

/* The same block twice is stored once, in a group and in the store. */
Test(group, takes_a_block_once)
{
    struct store_group *group = store_group_new(store);

    block_add(group, 1, 1000);
    block_add(group, 1, 1000);
    cr_assert_eq(store_group_size(group), 1000);
    commit_group(group);
    group = store_group_new(store);
    block_add(group, 1, 1000);
    cr_assert_eq(store_group_size(group), 0);
    commit_group(group);
    block_expect(store, 1, 1000);
}

/* Many small blocks find each other in the index of the group. */
Test(group, finds_doubles_among_many)
{
    struct store_group *group = store_group_new(store);

    for (uint64_t seed = 0; seed < 500; seed++) {
        block_add(group, seed, 50);
    }
    for (uint64_t seed = 0; seed < 500; seed++) {
        block_add(group, seed, 50);
    }
    cr_assert_eq(store_group_size(group), 25000);
    commit_group(group);
    block_expect(store, 499, 50);
}

/* A group that is dropped leaves nothing. */
Test(group, dropped_leaves_nothing)
{
    struct store_group *group = store_group_new(store);

    for (uint64_t seed = 1; seed <= 10; seed++) {
        block_add(group, seed, BLOCK_SIZE_MAX);
    }
    store_group_free(group);
    store_group_free(NULL);
    cr_assert_eq(count_names(&place, "blocks", ".part"), 0);
    block_expect_gone(store, 1, BLOCK_SIZE_MAX);
}

/* Two groups at a time, committed in the other order. */
Test(group, two_at_a_time)
{
    struct store_group *first = store_group_new(store);
    struct store_group *second = store_group_new(store);

    for (uint64_t seed = 1; seed <= 10; seed++) {
        block_add(first, seed, BLOCK_SIZE_MAX);
        block_add(second, 100 + seed, BLOCK_SIZE_MAX);
    }
    commit_group(second);
    commit_group(first);
    reopen();
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 110, BLOCK_SIZE_MAX);
}

/* Young blocks become a file once there are 64 MiB of them; all stay
 * readable. */
Test(group, young_fills_a_file)
{
    uint64_t seed = 1;

    for (int round = 0; round < YOUNG_ROUNDS; round++) {
        struct store_group *group = store_group_new(store);

        for (int index = 0; index < YOUNG_BLOCKS; index++, seed++) {
            block_add(group, seed, BLOCK_SIZE_MAX);
        }
        commit_group(group);
    }
    cr_assert_eq(count_names(&place, "blocks", ".sst"), 1);
    for (uint64_t at = 1; at < seed; at += 3) {
        block_expect(store, at, BLOCK_SIZE_MAX);
    }
    reopen();
    for (uint64_t at = 1; at < seed; at++) {
        block_expect(store, at, BLOCK_SIZE_MAX);
    }
}

/* A block of no bytes or of too many is refused, and the group goes on. */
Test(group, refuses_impossible_sizes)
{
    struct store_group *group = store_group_new(store);
    struct block_id name = { { 1 } };
    uint8_t *bytes = calloc(1, BLOCK_SIZE_MAX + 1);
    struct why why;

    cr_assert_eq(store_group_add(group, &name, span_of(bytes, 0), &why),
                 ERR_TOO_BIG);
    cr_assert_eq(
        store_group_add(group, &name, span_of(bytes, BLOCK_SIZE_MAX + 1), &why),
        ERR_TOO_BIG);
    block_add(group, 1, 10);
    commit_group(group);
    block_expect(store, 1, 10);
    free(bytes);
}

/* Bytes that are not their name's are found when young is written out: that
 * block is not there any more, all the others are. */
Test(group, rotten_young_goes_into_quarantine)
{
    const struct source *source = store_source(store);
    struct block_id wrong = { { 0xab } };
    struct store_group *group = store_group_new(store);
    struct why why;
    uint64_t seed = 1;

    cr_assert_eq(store_group_add(group, &wrong, span_str("rotten"), &why),
                 ERR_OK);
    commit_group(group);
    cr_assert_eq(source->have(source->ctx, &wrong), ERR_OK);
    for (int round = 0; round < YOUNG_ROUNDS; round++) {
        group = store_group_new(store);
        for (int index = 0; index < YOUNG_BLOCKS; index++, seed++) {
            block_add(group, seed, BLOCK_SIZE_MAX);
        }
        commit_group(group);
    }
    cr_assert_eq(count_names(&place, "blocks", ".sst"), 1);
    cr_assert_eq(source->have(source->ctx, &wrong), ERR_NOT_FOUND);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, seed - 1, BLOCK_SIZE_MAX);
}

/* A block that rotted in its file is an error when it is read, never other
 * bytes; its neighbours are read. */
Test(group, rotten_block_is_an_error)
{
    const struct source *source = store_source(store);
    struct store_group *group = store_group_new(store);
    struct block_of_test block;
    struct buf bytes;

    for (uint64_t seed = 1; seed <= 10; seed++) {
        block_add(group, seed, BLOCK_SIZE_MAX);
    }
    commit_group(group);
    flip(&place, "blocks/000001.sst", 3 * BLOCK_SIZE_MAX + 5000);
    block_make(&block, 4, BLOCK_SIZE_MAX);
    buf_init(&bytes, BLOCK_SIZE_MAX);
    cr_assert_eq(source->block(source->ctx, &block.name, &bytes), ERR_CORRUPT);
    buf_done(&bytes);
    block_done(&block);
    block_expect(store, 1, BLOCK_SIZE_MAX);
    block_expect(store, 10, BLOCK_SIZE_MAX);
}
