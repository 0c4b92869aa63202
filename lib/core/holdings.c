/* SPDX-License-Identifier: Apache-2.0 */
#include "core/holdings.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/ledgers.h"
#include "core/peer.h"
#include "core/statements.h"
#include "model/runs.h"

/* While ledgers grow fast, claims are brought up to them this often. */
#define PERIOD_MS 250

/* ---- what is claimed ---- */

static void reset(struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->claimed[slot].size > 0) {
            memset(ledger->claimed[slot].bits, 0, ledger->claimed[slot].room);
            ledger->claimed[slot].size = 0;
        }
    }
}

/* How far the lines can be read now. */
static uint64_t readable(const struct node *node, const struct ledger *ledger,
                         const struct statement_holds *holds)
{
    uint64_t size =
        holds->size < ledger->durable.size ? holds->size : ledger->durable.size;

    if (holds->size == ledger->durable.checkpoint_size &&
        !digest_equal(&holds->root, &ledger->durable.checkpoint_root)) {
        return 0; /* of another history */
    }
    if (holds->form == HOLDS_PLACED && !node->placed.placement.everywhere &&
        ledger->places.count < size) {
        return 0; /* soon */
    }
    return size;
}

/* The bitmap of what is placed on this peer, or NULL for no memory. */
static uint8_t *placed_bits(const struct node *node, uint32_t slot,
                            const struct ledger *ledger, uint64_t size)
{
    const struct roster_node *on =
        roster_find_node(node->roster, label_span(&node->peers[slot].label));
    const struct placement *placement = &node->placed.placement;
    uint8_t *bits = calloc(1, BITS_BYTES(size));
    uint32_t bit;

    if (bits == NULL || on == NULL || !node->statements.of[slot].placed_alike) {
        return bits;
    }
    bit = 1u << roster_node_index(node->roster, on);
    if (placement->everywhere) {
        memset(bits, (placement->stores & bit) != 0 ? 0xff : 0,
               BITS_BYTES(size));
        return bits;
    }
    for (uint64_t i = 0; i < size; i++) {
        if ((ledger->places.masks[i] & bit) != 0) {
            bits[i / 8] |= (uint8_t)(1u << (i % 8));
        }
    }
    return bits;
}

/* Keep what was looked at before: some of it may be withdrawn. */
static void keep_old(uint8_t *bits, const struct claimed *old)
{
    uint8_t low = (uint8_t)((1u << (old->size % 8)) - 1);

    memcpy(bits, old->bits, old->size / 8);
    if (low != 0) {
        bits[old->size / 8] = (uint8_t)((bits[old->size / 8] & ~low) |
                                        (old->bits[old->size / 8] & low));
    }
}

static void extend(struct node *node, uint32_t slot, struct ledger *ledger,
                   const struct statement_holds *holds)
{
    struct claimed *claimed = &ledger->claimed[slot];
    uint64_t size = readable(node, ledger, holds);
    size_t room = (size_t)((size + 63) / 64 * 8);
    uint8_t *placed = NULL;
    uint8_t *bits;

    if (size <= claimed->size) {
        return;
    }
    bits = calloc(1, room);
    if (bits != NULL && holds->form == HOLDS_PLACED) {
        placed = placed_bits(node, slot, ledger, size);
    }
    if (bits == NULL || (holds->form == HOLDS_PLACED && placed == NULL)) {
        free(bits);
        return;
    }
    statement_holds_bits(holds, placed, size, bits);
    free(placed);
    if (claimed->size > 0) {
        keep_old(bits, claimed);
    }
    free(claimed->bits);
    claimed->bits = bits;
    claimed->room = room;
    claimed->size = size;
}

static uint64_t leaves(const struct node *node)
{
    uint64_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            count +=
                node->ledgers[i]->durable.size + node->ledgers[i]->places.count;
        }
    }
    return count;
}

static void look_at(struct node *node, uint32_t slot)
{
    struct stated *stated = &node->statements.of[slot];

    if (!stated->used || !stated->counted) {
        reset(node, slot);
    }
    if (!stated->used) {
        return;
    }
    stated->counted = true;
    for (size_t i = 0; i < stated->statement.holds_count; i++) {
        const struct statement_holds *holds = &stated->statement.holds[i];
        struct ledger *ledger = ledger_find(node, &holds->origin);

        if (ledger != NULL) {
            extend(node, slot, ledger, holds);
        }
    }
}

void holdings_pump(struct node *node)
{
    struct statements *statements = &node->statements;
    uint64_t count = leaves(node);

    if (!statements->changed && count == statements->leaves) {
        return;
    }
    if (!statements->changed &&
        node->now_ms - statements->looked_ms < PERIOD_MS) {
        node_due(node, statements->looked_ms + PERIOD_MS);
        return;
    }
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        look_at(node, i);
    }
    statements->leaves = count;
    statements->claims_news += statements->changed;
    statements->changed = false;
    statements->looked_ms = node->now_ms;
}

bool holdings_offer(const struct node *node, const struct ledger *ledger)
{
    uint64_t end = ledger_words(ledger);

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct claimed *claimed = &ledger->claimed[i];

        for (uint64_t word = 0; !node->peers[i].connected &&
                                claimed->size > word * 64 && word < end;
             word++) {
            if ((bits_word(claimed->bits, claimed->room, word) &
                 ~bits_word(ledger->held, ledger->held_room, word)) != 0) {
                return true;
            }
        }
    }
    return false;
}

bool holdings_claims(const struct ledger *ledger, uint32_t slot, uint64_t index)
{
    const struct claimed *claimed = &ledger->claimed[slot];

    return index < claimed->size &&
           (claimed->bits[index / 8] >> (index % 8) & 1) != 0;
}

