/* SPDX-License-Identifier: Apache-2.0 */
/* holdfast/items.json, as far as keys go: age headers with known randomness,
 * and padding. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "base/text.h"
#include "crypto/age_header.h"
#include "crypto/age_padding.h"
#include "crypto/digest.h"
#include "crypto/secret.h"
#include "support/vectors.h"

#define RECIPIENTS_MAX 16
#define PIECE_SIZE 65536

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(items, .init = ready);

/* The age header that the item's recipients and ephemerals give. */
static void seal_header(const json_t *item, const uint8_t *file_key,
                        struct buf *ret_header)
{
    const json_t *recipients = vectors_cases(item, "recipients");
    const json_t *ephemerals = vectors_cases(item, "ephemeral_secrets");
    struct age_recipient tos[RECIPIENTS_MAX];
    struct age_ephemeral secrets[RECIPIENTS_MAX];
    size_t count = json_array_size(recipients);

    cr_assert(count <= RECIPIENTS_MAX && json_array_size(ephemerals) == count);
    for (size_t index = 0; index < count; index++) {
        const char *to = json_string_value(json_array_get(recipients, index));
        const char *hex = json_string_value(json_array_get(ephemerals, index));

        cr_assert_eq(age_recipient_parse(span_str(to), &tos[index], NULL),
                     ERR_OK);
        cr_assert_eq(
            hex_parse(span_str(hex), secrets[index].bytes, AGE_KEY_SIZE),
            ERR_OK);
    }
    cr_assert_eq(age_header_seal(ret_header, file_key, tos, secrets, count),
                 ERR_OK);
}

static void check_padding(const json_t *item, const uint8_t *file_key,
                          const uint8_t *nonce)
{
    static uint8_t piece[PIECE_SIZE];
    uint64_t size = vectors_uint(item, "P") - vectors_uint(item, "L");
    struct age_padding padding;
    struct sha256 sha;
    struct digest found;
    struct digest expected;

    age_padding_init(&padding, file_key, nonce);
    sha256_init(&sha);
    for (uint64_t at = 0; at < size; at += PIECE_SIZE) {
        size_t part = size - at < PIECE_SIZE ? (size_t)(size - at) : PIECE_SIZE;

        age_padding_make(&padding, at, piece, part);
        sha256_update(&sha, span_of(piece, part));
    }
    sha256_final(&sha, &found);
    vectors_hex_fixed(item, "padding_sha256", expected.bytes, DIGEST_SIZE);
    cr_expect(digest_equal(&found, &expected), "%s: padding",
              vectors_name(item));
}

/* Headers and padding of the good items come out byte for byte. */
Test(items, are_sealed_the_same)
{
    json_t *file = vectors_load("holdfast/items.json");
    const json_t *item;
    size_t checked = 0;
    size_t index;

    json_array_foreach(vectors_cases(file, "items"), index, item)
    {
        uint8_t file_key[AGE_FILE_KEY_SIZE];
        uint8_t nonce[AGE_NONCE_SIZE];
        struct buf expected;
        struct buf found;

        if (!vectors_expect(item, "ok") ||
            !vectors_has(item, "ephemeral_secrets")) {
            continue;
        }
        vectors_hex_fixed(item, "file_key", file_key, sizeof(file_key));
        vectors_hex_fixed(item, "payload_nonce", nonce, sizeof(nonce));
        buf_init(&expected, HEADER_SIZE_MAX);
        buf_init(&found, HEADER_SIZE_MAX);
        vectors_base64(item, "header", &expected);
        seal_header(item, file_key, &found);
        cr_expect_eq(found.size, vectors_uint(item, "age_header_size"));
        cr_expect(span_equal(buf_span(&found),
                             span_part(buf_span(&expected), 0, found.size)),
                  "%s: header", vectors_name(item));
        check_padding(item, file_key, nonce);
        buf_done(&found);
        buf_done(&expected);
        checked++;
    }
    cr_expect(checked > 0);
    json_decref(file);
}
