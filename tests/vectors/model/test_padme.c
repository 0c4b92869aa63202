/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "model/padme.h"
#include "support/vectors.h"

static size_t table_check(const char *path)
{
    struct buf text;
    size_t count = 0;
    char *at;

    buf_init(&text, 1 << 24);
    vectors_read(path, &text);
    buf_put_byte(&text, '\0');
    cr_assert(!buf_failed(&text));
    at = (char *)text.data;
    while (*at != '\0') {
        uint64_t padded;
        char *end;
        unsigned long long length = strtoull(at, &end, 10);

        if (end != at) {
            unsigned long long wanted = strtoull(end, &end, 10);

            cr_expect(padme(length, &padded) == ERR_OK);
            cr_expect_eq(padded, wanted, "%s: padme(%llu)", path, length);
            count++;
        }
        at = strchr(end, '\n');
        if (at == NULL) {
            break;
        }
        at++;
    }
    buf_done(&text);
    return count;
}

/* Both tables come out. */
Test(padme_vectors, tables)
{
    cr_assert_geq(table_check("padme/published.tsv"), 2);
    cr_assert_geq(table_check("padme/padme.tsv"), 50);
}

/* Exactly the listed sizes of payloads are possible. */
Test(padme_vectors, padded_sizes)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "padded_sizes"), index, one)
    {
        cr_expect_eq(payload_size_possible(vectors_uint(one, "size")),
                     vectors_expect(one, "ok"), "%s", vectors_name(one));
    }
    json_decref(file);
}

/* L and P of every good item follow from its size. */
Test(padme_vectors, items)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "items"), index, one)
    {
        uint64_t sealed;
        uint64_t padded;

        if (!vectors_expect(one, "ok")) {
            continue;
        }
        cr_assert(payload_sealed_size(vectors_uint(one, "size"), &sealed) ==
                  ERR_OK);
        cr_expect_eq(sealed, vectors_uint(one, "L"), "%s", vectors_name(one));
        cr_expect(payload_sealed_valid(sealed, vectors_uint(one, "size")));
        cr_assert(payload_padded_size(sealed, &padded) == ERR_OK);
        cr_expect_eq(padded, vectors_uint(one, "P"), "%s", vectors_name(one));
    }
    json_decref(file);
}
