/* SPDX-License-Identifier: Apache-2.0 */
/* The rule "before the first append after a start" (proto/README.md, Ledgers):
 * who has told us what he holds of our ledgers, and what of it our store does
 * not know. A peer's word alone opens no ledger: what it claims is settled by
 * the signed checkpoint, or by the ledger's first leaf. Until then this peer
 * does not count as heard.
 * Claims: FETCH -> gone [the leaf came], ROOT -> LOADING -> gone [we had that
 * root] or ASK, ASK -> ASKED -> gone [false, or the ledger was left].
 * Loop thread. */
#ifndef HF_CORE_OWN_RULE_H
#define HF_CORE_OWN_RULE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

/* A peer said, in a first Sync or its answer, what it holds of our ledgers. */
void own_told(struct node *node, uint32_t peer, const struct head *heads,
              size_t count);
/* Somebody whose own word is settled vouches: this node holds nothing newer of
 * our ledgers than what he told. */
void own_vouched(struct node *node, uint32_t voucher,
                 const struct label *label);
/* A peer holds this head of our current ledger. */
void own_head(struct node *node, uint32_t peer, const struct head *head);
/* Leaf 0 of another ledger of ours came. */
void own_saw_open(struct node *node, struct ledger *ledger, struct span leaf);
/* Keep what the open record says. */
void own_keep_open(struct node *node, struct ledger *ledger, struct span leaf);
/* ASK_CLAIM; NULL: no answer. */
void own_claim_answered(struct node *node, const struct ask *ask,
                        const struct msg_get_notes_reply *reply);
/* A load of a root is done; false when the token is none of ours. */
bool own_root_loaded(struct node *node, uint64_t token,
                     const struct loaded_item *item);

/* We signed this root. */
void own_signed_root(struct node *node, uint64_t size,
                     const struct digest *root);
/* Leave the current ledger for a reason; a new one is opened when the rule
 * allows it. */
void own_leave(struct node *node, enum open_reason reason);

void own_heard(const struct node *node, uint64_t *ret_heard,
               uint64_t *ret_needed);
/* At least one session whose first Sync was answered, or alone. */
bool own_in_touch(const struct node *node);
/* Is something told of the current ledger not settled yet? */
bool own_disputed(const struct node *node);
/* Will what is deposited now be registered as soon as it can be written? */
bool own_soon(const struct node *node);
/* May records be appended and signed now? */
bool own_allowed(const struct node *node);
/* May what is held be stated now? Also when a ledger that was opened elsewhere
 * stopped us. */
bool own_may_state(const struct node *node);
void own_rule_pump(struct node *node);

#endif
