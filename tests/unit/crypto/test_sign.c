/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/secret.h"
#include "crypto/sign.h"

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(sign, .init = ready);

/* Test 1 of RFC 8032: seed, public key and signature of no bytes. */
Test(sign, follows_the_rfc)
{
    uint8_t seed[SIGN_SEED_SIZE];
    struct sign_key key;
    struct signature signature;
    struct signature again;
    char text[129];

    cr_assert_eq(hex_parse(span_str("9d61b19deffd5a60ba844af492ec2cc4"
                                    "4449c5697b326919703bac031cae7f60"),
                           seed, sizeof(seed)),
                 ERR_OK);
    cr_assert_eq(sign_key_init(&key, seed), ERR_OK);
    hex_format(text, key.public_key.bytes, 32);
    cr_expect_str_eq(text, "d75a980182b10ab7d54bfed3c964073a"
                           "0ee172f3daa62325af021a68f707511a");
    sign_key_sign(&key, span_of(NULL, 0), &signature);
    hex_format(text, signature.bytes, 64);
    cr_expect_str_eq(text, "e5564300c360ac729086e2cc806e828a"
                           "84877f1eb8e5d974d873e065224901555fb8821590a33bac"
                           "c61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b");
    cr_expect_eq(sign_verify(&key.public_key, span_of(NULL, 0), &signature),
                 ERR_OK);
    sign_from_seed(seed, span_of(NULL, 0), &again);
    cr_expect_arr_eq(again.bytes, signature.bytes, 64);
    sign_key_done(&key);
    sign_key_done(&key);
}

/* A changed message, signature or key does not verify. */
Test(sign, refuses_any_change)
{
    static const uint8_t seed[SIGN_SEED_SIZE] = { 1 };
    static const uint8_t other_seed[SIGN_SEED_SIZE] = { 2 };
    struct public_key key;
    struct public_key other;
    struct signature signature;

    sign_public_from_seed(seed, &key);
    sign_public_from_seed(other_seed, &other);
    sign_from_seed(seed, span_str("statement"), &signature);
    cr_expect_eq(sign_verify(&key, span_str("statement"), &signature), ERR_OK);
    cr_expect_eq(sign_verify(&key, span_str("statemenT"), &signature),
                 ERR_WRONG_SIGNATURE);
    cr_expect_eq(sign_verify(&other, span_str("statement"), &signature),
                 ERR_WRONG_SIGNATURE);
    for (size_t at = 0; at < sizeof(signature.bytes); at++) {
        signature.bytes[at] ^= 1;
        cr_expect_eq(sign_verify(&key, span_str("statement"), &signature),
                     ERR_WRONG_SIGNATURE);
        signature.bytes[at] ^= 1;
    }
    cr_expect(public_key_valid(&key));
    cr_expect(!public_key_equal(&key, &other));
}

/* The neutral point and bytes that are no point are no keys. */
Test(sign, knows_bad_keys)
{
    struct public_key key = { { 1 } };

    cr_expect(!public_key_valid(&key));
    memset(key.bytes, 0, sizeof(key.bytes));
    cr_expect(!public_key_valid(&key));
    memset(key.bytes, 0xFF, sizeof(key.bytes));
    cr_expect(!public_key_valid(&key));
}
