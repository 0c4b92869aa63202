/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/rng.h"
#include "crypto/noise.h"
#include "crypto/replay.h"

/* Each counter is taken once; the window reaches back 8128 counters. */
Test(replay, takes_each_counter_once)
{
    struct replay replay;

    replay_init(&replay);
    cr_expect(replay_mark(&replay, 0));
    cr_expect(!replay_check(&replay, 0));
    cr_expect(!replay_mark(&replay, 0));
    cr_expect(replay_mark(&replay, REPLAY_WINDOW_SIZE + 1));
    cr_expect(replay_check(&replay, 1));
    cr_expect(replay_mark(&replay, REPLAY_WINDOW_SIZE + 2));
    cr_expect(!replay_check(&replay, 1), "older than the window");
    cr_expect(replay_check(&replay, 2));
}

/* Checking alone changes nothing. */
Test(replay, checks_without_marking)
{
    struct replay replay;

    replay_init(&replay);
    cr_expect(replay_check(&replay, 1ULL << 50));
    cr_expect(replay_check(&replay, 1ULL << 50));
    cr_expect(replay_mark(&replay, 5));
}

/* Nothing at the end of all counters is taken. */
Test(replay, ends_before_the_last_counter)
{
    struct replay replay;

    replay_init(&replay);
    cr_expect(!replay_check(&replay, NOISE_COUNTER_LIMIT));
    cr_expect(!replay_check(&replay, UINT64_MAX));
    cr_expect(replay_mark(&replay, NOISE_COUNTER_LIMIT - 1));
    cr_expect(!replay_mark(&replay, NOISE_COUNTER_LIMIT - 1));
    cr_expect(replay_mark(&replay, NOISE_COUNTER_LIMIT - 2));
}

/* A list of all counters ever seen says the same, step by step. */
Test(replay, agrees_with_a_list)
{
    static bool seen[200000];
    struct replay replay;
    struct rng rng;
    uint64_t greatest = 0;

    replay_init(&replay);
    rng_init(&rng, 20481);
    for (int step = 0; step < 100000; step++) {
        uint64_t from = greatest > 9000 ? greatest - 9000 : 0;
        uint64_t jump = rng_below(&rng, 500) == 0 ? 10000 : 9100;
        uint64_t counter = from + rng_below(&rng, jump);
        bool expected;

        if (counter >= sizeof(seen)) {
            break;
        }
        expected = !seen[counter] && (counter > greatest ||
                                      greatest - counter <= REPLAY_WINDOW_SIZE);
        cr_assert_eq(replay_mark(&replay, counter), expected, "step %d", step);
        seen[counter] = true;
        greatest = counter > greatest ? counter : greatest;
    }
    cr_expect(greatest > 20000);
}
