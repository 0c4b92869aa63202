/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"
#include "model/runs.h"

#define SIZE_MAX_TRIED 300
#define BYTES BITS_BYTES(SIZE_MAX_TRIED)

static bool bit(const uint8_t *bits, uint64_t index)
{
    return bits == NULL || (bits[index / 8] >> (index % 8) & 1) != 0;
}

static bool good(const char *text, uint64_t size)
{
    return runs_check(span_str(text), size) == ERR_OK;
}

/* What a writer of runs may write is taken. */
Test(runs, takes_the_one_form)
{
    cr_assert(good("0", 1));
    cr_assert(good("3,5-7,12", 13));
    cr_assert(good("0-1,3", 4));
    cr_assert(good("0-9223372036854775806", 9223372036854775807u));
}

/* Any second way to write a set, and any index out of the ledger, is refused.
 */
Test(runs, refuses_all_others)
{
    static const char *const bad[] = {
        "",
        "-",
        ",",
        "3,",
        ",3",
        "3,,5",
        "03",
        "3-3",
        "7-5",
        "3-",
        "-3",
        "3,4",
        "3,4-7",
        "3-6,5-7",
        "5,3",
        "3,3",
        "3 ,5",
        "+3",
        "3-5-7",
        "3;5",
        "3,5\n",
        "3.5",
        "x",
        "12-13",
        "13",
        "99999999999999999999",
        "3-99999999999999999999",
    };

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect_not(good(bad[index], 13), "%s", bad[index]);
    }
    cr_expect_not(good("0", 0));
}

/* A walk gives the runs, stops at the first mistake, and stays there. */
Test(runs, walks)
{
    struct runs runs;
    struct run run;

    runs_init(&runs, span_str("3,5-7"), 8);
    cr_assert(runs_next(&runs, &run));
    cr_assert(run.first == 3 && run.last == 3);
    cr_assert(runs_next(&runs, &run));
    cr_assert(run.first == 5 && run.last == 7);
    cr_assert_not(runs_next(&runs, &run));
    cr_assert_not(runs.failed);
    runs_init(&runs, span_str("3,4,6"), 8);
    cr_assert(runs_next(&runs, &run));
    cr_assert_not(runs_next(&runs, &run));
    cr_assert(runs.failed);
    cr_assert_not(runs_next(&runs, &run));
    runs_init(&runs, span_of(NULL, 0), 8);
    cr_assert_not(runs_next(&runs, &run));
    cr_assert_not(runs.failed);
}

static void write_of(struct buf *buf, const struct runs_of *of)
{
    buf_clear(buf);
    cr_assert(runs_format_bits(buf, of, buf->max));
}

static const char *text_of(struct buf *buf, const struct runs_of *of)
{
    write_of(buf, of);
    buf_put_byte(buf, '\0');
    return (const char *)buf->data;
}

/* What is in one bitmap and not in the other is written, each run once. */
Test(runs, writes_differences)
{
    const uint8_t set[] = { 0xf0, 0xff, 0x05 };     /* 4-15, 16, 18 */
    const uint8_t cleared[] = { 0x00, 0x10, 0x00 }; /* 12 */
    struct buf buf;

    buf_init(&buf, 4096);
    cr_assert_str_eq(text_of(&buf, &(struct runs_of){ .set = set,
                                                      .cleared = cleared,
                                                      .size = 24 }),
                     "4-11,13-16,18");
    cr_assert_str_eq(
        text_of(&buf,
                &(struct runs_of){ .set = set, .cleared = NULL, .size = 18 }),
        "4-16");
    cr_assert_str_eq(
        text_of(&buf,
                &(struct runs_of){ .set = NULL, .cleared = set, .size = 19 }),
        "0-3,17");
    cr_assert_str_eq(
        text_of(&buf,
                &(struct runs_of){ .set = set, .cleared = set, .size = 24 }),
        "");
    cr_assert_str_eq(
        text_of(&buf,
                &(struct runs_of){ .set = NULL, .cleared = NULL, .size = 0 }),
        "");
    buf_done(&buf);
}

/* Beyond the budget the text ends behind the last run that fitted, and says
 * so. */
Test(runs, stops_at_the_budget)
{
    const uint8_t set[] = { 0x55, 0x55 };
    const struct runs_of of = { .set = set, .size = 16 };
    struct buf buf;

    buf_init(&buf, 4096);
    cr_assert_not(runs_format_bits(&buf, &of, 4));
    cr_assert(span_is(buf_span(&buf), "0,2"));
    buf_clear(&buf);
    cr_assert_not(runs_format_bits(&buf, &of, 0));
    cr_assert_eq(buf.size, 0);
    cr_assert_not(runs_format_bits(&buf, &of, 17));
    buf_clear(&buf);
    cr_assert(runs_format_bits(&buf, &of, 18));
    cr_assert(span_is(buf_span(&buf), "0,2,4,6,8,10,12,14"));
    buf_done(&buf);
}

