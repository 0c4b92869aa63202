/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"

/* The same seed gives the same numbers on every machine: the published first
 * output of splitmix64 for seed 0, and xoshiro256** worked out by hand. */
Test(rng, is_reproducible)
{
    struct rng a;
    struct rng b;
    struct rng one = { { 1, 2, 3, 4 } };

    rng_init(&a, 0);
    cr_expect(a.state[0] == UINT64_C(0xe220a8397b1dcdaf));
    cr_expect(rng_next(&one) == 11520);
    cr_expect(rng_next(&one) == 0);
    cr_expect(rng_next(&one) == 1509978240);
    rng_init(&a, 7);
    rng_init(&b, 7);
    for (int index = 0; index < 100; index++) {
        cr_expect(rng_next(&a) == rng_next(&b));
    }
    rng_init(&b, 8);
    cr_expect(rng_next(&a) != rng_next(&b));
}

/* Every value below the bound comes, none above, each about equally often. */
Test(rng, below)
{
    struct rng rng;
    int counts[6] = { 0 };

    rng_init(&rng, 1);
    for (int index = 0; index < 60000; index++) {
        uint64_t value = rng_below(&rng, 6);

        cr_assert(value < 6);
        counts[value]++;
    }
    for (int value = 0; value < 6; value++) {
        cr_expect(counts[value] > 9500 && counts[value] < 10500, "%d",
                  counts[value]);
    }
    cr_expect(rng_below(&rng, 1) == 0);
    cr_expect(rng_below(&rng, UINT64_MAX) < UINT64_MAX);
}

/* Fills exactly what it was given, low byte first. */
Test(rng, fills)
{
    struct rng rng;
    struct rng same;
    uint8_t bytes[12];
    uint64_t first;

    memset(bytes, 0x55, sizeof(bytes));
    rng_init(&rng, 3);
    same = rng;
    rng_fill(&rng, bytes, 11);
    first = rng_next(&same);
    for (int index = 0; index < 8; index++) {
        cr_expect(bytes[index] == (uint8_t)(first >> 8 * index));
    }
    cr_expect(bytes[11] == 0x55);
    rng_fill(&rng, bytes, 0);
}
