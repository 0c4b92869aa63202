/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "crypto/secret.h"
#include "model/runs.h"
#include "model/statement_fit.h"

#define CID "test-0123456789abcdef"
#define SIZE 40000
#define BYTES BITS_BYTES(SIZE)

static struct statement_held ledgers[LEDGER_COUNT_MAX];
static struct statement_holds holds[LEDGER_COUNT_MAX];
static uint8_t held[4][BYTES];
static uint8_t placed[BYTES];
static struct statement statement;
static struct sign_key secret;
static struct buf runs;
static uint64_t unclaimed;

static void origin_number(struct origin *origin, unsigned number)
{
    char text[ORIGIN_TEXT_SIZE];

    (void)snprintf(text, sizeof(text), CID "/node-1/%032u", number);
    cr_assert(origin_parse(span_str(text), origin) == ERR_OK);
}

static void init(void)
{
    static const uint8_t seed[SIGN_SEED_SIZE] = { 5 };

    cr_assert(crypto_init() == ERR_OK);
    cr_assert(sign_key_init(&secret, seed) == ERR_OK);
    memset(&statement, 0, sizeof(statement));
    cr_assert(label_parse(span_str("node-1"), &statement.node) == ERR_OK);
    origin_number(&statement.ledger, 0);
    statement.reads = 1;
    for (unsigned index = 0; index < LEDGER_COUNT_MAX; index++) {
        origin_number(&ledgers[index].origin, index);
        ledgers[index].size = SIZE;
        ledgers[index].held = held[index % 4];
        ledgers[index].placed = NULL;
    }
    memset(held, 0, sizeof(held));
    memset(placed, 0, sizeof(placed));
    buf_init(&runs, STATEMENT_SIZE_MAX);
}

static void fini(void)
{
    buf_done(&runs);
    sign_key_done(&secret);
}

TestSuite(statement_fit, .init = init, .fini = fini);

static void fill(uint8_t *bits, uint64_t seed, uint64_t of_thousand)
{
    struct rng rng;

    rng_init(&rng, seed);
    for (uint64_t index = 0; index < SIZE; index++) {
        if (rng_below(&rng, 1000) < of_thousand) {
            bits[index / 8] |= (uint8_t)(1u << (index % 8));
        }
    }
}

static uint64_t count(const uint8_t *bits)
{
    uint64_t sum = 0;

    for (uint64_t index = 0; index < SIZE; index++) {
        sum += bits[index / 8] >> (index % 8) & 1;
    }
    return sum;
}

/* The statement is made, signed, and read; what it claims is held, and what is
 * not claimed is counted. Returns how many are claimed. */
static uint64_t fit(size_t ledger_count)
{
    static uint8_t bits[BYTES];
    struct statement read;
    uint64_t claimed = 0;
    uint64_t all = 0;
    struct buf note;
    struct buf text;

    buf_clear(&runs);
    cr_assert(statement_fit_holds(&statement, ledgers, ledger_count, holds,
                                  &runs, &unclaimed) == ERR_OK);
    buf_init(&note, STATEMENT_SIZE_MAX);
    buf_init(&text, STATEMENT_SIZE_MAX);
    cr_assert(statement_sign(&note, &statement, &secret) == ERR_OK);
    statement_format(&text, &statement);
    cr_assert(statement_parse(buf_span(&text), &read, NULL) == ERR_OK);
    for (size_t index = 0; index < ledger_count; index++) {
        const struct statement_held *ledger = &ledgers[index];
        const struct statement_holds *line =
            statement_find_holds(&read, &ledger->origin);

        all += count(ledger->held);
        if (line == NULL) {
            continue;
        }
        statement_holds_bits(line, ledger->placed, SIZE, bits);
        for (size_t at = 0; at < BYTES; at++) {
            cr_assert_eq(bits[at] & ~ledger->held[at], 0);
        }
        claimed += count(bits);
    }
    cr_assert_eq(unclaimed, all - claimed);
    statement_done(&read);
    buf_done(&text);
    buf_done(&note);
    return claimed;
}

static bool line_is(size_t index, enum holds_form form, const char *except,
                    const char *plus)
{
    return holds[index].form == form && span_is(holds[index].except, except) &&
           span_is(holds[index].plus, plus);
}

/* The shortest form is taken, and says exactly what is held. */
Test(statement_fit, takes_the_shortest_form)
{
    memset(held[0], 0xff, BYTES);
    held[0][5] = 0xfe; /* all but 40 */
    held[1][5] = 0x11; /* 40 and 44 */
    fill(placed, 1, 300);
    memcpy(held[2], placed, BYTES);
    memset(placed + 100, 0xff, 2); /* 800 to 815, lacking but for what fell */
    memset(held[2] + 100, 0, 2);
    memset(held[2] + 200, 0xff, 2); /* 1600 to 1615, more than placed */
    memset(placed + 200, 0, 2);
    ledgers[2].placed = placed;
    (void)fit(4);
    cr_assert_eq(unclaimed, 0);
    cr_assert(line_is(0, HOLDS_ALL, "40", ""));
    cr_assert(line_is(1, HOLDS_NONE, "", "40,44"));
    cr_assert(line_is(2, HOLDS_PLACED, "800-815", "1600-1615"));
    cr_assert(line_is(3, HOLDS_NONE, "", ""));
}

