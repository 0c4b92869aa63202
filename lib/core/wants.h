/* SPDX-License-Identifier: Apache-2.0 */
/* Getting what is lacking here. Each ledger is walked once from its first leaf
 * to its last; items that are not held are looked at on the pool
 * (core/fetch.h), what they lack goes into a table of WANT_COUNT_MAX, and from
 * there into requests to whoever should have it. An item that nobody here has
 * leaves the table; when the walk is over it begins again after a second, then
 * after twice as long each time, up to a day; at once when a peer has more of
 * that ledger than before, when a session begins, and when the statement of a
 * node that we do not dial claims what is lacking. A first miss begins anew
 * with a second. An item is held when all that it lacked is durable.
 * Wants: OPEN -> ASKED [wants_ask], ASKED -> ARRIVED or OPEN [answered],
 * OPEN -> LEASED -> ARRIVED or OPEN [core/lease.h],
 * ARRIVED -> gone [wants_persisted]. An observer wants nothing. Loop thread. */
#ifndef HF_CORE_WANTS_H
#define HF_CORE_WANTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

void wants_init(struct node *node);
/* A peer may have more of this ledger: look again soon at what was missed. */
void wants_reopen(struct node *node, struct ledger *ledger);
void wants_reopen_all(struct node *node);
/* EVENT_LOADED of a load of items; false when the token is none of ours. */
bool wants_loaded(struct node *node, const struct event *event);
/* ASK_BLOCKS and ASK_NAMES. event NULL: no answer, or a refusal. */
void wants_blocks_answered(struct node *node, const struct ask *ask,
                           const struct event *event);
void wants_names_answered(struct node *node, const struct ask *ask,
                          const struct msg_get_names_reply *reply);
/* A batch is durable. */
void wants_persisted(struct node *node);
/* EVENT_SPACE. */
void wants_space(struct node *node, const struct event *event);
/* Load, and say CAUGHT-UP. */
void wants_pump(struct node *node);
/* Ask: see core/wants_ask.c. */
void wants_ask_pump(struct node *node);
/* A guess, from what is in the table and what was before. */
uint64_t wants_bytes(const struct node *node);

/* Something that this item needs is not there after all: if it is under way, it
 * is given up, and looked at anew. */
void wants_suspect(struct node *node, const struct ledger *ledger,
                   uint64_t index);

/* ---- between wants.c, wants_ask.c and lease.c ---- */

/* Does this node fetch at all, now? */
bool wants_active(const struct node *node);
/* Could this peer have this leaf's item? */
bool wants_peer_could(const struct node *node, uint32_t peer,
                      const struct ledger *ledger, uint64_t index);
void want_free(struct node *node, size_t slot);
/* May this want be asked of this peer, over our own session? */
bool wants_may_ask(const struct node *node, uint32_t slot,
                   const struct want_slot *want);
/* What came for an OPEN or ASKED want from this peer; it is ARRIVED or OPEN
 * after. */
void wants_take_block(struct node *node, uint32_t slot, struct want_slot *want,
                      enum block_fate fate, struct span bytes);
void wants_take_names(struct node *node, uint32_t slot, struct want_slot *want,
                      const struct msg_get_names_reply *names);
/* This peer does not hold it. */
void wants_not_there(struct want_slot *want, uint32_t slot);
/* The item's wants changed: it may be held, or given up. */
void item_look(struct node *node, uint32_t slot);

#endif
