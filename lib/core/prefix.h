/* SPDX-License-Identifier: Apache-2.0 */
/* Who is wrong when records do not fit: the peer that sent them, or the owner
 * of the ledger, who signed two histories? A consistency path to a signed root
 * also proves which root the older tree had, so that one leaf and one path
 * from the peer settle it. Nobody is accused on a peer's word. Pure. */
#ifndef HF_CORE_PREFIX_H
#define HF_CORE_PREFIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "crypto/digest.h"
#include "ledger/merkle.h"

/* The first leaf to ask for (one leaf), to learn the root at `size`. */
uint64_t prefix_from(uint64_t size);
/* Does no answer prove which root a tree of new_size leaves had at `size`? So
 * it is with 2^k, k > 0, and one leaf more. Whoever holds the larger one knows
 * it: the highest of its frontier's peaks. */
bool prefix_blind(uint64_t size, uint64_t new_size);
struct prefix {
    struct digest root;                  /* that the tree had at the size */
    struct digest path[MERKLE_PATH_MAX]; /* consistency, from there */
    size_t path_count;
};

/* What follows from the answer, this leaf and the path from
 * prefix_from(size) + 1 to the tree (new_size, new_root): which root that tree
 * had at `size`. False when the answer proves nothing. */
bool prefix_prove(uint64_t size, struct span leaf, uint64_t new_size,
                  const struct digest *new_root, const struct digest *path,
                  size_t path_count, struct prefix *ret);

#endif
