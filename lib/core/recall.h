/* SPDX-License-Identifier: Apache-2.0 */
/* What our own witness key cosigned, as peers tell it (core/cosigned.h), for
 * when our disk was put back to an older state. A peer's word alone stops no
 * witness: its newest checkpoint of that ledger is asked for, and our key waits
 * until enough members told how far each ledger goes and until we hold what its
 * owner signed (core/cosigning.h); it never cosigns another root of that very
 * size. Loop thread. */
#ifndef HF_CORE_RECALL_H
#define HF_CORE_RECALL_H

#include <stddef.h>
#include <stdint.h>

#include "core/state.h"
#include "wire/message.h"

/* A peer says that our witness key cosigned these. */
void recall_told(struct node *node, uint32_t slot, const struct head *heads,
                 size_t count);

#endif
