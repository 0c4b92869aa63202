/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing what others cannot fetch. A peer that does not dial us is brought
 * the records that its summary lacks, and the blocks that it leased to us.
 * Our own ledgers go at once; those of others a little later, since somebody
 * else may be bringing them.
 *
 * Parcels (what a peer leased to us): FREE -> WAITS [push_leased],
 * WAITS -> OUT [push_pump], OUT -> FREE [push_blocks_answered], OUT -> WAITS
 * [no answer, or no room in that request], WAITS -> FREE [the lease is over].
 * Bounds: PARCELS_MAX parcels a peer, further leases are ignored (they end by
 * themselves); requests as in base/limits.h, In flight. Loop thread. */
#ifndef HF_CORE_PUSH_H
#define HF_CORE_PUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/state.h"

/* Does this peer fetch from us itself, or may it still begin to? */
bool push_needless(struct node *node, uint32_t slot);
/* Its summary tells of these heads, and they are all: of any other ledger it
 * has nothing (any more), and is asked for nothing. */
void push_told(struct node *node, uint32_t slot, const struct head *heads,
               size_t count);
/* The answer to our Sync leases these to us. */
void push_leased(struct node *node, uint32_t slot, const struct lease *leases,
                 size_t count);
/* ASK_PUT_RECORDS, ASK_PUT_BLOCKS; NULL: no answer, or a refusal. */
void push_records_answered(struct node *node, const struct ask *ask,
                           const struct msg_put_reply *reply);
void push_blocks_answered(struct node *node, const struct ask *ask,
                          const struct msg_put_reply *reply);
void push_pump(struct node *node);

#endif
