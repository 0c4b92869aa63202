/* SPDX-License-Identifier: Apache-2.0 */
/* Whole ledgers and their checkpoints. */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "model/ledger_keys.h"
#include "model/record.h"
#include "model/roster_chain.h"
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

/* The rules of a whole ledger: every leaf is one of it, leaf 0 and only leaf 0
 * is an open record. */
static bool ledger_good(const json_t *leaves, struct origin *ret_origin)
{
    static struct record record;
    json_t *one;
    size_t index;

    json_array_foreach(leaves, index, one)
    {
        struct span leaf =
            span_of(json_string_value(one), json_string_length(one));

        if (record_parse(leaf, &record, NULL) != ERR_OK ||
            (record.kind == RECORD_OPEN) != (index == 0)) {
            return false;
        }
        if (index == 0) {
            *ret_origin = record.origin;
        } else if (!origin_equal(ret_origin, &record.origin)) {
            return false;
        }
    }
    return json_array_size(leaves) > 0;
}

static void digest_expect(const struct digest *digest, const json_t *text)
{
    char hex[65];

    hex_format(hex, digest->bytes, DIGEST_SIZE);
    cr_expect_str_eq(hex, json_string_value(text));
}

static void path_expect(const struct digest *path, size_t count,
                        const json_t *list)
{
    cr_assert_eq(count, json_array_size(list));
    for (size_t index = 0; index < count; index++) {
        digest_expect(&path[index], json_array_get(list, index));
    }
}

static void tree_check(const json_t *one)
{
    static struct tree tree;
    struct merkle_sink sink = { tree_put, &tree };
    struct merkle_nodes nodes = { tree_get, &tree };
    json_t *roots = json_object_get(one, "roots");
    struct digest path[MERKLE_PATH_MAX];
    struct frontier frontier;
    json_t *leaf;
    json_t *proof;
    size_t index;
    size_t count;

    frontier_init(&frontier);
    json_array_foreach(json_object_get(one, "leaves"), index, leaf)
    {
        struct digest hash;

        record_leaf_hash(
            span_of(json_string_value(leaf), json_string_length(leaf)), &hash);
        frontier_append(&frontier, &hash, &sink);
        frontier_root(&frontier, &hash);
        digest_expect(&hash, json_array_get(roots, index));
    }
    json_array_foreach(json_object_get(one, "inclusion"), index, proof)
    {
        cr_assert(merkle_inclusion(&nodes, vectors_uint(proof, "index"),
                                   vectors_uint(proof, "size"), path,
                                   &count) == ERR_OK);
        path_expect(path, count, json_object_get(proof, "path"));
    }
    json_array_foreach(json_object_get(one, "consistency"), index, proof)
    {
        cr_assert(merkle_consistency(&nodes, vectors_uint(proof, "from"),
                                     vectors_uint(proof, "to"), path,
                                     &count) == ERR_OK);
        path_expect(path, count, json_object_get(proof, "path"));
    }
}

