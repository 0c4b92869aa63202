/* SPDX-License-Identifier: Apache-2.0 */
/* The newest head of each ledger that each peer's witness key cosigned, by the
 * lines that we hold: told to it in the first Sync of a session, so that a
 * witness whose disk was put back to an older state hears of it, also when
 * nothing on its own machine tells (core/recall.h).
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
#endif
