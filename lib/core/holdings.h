/* SPDX-License-Identifier: Apache-2.0 */
/* Who holds what, as far as it is stated: for each peer and ledger the bits
 * that its newest statement claims, and counting by members, 64 leaves at a
 * time. A claim counts as a copy while its statement is fresh and its node is
 * a `store` node; nodes of one member count once; this node's own holdings are
 * as they are. A claim is a hint where to ask, however old it is.
 *
 * Bounds: one bit for each peer and leaf that is held here, whatever size a
 * statement names; what it claims beyond is looked at when those leaves come.
 * Without memory for it a claim is not counted. Loop thread. */
#ifndef HF_CORE_HOLDINGS_H
#define HF_CORE_HOLDINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/state.h"
#include "model/tally.h"

/* Those that count for one ledger, sorted by member. Borrows; valid until the
 * next step. */
struct holdings {
    size_t count;
    struct holdings_voice {
        size_t member;
        const uint8_t *bits;
        size_t size; /* bytes */
    } voices[STATED_COUNT];
};

/* Bring the bits up to what statements and ledgers are now. */
void holdings_pump(struct node *node);

/* Does the statement of a node that we do not dial claim an item of this ledger
 * that is not held here? Those that we dial tell how much they have. */
bool holdings_offer(const struct node *node, const struct ledger *ledger);
/* Does this peer's newest statement claim it, fresh or not? */
bool holdings_claims(const struct ledger *ledger, uint32_t slot,
                     uint64_t index);
/* A bit for each slot of a peer that does. */
uint32_t holdings_claimants(const struct ledger *ledger, uint64_t index);
/* It does not hold that after all: until its next statement. */
void holdings_withdraw(struct ledger *ledger, uint32_t slot, uint64_t index);
/* How many items this peer claims, of those known here. */
uint64_t holdings_claimed(const struct node *node, uint32_t slot);

/* While items have places: how many are placed on each peer, as far as that is
 * known, and not claimed by it. */
void holdings_behind(const struct node *node,
                     uint64_t behind[static NODE_COUNT_MAX]);

/* With `own`, this node counts too. */
void holdings_begin(const struct node *node, const struct ledger *ledger,
                    bool own, struct holdings *ret_holdings);
/* How many members hold each of the leaves from 64 * word on. */
void holdings_word(const struct holdings *holdings, uint64_t word,
                   struct tally *ret_tally);
/* Items of all ledgers: copies[k] of them are held by k members; `count`
 * entries, the last one also for more. */
void holdings_count(const struct node *node, uint32_t *copies, size_t count);
/* Items that this leaving node claims (STATED_OWN: that we hold) and that fewer
 * other members hold than the roster wants: it must stay on for them. */
uint64_t holdings_waiting(const struct node *node, uint32_t slot);

#endif