/* Leaves, roots and paths of whole ledgers; ledgers that break a rule. */
Test(ledger_vectors, ledgers)
{
    json_t *file = vectors_load("holdfast/ledgers.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "ledgers"), index, one)
    {
        struct origin origin;
        bool good = ledger_good(json_object_get(one, "leaves"), &origin);

        cr_expect_eq(good, vectors_expect(one, "ok"), "%s", vectors_name(one));
        if (good) {
            cr_expect_str_eq(origin.text, vectors_str(one, "origin"));
            tree_check(one);
        }
    }
    json_decref(file);
}

static struct roster_chain *chain_read(const json_t *file)
{
    json_t *list = json_object_get(file, "roster_notes");
    struct roster_chain *chain = NULL;
    struct buf notes;
    json_t *one;
    size_t index;

    buf_init(&notes, 1 << 22);
    json_array_foreach(list, index, one)
    {
        buf_put_str(&notes, json_string_value(one));
    }
    cr_assert(roster_chain_parse(buf_span(&notes), &chain, NULL) == ERR_OK);
    buf_done(&notes);
    return chain;
}

static void cosigned_expect(const json_t *one, const struct ledger_keys *keys,
                            const struct note_matches *matches)
{
    json_t *list = json_object_get(one, "cosigned");
    size_t at = 0;

    for (size_t index = 0; index < matches->count; index++) {
        const struct note_match *match = &matches->matches[index];
        json_t *pair;

        if (match->key == 0) {
            continue;
        }
        pair = json_array_get(list, at++);
        cr_expect_str_eq(keys->keys[match->key].name,
                         json_string_value(json_array_get(pair, 0)));
        cr_expect_eq(match->time,
                     (uint64_t)json_integer_value(json_array_get(pair, 1)));
    }
    cr_expect_eq(at, json_array_size(list), "%s", vectors_name(one));
}

static void good_checkpoint(const json_t *one, const struct roster_chain *chain,
                            struct span bytes)
{
    static struct ledger_keys keys;
    static struct note note;
    struct note_matches matches;
    struct checkpoint checkpoint;
    struct origin origin;
    uint64_t time = 0;
    bool proven;

    cr_assert(origin_parse(vectors_text(one, "origin"), &origin) == ERR_OK);
    cr_assert(ledger_keys_of(
                  roster_chain_at(chain, vectors_uint(one, "roster_version")),
                  &chain->cid, &origin, &keys) == ERR_OK);
    cr_assert(checkpoint_open(bytes, keys.keys, keys.count, &note, &matches,
                              &checkpoint, NULL) == ERR_OK,
              "%s", vectors_name(one));
    cr_expect_eq(checkpoint.size, vectors_uint(one, "size"));
    digest_expect(&checkpoint.root, json_object_get(one, "root"));
    cosigned_expect(one, &keys, &matches);
    proven = proven_time(&keys, &matches, &time);
    cr_expect_eq(proven, vectors_has(one, "proven"), "%s", vectors_name(one));
    if (proven) {
        cr_expect_eq(time, vectors_uint(one, "proven"), "%s",
                     vectors_name(one));
    }
}

/* The bad ones are all judged with the key of one ledger, under its origin or,
 * where the note has another one, under that. */
static void bad_checkpoint(const json_t *file, const json_t *one,
                           struct span bytes)
{
    static struct ledger_keys keys;
    static struct note note;
    struct note_matches matches;
    struct checkpoint checkpoint;
    struct public_key public_key;
    struct span text = bytes;
    struct origin origin;
    const uint8_t *end = memchr(text.data, '\n', text.size);
    json_t *vkey;
    size_t index;

    cr_assert(origin_parse(span_of(text.data, (size_t)(end - text.data)),
                           &origin) == ERR_OK);
    cr_assert(base64_parse_fixed(vectors_text(one, "ledger_key"),
                                 public_key.bytes,
                                 sizeof(public_key.bytes)) == ERR_OK);
    key_of_ledger(&origin, public_key.bytes, &keys.keys[0]);
    keys.count = 1;
    json_array_foreach(vectors_cases(file, "witness_vkeys"), index, vkey)
    {
        cr_assert(note_key_parse(span_str(json_string_value(vkey)),
                                 &keys.keys[keys.count++]) == ERR_OK);
    }
    cr_expect(checkpoint_open(bytes, keys.keys, keys.count, &note, &matches,
                              &checkpoint, NULL) != ERR_OK,
              "%s", vectors_name(one));
}

/* Checkpoints with their cosignatures and proven times. */
Test(ledger_vectors, checkpoints)
{
    struct roster_chain *chain;
    json_t *file;
    json_t *one;
    size_t index;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("holdfast/ledgers.json");
    chain = chain_read(file);
    json_array_foreach(vectors_cases(file, "checkpoints"), index, one)
    {
        if (vectors_expect(one, "ok")) {
            good_checkpoint(one, chain, vectors_text(one, "note"));
        } else {
            bad_checkpoint(file, one, vectors_text(one, "note"));
        }
    }
    roster_chain_free(chain);
    json_decref(file);
}
