/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "base/text.h"
#include "ledger/merkle.h"

#define LEAF_COUNT 70
#define LEVEL_COUNT 7

static struct digest leaves[LEAF_COUNT];
static struct digest nodes_known[LEVEL_COUNT][LEAF_COUNT];
static size_t known_count[LEVEL_COUNT];

static enum err known_get(void *ctx, unsigned level, uint64_t index,
                          struct digest *ret_hash)
{
    (void)ctx;
    cr_assert_lt(level, LEVEL_COUNT);
    cr_assert_lt(index, known_count[level], "only complete nodes are asked");
    *ret_hash = nodes_known[level][index];
    return ERR_OK;
}

static const struct merkle_nodes known = { known_get, NULL };

static void known_put(void *ctx, unsigned level, uint64_t index,
                      const struct digest *hash)
{
    (void)ctx;
    cr_assert_lt(level, LEVEL_COUNT);
    cr_assert_eq(index, known_count[level]);
    nodes_known[level][index] = *hash;
    known_count[level]++;
}

static void fill(void)
{
    struct merkle_sink sink = { known_put, NULL };
    struct frontier frontier;

    frontier_init(&frontier);
    for (size_t index = 0; index < LEAF_COUNT; index++) {
        uint8_t data = (uint8_t)index;

        merkle_leaf(span_of(&data, 1), &leaves[index]);
        frontier_append(&frontier, &leaves[index], &sink);
    }
}

TestSuite(merkle, .init = fill);

/* The root as RFC 6962 defines it, by recursion. */
static struct digest root_defined(size_t first, size_t count)
{
    struct digest left;
    struct digest right;
    struct digest root;
    size_t split = 1;

    if (count == 1) {
        return leaves[first];
    }
    while (2 * split < count) {
        split *= 2;
    }
    left = root_defined(first, split);
    right = root_defined(first + split, count - split);
    merkle_node(&left, &right, &root);
    return root;
}

static void hex_expect(const struct digest *digest, const char *hex)
{
    char text[65];

    hex_format(text, digest->bytes, DIGEST_SIZE);
    cr_expect_str_eq(text, hex);
}

/* The empty tree and an empty leaf have the roots that RFC 6962 gives them. */
Test(merkle, known_hashes)
{
    struct digest hash;

    merkle_empty(&hash);
    hex_expect(&hash, "e3b0c44298fc1c149afbf4c8996fb924"
                      "27ae41e4649b934ca495991b7852b855");
    merkle_leaf(span_of(NULL, 0), &hash);
    hex_expect(&hash, "6e340b9cffb37a989ca544e6bb780a2c"
                      "78901d3fb33738768511a30617afa01d");
    merkle_root_of(NULL, 0, &hash);
    hex_expect(&hash, "e3b0c44298fc1c149afbf4c8996fb924"
                      "27ae41e4649b934ca495991b7852b855");
}

/* Frontier, root in memory and root from complete nodes are the defined one. */
Test(merkle, roots_agree)
{
    struct frontier grown;

    frontier_init(&grown);
    for (size_t size = 1; size <= LEAF_COUNT; size++) {
        struct digest wanted = root_defined(0, size);
        struct frontier rebuilt;
        struct digest root;

        frontier_append(&grown, &leaves[size - 1], NULL);
        frontier_root(&grown, &root);
        cr_expect(digest_equal(&root, &wanted));
        merkle_root_of(leaves, size, &root);
        cr_expect(digest_equal(&root, &wanted));
        cr_assert(merkle_root_at(&known, size, &root) == ERR_OK);
        cr_expect(digest_equal(&root, &wanted));
        cr_assert(frontier_at(&known, size, &rebuilt) == ERR_OK);
        cr_expect_eq(rebuilt.size, size);
        if (size < LEAF_COUNT) {
            struct digest next = root_defined(0, size + 1);

            frontier_append(&rebuilt, &leaves[size], NULL);
            frontier_root(&rebuilt, &root);
            cr_expect(digest_equal(&root, &next));
        }
    }
}

/* Each leaf is proved in each size, and nothing else with the same path. */
Test(merkle, inclusion)
{
    struct digest path[MERKLE_PATH_MAX + 1];

    for (size_t size = 1; size <= LEAF_COUNT; size++) {
        struct digest root = root_defined(0, size);

        for (size_t index = 0; index < size; index++) {
            size_t count;

            cr_assert(merkle_inclusion(&known, index, size, path, &count) ==
                      ERR_OK);
            cr_expect(merkle_verify_inclusion(&leaves[index], index, size, path,
                                              count, &root) == ERR_OK);
            cr_expect(merkle_verify_inclusion(&leaves[(index + 1) % 70], index,
                                              size, path, count,
                                              &root) == ERR_WRONG_HASH);
            path[count] = root;
            cr_expect(merkle_verify_inclusion(&leaves[index], index, size, path,
                                              count + 1,
                                              &root) == ERR_WRONG_HASH);
            if (count > 0) {
                cr_expect(merkle_verify_inclusion(&leaves[index], index, size,
                                                  path, count - 1,
                                                  &root) == ERR_WRONG_HASH);
                path[count - 1].bytes[0] ^= 1;
                cr_expect(merkle_verify_inclusion(&leaves[index], index, size,
                                                  path, count,
                                                  &root) == ERR_WRONG_HASH);
            }
        }
    }
}

