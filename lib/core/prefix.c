/* SPDX-License-Identifier: Apache-2.0 */
#include "core/prefix.h"

#include <string.h>

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

bool prefix_blind(uint64_t size, uint64_t new_size)
{
    return size > 1 && is_power_of_two(size) && new_size == size + 1;
}

struct folded {
    struct digest old_root;
    struct digest new_root;
    /* Where the last hash stood left of the old tree. */
    struct digest left;
    struct digest right; /* what the new tree had right of it, */
    size_t rest;         /* and the path from there on upwards */
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
    ret->rest = 0;
    for (size_t i = 1; i < path_count; i++) {
        if (b == 0) {
            return false;
        }
        if ((a & 1) != 0 || a == b) {
            ret->left = path[i];
            ret->right = ret->new_root;
            ret->rest = i + 1;
            merkle_node(&path[i], &ret->old_root, &ret->old_root);
            merkle_node(&path[i], &ret->new_root, &ret->new_root);
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

static void copy_path(struct prefix *ret, const struct digest *path,
                      size_t count)
{
    memcpy(&ret->path[ret->path_count], path, count * sizeof(*path));
    ret->path_count += count;
}

/* One leaf: its hash is the old root, so the path itself proves it. */
static bool prove_one(struct span leaf, uint64_t new_size,
                      const struct digest *new_root, const struct digest *path,
                      size_t path_count, struct prefix *ret)
{
    struct digest hash;

    record_leaf_hash(leaf, &hash);
    if (merkle_verify_consistency(1, new_size, &hash, new_root, path,
                                  path_count) != ERR_OK) {
        return false;
    }
    ret->root = hash;
    copy_path(ret, path, path_count);
    return true;
}

bool prefix_prove(uint64_t size, struct span leaf, uint64_t new_size,
                  const struct digest *new_root, const struct digest *path,
                  size_t path_count, struct prefix *ret)
{
    uint64_t end = prefix_from(size) + 1;
    struct folded folded;

    if (size == 0 || end > new_size || path_count > MERKLE_PATH_MAX) {
        return false;
    }
    ret->path_count = 0;
    if (size == 1) {
        return prove_one(leaf, new_size, new_root, path, path_count, ret);
    }
    /* prefix_blind(): end equals new_size, and fold() refuses. */
    if (!fold(end, new_size, path, path_count, &folded) ||
        !digest_equal(&folded.new_root, new_root)) {
        return false;
    }
    if (end == size) {
        ret->root = folded.old_root;
        copy_path(ret, path, path_count);
        return true;
    }
    /* The whole old tree stands left of the one leaf more: the path from it
     * begins with all that stands right of it. */
    if (folded.rest == 0) {
        return false;
    }
    ret->root = folded.left;
    copy_path(ret, &folded.right, 1);
    copy_path(ret, path + folded.rest, path_count - folded.rest);
    return true;
}
