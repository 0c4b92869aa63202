/* SPDX-License-Identifier: Apache-2.0 */
/* Ledgers whose owner signed two histories. The proof convicts by itself, so
 * one is kept for each ledger and passed on; from then on the ledger is frozen:
 * not cosigned, and not taken further, but up to the size that the proof speaks
 * of by whoever has less, since what was deposited in it is still to be kept.
 * The alarm FORK stays until a roster closes the ledger. Loop thread. Format:
 * proto/README.md, Fork proofs. */
#ifndef HF_CORE_FORKS_H
#define HF_CORE_FORKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "core/note_fate.h"
#include "core/state.h"
#include "ledger/checkpoint.h"
#include "model/source.h"

/* A fork proof came from this peer (or SLOT_NONE). */
enum note_fate forks_take(struct node *node, uint32_t slot, struct span proof);
/* Here it is: two checkpoint notes of this ledger that cannot both be true, the
 * root that the later one's tree had at the size of the earlier, and the path
 * from there. */
void forks_found(struct node *node, struct ledger *ledger, struct span earlier,
                 struct span later, const struct digest *root,
                 const struct digest *path, size_t path_count);
/* Has our tree another root at this smaller size? Only where the holder of the
 * smaller one cannot find out (core/prefix.h). */
bool forks_below(const struct ledger *ledger, uint64_t size,
                 const struct digest *root);
/* The same of a signed checkpoint: then it is proven. */
bool forks_look_below(struct node *node, struct ledger *ledger,
                      const struct checkpoint *checkpoint, struct span note);
/* At the start: the proof that the store holds, if any. */
MUST_USE enum err forks_load(struct node *node, struct ledger *ledger,
                             const struct source *source);
void forks_pump(struct node *node);

#endif
