/* SPDX-License-Identifier: Apache-2.0 */
#include "base/reader.h"

#include <string.h>

void reader_init(struct reader *reader, struct span bytes)
{
    reader->left = bytes;
    reader->failed = false;
}

struct span reader_take(struct reader *reader, size_t size)
{
    struct span taken = { NULL, 0 };

    if (reader->failed || size > reader->left.size) {
        reader->failed = true;
        reader->left = taken;
        return taken;
    }
    if (size == 0) {
        return taken;
    }
    taken = span_of(reader->left.data, size);
    reader->left = span_part(reader->left, size, reader->left.size);
    return taken;
}

/* An empty span, as after a failure, gives zero. */
static uint64_t take_big_endian(struct reader *reader, size_t size)
{
    struct span taken = reader_take(reader, size);
    uint64_t value = 0;

    for (size_t index = 0; index < taken.size; index++) {
        value = value << 8 | taken.data[index];
    }
    return value;
}

uint8_t reader_u8(struct reader *reader)
{
    return (uint8_t)take_big_endian(reader, 1);
}

uint16_t reader_u16(struct reader *reader)
{
    return (uint16_t)take_big_endian(reader, 2);
}

uint32_t reader_u32(struct reader *reader)
{
    return (uint32_t)take_big_endian(reader, 4);
}

uint64_t reader_u64(struct reader *reader)
{
    return take_big_endian(reader, 8);
}

void reader_copy(struct reader *reader, void *to, size_t size)
{
    struct span taken = reader_take(reader, size);

    if (size == 0) {
        return;
    }
    if (taken.size == 0) {
        memset(to, 0, size);
        return;
    }
    memcpy(to, taken.data, size);
}

bool reader_finish(const struct reader *reader)
{
    return !reader->failed && reader->left.size == 0;
}
