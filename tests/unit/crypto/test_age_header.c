/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "crypto/age_header.h"
#include "crypto/secret.h"

#define ROOM (4 << 20)
#define V1 "age-encryption.org/v1\n"
#define MAC "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"
#define LINE64                                                                 \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n"

static const uint8_t file_key[AGE_FILE_KEY_SIZE] = "YELLOW SUBMARIN";

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(age_header, .init = ready);

/* Two identities with known secrets, and a header for both. */
static void seal_for_two(struct age_identity *identities, struct buf *bytes)
{
    static const uint8_t first[AGE_KEY_SIZE] = { 0, 1 };
    static const uint8_t second[AGE_KEY_SIZE] = { 0, 2 };
    static const struct age_ephemeral ephemerals[2] = { { { 0, 3 } },
                                                        { { 0, 4 } } };
    struct age_recipient recipients[2];

    cr_assert_eq(age_identity_init(&identities[0], first), ERR_OK);
    cr_assert_eq(age_identity_init(&identities[1], second), ERR_OK);
    recipients[0] = identities[0].recipient;
    recipients[1] = identities[1].recipient;
    cr_assert_eq(age_header_seal(bytes, file_key, recipients, ephemerals, 2),
                 ERR_OK);
}

/* Either recipient opens what was sealed to both; what comes after the header
 * is not part of it; it is written again byte for byte. */
Test(age_header, opens_for_each_recipient)
{
    struct age_identity identities[2];
    struct age_header header;
    struct buf bytes;
    struct buf again;
    size_t size;

    buf_init(&bytes, ROOM);
    seal_for_two(identities, &bytes);
    size = bytes.size;
    buf_put_str(&bytes, "payload");
    cr_assert_eq(age_header_parse(buf_span(&bytes), &header, NULL), ERR_OK);
    cr_expect_eq(header.bytes.size, size);
    cr_expect_eq(header.stanza_count, 2);
    for (size_t index = 0; index < 2; index++) {
        uint8_t found[AGE_FILE_KEY_SIZE] = { 0 };

        cr_expect_eq(
            age_header_unwrap(&header, &identities[index], 1, found, NULL),
            ERR_OK);
        cr_expect_arr_eq(found, file_key, sizeof(found));
        cr_expect_eq(age_header_verify(&header, found), ERR_OK);
        found[0] ^= 1;
        cr_expect_eq(age_header_verify(&header, found), ERR_WRONG_SIGNATURE);
        age_identity_done(&identities[index]);
    }
    buf_init(&again, ROOM);
    age_header_encode(&again, &header);
    cr_expect(span_equal(buf_span(&again), header.bytes));
    buf_done(&again);
    age_header_done(&header);
    age_header_done(&header);
    buf_done(&bytes);
}

/* A stranger's identity does not fit, nor does a passphrase. */
Test(age_header, stays_shut_for_strangers)
{
    static const uint8_t other[AGE_KEY_SIZE] = { 0, 5 };
    struct age_identity identities[2];
    struct age_identity stranger;
    struct age_header header;
    struct buf bytes;
    struct why why;
    uint8_t found[AGE_FILE_KEY_SIZE] = { 0x77 };

    buf_init(&bytes, ROOM);
    seal_for_two(identities, &bytes);
    cr_assert_eq(age_identity_init(&stranger, other), ERR_OK);
    cr_assert_eq(age_header_parse(buf_span(&bytes), &header, NULL), ERR_OK);
    cr_expect_eq(age_header_unwrap(&header, &stranger, 1, found, &why),
                 ERR_WRONG_KEY);
    cr_expect_eq(age_header_unwrap(&header, NULL, 0, found, &why),
                 ERR_WRONG_KEY);
    cr_expect_eq(
        age_header_unwrap_passphrase(&header, span_str("x"), 10, found, &why),
        ERR_WRONG_KEY);
    cr_expect_eq(found[0], 0x77);
    age_header_done(&header);
    age_identity_done(&stranger);
    age_identity_done(&identities[0]);
    age_identity_done(&identities[1]);
    buf_done(&bytes);
}

