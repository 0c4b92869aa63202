/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "base/rng.h"
#include "base/text.h"

#define ROOM 8192

/* What a writer appended, compared with a text; empties the buffer. */
static bool wrote(struct buf *buf, const char *text)
{
    bool equal = !buf_failed(buf) && span_is(buf_span(buf), text);

    buf_clear(buf);
    return equal;
}

/* Hex is lower-case and of exactly the size that is due. */
Test(hex, both_ways)
{
    uint8_t bytes[3] = { 9, 9, 9 };
    char text[7];
    struct buf buf;

    hex_format(text, "\x00\xab\xff", 3);
    cr_expect_str_eq(text, "00abff");
    buf_init(&buf, ROOM);
    buf_put_hex(&buf, "\x01\xfe", 2);
    cr_expect(wrote(&buf, "01fe"));
    cr_expect(hex_parse(span_str("00abff"), bytes, 3) == ERR_OK);
    cr_expect(memcmp(bytes, "\x00\xab\xff", 3) == 0);
    cr_expect(hex_parse(span_str(""), bytes, 0) == ERR_OK);
    buf_done(&buf);
}

/* Anything else is refused, and the result stays as it was. */
Test(hex, refuses)
{
    static const char *const bad[] = { "",         "12345",  "1234567",
                                       "12345678", "1234",   "1234AB",
                                       "12345g",   "0x1234", " 12345",
                                       "12345\n" };
    uint8_t bytes[3] = { 9, 9, 9 };

    for (size_t index = 0; index < sizeof(bad) / sizeof(*bad); index++) {
        cr_expect(hex_parse(span_str(bad[index]), bytes, 3) == ERR_MALFORMED,
                  "%s", bad[index]);
    }
    cr_expect(hex_parse(span_of("12\0000", 4), bytes, 2) == ERR_MALFORMED);
    cr_expect(memcmp(bytes, "\x09\x09\x09", 3) == 0);
}

/* The vectors of RFC 4648, section 10. */
Test(base64, rfc4648)
{
    static const char *const raw[] = { "",     "f",     "fo",    "foo",
                                       "foob", "fooba", "foobar" };
    static const char *const padded[] = {
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy"
    };
    static const char *const bare[] = { "",       "Zg",      "Zm8",     "Zm9v",
                                        "Zm9vYg", "Zm9vYmE", "Zm9vYmFy" };
    struct buf buf;

    buf_init(&buf, ROOM);
    for (size_t index = 0; index < 7; index++) {
        buf_put_base64(&buf, span_str(raw[index]));
        cr_expect(wrote(&buf, padded[index]));
        buf_put_base64_raw(&buf, span_str(raw[index]));
        cr_expect(wrote(&buf, bare[index]));
        cr_expect(base64_parse(span_str(padded[index]), &buf) == ERR_OK);
        cr_expect(wrote(&buf, raw[index]));
        cr_expect(base64_raw_parse(span_str(bare[index]), &buf) == ERR_OK);
        cr_expect(wrote(&buf, raw[index]));
    }
    buf_done(&buf);
}

/* Any bytes come back, and libsodium writes and reads them alike. */
Test(base64, agrees_with_libsodium)
{
    uint8_t bytes[200];
    char text[300];
    struct buf buf;
    struct rng rng;

    buf_init(&buf, ROOM);
    rng_init(&rng, 11);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        rng_fill(&rng, bytes, size);
        sodium_bin2base64(text, sizeof(text), bytes, size,
                          sodium_base64_VARIANT_ORIGINAL);
        buf_put_base64(&buf, span_of(bytes, size));
        cr_expect(wrote(&buf, text));
        cr_expect(base64_parse(span_str(text), &buf) == ERR_OK);
        cr_expect(span_equal(buf_span(&buf), span_of(bytes, size)));
        buf_clear(&buf);
    }
    buf_done(&buf);
}

/* Of all short texts over a few telling characters exactly those are accepted
 * that libsodium accepts in its strict form. */
Test(base64, is_as_strict_as_libsodium)
{
    static const char alphabet[] = "AQgB/+=\n -_";
    const size_t count = sizeof(alphabet) - 1;
    struct buf buf;

    buf_init(&buf, ROOM);
    for (size_t number = 0; number < count * count * count * count; number++) {
        char text[4];
        uint8_t bytes[3];
        size_t left = number;

        for (int index = 0; index < 4; index++) {
            text[index] = alphabet[left % count];
            left /= count;
        }
        for (size_t size = 1; size <= 4; size++) {
            struct span part = span_of(text, size);
            bool padded =
                sodium_base642bin(bytes, 3, text, size, NULL, NULL, NULL,
                                  sodium_base64_VARIANT_ORIGINAL) == 0;
            bool bare = sodium_base642bin(
                            bytes, 3, text, size, NULL, NULL, NULL,
                            sodium_base64_VARIANT_ORIGINAL_NO_PADDING) == 0;

            cr_assert((base64_parse(part, &buf) == ERR_OK) == padded,
                      "padded %.*s", (int)size, text);
            buf_clear(&buf);
            cr_assert((base64_raw_parse(part, &buf) == ERR_OK) == bare,
                      "bare %.*s", (int)size, text);
            buf_clear(&buf);
        }
    }
    buf_done(&buf);
}

