/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/id.h"

#define CID "east-0011223344556677"
#define LID_TEXT "000102030405060708090a0b0c0d0e0f"
#define ORIGIN CID "/alpha-1/" LID_TEXT

/* An origin is made of its parts, and gives them back. */
Test(id, origin_parts)
{
    struct label east;
    struct label node;
    struct digest identity = { { 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                                 0x88 } };
    struct origin origin;
    struct origin parsed;
    struct cid cid;
    struct lid lid;

    for (size_t index = 0; index < LID_SIZE; index++) {
        lid.bytes[index] = (uint8_t)index;
    }
    cr_assert(label_parse(span_str("east"), &east) == ERR_OK);
    cr_assert(label_parse(span_str("alpha-1"), &node) == ERR_OK);
    cid_make(&east, &identity, &cid);
    cr_expect_str_eq(cid.text, CID);
    origin_make(&cid, &node, &lid, &origin);
    cr_expect_str_eq(origin.text, ORIGIN);
    cr_assert(origin_parse(span_str(ORIGIN), &parsed) == ERR_OK);
    cr_expect(memcmp(&parsed, &origin, sizeof(origin)) == 0);
    cr_expect(span_is(origin_cid(&origin), CID));
    cr_expect(span_is(origin_node(&origin), "alpha-1"));
    cr_expect(span_is(origin_lid(&origin), LID_TEXT));
    cr_expect(origin_of_node(&origin, &cid, &node));
    cr_expect_not(origin_of_node(&origin, &cid, &east));
    origin_node_copy(&origin, &node);
    cr_expect_str_eq(node.text, "alpha-1");
    origin_cid_copy(&origin, &cid);
    cr_expect_str_eq(cid.text, CID);
}

/* What is not exactly three valid parts is no origin. */
Test(id, origin_malformed)
{
    static const char *const bad[] = {
        "",
        "/",
        "//",
        CID "/alpha",
        CID "/alpha/",
        CID "//" LID_TEXT,
        "/alpha/" LID_TEXT,
        CID "/Alpha/" LID_TEXT,
        CID "/alpha/" LID_TEXT "0",
        CID "/alpha/" LID_TEXT "/x",
        CID "/alpha/000102030405060708090A0B0C0D0E0F",
        "east-001122334455667/alpha/" LID_TEXT,
        "east0011223344556677/alpha/" LID_TEXT,
        "-0011223344556677/alpha/" LID_TEXT,
        "east-001122334455667g/alpha/" LID_TEXT,
    };
    struct origin origin;

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect(origin_parse(span_str(bad[index]), &origin) == ERR_MALFORMED,
                  "%s", bad[index]);
    }
}

/* The longest labels fit in an origin and in the name of a key. */
Test(id, longest_origin)
{
    struct label label;
    struct digest identity = { { 0 } };
    struct origin origin;
    struct note_key key;
    struct lid lid = { { 0 } };
    struct cid cid;
    uint8_t public_key[32] = { 1 };

    cr_assert(label_parse(span_str("abcdefghijklmnopqrstuvwxyz-01234"),
                          &label) == ERR_OK);
    cid_make(&label, &identity, &cid);
    origin_make(&cid, &label, &lid, &origin);
    cr_expect_eq(strlen(origin.text), 49 + 1 + 32 + 1 + 32);
    cr_expect(origin_parse(origin_span(&origin), &origin) == ERR_OK);
    key_of_ledger(&origin, public_key, &key);
    cr_expect_str_eq(key.name, origin.text);
    cr_expect_eq(key.type, NOTE_KEY_ED25519);
}