/* A passphrase opens what it sealed, below the cap only. */
Test(age_header, opens_with_a_passphrase)
{
    static const uint8_t salt[AGE_SALT_SIZE] = { 8 };
    struct age_header header;
    struct buf bytes;
    struct why why;
    uint8_t found[AGE_FILE_KEY_SIZE] = { 0 };

    buf_init(&bytes, ROOM);
    cr_assert_eq(
        age_header_seal_passphrase(&bytes, file_key, span_str("open"), salt, 5),
        ERR_OK);
    cr_assert_eq(age_header_parse(buf_span(&bytes), &header, NULL), ERR_OK);
    cr_expect_eq(
        age_header_unwrap_passphrase(&header, span_str("open"), 4, found, &why),
        ERR_MALFORMED);
    cr_expect(strstr(why.text, "2^5") != NULL);
    cr_expect_eq(
        age_header_unwrap_passphrase(&header, span_str("opem"), 5, found, &why),
        ERR_WRONG_KEY);
    cr_expect_eq(
        age_header_unwrap_passphrase(&header, span_str("open"), 5, found, &why),
        ERR_OK);
    cr_expect_arr_eq(found, file_key, sizeof(found));
    cr_expect_eq(age_header_verify(&header, found), ERR_OK);
    age_header_done(&header);
    cr_expect_eq(
        age_header_seal_passphrase(&bytes, file_key, span_str("open"), salt, 0),
        ERR_RANGE);
    cr_expect_eq(age_header_seal_passphrase(&bytes, file_key, span_str("open"),
                                            salt, AGE_SCRYPT_LOG_N_MAX + 1),
                 ERR_RANGE);
    buf_done(&bytes);
}

/* Writing refuses nobody, too many, a point of low order, and a full buffer. */
Test(age_header, refuses_to_write)
{
    struct age_recipient zero = { { 0 } };
    struct age_recipient nine = { { 9 } };
    struct age_ephemeral ephemeral = { { 3 } };
    struct buf bytes;

    buf_init(&bytes, 100);
    cr_expect_eq(age_header_seal(&bytes, file_key, &nine, &ephemeral, 0),
                 ERR_RANGE);
    cr_expect_eq(age_header_seal(&bytes, file_key, &nine, &ephemeral,
                                 AGE_STANZAS_MAX + 1),
                 ERR_RANGE);
    cr_expect_eq(age_header_seal(&bytes, file_key, &zero, &ephemeral, 1),
                 ERR_MALFORMED);
    buf_clear(&bytes);
    cr_expect_eq(age_header_seal(&bytes, file_key, &nine, &ephemeral, 1),
                 ERR_TOO_BIG);
    buf_done(&bytes);
}

/* Every bit of a header counts: it no longer parses, opens, or verifies. */
Test(age_header, notices_any_change)
{
    struct age_identity identities[2];
    struct buf bytes;

    buf_init(&bytes, ROOM);
    seal_for_two(identities, &bytes);
    for (size_t bit = 0; bit < bytes.size * 8; bit++) {
        struct age_header header;
        uint8_t found[AGE_FILE_KEY_SIZE];

        bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        if (age_header_parse(buf_span(&bytes), &header, NULL) == ERR_OK) {
            cr_assert(age_header_unwrap(&header, identities, 2, found, NULL) !=
                              ERR_OK ||
                          age_header_verify(&header, found) != ERR_OK,
                      "bit %zu", bit);
            age_header_done(&header);
        }
        bytes.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t size = 0; size < bytes.size; size++) {
        struct age_header header;

        cr_assert_eq(age_header_parse(span_of(bytes.data, size), &header, NULL),
                     ERR_MALFORMED);
    }
    age_identity_done(&identities[0]);
    age_identity_done(&identities[1]);
    buf_done(&bytes);
}

static enum err parse(const char *text)
{
    struct age_header header;
    enum err rc = age_header_parse(span_str(text), &header, NULL);

    if (rc == ERR_OK) {
        struct buf again;

        buf_init(&again, ROOM);
        age_header_encode(&again, &header);
        cr_expect(span_is(buf_span(&again), text), "%s", text);
        buf_done(&again);
        age_header_done(&header);
    }
    return rc;
}

