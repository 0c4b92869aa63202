/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/text.h"
#include "model/record.h"
#include "support/vectors.h"

#define LEAF_ROOM (4 * LEAF_SIZE_MAX)

static void leaf_read(const json_t *one, struct buf *ret_leaf)
{
    if (vectors_has(one, "leaf_base64")) {
        vectors_base64(one, "leaf_base64", ret_leaf);
    } else {
        buf_put(ret_leaf, vectors_text(one, "leaf"));
    }
}

static void hash_check(const json_t *one, struct span leaf)
{
    struct digest hash;
    char text[65];

    record_leaf_hash(leaf, &hash);
    hex_format(text, hash.bytes, DIGEST_SIZE);
    cr_expect_str_eq(text, vectors_str(one, "leaf_hash"), "%s",
                     vectors_name(one));
}

static const char *kind_text(const struct record *record)
{
    switch (record->kind) {
    case RECORD_DEPOSIT:
        return "deposit";
    case RECORD_OPEN:
        return "open";
    case RECORD_CARRIED:
        return "carried";
    case RECORD_UNREADABLE:
        break;
    }
    return NULL;
}

static void good_check(const json_t *one, struct span leaf)
{
    static struct record record;
    struct buf again;
    struct why why;

    why_clear(&why);
    cr_assert(record_parse(leaf, &record, &why) == ERR_OK, "%s: %s",
              vectors_name(one), why.text);
    cr_expect_str_eq(record.origin.text, vectors_str(one, "origin"));
    cr_expect_str_eq(kind_text(&record), vectors_str(one, "kind"));
    hash_check(one, leaf);
    buf_init(&again, LEAF_SIZE_MAX);
    record_format(&again, &record);
    cr_expect(span_equal(buf_span(&again), leaf), "%s", vectors_name(one));
    buf_done(&again);
}

static void case_check(const json_t *one, struct span leaf)
{
    static struct record record;

    if (vectors_expect(one, "ok")) {
        good_check(one, leaf);
    } else if (vectors_expect(one, "unreadable")) {
        cr_expect(record_parse(leaf, &record, NULL) == ERR_OK, "%s",
                  vectors_name(one));
        cr_expect_eq(record.kind, RECORD_UNREADABLE, "%s", vectors_name(one));
        hash_check(one, leaf);
    } else {
        cr_expect(record_parse(leaf, &record, NULL) == ERR_MALFORMED, "%s",
                  vectors_name(one));
    }
}

/* Every leaf is read, left alone, or refused as listed. */
Test(record_vectors, records)
{
    json_t *file = vectors_load("holdfast/records.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "records"), index, one)
    {
        struct buf leaf;

        buf_init(&leaf, LEAF_ROOM);
        leaf_read(one, &leaf);
        case_check(one, buf_span(&leaf));
        buf_done(&leaf);
    }
    json_decref(file);
}

/* The record of every good item is a deposit of its root, P and commitment. */
Test(record_vectors, items)
{
    json_t *file = vectors_load("holdfast/items.json");
    static struct record record;
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "items"), index, one)
    {
        struct payload_root root;
        struct digest commitment;

        if (!vectors_expect(one, "ok")) {
            continue;
        }
        cr_assert(record_parse(vectors_text(one, "record"), &record, NULL) ==
                  ERR_OK);
        cr_assert_eq(record.kind, RECORD_DEPOSIT);
        vectors_hex_fixed(one, "root", root.bytes, sizeof(root.bytes));
        vectors_hex_fixed(one, "commitment", commitment.bytes, DIGEST_SIZE);
        cr_expect(payload_root_equal(&record.deposit.payload_root, &root));
        cr_expect(digest_equal(&record.deposit.commitment, &commitment));
        cr_expect_eq(record.deposit.payload_size, vectors_uint(one, "P"));
        cr_expect_eq(record.deposit.header_size,
                     vectors_uint(one, "header_size"));
    }
    json_decref(file);
}
