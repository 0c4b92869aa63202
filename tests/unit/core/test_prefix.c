/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "core/prefix.h"
#include "ledger/merkle.h"
#include "model/record.h"

#define LEAVES 40

static struct digest levels[7][LEAVES];

static enum err get(void *ctx, unsigned level, uint64_t index,
                    struct digest *ret_hash)
{
    (void)ctx;
    *ret_hash = levels[level][index];
    return ERR_OK;
}

static void put(void *ctx, unsigned level, uint64_t index,
                const struct digest *hash)
{
    (void)ctx;
    levels[level][index] = *hash;
}

/* Leaf `index` of every tree here. */
static struct span leaf(uint64_t index, uint8_t *byte)
{
    *byte = (uint8_t)index;
    return span_of(byte, 1);
}

static void build(void)
{
    struct frontier frontier;
    struct merkle_sink sink = { .put = put };
    uint8_t byte;

    frontier_init(&frontier);
    for (uint64_t i = 0; i < LEAVES; i++) {
        struct digest hash;

        record_leaf_hash(leaf(i, &byte), &hash);
        frontier_append(&frontier, &hash, &sink);
    }
}

/* For every size and every longer tree, one leaf and one path prove which root
 * the tree had at that size, and give the path from there, but for 2^k and
 * 2^k + 1. */
Test(prefix, proves_every_root)
{
    struct merkle_nodes nodes = { .get = get };

    build();
    for (uint64_t m = 1; m < LEAVES; m++) {
        for (uint64_t n = m + 1; n <= LEAVES; n++) {
            struct digest path[MERKLE_PATH_MAX];
            size_t count;
            struct digest old;
            struct digest whole;
            struct prefix proved;
            uint8_t byte;
            uint64_t from = prefix_from(m);
            bool known;

            cr_assert_eq(merkle_root_at(&nodes, m, &old), ERR_OK);
            cr_assert_eq(merkle_root_at(&nodes, n, &whole), ERR_OK);
            cr_assert_eq(merkle_consistency(&nodes, from + 1, n, path, &count),
                         ERR_OK);
            known = prefix_prove(m, leaf(from, &byte), n, &whole, path, count,
                                 &proved);
            cr_assert_eq(known, from + 1 < n, "%zu in %zu", (size_t)m,
                         (size_t)n);
            if (known) {
                cr_assert(digest_equal(&proved.root, &old), "%zu in %zu",
                          (size_t)m, (size_t)n);
                cr_assert_eq(merkle_verify_consistency(m, n, &proved.root,
                                                       &whole, proved.path,
                                                       proved.path_count),
                             ERR_OK, "%zu in %zu", (size_t)m, (size_t)n);
            }
        }
    }
}

/* A path with a flipped bit, or of another length, proves nothing. */
Test(prefix, refuses_wrong_paths)
{
    struct merkle_nodes nodes = { .get = get };
    struct digest path[MERKLE_PATH_MAX];
    struct digest whole;
    struct prefix proved;
    size_t count;
    uint8_t byte;

    build();
    cr_assert_eq(merkle_root_at(&nodes, 30, &whole), ERR_OK);
    cr_assert_eq(merkle_consistency(&nodes, 7, 30, path, &count), ERR_OK);
    for (size_t i = 0; i < count; i++) {
        path[i].bytes[3] ^= 4;
        cr_assert_not(
            prefix_prove(7, leaf(6, &byte), 30, &whole, path, count, &proved));
        path[i].bytes[3] ^= 4;
    }
    cr_assert_not(
        prefix_prove(7, leaf(6, &byte), 30, &whole, path, count - 1, &proved));
    cr_assert_not(
        prefix_prove(7, leaf(6, &byte), 30, &whole, path, 0, &proved));
    cr_assert_not(
        prefix_prove(0, leaf(6, &byte), 30, &whole, path, 0, &proved));
}
