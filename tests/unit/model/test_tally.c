/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tally.h"

#include <criterion/criterion.h>

/* The largest number is counted, and compared, as it is. */
Test(tally, counts_to_its_end)
{
    struct tally tally = { { 0 } };

    for (unsigned i = 0; i < TALLY_MAX; i++) {
        tally_add(&tally, i % 2 == 0 ? UINT64_MAX : 1);
    }
    cr_expect_eq(tally_is(&tally, TALLY_MAX), 1);
    cr_expect_eq(tally_is(&tally, (TALLY_MAX + 1) / 2), ~UINT64_C(1));
    cr_expect_eq(tally_at_most(&tally, TALLY_MAX - 1), ~UINT64_C(1));
    cr_expect_eq(tally_at_most(&tally, TALLY_MAX), UINT64_MAX);
    cr_expect_eq(tally_at_most(&tally, TALLY_MAX + 1), UINT64_MAX);
    cr_expect_eq(tally_is(&tally, TALLY_MAX + 1), 0);
}

/* As many as are set. */
Test(tally, counts_bits)
{
    cr_expect_eq(word_count(0), 0);
    cr_expect_eq(word_count(UINT64_MAX), 64);
    cr_expect_eq(word_count(UINT64_C(0x8000000000000001)), 2);
}
