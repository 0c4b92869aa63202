/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "ledger/merkle.h"
#include "model/fork.h"
#include "support/vectors.h"

#define LEAVES_MAX 64
#define LEVELS_MAX 7

struct tree {
    struct digest nodes[LEVELS_MAX][LEAVES_MAX];
};

static void tree_put(void *ctx, unsigned level, uint64_t index,
                     const struct digest *hash)
{
    ((struct tree *)ctx)->nodes[level][index] = *hash;
}

static enum err tree_get(void *ctx, unsigned level, uint64_t index,
                         struct digest *ret_hash)
{
    *ret_hash = ((const struct tree *)ctx)->nodes[level][index];
    return ERR_OK;
}

static void tree_read(const json_t *hashes, struct tree *tree)
{
    struct merkle_sink sink = { .put = tree_put, .ctx = tree };
    struct frontier frontier;
    json_t *one;
    size_t index;

    cr_assert_leq(json_array_size(hashes), LEAVES_MAX);
    frontier_init(&frontier);
    json_array_foreach(hashes, index, one)
    {
        struct digest hash;

        cr_assert(hex_parse(span_str(json_string_value(one)), hash.bytes,
                            DIGEST_SIZE) == ERR_OK);
        frontier_append(&frontier, &hash, &sink);
    }
}

/* From the two checkpoints and the later leaves comes the same proof. */
static void make_expect(const json_t *one, const struct fork *fork,
                        const struct public_key *key)
{
    static struct tree tree;
    struct merkle_nodes nodes = { .get = tree_get, .ctx = &tree };
    struct digest path[MERKLE_PATH_MAX];
    struct digest root;
    struct buf proof;
    size_t count = 0;
    uint64_t m = fork->earlier.checkpoint.size;

    tree_read(json_object_get(one, "later_leaf_hashes"), &tree);
    cr_assert(merkle_root_at(&nodes, m, &root) == ERR_OK);
    cr_assert(merkle_consistency(&nodes, m, fork->later.checkpoint.size, path,
                                 &count) == ERR_OK);
    buf_init(&proof, FORK_SIZE_MAX);
    cr_assert(fork_make(&proof, vectors_text(one, "earlier"),
                        vectors_text(one, "later"), &fork->origin, key, &root,
                        path, count, NULL) == ERR_OK);
    cr_expect(span_equal(buf_span(&proof), vectors_text(one, "proof")), "%s",
              vectors_name(one));
    buf_done(&proof);
}

static void good_expect(const json_t *one, const struct fork *fork,
                        const struct public_key *key)
{
    json_t *sizes = json_object_get(one, "sizes");

    cr_expect_eq((json_int_t)fork->earlier.checkpoint.size,
                 json_integer_value(json_array_get(sizes, 0)));
    cr_expect_eq((json_int_t)fork->later.checkpoint.size,
                 json_integer_value(json_array_get(sizes, 1)));
    if (vectors_has(one, "later_leaf_hashes")) {
        make_expect(one, fork, key);
    }
}

/* Every proof is judged as listed, and the good ones can be made again. */
Test(fork_vectors, proofs)
{
    json_t *file;
    json_t *one;
    size_t index;
    size_t made = 0;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("holdfast/forks.json");
    json_array_foreach(vectors_cases(file, "forks"), index, one)
    {
        const json_t *owner = vectors_has(one, "ledger_key") ? one : file;
        struct public_key key;
        struct fork fork;
        bool good;

        cr_assert(base64_parse_fixed(vectors_text(owner, "ledger_key"),
                                     key.bytes, sizeof(key.bytes)) == ERR_OK);
        good = fork_verify(vectors_text(one, "proof"), &key, &fork, NULL) ==
               ERR_OK;
        cr_expect_eq(good, vectors_expect(one, "ok"), "%s", vectors_name(one));
        if (good) {
            good_expect(one, &fork, &key);
            made += vectors_has(one, "later_leaf_hashes");
        }
    }
    cr_expect_gt(made, 0);
    json_decref(file);
}
