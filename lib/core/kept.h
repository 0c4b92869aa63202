/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the newest of the witnessed checkpoints that a ledger keeps. They are
 * stored by size, and a store finds the next larger one, so that halving finds
 * the last: no list is kept and none is walked. At the start only. */
#ifndef HF_CORE_KEPT_H
#define HF_CORE_KEPT_H

#include "base/compiler.h"
#include "base/err.h"
#include "core/state.h"
#include "model/source.h"

/* Fill kept_size, kept_hour and kept_first. *ret_age_s: how old the first leaf
 * beyond it says that it is; 0 when there is none. */
MUST_USE enum err kept_load(struct node *node, struct ledger *ledger,
                            const struct source *source, uint64_t *ret_age_s);

#endif
