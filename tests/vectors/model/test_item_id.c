/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "model/item_id.h"
#include "support/vectors.h"

static void written_check(const json_t *one)
{
    struct payload_root root;
    char text[ITEM_ID_TEXT_SIZE];
    struct item_prefix prefix;

    vectors_hex_fixed(one, "root", root.bytes, sizeof(root.bytes));
    item_id_format(&root, text);
    cr_expect_str_eq(text, vectors_str(one, "id"));
    cr_assert(item_prefix_parse(span_str(text), &prefix, NULL) == ERR_OK);
    cr_expect_eq(prefix.bits, 80);
    cr_expect(item_prefix_matches(&prefix, &root));
}

static void typed_check(const json_t *one)
{
    struct payload_root root;
    struct item_prefix prefix;
    enum err err = item_prefix_parse(vectors_text(one, "input"), &prefix, NULL);

    if (vectors_expect(one, "bad")) {
        cr_expect(err == ERR_MALFORMED, "%s", vectors_name(one));
        return;
    }
    cr_assert(err == ERR_OK, "%s", vectors_name(one));
    vectors_hex_fixed(one, "root", root.bytes, sizeof(root.bytes));
    cr_expect(item_prefix_matches(&prefix, &root), "%s", vectors_name(one));
}

/* Ids are written as listed, and read as a person may type them. */
Test(item_id_vectors, cases)
{
    json_t *file = vectors_load("holdfast/ids.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "item_ids"), index, one)
    {
        if (vectors_has(one, "input")) {
            typed_check(one);
        } else {
            written_check(one);
        }
    }
    json_decref(file);
}

/* The id of every good item follows from its root. */
Test(item_id_vectors, items)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "items"), index, one)
    {
        struct payload_root root;
        char text[ITEM_ID_TEXT_SIZE];

        if (!vectors_has(one, "item_id")) {
            continue;
        }
        vectors_hex_fixed(one, "root", root.bytes, sizeof(root.bytes));
        item_id_format(&root, text);
        cr_expect_str_eq(text, vectors_str(one, "item_id"));
    }
    json_decref(file);
}
