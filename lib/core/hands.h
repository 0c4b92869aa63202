/* SPDX-License-Identifier: Apache-2.0 */
/* The deposits in hand: from the moment they are accepted until a durable
 * checkpoint covers them, and a little longer, so that the same deposit asked
 * twice at the same moment is registered once. At most DEPOSITS_PENDING_MAX are
 * unregistered; RECENT_MAX registered ones are remembered.
 * States: NEW -> KEEPING [hands_keep] -> PENDING [hands_persisted],
 * NEW, KEEPING, PENDING -> LEAF [hands_take] -> REGISTERED [hands_persisted],
 * LEAF -> NEW, or PENDING when the leaf is durable [hands_uncommit],
 * REGISTERED -> gone. Loop thread. */
#ifndef HF_CORE_HANDS_H
#define HF_CORE_HANDS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"

void hands_init(struct node *node);
void hands_done(struct node *node);
/* The one with this payload root, or SLOT_NONE. */
uint32_t hand_find(const struct node *node, const struct payload_root *root);
/* A new one, NEW, at the end of what waits; SLOT_NONE: too many, or no
 * memory. */
uint32_t hand_add(struct node *node, const struct deposit *deposit);
/* One that is a durable leaf of an own ledger already, LEAF. False: no
 * memory. */
bool hand_add_leaf(struct node *node, const struct deposit *deposit,
                   uint32_t ledger, uint64_t index, struct span leaf);
/* One that is a durable leaf of a ledger that will not be continued, PENDING:
 * it is to be carried. False: too many, no memory, or in hand already. */
bool hand_add_carried(struct node *node, const struct deposit *deposit,
                      uint64_t index, struct span leaf);
/* Remember the leaf that this hand became. */
void hand_keep_leaf(struct node *node, struct hand *hand, uint64_t index,
                    struct span leaf);
/* Write BATCH_PENDING for all that are NEW. */
void hands_keep(struct node *node);
/* The next one that waits, now LEAF; its place is the caller's to fill. While
 * the quota is used up, one that is carried passes the others. NULL: none. */
struct hand *hands_take(struct node *node);
/* All that are LEAF in another ledger than the current one wait again: it was
 * left. */
void hands_uncommit(struct node *node);
/* A batch is durable. */
void hands_persisted(struct node *node);
/* How many are kept and not yet registered? */
uint64_t hands_pending(const struct node *node);

#endif
