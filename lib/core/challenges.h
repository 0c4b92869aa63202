/* SPDX-License-Identifier: Apache-2.0 */
/* Asking others to prove that they hold what they claim.
 *
 * Rate: each store node whose statement is fresh and claims something is asked
 * about one random slice of a random claimed item an hour (between half an hour
 * and one and a half): 24 a day and peer, 8 of them in a night of eight hours,
 * whatever the number of items. While it has not PROOFS_ENOUGH right answers
 * within 7 days it is asked each 2 s, so a new node is proven within a minute.
 * So a node that lost everything is found within an hour and a half by each
 * node that can ask it, and one that lost a share f of it within a day with a
 * chance of 1 - (1 - f)^24, by each of them. Who does not answer is asked again
 * after a minute, then ever more rarely, down to once an hour.
 *
 * Time, item, slice and nonce are made from a seed that nobody else has. Whose
 * copy is here too answers with an HMAC, by our own copy; others show the slice
 * and its path (an observer holds nothing). A wrong answer is bad; one that
 * comes later than PROOF_MS is none. Whoever denies to hold what he claims has
 * his claim withdrawn (core/proofs.h).
 *
 * Questions: FREE -> NEW [challenges_ask, challenges_pump] -> LOADING -> READY
 * [challenges_loaded] -> ASKED [challenges_pump: we dialled it] or GIVEN
 * [challenges_give: in the answer to its Sync] -> FREE [challenges_answered,
 * challenges_brought, or PROOF_MS are over]. Bounds: QUESTIONS_MAX; one of the
 * hourly kind a peer; when all places are taken a question waits. Loop thread.
 * Format: proto/README.md, Challenges. */
#ifndef HF_CORE_CHALLENGES_H
#define HF_CORE_CHALLENGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

/* A question about a random slice of this item, for an order of
 * core/verify.h. False: no place is free. */
bool challenges_ask(struct node *node, uint32_t slot, uint32_t ledger,
                    uint64_t index, uint32_t order);
/* The order has ended: its questions that did not leave are forgotten, the
 * others count for themselves. */
void challenges_drop_order(struct node *node, uint32_t order);
/* Can this peer be asked now? */
bool challenges_reach(const struct node *node, uint32_t slot);

/* Are there questions for which its parked Sync is to be answered? */
bool challenges_waiting(const struct node *node, uint32_t slot);
/* Into the answer to its Sync; their number is returned. */
size_t challenges_give(
    struct node *node, uint32_t slot,
    struct challenge questions[static CHALLENGES_PER_REQUEST_MAX]);

/* EVENT_LOADED; false when the token is none of ours. */
bool challenges_loaded(struct node *node, const struct event *event);
/* ASK_CHALLENGE; NULL: no answer, or a refusal. */
void challenges_answered(struct node *node, const struct ask *ask,
                         const struct message *message);
/* PUT_PROOFS, answered at once. */
void challenges_brought(struct node *node, const struct event *event);
void challenges_pump(struct node *node);

#endif
