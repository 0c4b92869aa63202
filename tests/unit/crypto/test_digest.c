/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sodium.h>

#include "base/text.h"
#include "crypto/digest.h"

static const char abc_256[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
static const char abc_512[] =
    "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

/* The hashes of "abc" are those of FIPS 180. */
Test(digest, hashes_abc)
{
    struct digest digest = digest_of(span_str("abc"));
    struct digest512 digest512 = digest512_of(span_str("abc"));
    char text[2 * DIGEST512_SIZE + 1];

    hex_format(text, digest.bytes, DIGEST_SIZE);
    cr_expect_str_eq(text, abc_256);
    hex_format(text, digest512.bytes, DIGEST512_SIZE);
    cr_expect_str_eq(text, abc_512);
}

/* However the bytes are cut, the hash is the same, also of nothing. */
Test(digest, does_not_see_the_cuts)
{
    uint8_t bytes[300];
    struct sha256 sha;
    struct sha512 sha512;
    struct digest expected;
    struct digest found;
    struct digest512 found512;

    randombytes_buf_deterministic(bytes, sizeof(bytes),
                                  (const uint8_t[32]){ 1 });
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        size_t cut = size / 3;
        struct span parts[] = { span_of(bytes, cut), span_of(NULL, 0),
                                span_of(bytes + cut, size - cut) };

        crypto_hash_sha256(expected.bytes, bytes, size);
        found = digest_of(span_of(bytes, size));
        cr_assert(digest_equal(&found, &expected), "size %zu", size);
        found = digest_of_parts(parts, 3);
        cr_assert(digest_equal(&found, &expected), "parts of %zu", size);
    }
    /* A struct is used again after its final. */
    for (int round = 0; round < 2; round++) {
        sha256_init(&sha);
        sha512_init(&sha512);
        for (size_t at = 0; at < sizeof(bytes); at += 7) {
            sha256_update(&sha, span_part(span_of(bytes, 300), at, 7));
            sha512_update(&sha512, span_part(span_of(bytes, 300), at, 7));
        }
        sha256_final(&sha, &found);
        sha512_final(&sha512, &found512);
        cr_expect(digest_equal(&found, &expected));
        crypto_hash_sha512(bytes, bytes, 300);
        cr_expect_arr_eq(found512.bytes, bytes, DIGEST512_SIZE);
        sha512_done(&sha512);
        sha256_done(&sha);
        randombytes_buf_deterministic(bytes, sizeof(bytes),
                                      (const uint8_t[32]){ 1 });
    }
}

/* Digests are ordered by their bytes. */
Test(digest, compares)
{
    struct digest low = { { 1 } };
    struct digest high = { { 2 } };

    cr_expect(digest_compare(&low, &high) < 0);
    cr_expect(digest_compare(&high, &low) > 0);
    cr_expect(digest_compare(&low, &low) == 0);
    cr_expect(!digest_equal(&low, &high));
}

/* HMAC agrees with libsodium's for keys of every length, in parts or not. */
Test(digest, hmac_agrees_with_another_implementation)
{
    uint8_t bytes[200];
    crypto_auth_hmacsha256_state state;
    uint8_t expected[32];

    randombytes_buf_deterministic(bytes, sizeof(bytes),
                                  (const uint8_t[32]){ 2 });
    for (size_t key_size = 0; key_size < 140; key_size++) {
        struct span key = span_of(bytes, key_size);
        struct span message = span_of(bytes + key_size, 60);
        struct span parts[] = { span_part(message, 0, 9),
                                span_part(message, 9, 51) };
        struct digest whole = hmac_sha256(key, message);
        struct digest cut = hmac_sha256_parts(key, parts, 2);

        crypto_auth_hmacsha256_init(&state, bytes, key_size);
        crypto_auth_hmacsha256_update(&state, message.data, message.size);
        crypto_auth_hmacsha256_final(&state, expected);
        cr_assert_arr_eq(whole.bytes, expected, 32, "key of %zu", key_size);
        cr_assert_arr_eq(cut.bytes, expected, 32, "key of %zu", key_size);
    }
}
