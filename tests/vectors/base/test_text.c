/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/buf.h"
#include "base/text.h"
#include "support/vectors.h"

#define SIZE_MAX_TEXT 4096

/* The text reads as the raw bytes, and they are written as the text. */
static void accepts(const json_t *one)
{
    struct span text = vectors_text(one, "text");
    struct buf expected;
    struct buf raw;
    struct buf again;

    buf_init(&expected, SIZE_MAX_TEXT);
    buf_init(&raw, SIZE_MAX_TEXT);
    buf_init(&again, SIZE_MAX_TEXT);
    vectors_hex(one, "raw", &expected);
    cr_expect(free_text_parse(text, &raw) == ERR_OK, "%s: refused",
              vectors_name(one));
    cr_expect(span_equal(buf_span(&raw), buf_span(&expected)),
              "%s: other bytes", vectors_name(one));
    buf_put_free_text(&again, buf_span(&expected));
    cr_expect(span_equal(buf_span(&again), text), "%s: written as \"%.*s\"",
              vectors_name(one), (int)again.size, (char *)again.data);
    buf_done(&again);
    buf_done(&raw);
    buf_done(&expected);
}

static void refuses(const json_t *one)
{
    struct buf raw;

    buf_init(&raw, SIZE_MAX_TEXT);
    buf_put_str(&raw, "kept");
    cr_expect(free_text_parse(vectors_text(one, "text"), &raw) == ERR_MALFORMED,
              "%s: accepted", vectors_name(one));
    cr_expect(span_is(buf_span(&raw), "kept"), "%s: left bytes behind",
              vectors_name(one));
    buf_done(&raw);
}

/* Free text has one written form for any bytes, and no other is read. */
Test(text_vectors, free_text)
{
    json_t *file = vectors_load("holdfast/text.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "cases"), index, one)
    {
        if (vectors_expect(one, "ok")) {
            accepts(one);
        } else {
            cr_assert(vectors_expect(one, "bad"));
            refuses(one);
        }
    }
    json_decref(file);
}

/* A path in Belarusian stays readable; a line end in it does not end a line. */
Test(text_vectors, inline_case)
{
    struct buf text;

    buf_init(&text, SIZE_MAX_TEXT);
    buf_put_free_text(&text, span_str("Дапыт 100%\n.mp4"));
    cr_expect(span_is(buf_span(&text), "Дапыт 100%25%0A.mp4"));
    buf_done(&text);
}
