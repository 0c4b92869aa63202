/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "crypto/secret.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"

#define LEAF_COUNT 5
#define HASH "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define NOTE "o\n1\n" HASH "\n\n\xe2\x80\x94 o AAAAAAA=\n"

static struct digest leaves[LEAF_COUNT];
static struct sign_key secret;
static struct note_key key;
static struct buf note; /* a checkpoint over all leaves */

static void setup(void)
{
    uint8_t seed[SIGN_SEED_SIZE] = { 3 };
    struct checkpoint checkpoint = { .origin = "o", .size = LEAF_COUNT };
    struct buf text;

    cr_assert(crypto_init() == ERR_OK);
    cr_assert(sign_key_init(&secret, seed) == ERR_OK);
    cr_assert(note_key_init(&key, "o", NOTE_KEY_ED25519,
                            secret.public_key.bytes) == ERR_OK);
    for (size_t index = 0; index < LEAF_COUNT; index++) {
        merkle_leaf(span_of(&index, 1), &leaves[index]);
    }
    merkle_root_of(leaves, LEAF_COUNT, &checkpoint.root);
    buf_init(&text, 4096);
    buf_init(&note, 4096);
    checkpoint_format(&text, &checkpoint);
    cr_assert(note_sign(&note, buf_span(&text), &key, &secret) == ERR_OK);
    buf_done(&text);
}

static void teardown(void)
{
    buf_done(&note);
    sign_key_done(&secret);
}

TestSuite(proof, .init = setup, .fini = teardown);

static enum err leaves_get(void *ctx, unsigned level, uint64_t index,
                           struct digest *ret_hash)
{
    (void)ctx;
    merkle_root_of(&leaves[index << level], (size_t)1 << level, ret_hash);
    return ERR_OK;
}

/* A proof is written, read back and verified, and proves no other leaf. */
Test(proof, round_trip)
{
    struct merkle_nodes nodes = { leaves_get, NULL };
    static struct proof_result result;
    static struct proof read;
    struct proof proof = { .index = 3, .note = buf_span(&note) };
    struct digest path[MERKLE_PATH_MAX];
    struct buf text;
    struct buf again;

    cr_assert(merkle_inclusion(&nodes, 3, LEAF_COUNT, path,
                               &proof.path_count) == ERR_OK);
    memcpy(proof.path, path, proof.path_count * sizeof(path[0]));
    buf_init(&text, PROOF_SIZE_MAX);
    buf_init(&again, PROOF_SIZE_MAX);
    proof_format(&text, &proof);
    cr_assert(proof_parse(buf_span(&text), &read, NULL) == ERR_OK);
    proof_format(&again, &read);
    cr_expect(span_equal(buf_span(&text), buf_span(&again)));
    cr_expect(proof_verify(&read, &leaves[3], &key, 1, &result, NULL) ==
              ERR_OK);
    cr_expect_eq(result.checkpoint.size, LEAF_COUNT);
    cr_expect(proof_verify(&read, &leaves[2], &key, 1, &result, NULL) ==
              ERR_WRONG_HASH);
    cr_expect(proof_verify(&read, &leaves[3], NULL, 0, &result, NULL) ==
              ERR_WRONG_SIGNATURE);
    read.index = LEAF_COUNT;
    cr_expect(proof_verify(&read, &leaves[3], &key, 1, &result, NULL) ==
              ERR_WRONG_HASH);
    buf_done(&again);
    buf_done(&text);
}

/* The form is exact. */
Test(proof, malformed)
{
    static const char *const bad[] = {
        "",
        "c2sp.org/tlog-proof@v1\n",
        "c2sp.org/tlog-proof@v2\nindex 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1 \nindex 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 00\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n" HASH "\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nextra AAA\nindex 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nextra AAAA AAAA\nindex 0\n\n" NOTE,
        "c2sp.org/tlog-proof@v1\nindex 0\n\n",
    };
    static struct proof proof;

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect(proof_parse(span_str(bad[index]), &proof, NULL) ==
                      ERR_MALFORMED,
                  "%zu", index);
    }
    cr_expect(proof_parse(span_str("c2sp.org/tlog-proof@v1\nextra AAAA\n"
                                   "index 0\n" HASH "\n\n" NOTE),
                          &proof, NULL) == ERR_OK);
    cr_expect(span_is(proof.extra, "AAAA"));
    cr_expect_eq(proof.path_count, 1);
}

/* A path has at most 63 hashes. */
Test(proof, path_limit)
{
    static struct proof proof;
    struct buf text;

    buf_init(&text, PROOF_SIZE_MAX);
    for (int count = TREE_PATH_MAX; count <= TREE_PATH_MAX + 1; count++) {
        buf_clear(&text);
        buf_put_str(&text, "c2sp.org/tlog-proof@v1\nindex 0\n");
        for (int index = 0; index < count; index++) {
            buf_put_str(&text, HASH "\n");
        }
        buf_put_str(&text, "\n" NOTE);
        cr_expect((proof_parse(buf_span(&text), &proof, NULL) == ERR_OK) ==
                  (count == TREE_PATH_MAX));
    }
    buf_done(&text);
}
