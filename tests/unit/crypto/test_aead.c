/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sodium.h>

#include "base/limits.h"
#include "crypto/aead.h"

#define SIZE 1000

static const uint8_t key[AEAD_KEY_SIZE] = { 3, 1, 4 };
static const uint8_t nonce[AEAD_NONCE_SIZE] = { 2, 7 };

/* One context seals and opens in turn, with changing keys, and agrees with
 * libsodium at every size. */
Test(aead, agrees_with_another_implementation)
{
    uint8_t plain[SIZE];
    uint8_t expected[SIZE + AEAD_TAG_SIZE];
    uint8_t sealed[SIZE + AEAD_TAG_SIZE];
    uint8_t opened[SIZE];
    struct aead aead;

    cr_assert_eq(aead_init(&aead), ERR_OK);
    randombytes_buf_deterministic(plain, SIZE, key);
    for (size_t size = 0; size < SIZE; size += 13) {
        uint8_t this_key[AEAD_KEY_SIZE] = { (uint8_t)size };
        struct span parts[] = { span_of(plain, size / 3), span_of(NULL, 0),
                                span_of(plain + size / 3, size - size / 3) };

        crypto_aead_chacha20poly1305_ietf_encrypt(
            expected, NULL, plain, size, NULL, 0, NULL, nonce, this_key);
        aead_set_key(&aead, this_key);
        aead_seal(&aead, nonce, span_of(plain, size), sealed);
        cr_assert_arr_eq(sealed, expected, size + AEAD_TAG_SIZE);
        memset(sealed, 0, sizeof(sealed));
        aead_seal_parts(&aead, nonce, parts, 3, sealed);
        cr_assert_arr_eq(sealed, expected, size + AEAD_TAG_SIZE);
        cr_assert_eq(aead_open(&aead, nonce,
                               span_of(sealed, size + AEAD_TAG_SIZE), opened),
                     ERR_OK);
        cr_assert(memcmp(opened, plain, size) == 0);
        /* In place, both ways. */
        memcpy(sealed, plain, size);
        aead_seal(&aead, nonce, span_of(sealed, size), sealed);
        cr_assert_arr_eq(sealed, expected, size + AEAD_TAG_SIZE);
        cr_assert_eq(aead_open(&aead, nonce,
                               span_of(sealed, size + AEAD_TAG_SIZE), sealed),
                     ERR_OK);
        cr_assert(memcmp(sealed, plain, size) == 0);
    }
    aead_done(&aead);
    aead_done(&aead);
}

/* A changed or cut text does not open, leaves no plaintext, and the context
 * works on afterwards. */
Test(aead, refuses_any_change)
{
    uint8_t plain[40] = { 1, 2, 3 };
    uint8_t sealed[40 + AEAD_TAG_SIZE];
    uint8_t opened[40];
    struct aead aead;

    cr_assert_eq(aead_init(&aead), ERR_OK);
    aead_set_key(&aead, key);
    aead_seal(&aead, nonce, span_of(plain, sizeof(plain)), sealed);
    for (size_t at = 0; at < sizeof(sealed); at++) {
        memset(opened, 0x55, sizeof(opened));
        sealed[at] ^= 0x10;
        cr_assert_eq(
            aead_open(&aead, nonce, span_of(sealed, sizeof(sealed)), opened),
            ERR_WRONG_KEY);
        for (size_t index = 0; index < sizeof(opened); index++) {
            cr_assert_eq(opened[index], 0);
        }
        sealed[at] ^= 0x10;
    }
    for (size_t size = 0; size < sizeof(sealed); size++) {
        cr_assert_eq(aead_open(&aead, nonce, span_of(sealed, size), opened),
                     ERR_WRONG_KEY);
    }
    cr_expect_eq(
        aead_open(&aead, nonce, span_of(sealed, sizeof(sealed)), opened),
        ERR_OK);
    cr_expect_arr_eq(opened, plain, sizeof(plain));
    aead_done(&aead);
}
