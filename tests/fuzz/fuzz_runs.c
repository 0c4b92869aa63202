/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte is a size; the rest is a text of runs, and also a bitmap. What
 * is taken is written again as it was; what is written is taken, and says what
 * the bitmap says. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "model/runs.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define BYTES 32 /* 256 indexes */

static void text_to_bits(struct span text, uint64_t size)
{
    uint8_t bits[BYTES] = { 0 };
    const struct runs_of of = { .set = bits, .size = size };
    struct buf again;

    if (runs_check(text, size) != ERR_OK) {
        return;
    }
    runs_set_bits(text, size, bits);
    buf_init(&again, text.size);
    CHECK(runs_format_bits(&again, &of, text.size));
    CHECK(span_equal(buf_span(&again), text));
    buf_done(&again);
}

static void bits_to_text(const uint8_t bits[static BYTES], uint64_t size)
{
    const struct runs_of of = { .cleared = bits, .size = size };
    uint8_t back[BYTES] = { 0 };
    struct buf text;

    buf_init(&text, 4096);
    CHECK(runs_format_bits(&text, &of, text.max));
    CHECK(text.size == 0 || runs_check(buf_span(&text), size) == ERR_OK);
    runs_set_bits(buf_span(&text), size, back);
    for (uint64_t index = 0; index < size; index++) {
        CHECK((back[index / 8] >> (index % 8) & 1) !=
              (bits[index / 8] >> (index % 8) & 1));
    }
    buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t bits[BYTES] = { 0 };

    if (size < 1) {
        return 0;
    }
    memcpy(bits, data + 1, size - 1 < BYTES ? size - 1 : BYTES);
    text_to_bits(span_of(data + 1, size - 1), data[0]);
    bits_to_text(bits, data[0]);
    return 0;
}
