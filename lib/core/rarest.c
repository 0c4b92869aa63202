/* SPDX-License-Identifier: Apache-2.0 */
#include "core/rarest.h"

#include "core/placed.h"

#define PASS_LAST 2

static bool in_table(const struct node *node, const struct ledger *ledger,
                     uint64_t index)
{
    for (uint32_t i = 0; ledger->in_work > 0 && i < ITEM_COUNT_MAX; i++) {
        const struct item_slot *item = &node->fetch.items[i];

        if (item->used && item->ledger == ledger->slot &&
            item->index == index) {
            return true;
        }
    }
    return false;
}

/* The leaves of a word that are not held, from `from` on and below `end`. */
static uint64_t lacking(const struct ledger *ledger, uint64_t word,
                        uint64_t from, uint64_t end)
{
    uint64_t bits = ~bits_word(ledger->held, ledger->held_room, word);

    if (from > word * 64) {
        bits &= UINT64_MAX << (from % 64);
    }
    if (end - word * 64 < 64) {
        bits &= (UINT64_C(1) << (end - word * 64)) - 1;
    }
    return bits;
}

/* The first of these that is placed here and not under way; false: none. */
static bool first_of(const struct node *node, const struct ledger *ledger,
                     uint64_t word, uint64_t bits, uint64_t *ret_index)
{
    for (uint64_t i = 0; bits >> i != 0; i++) {
        uint64_t index = word * 64 + i;

        if ((bits >> i & 1) != 0 && placed_here(node, ledger, index) &&
            !in_table(node, ledger, index)) {
            *ret_index = index;
            return true;
        }
        if (i == 63) {
            break;
        }
    }
    return false;
}

static bool next_of_pass(const struct node *node, const struct rarest *rarest,
                         uint64_t *ret_index)
{
    const struct ledger *ledger = rarest->ledger;
    uint64_t from = ledger->scan;

    while (from < rarest->end) {
        uint64_t word = from / 64;
        uint64_t bits = lacking(ledger, word, from, rarest->end);
        struct tally tally;

        if (bits != 0 && ledger->scan_pass < PASS_LAST) {
            holdings_word(&rarest->holdings, word, &tally);
            bits &= ledger->scan_pass == 0 ? tally_at_most(&tally, 1)
                                           : tally_is(&tally, 2);
        }
        if (first_of(node, ledger, word, bits, ret_index)) {
            return true;
        }
        from = word * 64 + 64;
    }
    return false;
}

void rarest_begin(const struct node *node, struct ledger *ledger,
                  uint64_t reach, struct rarest *ret_rarest)
{
    uint64_t known = placed_known(node, ledger);

    ret_rarest->ledger = ledger;
    ret_rarest->end =
        known < ledger->durable.size ? known : ledger->durable.size;
    if (reach < ret_rarest->end) {
        ret_rarest->end = reach;
    }
    ret_rarest->holdings.count = 0;
    if (ledger->scan_from < ret_rarest->end) {
        holdings_begin(node, ledger, false, &ret_rarest->holdings);
    }
}

bool rarest_next(const struct node *node, struct rarest *rarest,
                 uint64_t *ret_index)
{
    struct ledger *ledger = rarest->ledger;

    if (ledger->scan_from >= rarest->end) {
        return false;
    }
    while (!next_of_pass(node, rarest, ret_index)) {
        if (ledger->scan_pass == PASS_LAST) {
            ledger->scan_pass = 0;
            ledger->scan_from = rarest->end;
            ledger->scan = rarest->end;
            return false;
        }
        ledger->scan_pass++;
        ledger->scan = ledger->scan_from;
    }
    ledger->scan = *ret_index + 1;
    return true;
}