/* The size of lines is told as they are written. */
Test(statement_fit, knows_the_size_of_lines)
{
    struct statement_holds line = { .size = 1, .form = HOLDS_ALL };
    struct buf text;
    size_t before;

    buf_init(&text, STATEMENT_SIZE_MAX);
    statement_format(&text, &statement);
    before = text.size;
    origin_number(&line.origin, 3);
    for (int round = 0; round < 20; round++) {
        statement.holds = &line;
        statement.holds_count = 1;
        line.form = (enum holds_form)(round % 3);
        line.except = span_str(round % 4 == 0 ? "1,5" : "");
        line.plus = span_str(round % 5 == 0 ? "7" : "");
        buf_clear(&text);
        statement_format(&text, &statement);
        cr_assert_eq(text.size - before, statement_holds_size(&line));
        line.size = line.size * 10 - (uint64_t)(round % 2);
        line.size = line.size > INT64_MAX / 10 ? 9 : line.size;
    }
    buf_done(&text);
}

/* Exceptions lie between what is placed and held; where nothing is placed the
 * text goes on, so that a node that takes its items in order needs one run. */
Test(statement_fit, needs_one_run_for_a_tail)
{
    fill(placed, 2, 100);
    memcpy(held[0], placed, BYTES / 2);
    ledgers[0].placed = placed;
    cr_assert_eq(fit(1), count(held[0]));
    cr_assert_eq(holds[0].form, HOLDS_PLACED);
    cr_assert_null(memchr(holds[0].except.data, ',', holds[0].except.size));
}

/* What does not fit is not claimed, and most of what is scattered still is. */
Test(statement_fit, claims_less_when_full)
{
    uint64_t claimed;

    fill(held[0], 3, 500);
    claimed = fit(1);
    cr_assert_gt(unclaimed, 0);
    cr_assert_gt(claimed, 6000);
    /* 1 of 4 missing: coarser exceptions leave more than a list of runs. */
    fill(held[1], 4, 750);
    memcpy(held[0], held[1], BYTES);
    claimed = fit(1);
    cr_assert_gt(unclaimed, 0);
    cr_assert_gt(claimed, count(held[0]) / 2);
}

/* A ledger that needs little gets it; those that need too much share. */
Test(statement_fit, shares)
{
    fill(held[0], 5, 500);
    fill(held[1], 6, 2);
    fill(held[2], 7, 500);
    fill(held[3], 8, 998);
    (void)fit(4);
    cr_assert_gt(unclaimed, 0);
    cr_assert_eq(statement.holds_count, 4);
    cr_assert_eq(holds[1].form, HOLDS_NONE);
    cr_assert_eq(holds[3].form, HOLDS_ALL);
    for (size_t index = 1; index <= 3; index += 2) {
        static uint8_t bits[BYTES];

        statement_holds_bits(&holds[index], NULL, SIZE, bits);
        cr_assert_eq(count(bits), count(held[index]));
    }
    cr_assert_gt(holds[0].plus.size + holds[0].except.size, 10000);
    cr_assert_gt(holds[2].plus.size + holds[2].except.size, 10000);
}

/* With more ledgers than lines there is room for, some are left out. */
Test(statement_fit, leaves_out_ledgers)
{
    memset(held, 0xff, sizeof(held));
    (void)fit(LEDGER_COUNT_MAX);
    cr_assert_gt(statement.holds_count, 200);
    cr_assert_lt(statement.holds_count, LEDGER_COUNT_MAX);
    cr_assert_eq(unclaimed, SIZE * (LEDGER_COUNT_MAX - statement.holds_count));
}

/* Any two bitmaps, any room that is left: it fits, and it is true. */
Test(statement_fit, holds_for_all_bitmaps)
{
    static char x_lines[STATEMENT_SIZE_MAX];
    struct rng rng;

    rng_init(&rng, 11);
    for (unsigned round = 0; round < 12; round++) {
        size_t room = (size_t)rng_below(&rng, 4000);
        size_t size = STATEMENT_SIZE_MAX - 800 - room;

        memset(x_lines, 'a', size);
        memcpy(x_lines, "x-a ", 4);
        x_lines[size - 1] = '\n';
        statement.x_lines = span_of(x_lines, size);
        memset(held, 0, sizeof(held));
        memset(placed, 0, sizeof(placed));
        fill(placed, round, rng_below(&rng, 1001));
        fill(held[0], round + 100, rng_below(&rng, 1001));
        fill(held[1], round + 200, rng_below(&rng, 30));
        ledgers[0].placed = round % 2 == 0 ? placed : NULL;
        ledgers[1].placed = placed;
        (void)fit(2);
    }
}

/* Without room for the rest there is no statement. */
Test(statement_fit, needs_room_for_the_rest)
{
    static char x_lines[STATEMENT_SIZE_MAX];

    memset(x_lines, 'a', sizeof(x_lines));
    memcpy(x_lines, "x-a ", 4);
    x_lines[sizeof(x_lines) - 301] = '\n';
    statement.x_lines = span_of(x_lines, sizeof(x_lines) - 300);
    cr_assert_eq(
        statement_fit_holds(&statement, ledgers, 1, holds, &runs, &unclaimed),
        ERR_TOO_BIG);
}
