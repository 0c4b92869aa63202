/* SPDX-License-Identifier: Apache-2.0 */
/* The newest head of each ledger that each peer's witness key cosigned, by the
 * lines that we hold: told to it in the first Sync of a session, so that a
 * witness whose disk was put back to an older state hears of it, also when
 * nothing on its own machine tells. A peer's word alone stops no witness: its
 * newest checkpoint of that ledger is asked for, and our key waits until enough
 * members told how far each ledger goes and until we hold what its owner signed
 * (core/cosigning.h); it never cosigns another root of that very size.
 *
 * Bounds: SYNC_COSIGNED_MAX heads in one message, those of ledgers that were
 * not left first. Loop thread. Format: proto/README.md, Requests. */
#ifndef HF_CORE_COSIGNED_H
#define HF_CORE_COSIGNED_H

#include <stddef.h>

#include "base/span.h"
#include "core/state.h"
#include "wire/message.h"

/* The lines of this good note of the ledger. */
void cosigned_seen(struct node *node, struct ledger *ledger, struct span note);
/* What this peer cosigned, in the memory of the step; their number is in
 * *ret_count. */
const struct head *cosigned_by(struct node *node, uint32_t slot,
                               size_t *ret_count);
/* A peer says that our witness key cosigned these. */
void cosigned_told(struct node *node, uint32_t slot, const struct head *heads,
                   size_t count);

#endif
