/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "daemon/config.h"
#include "daemon/scrub.h"

#define DAY_S 86400
#define TB 1000000000000ULL

static struct config config;

static void setup(void)
{
    config_init(&config);
}

TestSuite(scrub, .init = setup);

/* What is stated is never older than a period: a pass that begins half a period
 * after the last one began is over before the period is. */
Test(scrub, a_pass_ends_within_the_period)
{
    uint64_t total = 5 * TB;
    uint64_t rate = scrub_rate(&config, total);
    uint64_t due = scrub_due_s(&config, 1000);

    cr_assert_eq(due, 1000 + 15 * DAY_S);
    cr_assert_leq(due + total / rate, 1000 + 28 * DAY_S);
    cr_assert_leq(rate, config.scrub_max_read);
}

/* In six hours a day it reads four times as fast; never faster than max_read,
 * and small stores not endlessly slowly. */
Test(scrub, rates)
{
    uint64_t all_day = scrub_rate(&config, 5 * TB);

    config.scrub_start = 1 + 150;
    cr_assert_geq(scrub_rate(&config, 5 * TB), 4 * all_day - 4);
    cr_assert_eq(scrub_rate(&config, 500 * TB), config.scrub_max_read);
    cr_assert_eq(scrub_rate(&config, 1000), 1000000);
    config.scrub_max_read = 1000;
    cr_assert_eq(scrub_rate(&config, 1000), 1000);
}

/* The window is six hours from `start` on, also past midnight. */
Test(scrub, window)
{
    cr_assert(scrub_open(&config, 0) && scrub_open(&config, 1439));
    config.scrub_start = 1 + 23 * 60;
    cr_assert_not(scrub_open(&config, 23 * 60 - 1));
    cr_assert(scrub_open(&config, 23 * 60));
    cr_assert(scrub_open(&config, 0));
    cr_assert(scrub_open(&config, 5 * 60 - 1));
    cr_assert_not(scrub_open(&config, 5 * 60));
}

/* A store that was never read is read at once. */
Test(scrub, first)
{
    cr_assert_eq(scrub_due_s(&config, 0), 0);
}
