/* SPDX-License-Identifier: Apache-2.0 */
#include "model/health.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/rng.h"

static enum item_state state_of(unsigned proven, unsigned any,
                                unsigned proven_countries,
                                unsigned any_countries, bool young, bool failed)
{
    struct item_facts facts = { proven,        any,   proven_countries,
                                any_countries, young, failed };
    struct health_rule rule = { 3, 2 };

    return item_state_of(&facts, &rule);
}

/* Each line of the table, in its order, with three copies in two countries. */
Test(health, follows_the_table)
{
    cr_expect_eq(state_of(3, 3, 2, 2, false, false), ITEM_PROTECTED);
    cr_expect_eq(state_of(5, 5, 4, 4, true, true), ITEM_PROTECTED);
    cr_expect_eq(state_of(0, 0, 0, 0, true, false), ITEM_SPREADING);
    cr_expect_eq(state_of(2, 3, 2, 2, true, false), ITEM_SPREADING);
    cr_expect_eq(state_of(0, 0, 0, 0, false, false), ITEM_LOST);
    cr_expect_eq(state_of(0, 0, 0, 0, true, true), ITEM_LOST);
    cr_expect_eq(state_of(2, 3, 1, 2, false, false), ITEM_UNPROVEN);
    cr_expect_eq(state_of(0, 3, 0, 2, false, false), ITEM_UNPROVEN);
    cr_expect_eq(state_of(1, 1, 1, 1, false, false), ITEM_LAST_COPY);
    cr_expect_eq(state_of(0, 1, 0, 1, true, true), ITEM_LAST_COPY);
    cr_expect_eq(state_of(2, 2, 2, 2, false, false), ITEM_SHORT);
}

/* Copies enough, but all of them in one country: one raid takes them. */
Test(health, wants_countries_too)
{
    cr_expect_eq(state_of(4, 4, 1, 1, false, false), ITEM_SHORT);
    cr_expect_eq(state_of(3, 4, 1, 2, false, false), ITEM_UNPROVEN);
}

/* Give column `at` of a tally this number. */
static void set_number(struct tally *tally, size_t at, unsigned number)
{
    for (unsigned i = 0; i < number; i++) {
        tally_add(tally, UINT64_C(1) << at);
    }
}

static void check_word(struct rng *rng, const struct health_rule *rule)
{
    struct health_word word;
    struct item_facts facts[64];
    uint64_t states[ITEM_STATE_COUNT];
    uint64_t items = 0;
    uint64_t seen = 0;

    memset(&word, 0, sizeof(word));
    for (size_t i = 0; i < 64; i++) {
        struct item_facts *f = &facts[i];

        f->any = (unsigned)rng_below(rng, 7);
        f->proven = (unsigned)rng_below(rng, f->any + 1);
        f->any_countries = (unsigned)rng_below(rng, f->any + 1);
        f->proven_countries = (unsigned)rng_below(rng, f->proven + 1);
        f->young = rng_below(rng, 4) == 0;
        f->failed = rng_below(rng, 3) == 0;
        items |= (uint64_t)(rng_below(rng, 8) != 0) << i;
        set_number(&word.any, i, f->any);
        set_number(&word.proven, i, f->proven);
        set_number(&word.any_countries, i, f->any_countries);
        set_number(&word.proven_countries, i, f->proven_countries);
        word.young |= (uint64_t)f->young << i;
        word.failed |= (uint64_t)f->failed << i;
    }
    health_judge(&word, items, rule, states);
    for (int state = 0; state < ITEM_STATE_COUNT; state++) {
        cr_assert_eq(seen & states[state], 0);
        seen |= states[state];
        for (size_t i = 0; i < 64; i++) {
            if ((items >> i & 1) != 0) {
                cr_assert_eq(states[state] >> i & 1,
                             item_state_of(&facts[i], rule) ==
                                 (enum item_state)state);
            }
        }
    }
    cr_assert_eq(seen, items);
}

/* 64 at once say what each alone says, and each item gets one word. */
Test(health, judges_64_at_once)
{
    struct rng rng;

    rng_init(&rng, 20261124);
    for (unsigned i = 0; i < 4000; i++) {
        struct health_rule rule = { 1 + (unsigned)rng_below(&rng, 5),
                                    1 + (unsigned)rng_below(&rng, 3) };

        check_word(&rng, &rule);
    }
}

/* Six words, and back; nothing else is one. */
Test(health, words)
{
    enum item_state state = ITEM_LOST;

    for (int i = 0; i < ITEM_STATE_COUNT; i++) {
        const char *word = item_state_word((enum item_state)i);

        cr_assert_eq(item_state_parse(span_str(word), &state), ERR_OK);
        cr_assert_eq(state, (enum item_state)i);
    }
    cr_assert_eq(item_state_parse(span_str("Lost"), &state), ERR_NOT_FOUND);
    cr_assert_eq(item_state_parse(span_str(""), &state), ERR_NOT_FOUND);
    cr_assert_str_eq(item_state_word(ITEM_LAST_COPY), "last-copy");
}

static void expect_headline(const uint32_t states[static ITEM_STATE_COUNT],
                            const char *expected)
{
    struct buf sentence;

    buf_init(&sentence, 200);
    health_headline(states, &sentence);
    cr_expect(span_equal(buf_span(&sentence), span_str(expected)), "%.*s",
              (int)sentence.size, (const char *)sentence.data);
    buf_done(&sentence);
}

/* The worst that is true comes first, and only a true "all" is said. */
Test(health, says_the_worst)
{
    uint32_t states[ITEM_STATE_COUNT] = { 0 };

    expect_headline(states, "no items yet");
    states[ITEM_PROTECTED] = 12406;
    expect_headline(states, "all 12406 items are protected");
    states[ITEM_SPREADING] = 21;
    expect_headline(states, "21 items are new and being copied");
    states[ITEM_UNPROVEN] = 4120;
    expect_headline(states, "4120 items have copies that nobody has proved");
    cr_expect_eq(health_verdict_of(states, false), HEALTH_UNKNOWN);
    states[ITEM_SHORT] = 9;
    expect_headline(states, "9 items have too few copies");
    states[ITEM_LAST_COPY] = 2;
    expect_headline(states, "2 items have only one good copy left");
    states[ITEM_LOST] = 1;
    expect_headline(states, "1 item: no good copy can be found");
    cr_expect_eq(health_verdict_of(states, false), HEALTH_BAD);
}

/* A critical alarm is bad whatever the items say. */
Test(health, verdicts)
{
    uint32_t states[ITEM_STATE_COUNT] = { 0 };

    cr_expect_eq(health_verdict_of(states, false), HEALTH_GOOD);
    cr_expect_eq(health_verdict_of(states, true), HEALTH_BAD);
    states[ITEM_SPREADING] = 1;
    cr_expect_eq(health_verdict_of(states, false), HEALTH_GOOD);
    states[ITEM_UNPROVEN] = 1;
    cr_expect_eq(health_verdict_of(states, true), HEALTH_BAD);
    for (int state = ITEM_SHORT; state <= ITEM_LOST; state++) {
        memset(states, 0, sizeof(states));
        states[state] = 1;
        cr_expect_eq(health_verdict_of(states, false), HEALTH_BAD);
    }
}
