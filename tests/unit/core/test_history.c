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

/* The origin of n0's ledger, from what is on this disk. */
struct search {
    struct origin origin;
    size_t count;
};

static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct search *search = ctx;
    struct origin origin;

    (void)op;
    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    if (span_is(origin_node(&origin), "n0")) {
        search->origin = origin;
    }
}

static struct origin origin_of_n0(void)
{
    struct search search = { .count = 0 };

    disk_each(rig->nodes[0].disk, BATCH_LEDGER, see_ledger, &search);
    return search.origin;
}

static void see_kept(void *ctx, const struct batch_op *op, struct span name,
                     struct span value)
{
    struct search *search = ctx;

    (void)value;
    if (op->level == NOTE_COSIGNATURE &&
        span_equal(name, origin_span(&search->origin))) {
        search->count++;
    }
}

/* How many checkpoints of n0's ledger this node keeps. */
static size_t kept(size_t node)
{
    struct search search = { .origin = origin_of_n0() };

    disk_each(rig->nodes[node].disk, BATCH_NOTE, see_kept, &search);
    return search.count;
}

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
        cr_assert_eq(kept(i), 5, "n%zu keeps %zu", i, kept(i));
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
    all = kept(2);
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, 70000);
    (void)rig_deposit(rig, 0, 20);
    rig_pass(rig, 70000);
    cr_assert_geq(kept(1), all, "%zu of %zu", kept(1), all);
    rig_stop(rig, 1);
    disk_free(rig->nodes[1].disk);
    rig->nodes[1].disk = disk_new();
    rig_start(rig, 1);
    rig_link_all(rig);
    rig_pass(rig, 130000);
    cr_assert_geq(kept(1), all, "%zu of %zu", kept(1), all);
    rig_quiet(rig);
    rig_pass(rig, HOUR_MS);
    cr_assert_eq(rig_count(rig, "GetNotes cosigned"), 0);
}
