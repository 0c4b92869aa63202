/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sodium.h>

#include "crypto/age_padding.h"
#include "crypto/hkdf.h"

#define SIZE 1000

static const uint8_t file_key[AGE_FILE_KEY_SIZE] = { 1 };
static const uint8_t nonce[AGE_NONCE_SIZE] = { 2 };

/* It is the plain key stream, and any part of it can be made alone. */
Test(age_padding, has_any_part)
{
    static const uint8_t stream_nonce[12];
    uint8_t key[HKDF_SIZE];
    uint8_t whole[SIZE];
    uint8_t part[SIZE];
    struct age_padding padding;

    hkdf_sha256(span_of(file_key, sizeof(file_key)),
                span_of(nonce, sizeof(nonce)), span_str("holdfast padding"),
                key);
    crypto_stream_chacha20_ietf(whole, SIZE, stream_nonce, key);
    age_padding_init(&padding, file_key, nonce);
    for (size_t offset = 0; offset < SIZE; offset += 9) {
        for (size_t size = 0; size <= SIZE - offset; size += 31) {
            memset(part, 0x55, SIZE);
            age_padding_make(&padding, offset, part, size);
            cr_assert(memcmp(part, whole + offset, size) == 0);
            cr_assert(size == SIZE || part[size] == 0x55);
        }
    }
    age_padding_done(&padding);
    cr_expect_eq(padding.key[0], 0);
}

/* The last possible bytes are made. */
Test(age_padding, reaches_its_end)
{
    struct age_padding padding;
    uint8_t part[130];
    uint8_t last[64];

    age_padding_init(&padding, file_key, nonce);
    age_padding_make(&padding, AGE_PADDING_SIZE_MAX - 130, part, 130);
    age_padding_make(&padding, AGE_PADDING_SIZE_MAX - 64, last, 64);
    cr_expect_arr_eq(part + 66, last, 64);
    age_padding_make(&padding, AGE_PADDING_SIZE_MAX, part, 0);
}