static void consistency_check(size_t old_size, size_t new_size)
{
    struct digest path[MERKLE_PATH_MAX + 1];
    struct digest old_root = root_defined(0, old_size);
    struct digest new_root = root_defined(0, new_size);
    struct digest other = old_root;
    size_t count;

    cr_assert(merkle_consistency(&known, old_size, new_size, path, &count) ==
              ERR_OK);
    cr_expect(merkle_verify_consistency(old_size, new_size, &old_root,
                                        &new_root, path, count) == ERR_OK);
    other.bytes[31] ^= 1;
    cr_expect(merkle_verify_consistency(old_size, new_size, &other, &new_root,
                                        path, count) == ERR_WRONG_HASH);
    path[count] = new_root;
    cr_expect(merkle_verify_consistency(old_size, new_size, &old_root,
                                        &new_root, path,
                                        count + 1) == ERR_WRONG_HASH);
    if (count > 0) {
        path[count - 1].bytes[0] ^= 1;
        cr_expect(merkle_verify_consistency(old_size, new_size, &old_root,
                                            &new_root, path,
                                            count) == ERR_WRONG_HASH);
    }
}

/* Each size is proved to begin each later one, and no other root is. */
Test(merkle, consistency)
{
    for (size_t new_size = 1; new_size <= LEAF_COUNT; new_size++) {
        for (size_t old_size = 1; old_size <= new_size; old_size++) {
            consistency_check(old_size, new_size);
        }
    }
}

/* Sizes outside the range are refused by makers and verifiers. */
Test(merkle, ranges)
{
    struct digest path[MERKLE_PATH_MAX];
    struct digest root = leaves[0];
    struct frontier frontier;
    size_t count;

    cr_expect(merkle_inclusion(&known, 0, 0, path, &count) == ERR_RANGE);
    cr_expect(merkle_inclusion(&known, 5, 5, path, &count) == ERR_RANGE);
    cr_expect(merkle_inclusion(&known, 0, 1ULL << 63, path, &count) ==
              ERR_RANGE);
    cr_expect(merkle_consistency(&known, 0, 5, path, &count) == ERR_RANGE);
    cr_expect(merkle_consistency(&known, 6, 5, path, &count) == ERR_RANGE);
    cr_expect(frontier_at(&known, 1ULL << 63, &frontier) == ERR_RANGE);
    cr_expect(merkle_verify_inclusion(&root, 1, 1, path, 0, &root) ==
              ERR_RANGE);
    cr_expect(merkle_verify_consistency(0, 0, &root, &root, path, 0) ==
              ERR_RANGE);
    cr_expect(merkle_verify_consistency(0, 1, &root, &root, path, 0) ==
              ERR_RANGE);
    cr_expect(merkle_verify_consistency(2, 1, &root, &root, path, 0) ==
              ERR_RANGE);
}

static enum err get_fails(void *ctx, unsigned level, uint64_t index,
                          struct digest *ret_hash)
{
    (void)ctx;
    (void)level;
    (void)index;
    (void)ret_hash;
    return ERR_CORRUPT;
}

/* An error of the store comes through, and the results stay as they were. */
Test(merkle, store_fails)
{
    struct merkle_nodes broken = { get_fails, NULL };
    struct digest path[MERKLE_PATH_MAX];
    struct digest root = leaves[0];
    size_t count = 99;

    cr_expect(merkle_inclusion(&broken, 3, 5, path, &count) == ERR_CORRUPT);
    cr_expect(merkle_consistency(&broken, 3, 5, path, &count) == ERR_CORRUPT);
    cr_expect(merkle_root_at(&broken, 5, &root) == ERR_CORRUPT);
    cr_expect_eq(count, 99);
    cr_expect(digest_equal(&root, &leaves[0]));
}

static enum err level_get(void *ctx, unsigned level, uint64_t index,
                          struct digest *ret_hash)
{
    uint64_t size = *(const uint64_t *)ctx;

    cr_assert_leq((index + 1) << level, size);
    memset(ret_hash, 0, sizeof(*ret_hash));
    ret_hash->bytes[0] = (uint8_t)level;
    return ERR_OK;
}

/* The longest paths fit: sizes just below 2^63. */
Test(merkle, largest_paths)
{
    uint64_t size = (1ULL << 63) - 1;
    struct merkle_nodes nodes = { level_get, &size };
    struct digest path[MERKLE_PATH_MAX];
    struct frontier frontier;
    size_t count;

    cr_assert(merkle_inclusion(&nodes, 0, size, path, &count) == ERR_OK);
    cr_expect_eq(count, 63);
    cr_assert(merkle_inclusion(&nodes, size - 1, size, path, &count) == ERR_OK);
    cr_assert(merkle_consistency(&nodes, 1, size, path, &count) == ERR_OK);
    cr_expect_eq(count, 63);
    cr_assert(merkle_consistency(&nodes, 3, size, path, &count) == ERR_OK);
    cr_expect_leq(count, MERKLE_PATH_MAX);
    cr_assert(frontier_at(&nodes, size, &frontier) == ERR_OK);
    cr_expect_eq(frontier.size, size);
}
