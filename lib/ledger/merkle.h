/* SPDX-License-Identifier: Apache-2.0 */
/* The tree of RFC 6962 over SHA-256, sizes of 64 bits. A node (level, index)
 * is complete: it covers the leaves index * 2^level to (index + 1) * 2^level
 * - 1 and never changes again. Everything that a tree of any earlier size had
 * can be made from complete nodes alone, so that is all a store keeps. Level 0
 * is the leaf hashes. Pure functions; sizes are below 2^63 except in the
 * verifiers, which take what a stranger writes. Format: proto/README.md,
 * Ledgers. */
#ifndef HF_LEDGER_MERKLE_H
#define HF_LEDGER_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "crypto/digest.h"

#define MERKLE_LEVELS 63 /* of complete nodes, 0 to 62: sizes below 2^63 */
/* Room for every path that merkle_inclusion or merkle_consistency makes: a
 * consistency path may begin with one hash more than its tree is high. */
#define MERKLE_PATH_MAX (TREE_PATH_MAX + 1)

/* Where complete nodes are read. get() gives ERR_OK and the hash, or the
 * store's error, which is passed on unchanged. It is asked for complete nodes
 * of the tree in question only. */
struct merkle_nodes {
    enum err (*get)(void *ctx, unsigned level, uint64_t index,
                    struct digest *ret_hash);
    void *ctx; /* borrowed */
};

/* Where newly complete nodes go. */
struct merkle_sink {
    void (*put)(void *ctx, unsigned level, uint64_t index,
                const struct digest *hash);
    void *ctx; /* borrowed */
};

/* What appending needs: the roots of the complete subtrees that a tree of this
 * size consists of, one for each set bit of size. {0} is the empty tree. */
struct frontier {
    uint64_t size;                      /* leaves */
    struct digest peaks[MERKLE_LEVELS]; /* [level], valid where the bit of size
                                           is set */
};

/* SHA-256(00, data). */
void merkle_leaf(struct span data, struct digest *ret_hash);
/* SHA-256(01, left, right); ret_hash may be one of them. */
void merkle_node(const struct digest *left, const struct digest *right,
                 struct digest *ret_hash);
/* SHA-256 of nothing. */
void merkle_empty(struct digest *ret_root);
/* The root over `count` leaf hashes in memory. */
void merkle_root_of(const struct digest *hashes, size_t count,
                    struct digest *ret_root);

void frontier_init(struct frontier *frontier);
/* Append one leaf hash. Gives each node that this completes to the sink, the
 * leaf itself first, then upwards; sink may be NULL. Needs size < 2^63 - 1. */
void frontier_append(struct frontier *frontier, const struct digest *leaf_hash,
                     const struct merkle_sink *sink);
void frontier_root(const struct frontier *frontier, struct digest *ret_root);
/* The frontier of a tree of `size` leaves, from its complete nodes. ERR_RANGE
 * when size is 2^63 or more, or what get() gives. */
MUST_USE enum err frontier_at(const struct merkle_nodes *nodes, uint64_t size,
                              struct frontier *ret_frontier);
/* The root of the first `size` leaves. Errors as above. */
MUST_USE enum err merkle_root_at(const struct merkle_nodes *nodes,
                                 uint64_t size, struct digest *ret_root);

/* The path of leaf `index` in the tree of `size` leaves, its sibling first.
 * ERR_RANGE unless index < size < 2^63, or what get() gives. */
MUST_USE enum err merkle_inclusion(
    const struct merkle_nodes *nodes, uint64_t index, uint64_t size,
    struct digest ret_path[static MERKLE_PATH_MAX], size_t *ret_count);
/* The path from the tree of `old_size` leaves to that of `new_size`; empty
 * when they are equal. ERR_RANGE unless 0 < old_size <= new_size < 2^63, or
 * what get() gives. */
MUST_USE enum err merkle_consistency(
    const struct merkle_nodes *nodes, uint64_t old_size, uint64_t new_size,
    struct digest ret_path[static MERKLE_PATH_MAX], size_t *ret_count);

/* Is this leaf hash at `index` of the tree with this size and root? ERR_RANGE
 * when index >= size, ERR_WRONG_HASH when the path does not prove it. */
MUST_USE enum err merkle_verify_inclusion(const struct digest *leaf_hash,
                                          uint64_t index, uint64_t size,
                                          const struct digest *path,
                                          size_t path_count,
                                          const struct digest *root);
/* Is the old tree the beginning of the new one? ERR_RANGE when old_size is 0
 * or above new_size, ERR_WRONG_HASH when the path does not prove it. Size 0 is
 * the caller's: the empty tree begins every tree. */
MUST_USE enum err merkle_verify_consistency(uint64_t old_size,
                                            uint64_t new_size,
                                            const struct digest *old_root,
                                            const struct digest *new_root,
                                            const struct digest *path,
                                            size_t path_count);

#endif
