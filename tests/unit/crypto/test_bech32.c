/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "crypto/bech32.h"

#define ROOM 4096

/* Any bytes come back, in either case, whatever their number. */
Test(bech32, reads_what_it_wrote)
{
    uint8_t bytes[1300];
    uint8_t found[1300];

    for (size_t index = 0; index < sizeof(bytes); index++) {
        bytes[index] = (uint8_t)(index * 37 + 11);
    }
    for (size_t size = 0; size <= sizeof(bytes); size += size < 70 ? 1 : 41) {
        enum bech32_case letters = size % 2 == 0 ? BECH32_LOWER : BECH32_UPPER;
        struct span prefix;
        size_t found_size;
        struct buf text;

        buf_init(&text, ROOM);
        bech32_encode(&text, "age-x1-", letters, span_of(bytes, size));
        cr_assert_eq(bech32_decode(buf_span(&text), letters, sizeof(found),
                                   &prefix, found, &found_size),
                     ERR_OK, "size %zu", size);
        cr_assert(span_is(prefix, size % 2 == 0 ? "age-x1-" : "AGE-X1-"));
        cr_assert_eq(found_size, size);
        cr_assert(memcmp(found, bytes, size) == 0);
        cr_assert_eq(bech32_decode_fixed(buf_span(&text), letters, "age-x1-",
                                         found, size),
                     ERR_OK);
        if (size > 0) {
            cr_assert_eq(bech32_decode(buf_span(&text), letters, size - 1,
                                       &prefix, found, &found_size),
                         ERR_TOO_BIG);
        }
        buf_done(&text);
    }
}

static enum err decode(const char *text, enum bech32_case letters)
{
    uint8_t found[100];
    struct span prefix;
    size_t size;

    return bech32_decode(span_str(text), letters, sizeof(found), &prefix, found,
                         &size);
}

/* Texts of BIP 173 itself, good and bad. */
Test(bech32, follows_the_bip)
{
    cr_expect_eq(decode("A12UEL5L", BECH32_UPPER), ERR_OK);
    cr_expect_eq(decode("a12uel5l", BECH32_LOWER), ERR_OK);
    cr_expect_eq(decode("?1ezyfcl", BECH32_LOWER), ERR_OK);
    cr_expect_eq(decode("A12UEL5L", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("a12UEL5L", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("a12UEL5L", BECH32_UPPER), ERR_MALFORMED);
    cr_expect_eq(decode("pzry9x0s0muk", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("1pzry9x0s0muk", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("x1b4n0q5v", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("li1dgmt3", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("a12uel5 ", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("", BECH32_LOWER), ERR_MALFORMED);
    cr_expect_eq(decode("1", BECH32_LOWER), ERR_MALFORMED);
}

/* One wrong character anywhere is noticed, and nothing is written then. */
Test(bech32, notices_any_one_wrong_character)
{
    static const char symbols[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l1b";
    uint8_t bytes[32] = { 7 };
    uint8_t found[32];
    struct buf text;

    buf_init(&text, ROOM);
    bech32_encode(&text, "age", BECH32_LOWER, span_of(bytes, 32));
    memset(found, 0x55, sizeof(found));
    for (size_t at = 0; at < text.size; at++) {
        uint8_t kept = text.data[at];

        for (const char *symbol = symbols; *symbol != '\0'; symbol++) {
            if ((uint8_t)*symbol == kept) {
                continue;
            }
            text.data[at] = (uint8_t)*symbol;
            cr_assert_eq(bech32_decode_fixed(buf_span(&text), BECH32_LOWER,
                                             "age", found, 32),
                         ERR_MALFORMED, "%.*s", (int)text.size,
                         (char *)text.data);
        }
        text.data[at] = kept;
    }
    cr_expect_eq(found[0], 0x55);
    cr_expect_eq(
        bech32_decode_fixed(buf_span(&text), BECH32_LOWER, "agf", found, 32),
        ERR_MALFORMED);
    cr_expect_eq(
        bech32_decode_fixed(buf_span(&text), BECH32_LOWER, "age", found, 31),
        ERR_MALFORMED);
    buf_done(&text);
}

/* The bits that fill the last symbol are fewer than five, and all zero; the
 * checksums of these texts are good. */
Test(bech32, refuses_bad_padding)
{
    cr_expect_eq(decode("a1qqqd87cq", BECH32_LOWER), ERR_OK);
    cr_expect_eq(decode("a1qy089ch6", BECH32_LOWER), ERR_OK);
    cr_expect_eq(decode("a1qpamnt9j", BECH32_LOWER), ERR_MALFORMED, "not zero");
    cr_expect_eq(decode("a1q3g6mn3", BECH32_LOWER), ERR_MALFORMED, "five");
    cr_expect_eq(decode("a1qqqd87cpp", BECH32_LOWER), ERR_MALFORMED, "seven");
    cr_expect_eq(decode("a1qqqqqq3q4q7k", BECH32_LOWER), ERR_MALFORMED, "six");
}