/* Gaps that change nothing for the reader are written over. */
Test(runs, writes_over_gaps)
{
    const uint8_t set[] = { 0x93, 0x01 };     /* 0 1 4 7 8 */
    const uint8_t cleared[] = { 0x02, 0x01 }; /* 1 8 */
    struct runs_of of = {
        .set = set, .cleared = cleared, .size = 16, .over = RUNS_OVER_UNSET
    };
    struct buf buf;

    buf_init(&buf, 4096);
    cr_assert_str_eq(text_of(&buf, &of), "0,4-7");
    of.over = RUNS_OVER_CLEARED;
    cr_assert_str_eq(text_of(&buf, &of), "0,4,7");
    of.cleared = (const uint8_t[]){ 0x10, 0x00 };
    of.set = (const uint8_t[]){ 0x38, 0x00 };
    cr_assert_str_eq(text_of(&buf, &of), "3-5");
    of.over = RUNS_OVER_NOTHING;
    cr_assert_str_eq(text_of(&buf, &of), "3,5");
    buf_done(&buf);
}

/* Coarser: short runs left out, or narrow gaps written over. */
Test(runs, writes_coarser)
{
    const uint8_t set[] = { 0x6d, 0xf0 }; /* 0 2 3 5 6 12-15 */
    struct runs_of of = { .set = set, .size = 16 };
    struct buf buf;

    buf_init(&buf, 4096);
    of.gap = 1;
    cr_assert_str_eq(text_of(&buf, &of), "0-6,12-15");
    of.gap = 5;
    cr_assert_str_eq(text_of(&buf, &of), "0-15");
    of.gap = 0;
    of.length_min = 2;
    cr_assert_str_eq(text_of(&buf, &of), "2-3,5-6,12-15");
    of.length_min = 5;
    cr_assert_str_eq(text_of(&buf, &of), "");
    buf_done(&buf);
}

static void fill(struct rng *rng, uint8_t *bits, unsigned kind)
{
    for (size_t at = 0; at < BYTES; at++) {
        bits[at] = (uint8_t)rng_below(rng, 256);
        if (kind % 3 == 1) {
            bits[at] = rng_below(rng, 4) == 0 ? bits[at] : 0;
        } else if (kind % 3 == 2) {
            bits[at] = rng_below(rng, 4) == 0 ? bits[at] : 0xff;
        }
    }
}

/* The text of any two bitmaps of any size sets exactly their difference; with
 * gaps, nothing that must not be there. */
Test(runs, says_what_bits_say)
{
    uint8_t set[BYTES];
    uint8_t cleared[BYTES];
    uint8_t back[BYTES];
    struct rng rng;
    struct buf buf;

    rng_init(&rng, 7);
    buf_init(&buf, 1 << 16);
    for (unsigned round = 0; round < 600; round++) {
        uint64_t size = rng_below(&rng, SIZE_MAX_TRIED + 1);
        struct runs_of of = { .set = set,
                              .cleared = round % 5 == 0 ? NULL : cleared,
                              .size = size,
                              .over = (enum runs_over)(round % 3) };

        fill(&rng, set, round);
        fill(&rng, cleared, round / 3);
        write_of(&buf, &of);
        cr_assert(buf.size == 0 || runs_check(buf_span(&buf), size) == ERR_OK);
        memset(back, 0, sizeof(back));
        runs_set_bits(buf_span(&buf), size, back);
        for (uint64_t index = 0; index < size; index++) {
            bool must =
                bit(set, index) && (of.cleared == NULL || !bit(cleared, index));
            bool free_to = of.over == RUNS_OVER_UNSET ? !bit(set, index)
                           : of.over == RUNS_OVER_CLEARED
                               ? bit(set, index) && !must
                               : false;

            cr_assert(bit(back, index) == must ||
                      (free_to && bit(back, index)));
        }
        runs_clear_bits(buf_span(&buf), size, back);
        for (size_t at = 0; at < BYTES; at++) {
            cr_assert_eq(back[at], 0);
        }
    }
    buf_done(&buf);
}

/* Indexes from the size on are not touched. */
Test(runs, keeps_within_the_bitmap)
{
    uint8_t bits[4] = { 0, 0, 0, 0xaa };

    runs_set_bits(span_str("2,20-31"), 24, bits);
    cr_assert(bits[0] == 4 && bits[1] == 0 && bits[2] == 0xf0);
    cr_assert_eq(bits[3], 0xaa);
    runs_clear_bits(span_str("0-3,21-31"), 22, bits);
    cr_assert(bits[0] == 0 && bits[2] == 0xd0);
    cr_assert_eq(bits[3], 0xaa);
}

/* Set bits are counted up to the size. */
Test(runs, counts)
{
    const uint8_t bits[] = { 0xff, 0x01, 0, 0, 0, 0, 0, 0, 0x0f, 0xf0 };

    cr_assert_eq(bits_count(bits, 80), 17);
    cr_assert_eq(bits_count(bits, 77), 14);
    cr_assert_eq(bits_count(bits, 9), 9);
    cr_assert_eq(bits_count(bits, 3), 3);
    cr_assert_eq(bits_count(bits, 0), 0);
}
