/* SPDX-License-Identifier: Apache-2.0 */
/* When each leaf was first seen here, as the rule `spreading` asks (within 24
 * hours of it). A few marks a ledger say it: leaves are seen in order, so all
 * between two marks have the time of the first. A leaf's time is that of its
 * record, at the latest now: who fetches an old ledger anew does not call it
 * new. Times are rounded down by at most half an hour, so an item is never
 * called new for longer than 24 hours; nor does a clock that is set back make
 * it so, since no more than that may have passed by monotonic time either.
 *
 * Marks are written with the leaves that they are of (NOTE_SEEN), so a restart
 * makes nothing new. What came before the first mark is old. Bound:
 * SEEN_MARKS_MAX a ledger, half an hour apart; when they do not suffice, the
 * oldest goes, and what it marked is old. Loop thread. */
#ifndef HF_CORE_SEEN_H
#define HF_CORE_SEEN_H

#include <stdint.h>

#include "base/span.h"
#include "core/state.h"
#include "model/source.h"

/* This leaf, verified, is appended as number `index`. */
void seen_leaf(const struct node *node, struct ledger *ledger, uint64_t index,
               struct span leaf);
/* New marks go into the batch that is being collected. */
void seen_save(struct node *node, struct ledger *ledger);
/* At the start; marks that cannot be read are none. */
void seen_load(const struct node *node, struct ledger *ledger,
               const struct source *source);

/* Leaves from *ret_from to *ret_to - 1 were first seen less than 24 hours ago;
 * none: both are equal. */
void seen_young(const struct node *node, const struct ledger *ledger,
                uint64_t *ret_from, uint64_t *ret_to);
/* POSIX seconds; 0: long ago. */
uint64_t seen_time_s(const struct ledger *ledger, uint64_t index);

#endif