/* Every way to write the same bytes differently is refused. */
Test(base64, refuses)
{
    static const char *const bad[] = {
        "Z",     "Zg",       "Zg=",  "Zg===",  "Zh==",
        "Zm9=",  "====",     "A===", "Zg==\n", "Zm 9v",
        "Zm9v=", "Zm9v====", "Zm-_", "=Zm9",   "Zg==Zg=="
    };
    uint8_t fixed[1] = { 7 };
    struct buf buf;

    buf_init(&buf, ROOM);
    buf_put_str(&buf, "kept");
    for (size_t index = 0; index < sizeof(bad) / sizeof(*bad); index++) {
        struct span text = span_str(bad[index]);

        cr_expect(base64_parse(text, &buf) == ERR_MALFORMED, "%s", bad[index]);
        cr_expect(base64_parse_fixed(text, fixed, 1) == ERR_MALFORMED);
    }
    cr_expect(base64_raw_parse(span_str("Zg=="), &buf) == ERR_MALFORMED);
    cr_expect(base64_raw_parse(span_str("Zh"), &buf) == ERR_MALFORMED);
    cr_expect(wrote(&buf, "kept"));
    cr_expect(base64_parse_fixed(span_str("Zm8="), fixed, 1) == ERR_MALFORMED);
    cr_expect(fixed[0] == 7);
    cr_expect(base64_parse_fixed(span_str("Zg=="), fixed, 1) == ERR_OK);
    cr_expect(fixed[0] == 'f');
    buf_done(&buf);
}

/* More than the buffer may hold is too big, and nothing of it stays. */
Test(base64, keeps_the_maximum)
{
    struct buf buf;

    buf_init(&buf, 3);
    cr_expect(base64_parse(span_str("Zm9v"), &buf) == ERR_OK);
    cr_expect(base64_parse(span_str("Zm9v"), &buf) == ERR_TOO_BIG);
    cr_expect(buf.size == 3);
    buf_done(&buf);
}

/* Decimals are below 2^63 and have one form each. */
Test(decimal, both_ways)
{
    static const char *const good[] = { "0", "1", "10", "1209600",
                                        "9223372036854775807" };
    struct buf buf;

    buf_init(&buf, ROOM);
    for (size_t index = 0; index < sizeof(good) / sizeof(*good); index++) {
        uint64_t value = 77;

        cr_expect(decimal_parse(span_str(good[index]), &value) == ERR_OK);
        buf_put_decimal(&buf, value);
        cr_expect(wrote(&buf, good[index]));
    }
    buf_put_decimal(&buf, UINT64_MAX);
    cr_expect(wrote(&buf, "18446744073709551615"));
    buf_done(&buf);
}

/* Signs, leading zeros, spaces and numbers from 2^63 on are refused. */
Test(decimal, refuses)
{
    static const char *const malformed[] = { "",    "-1",  "+1", "01",
                                             "00",  " 1",  "1 ", "1a",
                                             "0x1", "1.0", "-" };
    static const char *const too_large[] = { "9223372036854775808",
                                             "18446744073709551615",
                                             "18446744073709551616",
                                             "99999999999999999999999" };
    uint64_t value = 77;

    for (size_t index = 0; index < sizeof(malformed) / sizeof(*malformed);
         index++) {
        cr_expect(decimal_parse(span_str(malformed[index]), &value) ==
                      ERR_MALFORMED,
                  "%s", malformed[index]);
    }
    for (size_t index = 0; index < sizeof(too_large) / sizeof(*too_large);
         index++) {
        cr_expect(decimal_parse(span_str(too_large[index]), &value) ==
                      ERR_RANGE,
                  "%s", too_large[index]);
    }
    cr_expect(value == 77);
}

/* Labels and countries have exactly the form of holdfast.md 1. */
Test(label, form)
{
    cr_expect(label_valid(span_str("viasna")));
    cr_expect(label_valid(span_str("7-")));
    cr_expect(label_valid(span_str("abcdefghijklmnopqrstuvwxyz-01234")));
    cr_expect(!label_valid(span_str("abcdefghijklmnopqrstuvwxyz-012345")));
    cr_expect(!label_valid(span_str("")));
    cr_expect(!label_valid(span_str("-a")));
    cr_expect(!label_valid(span_str("A")));
    cr_expect(!label_valid(span_str("a_b")));
    cr_expect(!label_valid(span_str("a/b")));
    cr_expect(!label_valid(span_of("a\0b", 3)));
    cr_expect(country_valid(span_str("NO")));
    cr_expect(!country_valid(span_str("no")));
    cr_expect(!country_valid(span_str("NOR")));
    cr_expect(!country_valid(span_str("N")));
    cr_expect(!country_valid(span_str("N1")));
}

