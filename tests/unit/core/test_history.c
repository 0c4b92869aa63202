/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "rig.h"

#define HOUR_MS 3600000

/* Three members: K is one, so that one other member's line proves a time. */
static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 70000);
    rig_quiet(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(history, .init = setup, .fini = teardown);

/* Of the witnessed checkpoints the first of each hour stays, and the newest. */
Test(history, of_each_hour)
{
    rig_pass(rig, HOUR_MS - (rig->now_ms + 1000) % HOUR_MS + 60000);
    for (unsigned i = 0; i < 12; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, HOUR_MS / 4);
        if (i % 4 == 3) {
            rig_stop(rig, 1); /* also by who has to find the last one again */
            rig_start(rig, 1);
            rig_link_all(rig);
        }
    }
    for (size_t i = 0; i < 3; i++) {
        /* the empty ledger's, three hours', the newest */
        cr_assert_eq(rig_kept(rig, i), 5, "n%zu keeps %zu", i,
                     rig_kept(rig, i));
    }
}

/* Who was away, or lost his disk, gets the checkpoints of the hours that he
 * missed from the others. */
Test(history, is_fetched)
{
    size_t all;

    rig_pass(rig, HOUR_MS - (rig->now_ms + 1000) % HOUR_MS + 60000);
    for (unsigned i = 0; i < 12; i++) {
        (void)rig_deposit(rig, 0, i);
        rig_pass(rig, HOUR_MS / 4);
        if (i == 3) {
            rig_stop(rig, 1);
        }
    }
    all = rig_kept(rig, 2);
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, 70000);
    (void)rig_deposit(rig, 0, 20);
    rig_pass(rig, 70000);
    cr_assert_geq(rig_kept(rig, 1), all, "%zu of %zu", rig_kept(rig, 1), all);
    rig_stop(rig, 1);
    disk_free(rig->nodes[1].disk);
    rig->nodes[1].disk = disk_new();
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, 130000);
    cr_assert_geq(rig_kept(rig, 1), all, "%zu of %zu", rig_kept(rig, 1), all);
    rig_quiet(rig);
    rig_pass(rig, HOUR_MS);
    cr_assert_eq(rig_count(rig, "GetNotes cosigned"), 0);
}
