/* SPDX-License-Identifier: Apache-2.0 */
#include "core/prefix.h"

#include "ledger/merkle.h"
#include "model/record.h"

static bool is_power_of_two(uint64_t size)
{
    return size != 0 && (size & (size - 1)) == 0;
}

/* With a size of 2^k, k > 0, the path from it does not contain its root, but
 * the path from one leaf more does. */
uint64_t prefix_from(uint64_t size)
{
    return size > 1 && is_power_of_two(size) ? size : size - 1;
}

struct folded {
    struct digest old_root;
    struct digest new_root;
    struct digest left; /* the last one that stood left of the old tree */
};

/* RFC 9162, consistency, both roots at once. `old_size` is no power of two. */
static bool fold(uint64_t old_size, uint64_t new_size,
                 const struct digest *path, size_t path_count,
                 struct folded *ret)
{
    uint64_t a = old_size - 1;
    uint64_t b = new_size - 1;

    if (old_size >= new_size || path_count == 0) {
        return false;
    }
    while ((a & 1) != 0) {
        a >>= 1;
        b >>= 1;
    }
    ret->old_root = path[0];
    ret->new_root = path[0];
    for (size_t i = 1; i < path_count; i++) {
        if (b == 0) {
            return false;
        }
        if ((a & 1) != 0 || a == b) {
            merkle_node(&path[i], &ret->old_root, &ret->old_root);
            merkle_node(&path[i], &ret->new_root, &ret->new_root);
            ret->left = path[i];
            while ((a & 1) == 0 && a != 0) {
                a >>= 1;
                b >>= 1;
            }
        } else {
            merkle_node(&ret->new_root, &path[i], &ret->new_root);
        }
        a >>= 1;
        b >>= 1;
    }
    return b == 0;
}

/* One leaf: its hash is the old root, so the path itself proves it. */
static bool root_of_one(struct span leaf, uint64_t new_size,
                        const struct digest *new_root,
                        const struct digest *path, size_t path_count,
                        struct digest *ret_root)
{
    struct digest hash;

    record_leaf_hash(leaf, &hash);
    if (merkle_verify_consistency(1, new_size, &hash, new_root, path,
                                  path_count) != ERR_OK) {
        return false;
    }
    *ret_root = hash;
    return true;
}

bool prefix_root(uint64_t size, struct span leaf, uint64_t new_size,
                 const struct digest *new_root, const struct digest *path,
                 size_t path_count, struct digest *ret_root)
{
    uint64_t end = prefix_from(size) + 1;
    struct folded folded;

    if (size == 0 || end > new_size) {
        return false;
    }
    if (size == 1) {
        return root_of_one(leaf, new_size, new_root, path, path_count,
                           ret_root);
    }
    /* With size = 2^k and one leaf more nothing proves it: end equals new_size,
     * and fold() refuses. A longer ledger settles it later. */
    if (!fold(end, new_size, path, path_count, &folded) ||
        !digest_equal(&folded.new_root, new_root)) {
        return false;
    }
    *ret_root = end == size ? folded.old_root : folded.left;
    return true;
}