/* Forms that only a strict parser tells apart. */
Test(age_header, is_strict)
{
    static const char *const bad[] = {
        "",
        V1,
        V1 MAC,
        V1 "-> x\n" MAC,          /* no body line */
        V1 "-> x\n" LINE64 MAC,   /* no short line */
        V1 "->  x\n\n" MAC,       /* an empty argument */
        V1 "-> x \n\n" MAC,       /* another */
        V1 "-> \n\n" MAC,         /* no argument */
        V1 "->\n\n" MAC,          /* no space */
        V1 "-> x\r\n\n" MAC,      /* CR */
        V1 "-> x\t\n\n" MAC,      /* tab */
        V1 "-> \xC3\xA4\n\n" MAC, /* not ASCII */
        V1 "-> x\nAB\n" MAC,      /* not canonical */
        V1 "-> x\nAA==\n" MAC,    /* padded */
        V1 "-> x\nAA\nAA\n" MAC,  /* two short lines */
        V1 "-> x\n\n--- AAAA\n",  /* short MAC */
        /* Bytes above 127, which some decoders of base64 take. */
        V1 "-> x\n\n--- AAAAAAAAAAAAAAAAAAA\x86\xC8"
           "eAAAAAAAAAAAAAAAAAAAAA\n",
        V1 "-> x\n\n ---\n", /* neither */
        V1 "-> scrypt\n\n-> x\n\n" MAC,
        V1 "-> x\n\n-> scrypt\n\n" MAC,
        " " V1 "-> x\n\n" MAC,
        "age-encryption.org/v2\n-> x\n\n" MAC,
    };

    cr_expect_eq(parse(V1 "-> x\n\n" MAC), ERR_OK);
    cr_expect_eq(parse(V1 "-> x y ! ~\nAA\n-> z\n" LINE64 "\n" MAC), ERR_OK);
    cr_expect_eq(parse(V1 "-> scrypt\n\n" MAC), ERR_OK);
    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect_eq(parse(bad[index]), ERR_MALFORMED, "%s", bad[index]);
    }
    cr_expect_eq(parse("\n-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n"),
                 ERR_UNSUPPORTED);
}

/* Stanzas, arguments, bodies and the whole have limits, the last good value
 * included. */
Test(age_header, is_bounded)
{
    struct buf text;

    buf_init(&text, ROOM);
    for (int extra = 0; extra < 2; extra++) {
        enum err expected = extra == 0 ? ERR_OK : ERR_TOO_BIG;

        buf_clear(&text);
        buf_put_str(&text, V1);
        for (int index = 0; index < AGE_STANZAS_MAX + extra; index++) {
            buf_put_str(&text, "-> x\n\n");
        }
        buf_put_str(&text, MAC);
        buf_put_byte(&text, 0);
        cr_expect_eq(parse((char *)text.data), expected);

        buf_clear(&text);
        buf_put_str(&text, V1 "-> x ");
        for (int index = 0; index < AGE_FIELD_SIZE_MAX + extra; index++) {
            buf_put_byte(&text, 'y');
        }
        buf_put_str(&text, "\n\n" MAC);
        buf_put_byte(&text, 0);
        cr_expect_eq(parse((char *)text.data), expected);

        buf_clear(&text);
        buf_put_str(&text, V1 "-> x\n");
        for (int index = 0; index < AGE_FIELD_SIZE_MAX / 48 + extra; index++) {
            buf_put_str(&text, LINE64);
        }
        buf_put_str(&text, "\n" MAC);
        buf_put_byte(&text, 0);
        cr_expect_eq(parse((char *)text.data), expected);
    }
    buf_clear(&text);
    buf_put_str(&text, V1);
    while (text.size < AGE_HEADER_SIZE_MAX + 10) {
        buf_put_str(&text, "-> x y\n");
        for (int index = 0; index < AGE_FIELD_SIZE_MAX / 48; index++) {
            buf_put_str(&text, LINE64);
        }
        buf_put_str(&text, "\n");
    }
    buf_put_str(&text, MAC);
    buf_put_byte(&text, 0);
    cr_expect_eq(parse((char *)text.data), ERR_TOO_BIG);
    buf_done(&text);
}