/* The bounds of RFC 3629: overlong forms, surrogates and what lies beyond
 * U+10FFFF are no UTF-8, nor is a sequence that ends too early. */
Test(utf8, well_formed)
{
    static const struct {
        const char *text;
        size_t length;
    } cases[] = {
        { "", 0 },
        { "a", 1 },
        { "\x7f", 1 },
        { "\x80", 0 },
        { "\xc1\xbf", 0 },
        { "\xc2\x80", 2 },
        { "\xc2", 0 },
        { "\xc2\x41", 0 },
        { "\xdf\xbf", 2 },
        { "\xe0\x9f\xbf", 0 },
        { "\xe0\xa0\x80", 3 },
        { "\xed\x9f\xbf", 3 },
        { "\xed\xa0\x80", 0 },
        { "\xee\x80\x80", 3 },
        { "\xef\xbf\xbf", 3 },
        { "\xe2\x82", 0 },
        { "\xe2\x82\x41", 0 },
        { "\xf0\x8f\xbf\xbf", 0 },
        { "\xf0\x90\x80\x80", 4 },
        { "\xf4\x8f\xbf\xbf", 4 },
        { "\xf4\x90\x80\x80", 0 },
        { "\xf5\x80\x80\x80", 0 },
        { "\xf0\x9f\x98", 0 },
        { "\xf0\x9f\x98\x41", 0 },
        { "\xff", 0 },
    };

    for (size_t index = 0; index < sizeof(cases) / sizeof(*cases); index++) {
        cr_expect(utf8_length(span_str(cases[index].text)) ==
                      cases[index].length,
                  "case %zu", index);
    }
}

/* Any bytes come back from their free text. */
Test(free_text, any_bytes_come_back)
{
    static const uint8_t telling[] = { '%',  '2',  'D',  '-',  0xe2, 0x82,
                                       0xac, 0xc3, 0xa9, 0x0a, ' ',  0x80 };
    struct buf text;
    struct buf raw;
    struct rng rng;

    buf_init(&text, ROOM);
    buf_init(&raw, ROOM);
    rng_init(&rng, 5);
    for (int round = 0; round < 20000; round++) {
        uint8_t bytes[8];
        size_t size = 1 + rng_below(&rng, sizeof(bytes));

        for (size_t index = 0; index < size; index++) {
            bytes[index] = telling[rng_below(&rng, sizeof(telling))];
        }
        buf_put_free_text(&text, span_of(bytes, size));
        cr_assert(free_text_parse(buf_span(&text), &raw) == ERR_OK);
        cr_assert(span_equal(buf_span(&raw), span_of(bytes, size)));
        buf_clear(&text);
        buf_clear(&raw);
    }
    buf_done(&raw);
    buf_done(&text);
}

/* The absent value, an empty one, and escapes that need not be are refused. */
Test(free_text, refuses)
{
    static const char *const bad[] = {
        "",    "-",      "%",    "%0",   "a%2D", "%0a",
        "%41", "%C3%A9", "\x01", "a\nb", "\xff", "%E2\x82\xac%82%"
    };
    struct buf raw;

    buf_init(&raw, ROOM);
    buf_put_str(&raw, "kept");
    for (size_t index = 0; index < sizeof(bad) / sizeof(*bad); index++) {
        cr_expect(free_text_parse(span_str(bad[index]), &raw) == ERR_MALFORMED,
                  "case %zu", index);
    }
    cr_expect(wrote(&raw, "kept"));
    buf_done(&raw);
}

/* More than the buffer may hold is too big. */
Test(free_text, keeps_the_maximum)
{
    struct buf raw;

    buf_init(&raw, 2);
    cr_expect(free_text_parse(span_str("abc"), &raw) == ERR_TOO_BIG);
    cr_expect(raw.size == 0);
    buf_done(&raw);
}

/* A terminal is shown what is there: no hidden controls, no reordering. */
Test(visible, neutralises)
{
    struct buf buf;

    buf_init(&buf, ROOM);
    buf_put_visible(&buf, span_str("Допыт \xf0\x9f\x98\x80 50%"));
    cr_expect(wrote(&buf, "Допыт \xf0\x9f\x98\x80 50%"));
    buf_put_visible(&buf, span_str("\x1b[2Ja\nb\x7f\xff"));
    cr_expect(wrote(&buf, "\\x1b[2Ja\\x0ab\\x7f\\xff"));
    buf_put_visible(&buf, span_str("\xc2\x9b\xc2\xa0"));
    cr_expect(wrote(&buf, "\\xc2\\x9b\xc2\xa0"));
    buf_put_visible(&buf, span_str("\xe2\x80\xae"
                                   "exe\xe2\x81\xa6\xd8\x9c\xe2\x80\x8f"
                                   "\xe2\x80\xa6"));
    cr_expect(wrote(&buf, "\\xe2\\x80\\xaeexe\\xe2\\x81\\xa6\\xd8\\x9c"
                          "\\xe2\\x80\\x8f\xe2\x80\xa6"));
    buf_done(&buf);
}
