/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "ledger/note.h"
#include "support/vectors.h"

#define KEYS_MAX 8
#define NOTE_ROOM 65536

static void note_bytes(const json_t *one, struct buf *ret_bytes)
{
    if (vectors_has(one, "note_hex")) {
        vectors_hex(one, "note_hex", ret_bytes);
    } else {
        buf_put(ret_bytes, vectors_text(one, "note"));
    }
}

static size_t keys_read(const json_t *one,
                        struct note_key keys[static KEYS_MAX])
{
    json_t *list = json_object_get(one, "keys");
    json_t *text;
    size_t index;

    cr_assert_leq(json_array_size(list), KEYS_MAX);
    json_array_foreach(list, index, text)
    {
        cr_assert(note_key_parse(span_str(json_string_value(text)),
                                 &keys[index]) == ERR_OK);
    }
    return json_array_size(list);
}

static bool lists(const json_t *list, const char *text)
{
    json_t *one;
    size_t index;

    json_array_foreach(list, index, one)
    {
        if (strcmp(json_string_value(one), text) == 0) {
            return true;
        }
    }
    return false;
}

static void verified_expect(const json_t *one, const struct note_key *keys,
                            const struct note_matches *matches)
{
    json_t *list = json_object_get(one, "verified");

    cr_assert_eq(matches->count, json_array_size(list), "%s: %zu lines count",
                 vectors_name(one), matches->count);
    for (size_t index = 0; index < matches->count; index++) {
        const struct note_key *key = &keys[matches->matches[index].key];
        char text[256];
        char id[9];

        hex_format(id, key->id, sizeof(key->id));
        (void)snprintf(text, sizeof(text), "%s+%s", key->name, id);
        cr_expect(lists(list, text), "%s: %s counts", vectors_name(one), text);
    }
}

static void case_check(const json_t *one, struct span bytes)
{
    static struct note note;
    struct note_matches matches;
    struct note_key keys[KEYS_MAX];
    size_t key_count = keys_read(one, keys);
    enum err err = note_parse(bytes, NOTE_SIZE_MAX, &note, NULL);

    if (vectors_expect(one, "malformed")) {
        cr_expect(err == ERR_MALFORMED || err == ERR_TOO_BIG, "%s: %s",
                  vectors_name(one), err_name(err));
        return;
    }
    cr_assert(err == ERR_OK, "%s: %s", vectors_name(one), err_name(err));
    err = note_verify(&note, keys, key_count, &matches, NULL);
    if (vectors_expect(one, "bad-signature")) {
        cr_expect(err == ERR_WRONG_SIGNATURE, "%s: %s", vectors_name(one),
                  err_name(err));
        return;
    }
    cr_assert(err == ERR_OK, "%s: %s", vectors_name(one), err_name(err));
    if (vectors_expect(one, "unverified")) {
        cr_expect_eq(matches.count, 0);
    } else {
        cr_assert(vectors_expect(one, "ok"));
        verified_expect(one, keys, &matches);
    }
}

/* Published notes are parsed and verified as published. */
Test(note_vectors, cases)
{
    json_t *file;
    json_t *one;
    size_t index;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("tlog/notes/notes.json");
    json_array_foreach(vectors_cases(file, "cases"), index, one)
    {
        struct buf bytes;

        buf_init(&bytes, 1 << 20);
        note_bytes(one, &bytes);
        case_check(one, buf_span(&bytes));
        buf_done(&bytes);
    }
    json_decref(file);
}

/* Verifier keys are read and written back, bad ones refused. */
Test(note_vectors, keys)
{
    json_t *file = vectors_load("tlog/notes/notes.json");
    json_t *vkeys = json_object_get(file, "vkeys");
    json_t *one;
    size_t index;

    json_array_foreach(json_object_get(vkeys, "good"), index, one)
    {
        struct span text = span_str(json_string_value(one));
        struct note_key key;
        struct buf again;

        buf_init(&again, 1024);
        cr_expect(note_key_parse(text, &key) == ERR_OK);
        note_key_format(&again, &key);
        cr_expect(span_equal(buf_span(&again), text));
        buf_done(&again);
    }
    json_array_foreach(json_object_get(vkeys, "bad"), index, one)
    {
        const char *text = json_string_value(json_array_get(one, 0));
        struct note_key key;

        cr_expect(note_key_parse(span_str(text), &key) != ERR_OK, "%s", text);
    }
    json_decref(file);
}

/* Signing is deterministic and gives the published line. */
Test(note_vectors, signing)
{
    json_t *file;
    json_t *sign;
    const char *private_text;
    const char *seed_text;
    uint8_t seed[1 + SIGN_SEED_SIZE];
    struct sign_key secret;
    struct note_key key;
    struct buf note;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("tlog/notes/notes.json");
    sign = json_object_get(json_object_get(file, "vkeys"), "sign");
    private_text = vectors_str(sign, "private");
    seed_text = strchr(strstr(private_text, "PeterNeumann+") + 13, '+') + 1;
    cr_assert(base64_parse_fixed(span_str(seed_text), seed, sizeof(seed)) ==
              ERR_OK);
    cr_assert(sign_key_init(&secret, seed + 1) == ERR_OK);
    cr_assert(note_key_init(&key, "PeterNeumann", NOTE_KEY_ED25519,
                            secret.public_key.bytes) == ERR_OK);
    buf_init(&note, NOTE_ROOM);
    cr_expect(note_sign(&note, vectors_text(sign, "text"), &key, &secret) ==
              ERR_OK);
    cr_expect(span_equal(buf_span(&note), vectors_text(sign, "signed")));
    buf_done(&note);
    sign_key_done(&secret);
    json_decref(file);
}
