/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "rig.h"

#define WEEK_MS (1000ULL * ISOLATED_S)
#define HOUR_MS 3600000ULL

static struct rig *rig;

static void setup(void)
{
    rig = malloc(sizeof(*rig));
    cr_assert_not_null(rig);
}

static void teardown(void)
{
    rig_done(rig);
    free(rig);
}

TestSuite(isolated, .init = setup, .fini = teardown, .timeout = 120);

/* Four nodes that have stated something. */
static void start(void)
{
    rig_init(rig, 4, 4);
    for (size_t i = 0; i < 4; i++) {
        rig_start(rig, i);
    }
    rig_link_all(rig);
    rig_pass(rig, 70000);
}

/* So much time in one leap, as if all machines had slept; then a moment. */
static void leap(uint64_t ms)
{
    rig->now_ms += ms;
    rig_pass(rig, 130000);
}

static bool is_isolated(size_t node)
{
    struct msg_status_reply status;
    struct effects effects;
    bool found = false;

    effects_init(&effects);
    node_status(rig->nodes[node].core, rig->now_ms, &effects, &status);
    for (size_t i = 0; i < status.alarms_count; i++) {
        if (span_equal(status.alarms[i].code, span_str("ISOLATED"))) {
            cr_assert(status.alarms[i].critical);
            found = true;
        }
    }
    effects_done(&effects);
    return found;
}

/* Nobody heard of for a week: an alarm, not an hour before; it ends when two of
 * the three others state something again. */
Test(isolated, after_a_week_without_the_others)
{
    start();
    for (size_t i = 1; i < 4; i++) {
        rig_unlink(rig, 0, i);
        rig_unlink(rig, i, 0);
    }
    leap(WEEK_MS - HOUR_MS);
    cr_assert_not(is_isolated(0));
    leap(HOUR_MS);
    cr_assert(is_isolated(0));
    cr_assert_not(is_isolated(1)); /* two of its three others go on */
    rig_link(rig, 0, 1);
    rig_link(rig, 1, 0);
    rig_pass(rig, 130000);
    cr_assert_not(is_isolated(0)); /* node 1 brought those of 2 and 3 too */
}

/* Half of the others is not more than half: two of three must be silent. */
Test(isolated, not_by_one_that_is_silent)
{
    start();
    rig_stop(rig, 3);
    leap(WEEK_MS);
    cr_assert_not(is_isolated(0));
    rig_stop(rig, 2);
    leap(WEEK_MS);
    cr_assert(is_isolated(0));
    cr_assert(is_isolated(1));
}

/* It is not forgotten by a restart: statements keep their time. */
Test(isolated, survives_a_restart)
{
    start();
    for (size_t i = 1; i < 4; i++) {
        rig_stop(rig, i);
    }
    leap(WEEK_MS);
    cr_assert(is_isolated(0));
    rig_stop(rig, 0);
    rig_start(rig, 0);
    rig_pass(rig, 1000);
    cr_assert(is_isolated(0));
}