uint32_t holdings_claimants(const struct ledger *ledger, uint64_t index)
{
    uint32_t slots = 0;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (holdings_claims(ledger, i, index)) {
            slots |= 1u << i;
        }
    }
    return slots;
}

void holdings_withdraw(struct ledger *ledger, uint32_t slot, uint64_t index)
{
    if (holdings_claims(ledger, slot, index)) {
        ledger->claimed[slot].bits[index / 8] &= (uint8_t) ~(1u << (index % 8));
    }
}

/* ---- counting ---- */

static void add_voice(struct holdings *holdings, size_t member,
                      const uint8_t *bits, size_t size)
{
    size_t at = holdings->count;

    while (at > 0 && holdings->voices[at - 1].member > member) {
        holdings->voices[at] = holdings->voices[at - 1];
        at--;
    }
    holdings->voices[at].member = member;
    holdings->voices[at].bits = bits;
    holdings->voices[at].size = size;
    holdings->count++;
}

void holdings_begin(const struct node *node, const struct ledger *ledger,
                    bool own, struct holdings *ret_holdings)
{
    ret_holdings->count = 0;
    if (own && node->self != NULL && node->self->role == NODE_STORE) {
        add_voice(ret_holdings, node->self->member, ledger->held,
                  ledger->held_room);
    }
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct claimed *claimed = &ledger->claimed[i];
        const struct stated *stated = statements_find(node, i);

        if (claimed->size > 0 && stated != NULL && node->peers[i].used &&
            node->peers[i].role == NODE_STORE &&
            statements_fresh(node, stated)) {
            add_voice(ret_holdings, node->peers[i].member, claimed->bits,
                      claimed->room);
        }
    }
}

void holdings_word(const struct holdings *holdings, uint64_t word,
                   struct tally *ret_tally)
{
    memset(ret_tally, 0, sizeof(*ret_tally));
    for (size_t i = 0; i < holdings->count;) {
        const struct holdings_voice *voice = &holdings->voices[i];
        uint64_t bits = 0;
        size_t member = voice->member;

        for (; i < holdings->count && voice->member == member; i++, voice++) {
            bits |= bits_word(voice->bits, voice->size, word);
        }
        tally_add(ret_tally, bits);
    }
}

uint64_t holdings_claimed(const struct node *node, uint32_t slot)
{
    uint64_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        const struct claimed *claimed =
            ledger == NULL ? NULL : &ledger->claimed[slot];

        for (uint64_t word = 0; claimed != NULL && word * 64 < claimed->size;
             word++) {
            count += word_count(bits_word(claimed->bits, claimed->room, word) &
                                ledger_items_word(ledger, word));
        }
    }
    return count;
}

void holdings_behind(const struct node *node,
                     uint64_t behind[static NODE_COUNT_MAX])
{
    uint32_t slots[NODE_COUNT_MAX]; /* of the roster's nodes */

    memset(behind, 0, NODE_COUNT_MAX * sizeof(behind[0]));
    for (size_t i = 0; i < node->roster->node_count; i++) {
        slots[i] = peer_find(node, &node->roster->nodes[i].label);
    }
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        for (uint64_t j = 1; ledger != NULL && j < ledger->places.count; j++) {
            uint32_t mask = ledger->places.masks[j];

            if (mask == UINT32_MAX) {
                continue; /* no item */
            }

            for (size_t k = 0; mask >> k != 0; k++) {
                if ((mask >> k & 1) != 0 && slots[k] < NODE_COUNT_MAX) {
                    behind[slots[k]] += !holdings_claims(ledger, slots[k], j);
                }
            }
        }
    }
}

void holdings_count(const struct node *node, uint32_t *copies, size_t count)
{
    CHECK(count > 0);
    memset(copies, 0, count * sizeof(*copies));
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        struct holdings holdings;

        if (ledger == NULL || ledger->durable.size == 0) {
            continue;
        }
        holdings_begin(node, ledger, true, &holdings);
        for (uint64_t word = 0; word < ledger_words(ledger); word++) {
            uint64_t left = ledger_items_word(ledger, word);
            struct tally tally;

            holdings_word(&holdings, word, &tally);
            for (unsigned n = 0; left != 0; n++) {
                uint64_t these = left & tally_is(&tally, n);

                copies[n < count ? n : count - 1] += word_count(these);
                left &= ~these;
            }
        }
    }
}

uint64_t holdings_waiting(const struct node *node, uint32_t slot)
{
    size_t members = roster_count_other_members(node->roster, NULL, true);
    uint64_t wanted =
        node->roster->copies < members ? node->roster->copies : members;
    uint64_t count = 0;

    for (size_t i = 0; i < node->ledgers_end && wanted > 0; i++) {
        const struct ledger *ledger = node->ledgers[i];
        struct holdings holdings;

        if (ledger == NULL || ledger->durable.size == 0) {
            continue;
        }
        holdings_begin(node, ledger, true, &holdings);
        for (uint64_t word = 0; word < ledger_words(ledger); word++) {
            struct tally tally;
            uint64_t bits =
                slot == STATED_OWN
                    ? bits_word(ledger->held, ledger->held_room, word)
                    : bits_word(ledger->claimed[slot].bits,
                                ledger->claimed[slot].room, word);

            holdings_word(&holdings, word, &tally);
            count += word_count(bits & ledger_items_word(ledger, word) &
                                tally_at_most(&tally, (unsigned)wanted - 1));
        }
    }
    return count;
}
