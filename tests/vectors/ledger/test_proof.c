/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints and offline proofs. The quorum of the policy file, two of three,
 * is counted here: whether enough witnesses signed is the caller's. */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"
#include "support/vectors.h"

#define KEY_COUNT 4
#define QUORUM 2
#define FOLDER "tlog/selfmade/"

static void keys_read(const json_t *file,
                      struct note_key keys[static KEY_COUNT])
{
    json_t *one;
    size_t index;

    cr_assert(note_key_parse(vectors_text(file, "log_vkey"), &keys[0]) ==
              ERR_OK);
    json_array_foreach(vectors_cases(file, "witnesses"), index, one)
    {
        cr_assert_lt(index + 1, KEY_COUNT);
        cr_assert(note_key_parse(vectors_text(one, "vkey"), &keys[index + 1]) ==
                  ERR_OK);
    }
}

/* Leaf N is "entry N"; the files that are good, or bad for another reason,
 * prove the leaf of their name or of their index. */
static uint64_t leaf_of(const char *name, const struct proof *proof)
{
    if (strncmp(name, "ok-", 3) == 0 && name[3] >= '0' && name[3] <= '9') {
        return (uint64_t)(name[3] - '0');
    }
    return strncmp(name, "bad-index.", 10) == 0 ? 4 : proof->index;
}

/* The words of expected.json. */
static const char *judge(const char *name, struct span bytes,
                         const struct note_key *keys)
{
    static struct proof proof;
    static struct proof_result result;
    struct digest leaf_hash;
    struct why why;
    char leaf[32];
    enum err err = proof_parse(bytes, &proof, &why);

    if (err != ERR_OK) {
        return "malformed";
    }
    (void)snprintf(leaf, sizeof(leaf), "entry %d", (int)leaf_of(name, &proof));
    merkle_leaf(span_str(leaf), &leaf_hash);
    err = proof_verify(&proof, &leaf_hash, keys, KEY_COUNT, &result, &why);
    if (err == ERR_WRONG_SIGNATURE) {
        return "signature";
    }
    if (err == ERR_WRONG_HASH) {
        return "inclusion";
    }
    if (err != ERR_OK) {
        return "malformed";
    }
    return result.matches.count - 1 < QUORUM ? "quorum" : "ok";
}

/* Which words mean that a signature is missing or fails. */
static const char *expected_word(const json_t *entry)
{
    const char *word = vectors_str(entry, "expect");

    if (strcmp(word, "log-signature") == 0 ||
        strcmp(word, "bad-signature") == 0 || strcmp(word, "origin") == 0) {
        return "signature";
    }
    return word;
}

/* Every offline proof is judged as listed. */
Test(proof_vectors, files)
{
    struct note_key keys[KEY_COUNT];
    json_t *file;
    json_t *entry;
    const char *name;
    size_t count = 0;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load(FOLDER "expected.json");
    keys_read(file, keys);
    json_object_foreach(json_object_get(file, "files"), name, entry)
    {
        struct buf bytes;
        char path[256];

        if (strstr(name, ".tlog-proof") == NULL) {
            continue;
        }
        (void)snprintf(path, sizeof(path), FOLDER "%s", name);
        buf_init(&bytes, 1 << 20);
        vectors_read(path, &bytes);
        cr_expect_str_eq(judge(name, buf_span(&bytes), keys),
                         expected_word(entry), "%s", name);
        buf_done(&bytes);
        count++;
    }
    cr_assert_geq(count, 25);
    json_decref(file);
}

static enum err checkpoint_file(const char *path, const struct note_key *keys,
                                struct checkpoint *ret_checkpoint)
{
    static struct note note;
    struct note_matches matches;
    struct buf bytes;
    enum err err;

    buf_init(&bytes, 1 << 20);
    vectors_read(path, &bytes);
    err = checkpoint_open(buf_span(&bytes), keys, KEY_COUNT, &note, &matches,
                          ret_checkpoint, NULL);
    if (err == ERR_OK) {
        struct buf text;

        buf_init(&text, NOTE_SIZE_MAX);
        checkpoint_format(&text, ret_checkpoint);
        cr_expect(span_equal(buf_span(&text), note.text));
        buf_done(&text);
    }
    buf_done(&bytes);
    return err;
}

/* Checkpoints open; one with an extension line is signed well, but not ours. */
Test(proof_vectors, checkpoints)
{
    struct note_key keys[KEY_COUNT];
    struct checkpoint checkpoint;
    json_t *file;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load(FOLDER "expected.json");
    keys_read(file, keys);
    cr_expect(checkpoint_file(FOLDER "checkpoint-7", keys, &checkpoint) ==
              ERR_OK);
    cr_expect_eq(checkpoint.size, 7);
    cr_expect_str_eq(checkpoint.origin, vectors_str(file, "origin"));
    cr_expect(checkpoint_file(FOLDER "checkpoint-0", keys, &checkpoint) ==
              ERR_OK);
    cr_expect_eq(checkpoint.size, 0);
    cr_expect(checkpoint_file(FOLDER "checkpoint-ext", keys, &checkpoint) ==
              ERR_UNSUPPORTED);
    json_decref(file);
}
