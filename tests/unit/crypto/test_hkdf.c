/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "crypto/hkdf.h"

/* Test case 1 of RFC 5869; its output is longer and begins with ours. */
Test(hkdf, follows_the_rfc)
{
    uint8_t ikm[22];
    uint8_t salt[13];
    uint8_t info[10];
    uint8_t key[HKDF_SIZE];
    char text[2 * HKDF_SIZE + 1];

    memset(ikm, 0x0b, sizeof(ikm));
    for (size_t index = 0; index < sizeof(salt); index++) {
        salt[index] = (uint8_t)index;
    }
    for (size_t index = 0; index < sizeof(info); index++) {
        info[index] = (uint8_t)(0xf0 + index);
    }
    hkdf_sha256(span_of(ikm, sizeof(ikm)), span_of(salt, sizeof(salt)),
                span_of(info, sizeof(info)), key);
    hex_format(text, key, sizeof(key));
    cr_expect_str_eq(text, "3cb25f25faacd57a90434f64d0362f2a"
                           "2d2d0a90cf1a5a4c5db02d56ecc4c5bf");
}

/* No salt is a salt of 32 zero bytes. */
Test(hkdf, takes_no_salt)
{
    static const uint8_t zeros[32];
    uint8_t without[HKDF_SIZE];
    uint8_t with[HKDF_SIZE];

    hkdf_sha256(span_str("key"), span_of(NULL, 0), span_str("i"), without);
    hkdf_sha256(span_str("key"), span_of(zeros, 32), span_str("i"), with);
    cr_expect_arr_eq(without, with, HKDF_SIZE);
}
