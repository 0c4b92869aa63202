/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "rig.h"

#define HOUR_MS 3600000

static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    rig_init(rig, 3, 3);
    for (size_t i = 0; i < 3; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 130000);
    rig_quiet(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(twins, .init = setup, .fini = teardown);

/* How many items are with this many members, as a node counts. */
static uint32_t copies(size_t node, size_t members)
{
    struct msg_status_reply status;
    struct effects effects;
    uint32_t count;

    effects_init(&effects);
    node_status(rig->nodes[node].core, rig->now_ms, &effects, &status);
    count = status.copies[members];
    effects_done(&effects);
    return count;
}

/* Put another disk into n0, and start it as a machine of its own. */
static struct disk *swap(struct disk *disk, bool moved)
{
    struct disk *old = rig->nodes[0].disk;

    rig_stop(rig, 0);
    rig->nodes[0].disk = disk;
    rig->nodes[0].moved = moved;
    rig_start(rig, 0);
    return old;
}

static void link_two(size_t a, size_t b)
{
    rig_link(rig, a, b);
    rig_link(rig, b, a);
    rig_run(rig);
}

static void unlink_two(size_t a, size_t b)
{
    rig_unlink(rig, a, b);
    rig_unlink(rig, b, a);
}

/* Two copies of one directory, each of which opens a ledger of its own while
 * the network is parted: whoever hears of both says so, counts nothing that
 * this node states, and says when one of them was silent for a day. */
Test(twins, two_current)
{
    struct disk *second = disk_copy(rig->nodes[0].disk);
    struct disk *third = disk_copy(rig->nodes[0].disk);
    struct disk *kept;

    cr_assert_eq(copies(1, 3), 1);
    unlink_two(0, 2);
    unlink_two(1, 2);
    unlink_two(0, 1);
    disk_free(swap(second, true));
    link_two(0, 1);
    rig_pass(rig, HOUR_MS + 100000); /* n2 is silent for an hour */
    kept = swap(third, true);
    link_two(0, 2);
    rig_pass(rig, HOUR_MS + 100000);
    cr_assert_eq(rig_count(rig, "says TWINS"), 0);
    link_two(1, 2);
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n1 says TWINS"), 1);
    cr_assert_eq(rig_count(rig, "n2 says TWINS"), 1);
    cr_assert_eq(copies(1, 3), 0);
    cr_assert_eq(copies(1, 2), 1);
    cr_assert_eq(rig_count(rig, "n0 says TWINS"), 1); /* itself, too */
    rig_quiet(rig);
    rig_pass(rig, 25 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "n1 says TWINS"), 1); /* over */
    cr_assert_eq(copies(1, 3), 1);
    disk_free(kept);
}

/* The old machine was not switched off after its directory was moved, and talks
 * to n2, which has not heard of the new ledger: what it states later than ten
 * minutes after that was opened gives it away, to n2 as well as to n1. */
Test(twins, the_old_one_goes_on)
{
    struct disk *old = disk_copy(rig->nodes[0].disk);
    struct disk *new;

    unlink_two(0, 2);
    unlink_two(1, 2);
    rig_stop(rig, 0);
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    link_two(0, 1);
    rig_pass(rig, HOUR_MS + 100000);
    cr_assert_eq(rig_count(rig, "n0 says LEDGER-OPENED"), 1);
    new = swap(old, false);
    link_two(0, 2);
    rig_pass(rig, 2 * HOUR_MS);
    cr_assert_eq(rig_count(rig, "says TWINS"), 0);
    cr_assert_eq(rig_count(rig, "says OPENED-ELSEWHERE"), 0);
    link_two(1, 2);
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n0 says OPENED-ELSEWHERE"), 1);
    cr_assert_eq(rig_count(rig, "n1 says TWINS"), 1);
    cr_assert_eq(rig_count(rig, "n2 says TWINS"), 1);
    cr_assert_eq(copies(1, 3), 0);
    disk_free(new);
}

/* The old machine hears of the new one's ledger, and registers nothing more. It
 * still states what it holds: ten minutes later everybody knows that it runs,
 * and it knows of the new one. Also after a restart of it. */
Test(twins, the_stopped_one_tells)
{
    struct disk *old = disk_copy(rig->nodes[0].disk);
    struct disk *new;

    rig_stop(rig, 0);
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 10000);
    cr_assert_eq(rig_count(rig, "n0 says LEDGER-OPENED"), 1);
    new = swap(old, false);
    rig_link_all(rig);
    rig_pass(rig, 500000);
    cr_assert_eq(rig_count(rig, "n0 says OPENED-ELSEWHERE"), 1);
    cr_assert_eq(rig_count(rig, "says TWINS"), 0);
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, 200000);
    cr_assert_eq(rig_count(rig, "n0 says TWINS"), 1);
    cr_assert_eq(rig_count(rig, "n1 says TWINS"), 1);
    cr_assert_eq(rig_count(rig, "n2 says TWINS"), 1);
    cr_assert_eq(copies(1, 3), 0);
    disk_free(new);
}

/* A node that was moved, or came back from nothing, has one voice: no alarm. */
Test(twins, moved_is_not_two)
{
    rig_stop(rig, 0);
    rig->nodes[0].moved = true;
    rig_start(rig, 0);
    rig_link_all(rig);
    rig_pass(rig, HOUR_MS);
    disk_free(swap(disk_new(), false));
    rig_link_all(rig);
    rig_pass(rig, 2 * HOUR_MS);
    (void)rig_deposit(rig, 0, 2);
    rig_pass(rig, HOUR_MS);
    cr_assert_eq(rig_count(rig, "TWINS"), 0);
    cr_assert_eq(copies(1, 3), 2);
}
