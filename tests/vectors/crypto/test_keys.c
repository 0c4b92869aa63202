/* SPDX-License-Identifier: Apache-2.0 */
/* holdfast/keys.json: key lines, key files and what follows from a seed. */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/age_key.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "support/vectors.h"

#define ROOM 4096

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(keys, .init = ready);

static enum key_kind kind_of(const char *name)
{
    for (int kind = KEY_NODE; kind <= KEY_MASTER; kind++) {
        if (strcmp(key_kind_name((enum key_kind)kind), name) == 0) {
            return (enum key_kind)kind;
        }
    }
    cr_assert_fail("unknown kind %s", name);
    return KEY_NODE;
}

static void expect_base64(const json_t *one, const char *key, const void *data)
{
    struct buf text;

    buf_init(&text, 100);
    buf_put_base64(&text, span_of(data, 32));
    cr_expect(span_equal(buf_span(&text), vectors_text(one, key)), "%s: %s",
              vectors_name(one), key);
    buf_done(&text);
}

static void expect_hex(const json_t *one, const char *key, struct span found)
{
    uint8_t expected[32];

    vectors_hex_fixed(one, key, expected, sizeof(expected));
    cr_expect(span_equal(found, span_of(expected, sizeof(expected))), "%s: %s",
              vectors_name(one), key);
}

static void check_node(const json_t *one, const uint8_t *seed)
{
    struct node_key key;

    cr_assert_eq(node_key_init(&key, seed), ERR_OK);
    expect_base64(one, "ledger", key.ledger.public_key.bytes);
    expect_base64(one, "witness", key.witness.public_key.bytes);
    expect_base64(one, "session", key.session.public_key.bytes);
    expect_hex(one, "session_secret", secret_span(key.session.secret));
    expect_hex(one, "ledger_seed",
               span_part(secret_span(key.ledger.secret), 0, SIGN_SEED_SIZE));
    expect_hex(one, "witness_seed",
               span_part(secret_span(key.witness.secret), 0, SIGN_SEED_SIZE));
    node_key_done(&key);
}

static void check_depositor(const json_t *one, const uint8_t *seed)
{
    struct depositor_key key;

    cr_assert_eq(depositor_key_init(&key, seed), ERR_OK);
    expect_base64(one, "public", key.sign.public_key.bytes);
    depositor_key_done(&key);
}

static void check_governance(const json_t *one, const uint8_t *seed)
{
    struct sign_key key;

    cr_assert_eq(sign_key_init(&key, seed), ERR_OK);
    expect_base64(one, "public", key.public_key.bytes);
    sign_key_done(&key);
}

static void check_master(const json_t *one, const uint8_t *seed)
{
    const json_t *years = vectors_cases(one, "years");
    const json_t *year;
    size_t index;

    json_array_foreach(years, index, year)
    {
        struct age_identity identity;
        struct buf text;

        cr_assert_eq(master_identity_init(
                         seed, (unsigned)vectors_uint(year, "year"), &identity),
                     ERR_OK);
        expect_hex(year, "secret", secret_span(identity.secret));
        buf_init(&text, 200);
        age_identity_format(&text, &identity);
        cr_expect(span_equal(buf_span(&text), vectors_text(year, "identity")));
        buf_clear(&text);
        age_recipient_format(&text, &identity.recipient);
        cr_expect(span_equal(buf_span(&text), vectors_text(year, "recipient")));
        buf_done(&text);
        age_identity_done(&identity);
    }
}

/* Each seed has its line, and each line its seed and keys. */
Test(keys, derive)
{
    json_t *file = vectors_load("holdfast/keys.json");
    const json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "derived"), index, one)
    {
        enum key_kind kind = kind_of(vectors_str(one, "kind"));
        struct secret *seed;
        struct buf text;

        cr_assert_eq(
            key_file_parse(vectors_text(one, "line"), kind, &seed, NULL),
            ERR_OK, "%s", vectors_name(one));
        expect_hex(one, "seed", secret_span(seed));
        buf_init(&text, ROOM);
        key_file_format(&text, kind, secret_data(seed), span_of(NULL, 0));
        text.size -= 1; /* the last LF is not in the vector */
        cr_expect(span_equal(buf_span(&text), vectors_text(one, "line")));
        buf_done(&text);
        switch (kind) {
        case KEY_NODE:
            check_node(one, secret_data(seed));
            break;
        case KEY_GOVERNANCE:
            check_governance(one, secret_data(seed));
            break;
        case KEY_DEPOSITOR:
            check_depositor(one, secret_data(seed));
            break;
        case KEY_MASTER:
            check_master(one, secret_data(seed));
            break;
        }
        secret_free(seed);
    }
    json_decref(file);
}

/* Good and bad node key files. */
Test(keys, files)
{
    json_t *file = vectors_load("holdfast/keys.json");
    const json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "files"), index, one)
    {
        struct secret *seed = NULL;
        struct why why;
        enum err rc =
            key_file_parse(vectors_text(one, "file"), KEY_NODE, &seed, &why);

        if (vectors_expect(one, "ok")) {
            cr_assert_eq(rc, ERR_OK, "%s: %s", vectors_name(one), why.text);
            expect_hex(one, "seed", secret_span(seed));
        } else {
            cr_expect_eq(rc, ERR_MALFORMED, "%s", vectors_name(one));
            cr_expect_null(seed);
        }
        secret_free(seed);
    }
    json_decref(file);
}

/* Sub-keys, also for an id above 32 bits. */
Test(keys, sub_keys)
{
    json_t *file = vectors_load("holdfast/keys.json");
    const json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "kdf"), index, one)
    {
        uint8_t seed[KEY_SEED_SIZE];
        uint8_t key[KEY_SEED_SIZE];

        vectors_hex_fixed(one, "seed", seed, sizeof(seed));
        key_derive(seed, vectors_uint(one, "id"), key);
        expect_hex(one, "key", span_of(key, sizeof(key)));
    }
    json_decref(file);
}
