/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/staged.h"

#include <criterion/criterion.h>
#include <string.h>
#include <uv.h>

#define MANY 20000

static struct block_id name_of(uint64_t number)
{
    struct block_id name = { { 0 } };

    /* Names are hashes: spread the first bytes too. */
    number = number * 0x9e3779b97f4a7c15u + 1;
    memcpy(name.bytes, &number, sizeof(number));
    return name;
}

/* What was added is there until its group is dropped, and no longer. */
Test(staged, forgets_by_group)
{
    struct staged *staged;
    struct block_id one = name_of(1);
    struct block_id two = name_of(2);

    cr_assert_eq(staged_new(&staged), ERR_OK);
    cr_assert(!staged_has(staged, &one));
    cr_assert_eq(staged_add(staged, &one, 1), ERR_OK);
    cr_assert_eq(staged_add(staged, &two, 2), ERR_OK);
    staged_drop(staged, 1);
    cr_assert(!staged_has(staged, &one));
    cr_assert(staged_has(staged, &two));
    staged_drop(staged, 2);
    cr_assert(!staged_has(staged, &two));
    staged_free(staged);
}

/* A name that came twice belongs to its first group. */
Test(staged, keeps_first_group)
{
    struct staged *staged;
    struct block_id one = name_of(1);

    cr_assert_eq(staged_new(&staged), ERR_OK);
    cr_assert_eq(staged_add(staged, &one, 1), ERR_OK);
    cr_assert_eq(staged_add(staged, &one, 2), ERR_OK);
    staged_drop(staged, 1);
    cr_assert(!staged_has(staged, &one));
    staged_free(staged);
}

/* It grows beyond its first size and still finds everything. */
Test(staged, grows)
{
    struct staged *staged;

    cr_assert_eq(staged_new(&staged), ERR_OK);
    for (uint64_t i = 0; i < MANY; i++) {
        struct block_id name = name_of(i);

        cr_assert_eq(staged_add(staged, &name, i / 1000), ERR_OK);
    }
    staged_drop(staged, 9);
    for (uint64_t i = 0; i < MANY; i++) {
        struct block_id name = name_of(i);

        cr_assert_eq(staged_has(staged, &name), i / 1000 > 9, "%d", (int)i);
    }
    staged_free(staged);
}

static void add_many(void *arg)
{
    for (uint64_t i = 0; i < MANY; i++) {
        struct block_id name = name_of(i);

        if (staged_add(arg, &name, i / 100) != ERR_OK) {
            return;
        }
    }
}

/* One thread adds, another asks and drops. */
Test(staged, two_threads)
{
    struct staged *staged;
    struct block_id last = name_of(MANY - 1);
    uv_thread_t thread;

    cr_assert_eq(staged_new(&staged), ERR_OK);
    cr_assert_eq(uv_thread_create(&thread, add_many, staged), 0);
    for (uint64_t group = 0; group < MANY / 200; group++) {
        (void)staged_has(staged, &last);
        staged_drop(staged, group);
    }
    uv_thread_join(&thread);
    cr_assert(staged_has(staged, &last));
    staged_free(staged);
}
