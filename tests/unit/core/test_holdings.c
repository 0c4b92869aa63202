/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/placed.h"
#include "rig.h"

/* ---- counting, 64 at a time ---- */

/* A number comes out as often as it went in. */
Test(holdings, tally)
{
    uint8_t bits[MEMBER_COUNT_MAX][8];
    struct holdings holdings = { .count = MEMBER_COUNT_MAX };
    struct tally tally;
    struct rng rng;

    rng_init(&rng, 7);
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        for (size_t j = 0; j < 8; j++) {
            bits[i][j] = (uint8_t)rng_below(&rng, 256);
        }
        holdings.voices[i].member = i;
        holdings.voices[i].bits = bits[i];
        holdings.voices[i].size = 8;
    }
    memset(bits[3], 0xff, 8);
    holdings_word(&holdings, 0, &tally);
    for (unsigned i = 0; i < 64; i++) {
        unsigned count = 0;

        for (size_t j = 0; j < MEMBER_COUNT_MAX; j++) {
            count += bits[j][i / 8] >> (i % 8) & 1;
        }
        for (unsigned n = 0; n < 34; n++) {
            cr_assert_eq(tally_is(&tally, n) >> i & 1, n == count);
            cr_assert_eq(tally_at_most(&tally, n) >> i & 1, count <= n);
        }
    }
}

/* Two nodes of one member count once; a bitmap that ends counts no further. */
Test(holdings, by_member)
{
    static const uint8_t one[8] = { 0x0f };
    static const uint8_t two[8] = { 0x3c };
    static const uint8_t end[1] = { 0xff };
    struct holdings holdings = {
        .count = 3, .voices = { { 0, one, 8 }, { 0, two, 8 }, { 1, end, 1 } }
    };
    struct tally tally;

    holdings_word(&holdings, 0, &tally);
    cr_assert_eq(tally_is(&tally, 2), 0x3f);
    cr_assert_eq(tally_is(&tally, 1), 0xc0);
    cr_assert_eq(tally_is(&tally, 0), ~UINT64_C(0xff));
    holdings_word(&holdings, 1, &tally);
    cr_assert_eq(tally_is(&tally, 0), UINT64_MAX);
}

/* Words at the end of a bitmap, whole and cut. */
Test(holdings, words)
{
    static const uint8_t bits[11] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };

    cr_assert_eq(bits_word(bits, 11, 0), UINT64_C(0x0807060504030201));
    cr_assert_eq(bits_word(bits, 11, 1), UINT64_C(0x0b0a09));
    cr_assert_eq(bits_word(bits, 11, 2), 0);
}

/* ---- a large consortium ---- */

#define ITEMS 1000000

static uint64_t spent_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* A million items held here, of which each of nine peers claims all but one. */
static void fill(struct node *node)
{
    struct ledger *ledger = node->own.current;

    cr_assert(ledger_held_room(ledger, ITEMS + 1));
    memset(ledger->held, 0xff, ledger->held_room);
    ledger->durable.size = ITEMS + 1;
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct claimed *claimed = &ledger->claimed[i];
        struct stated *stated = &node->statements.of[i];

        if (!node->peers[i].used) {
            continue;
        }
        stated->used = true;
        stated->statement.time = node->clock_s;
        stated->seen_ms = node->now_ms;
        stated->counted = true;
        claimed->room = ledger->held_room;
        claimed->size = ITEMS + 1;
        claimed->bits = malloc(claimed->room);
        memset(claimed->bits, 0xff, claimed->room);
        holdings_withdraw(ledger, i, 1 + i);
        holdings_withdraw(ledger, i, ITEMS + 1); /* none such: nothing */
        holdings_withdraw(ledger, i, ITEMS);
    }
}

/* All are counted, and it does not take long: what a status of a million items
 * costs is measured by the bench, here it is only far from absurd. */
Test(holdings, a_million)
{
    struct rig *rig = malloc(sizeof(*rig));
    uint32_t copies[11];
    struct node *node;
    uint64_t begun;

    rig_init(rig, 10, 1);
    rig_start(rig, 0);
    node = rig->nodes[0].core;
    node->own.current = ledger_add(
        node, &(struct origin){ "sim-0011223344556677/n0/"
                                "00112233445566778899aabbccddeeff" });
    fill(node);
    begun = spent_ns();
    holdings_count(node, copies, 11);
    begun = spent_ns() - begun;
    cr_log_info("%d items, 10 members: %.1f ms", ITEMS, (double)begun / 1e6);
    cr_assert_eq(copies[10], ITEMS - 10);
    cr_assert_eq(copies[9], 9);
    cr_assert_eq(copies[1], 1);
    cr_assert_eq(holdings_claimed(node, 0), ITEMS - 2);
    cr_assert_eq(holdings_claimants(node->own.current, ITEMS), 0);
    cr_assert_eq(holdings_claimants(node->own.current, 2), 0x1fd);
    memset(node->statements.of, 0, sizeof(node->statements.of));
    rig_done(rig);
    free(rig);
}
