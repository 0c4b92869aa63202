/* SPDX-License-Identifier: Apache-2.0 */
/* Where each item belongs, by the roster in force. While every store node is to
 * hold everything there is nothing to know. Else each ledger is walked once on
 * the pool (EFFECT_LOAD, WANT_PLACE), and again after a roster that places
 * otherwise; one mask a leaf is kept. Until an item's place is known it is
 * neither fetched nor counted as lacking; nothing is ever dropped. Loop thread.
 * Format: proto/README.md, Placement. */
#ifndef HF_CORE_PLACED_H
#define HF_CORE_PLACED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

/* Follow the roster, and look at the next leaves. */
void placed_pump(struct node *node);
/* EVENT_LOADED; false when the token is none of ours. */
bool placed_loaded(struct node *node, const struct event *event);

/* How many leaves, from the first on, are known. */
uint64_t placed_known(const struct node *node, const struct ledger *ledger);
/* Of a known one: a bit for each node of the roster that is to hold it. */
uint32_t placed_mask(const struct node *node, const struct ledger *ledger,
                     uint64_t index);
/* The same, a bit for each slot of a peer. */
uint32_t placed_slots(const struct node *node, const struct ledger *ledger,
                      uint64_t index);
/* Of a known one: is this node to hold it? */
bool placed_here(const struct node *node, const struct ledger *ledger,
                 uint64_t index);

#endif
