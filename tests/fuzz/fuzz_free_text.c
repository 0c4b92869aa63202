/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes have one free text, which reads as these bytes; any text that is
 * read is written again as it was. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/text.h"

#define ROOM (1 << 24)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_it(struct span text)
{
    struct buf raw;
    struct buf again;

    buf_init(&raw, ROOM);
    buf_init(&again, ROOM);
    if (free_text_parse(text, &raw) == ERR_OK) {
        buf_put_free_text(&again, buf_span(&raw));
        CHECK(span_equal(buf_span(&again), text));
    } else {
        CHECK(raw.size == 0);
    }
    buf_done(&again);
    buf_done(&raw);
}

static void write_it(struct span raw)
{
    struct buf text;
    struct buf again;

    if (raw.size == 0) {
        return;
    }
    buf_init(&text, ROOM);
    buf_init(&again, ROOM);
    buf_put_free_text(&text, raw);
    CHECK(free_text_parse(buf_span(&text), &again) == ERR_OK);
    CHECK(span_equal(buf_span(&again), raw));
    buf_clear(&again);
    buf_put_visible(&again, raw);
    CHECK(!buf_failed(&again));
    buf_done(&again);
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_it(span_of(data, size));
    write_it(span_of(data, size));
    return 0;
}
