/* SPDX-License-Identifier: Apache-2.0 */
/* What a member may add a day (roster, `quota`): bytes of its items (padded
 * payload and header object) and records (leaves, of all its nodes' ledgers).
 * A member's day begins with the first leaf that is counted, and lasts 24 hours
 * of monotonic time here; times in records are their owner's word, and count
 * for nothing. At its end a day's quota is paid off; what is left over begins
 * the next one. An item that is larger than a whole quota fits into a day in
 * which nothing else was counted, and uses up as many as it needs.
 *
 * Deposits here: what does not fit waits, kept, in the order in which it came,
 * and is told as pending. Leaves that are carried from a ledger that was left
 * never wait.
 * Ledgers of others: of a batch that was proven, the leaves that fit are
 * stored; the rest is asked for again when the day is over. So neither leaves
 * nor blocks of a flood come here, and nothing of it is cosigned.
 * Never held back: leaves that half of the other members, rounded up, the owner
 * not counted, say they hold. They passed these members' quotas; so a node that
 * lost its disk or was away is whole again at the speed of its line. They are
 * counted, up to QUOTA_DAYS_MAX days' worth. With two members there is nobody
 * else to ask. Ledgers of this node itself are never held back, and leaf 0 of
 * any ledger is not counted: a node key may open few of them.
 *
 * What was counted is written in the batch of the leaves that it counts, as
 * NOTE_QUOTA, so that neither a restart nor a crash makes room. Time in which
 * the node was not running passes by its own clock.
 *
 * Bound: QUOTA_USES_MAX members; when there are more, the one whose day ends
 * first is forgotten. Loop thread.
 */
#ifndef HF_CORE_QUOTA_H
#define HF_CORE_QUOTA_H

#include <stdbool.h>
#include <stdint.h>

#include "core/state.h"
#include "model/source.h"

/* What was counted, from the store. */
void quota_load(struct node *node, const struct source *source);
/* A peer says that it holds so many leaves of this ledger. */
void quota_told(struct ledger *ledger, uint32_t slot, uint64_t size);
/* The next leaf of this ledger, proven: is there room for it? Then it is
 * counted, and must be stored; quota_save() follows. deposit NULL: it is no
 * item. False: the ledger is held back until its member's day is over. */
bool quota_take(struct node *node, struct ledger *ledger, uint64_t index,
                const struct deposit *deposit);
/* Is it, now? */
bool quota_holds_back(const struct node *node, const struct ledger *ledger);
/* The same for a deposit here. */
bool quota_take_own(struct node *node, const struct deposit *deposit);
/* A leaf is carried into our ledger: counted, whatever there is room for. */
void quota_count_carried(struct node *node, const struct deposit *deposit);
/* Do deposits here wait for the quota? */
bool quota_own_waits(const struct node *node);
/* What was counted goes into the batch that is being collected. */
void quota_save(struct node *node);
/* Ends days, and says OVER-QUOTA while something waits. */
void quota_pump(struct node *node);

#endif
