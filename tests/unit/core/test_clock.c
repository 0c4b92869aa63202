/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "rig.h"

static struct rig *rig;

static void start(size_t members)
{
    rig = malloc(sizeof(*rig));
    rig_init(rig, members, members);
    for (size_t i = 0; i < members; i++) {
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

TestSuite(clock, .fini = teardown);

/* Ten minutes ahead of the two others: it says so once, shows it, and cosigns
 * nothing until the clock is right; the others have nothing to say. */
Test(clock, wrong)
{
    struct msg_status_reply status;

    start(3);
    rig->nodes[1].ahead_s = 600;
    rig_pass(rig, 1000);
    (void)rig_deposit(rig, 0, 1);
    rig_pass(rig, 600000);
    cr_assert_eq(rig_count(rig, "says CLOCK"), 1);
    cr_assert_eq(rig_count(rig, "n1 says CLOCK"), 1);
    cr_assert_eq(rig_count(rig, "n1 cosigns"), 0);
    cr_assert_eq(rig_count(rig, "n2 cosigns n0"), 1);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.alarms_count, 1);
    cr_assert(status.clock_known);
    cr_assert_geq(status.clock_ahead_s, 599);
    cr_assert_eq(status.clock_behind_s, 0);
    rig->nodes[1].ahead_s = -20;
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n1 says CLOCK"), 2); /* over */
    cr_assert_eq(rig_count(rig, "n1 cosigns n0"), 1);
    rig_status(rig, 1, &status);
    cr_assert_eq(status.alarms_count, 0);
    cr_assert_leq(status.clock_behind_s, 21);
}

/* One other of two is wrong: that proves nothing against us. */
Test(clock, one_other_wrong)
{
    start(3);
    rig->nodes[2].ahead_s = -100000;
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n0 says CLOCK"), 0);
    cr_assert_eq(rig_count(rig, "n1 says CLOCK"), 0);
    cr_assert_eq(rig_count(rig, "n2 says CLOCK"), 1);
}

/* With one other member there is no median. */
Test(clock, two_members)
{
    struct msg_status_reply status;

    start(2);
    rig->nodes[1].ahead_s = 100000;
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "says CLOCK"), 0);
    rig_status(rig, 0, &status);
    cr_assert_not(status.clock_known);
}

/* Clocks from the end and the beginning of time overflow nothing. */
Test(clock, absurd)
{
    start(4);
    rig->nodes[1].ahead_s = INT64_MAX - 4000000000;
    rig->nodes[2].ahead_s = -1800000000;
    rig_pass(rig, 70000);
    cr_assert_eq(rig_count(rig, "n0 says CLOCK"), 0);
    cr_assert_eq(rig_count(rig, "n3 says CLOCK"), 0);
    cr_assert_eq(rig_count(rig, "n1 says CLOCK"), 1);
    cr_assert_eq(rig_count(rig, "n2 says CLOCK"), 1);
}
