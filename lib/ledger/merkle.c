/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger/merkle.h"

#include "base/check.h"

#define SIZE_LIMIT (1ULL << 63)

static unsigned highest_bit(uint64_t value)
{
    unsigned bit = 0;

    while (value > 1) {
        value >>= 1;
        bit++;
    }
    return bit;
}

/* The largest power of two smaller than size; size >= 2. */
static uint64_t split_of(uint64_t size)
{
    return 1ULL << highest_bit(size - 1);
}

static void hash_prefixed(uint8_t prefix, struct span first, struct span second,
                          struct digest *ret_hash)
{
    struct sha256 sha;

    sha256_init(&sha);
    sha256_update(&sha, span_of(&prefix, 1));
    sha256_update(&sha, first);
    sha256_update(&sha, second);
    sha256_final(&sha, ret_hash);
}

void merkle_leaf(struct span data, struct digest *ret_hash)
{
    hash_prefixed(0x00, data, span_of(NULL, 0), ret_hash);
}

void merkle_node(const struct digest *left, const struct digest *right,
                 struct digest *ret_hash)
{
    hash_prefixed(0x01, span_of(left->bytes, DIGEST_SIZE),
                  span_of(right->bytes, DIGEST_SIZE), ret_hash);
}

void merkle_empty(struct digest *ret_root)
{
    *ret_root = digest_of(span_of(NULL, 0));
}

void merkle_root_of(const struct digest *hashes, size_t count,
                    struct digest *ret_root)
{
    struct frontier frontier;

    frontier_init(&frontier);
    for (size_t index = 0; index < count; index++) {
        frontier_append(&frontier, &hashes[index], NULL);
    }
    frontier_root(&frontier, ret_root);
}

void frontier_init(struct frontier *frontier)
{
    memset(frontier, 0, sizeof(*frontier));
}

void frontier_append(struct frontier *frontier, const struct digest *leaf_hash,
                     const struct merkle_sink *sink)
{
    struct digest hash = *leaf_hash;
    uint64_t index = frontier->size;
    unsigned level = 0;

    CHECK(frontier->size < SIZE_LIMIT - 1);
    if (sink != NULL) {
        sink->put(sink->ctx, level, index, &hash);
    }
    while ((frontier->size >> level & 1) != 0) {
        merkle_node(&frontier->peaks[level], &hash, &hash);
        level++;
        index >>= 1;
        if (sink != NULL) {
            sink->put(sink->ctx, level, index, &hash);
        }
    }
    frontier->peaks[level] = hash;
    frontier->size++;
}

void frontier_root(const struct frontier *frontier, struct digest *ret_root)
{
    struct digest root;
    bool begun = false;

    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        if ((frontier->size >> level & 1) == 0) {
            continue;
        }
        if (begun) {
            merkle_node(&frontier->peaks[level], &root, &root);
        } else {
            root = frontier->peaks[level];
            begun = true;
        }
    }
    if (!begun) {
        merkle_empty(&root);
    }
    *ret_root = root;
}

enum err frontier_at(const struct merkle_nodes *nodes, uint64_t size,
                     struct frontier *ret_frontier)
{
    struct frontier frontier;

    if (size >= SIZE_LIMIT) {
        return ERR_RANGE;
    }
    frontier_init(&frontier);
    frontier.size = size;
    for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
        enum err err;

        if ((size >> level & 1) == 0) {
            continue;
        }
        /* The peak of this level begins after all larger ones, so its index
         * is the size's bits above this one, times two. */
        err = nodes->get(nodes->ctx, level, (size >> level) - 1,
                         &frontier.peaks[level]);
        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_frontier = frontier;
    return ERR_OK;
}

enum err merkle_root_at(const struct merkle_nodes *nodes, uint64_t size,
                        struct digest *ret_root)
{
    struct frontier frontier;
    enum err err = frontier_at(nodes, size, &frontier);

    if (err != ERR_OK) {
        return err;
    }
    frontier_root(&frontier, ret_root);
    return ERR_OK;
}

/* The root of the subtree of `count` leaves from `begin` on, where begin is a
 * multiple of the power of two that is not below count: then each complete
 * part of it is a node of the whole tree. */
static enum err range_root(const struct merkle_nodes *nodes, uint64_t begin,
                           uint64_t count, struct digest *ret_root)
{
    struct digest parts[MERKLE_LEVELS + 1];
    size_t part_count = 0;

    while (count > 0) {
        unsigned level = highest_bit(count);
        enum err err =
            nodes->get(nodes->ctx, level, begin >> level, &parts[part_count]);

        if (err != ERR_OK) {
            return err;
        }
        part_count++;
        begin += 1ULL << level;
        count -= 1ULL << level;
    }
    CHECK(part_count > 0);
    for (size_t index = part_count - 1; index > 0; index--) {
        merkle_node(&parts[index - 1], &parts[index], &parts[index - 1]);
    }
    *ret_root = parts[0];
    return ERR_OK;
}

/* Paths are made from the root down and written from the leaf up. */
static void path_give(const struct digest *path, size_t count,
                      struct digest *ret_path, size_t *ret_count)
{
    for (size_t index = 0; index < count; index++) {
        ret_path[index] = path[count - 1 - index];
    }
    *ret_count = count;
}

