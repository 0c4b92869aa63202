/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "fixture.h"

static struct place_of_test place;

static void setup(void)
{
    place_make(&place);
    create(&place);
}

static void teardown(void)
{
    place_remove(&place);
}

TestSuite(space, .init = setup, .fini = teardown, .timeout = 120);

static struct store *open_with(uint64_t min_free_bytes)
{
    struct store_opened opened;
    struct store *store = NULL;
    struct why why;
    enum err err = store_open(place.data, FIXTURE_NODE, min_free_bytes, &store,
                              &opened, &why);

    cr_assert_eq(err, ERR_OK, "%s", why.text);
    return store;
}

/* Below the reserve nothing is taken, the missing bytes are named, reading
 * goes on, and so does writing when there is room again. */
Test(space, keeps_the_reserve)
{
    struct store *store = open_with(1);
    struct store_group *group = store_group_new(store);
    struct block_of_test block;
    struct batch batch;
    struct why why = { "" };

    batch_init(&batch, 100);
    block_add(group, 1, 1000);
    cr_assert_eq(store_commit(store, group, &batch, &why), ERR_OK);
    store_close(store);

    store = open_with(1ULL << 60);
    block_expect(store, 1, 1000);
    group = store_group_new(store);
    block_make(&block, 2, 1000);
    cr_assert_eq(store_group_add(group, &block.name,
                                 span_of(block.bytes, block.size), &why),
                 ERR_FULL);
    cr_assert_not_null(strstr(why.text, "bytes are missing"), "%s", why.text);
    cr_assert_eq(store_group_size(group), 0);
    block_done(&block);
    cr_assert_eq(store_commit(store, group, &batch, &why), ERR_FULL);
    store_group_free(group); /* still ours: nothing was written */
    store_close(store);

    store = open_with(1);
    group = store_group_new(store);
    block_add(group, 2, 1000);
    cr_assert_eq(store_commit(store, group, &batch, &why), ERR_OK);
    block_expect(store, 2, 1000);
    store_close(store);
    batch_done(&batch);
}

/* Small changes may use half of the reserve: what was signed is recorded. */
Test(space, small_changes_use_half)
{
    struct store *store = open_with(1);
    struct store_space space;
    struct batch batch;
    struct why why = { "" };
    uint64_t middle;

    cr_assert_eq(store_space(store, &space), ERR_OK);
    cr_assert_leq(space.free_bytes, space.total_bytes);
    cr_assert_eq(space.reserve_bytes, 1);
    store_close(store);
    middle = space.free_bytes + space.free_bytes / 2;
    store = open_with(middle);
    batch_init(&batch, 100);
    cr_assert_eq(store_commit(store, NULL, &batch, &why), ERR_OK);
    batch_done(&batch);
    store_close(store);
}

/* The default is a GiB. */
Test(space, has_a_default)
{
    struct store *store = open_with(0);
    struct store_space space;

    cr_assert_eq(store_space(store, &space), ERR_OK);
    cr_assert_eq(space.reserve_bytes, 1ULL << 30);
    store_close(store);
}