enum err merkle_inclusion(const struct merkle_nodes *nodes, uint64_t index,
                          uint64_t size,
                          struct digest ret_path[static MERKLE_PATH_MAX],
                          size_t *ret_count)
{
    struct digest path[MERKLE_PATH_MAX];
    size_t count = 0;
    uint64_t begin = 0;

    if (size >= SIZE_LIMIT || index >= size) {
        return ERR_RANGE;
    }
    while (size > 1) {
        uint64_t split = split_of(size);
        enum err err;

        if (index < split) {
            err = range_root(nodes, begin + split, size - split, &path[count]);
            size = split;
        } else {
            err = range_root(nodes, begin, split, &path[count]);
            begin += split;
            index -= split;
            size -= split;
        }
        if (err != ERR_OK) {
            return err;
        }
        count++;
    }
    path_give(path, count, ret_path, ret_count);
    return ERR_OK;
}

enum err merkle_consistency(const struct merkle_nodes *nodes, uint64_t old_size,
                            uint64_t new_size,
                            struct digest ret_path[static MERKLE_PATH_MAX],
                            size_t *ret_count)
{
    struct digest path[MERKLE_PATH_MAX];
    size_t count = 0;
    uint64_t begin = 0;
    bool old_root_known = true;
    enum err err = ERR_OK;

    if (old_size == 0 || old_size > new_size || new_size >= SIZE_LIMIT) {
        return ERR_RANGE;
    }
    while (old_size != new_size) {
        uint64_t split = split_of(new_size);

        if (old_size <= split) {
            err = range_root(nodes, begin + split, new_size - split,
                             &path[count]);
            new_size = split;
        } else {
            err = range_root(nodes, begin, split, &path[count]);
            begin += split;
            old_size -= split;
            new_size -= split;
            old_root_known = false;
        }
        if (err != ERR_OK) {
            return err;
        }
        count++;
    }
    if (!old_root_known) {
        err = range_root(nodes, begin, new_size, &path[count]);
        if (err != ERR_OK) {
            return err;
        }
        count++;
    }
    path_give(path, count, ret_path, ret_count);
    return ERR_OK;
}

/* From a node at the right edge with no sibling at its level, up to the level
 * where it is a right child. */
static void climb(uint64_t *position, uint64_t *last)
{
    while (*position != 0 && (*position & 1) == 0) {
        *position >>= 1;
        *last >>= 1;
    }
}

enum err merkle_verify_inclusion(const struct digest *leaf_hash, uint64_t index,
                                 uint64_t size, const struct digest *path,
                                 size_t path_count, const struct digest *root)
{
    struct digest hash = *leaf_hash;
    uint64_t position = index;
    uint64_t last;

    if (index >= size) {
        return ERR_RANGE;
    }
    last = size - 1;
    for (size_t step = 0; step < path_count; step++) {
        if (last == 0) {
            return ERR_WRONG_HASH;
        }
        if ((position & 1) != 0 || position == last) {
            merkle_node(&path[step], &hash, &hash);
            climb(&position, &last);
        } else {
            merkle_node(&hash, &path[step], &hash);
        }
        position >>= 1;
        last >>= 1;
    }
    if (last != 0 || !digest_equal(&hash, root)) {
        return ERR_WRONG_HASH;
    }
    return ERR_OK;
}

/* The general case: 0 < old_size < new_size. */
static enum err verify_growth(uint64_t old_size, uint64_t new_size,
                              const struct digest *old_root,
                              const struct digest *new_root,
                              const struct digest *path, size_t path_count)
{
    uint64_t position = old_size - 1;
    uint64_t last = new_size - 1;
    struct digest old_hash;
    struct digest new_hash;
    size_t step = 0;

    if (path_count == 0) {
        return ERR_WRONG_HASH;
    }
    if ((old_size & (old_size - 1)) == 0) {
        old_hash = *old_root; /* complete, so the path leaves it out */
    } else {
        old_hash = path[0];
        step = 1;
    }
    new_hash = old_hash;
    while ((position & 1) != 0) {
        position >>= 1;
        last >>= 1;
    }
    for (; step < path_count; step++) {
        if (last == 0) {
            return ERR_WRONG_HASH;
        }
        if ((position & 1) != 0 || position == last) {
            merkle_node(&path[step], &old_hash, &old_hash);
            merkle_node(&path[step], &new_hash, &new_hash);
            climb(&position, &last);
        } else {
            merkle_node(&new_hash, &path[step], &new_hash);
        }
        position >>= 1;
        last >>= 1;
    }
    if (last != 0 || !digest_equal(&old_hash, old_root) ||
        !digest_equal(&new_hash, new_root)) {
        return ERR_WRONG_HASH;
    }
    return ERR_OK;
}

enum err merkle_verify_consistency(uint64_t old_size, uint64_t new_size,
                                   const struct digest *old_root,
                                   const struct digest *new_root,
                                   const struct digest *path, size_t path_count)
{
    if (old_size == 0 || old_size > new_size) {
        return ERR_RANGE;
    }
    if (old_size == new_size) {
        return path_count == 0 && digest_equal(old_root, new_root)
                   ? ERR_OK
                   : ERR_WRONG_HASH;
    }
    return verify_growth(old_size, new_size, old_root, new_root, path,
                         path_count);
}
