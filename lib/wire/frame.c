/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/frame.h"

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"

#define FRAME_SIZE_MAX (LOCAL_HEAD_SIZE + MESSAGE_SIZE_MAX)

static uint32_t read_u32(const uint8_t *at)
{
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
           (uint32_t)at[2] << 8 | at[3];
}

size_t local_frame_begin(struct buf *to)
{
    size_t place = to->size;

    buf_put_u32(to, 0);
    return place;
}

enum err local_frame_end(struct buf *to, size_t place)
{
    if (buf_failed(to)) {
        return to->err;
    }
    CHECK(to->size >= place + LOCAL_HEAD_SIZE);

    size_t size = to->size - place - LOCAL_HEAD_SIZE;

    if (size > MESSAGE_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    bytes_put_u32(to->data + place, (uint32_t)size);
    return ERR_OK;
}

void local_reader_init(struct local_reader *reader)
{
    buf_init(&reader->bytes, FRAME_SIZE_MAX);
}

void local_reader_done(struct local_reader *reader)
{
    buf_done(&reader->bytes);
}

/* Bytes that the frame at hand still lacks. */
static size_t lacking(const struct local_reader *reader)
{
    size_t have = reader->bytes.size;

    if (have < LOCAL_HEAD_SIZE) {
        return LOCAL_HEAD_SIZE - have;
    }
    return LOCAL_HEAD_SIZE + read_u32(reader->bytes.data) - have;
}

uint8_t *local_reader_room(struct local_reader *reader, size_t *ret_size)
{
    size_t size = lacking(reader);
    uint8_t *room = buf_extend(&reader->bytes, size);

    if (room == NULL) {
        return NULL;
    }
    reader->bytes.size -= size; /* counted when they are really there */
    *ret_size = size;
    return room;
}

enum err local_reader_filled(struct local_reader *reader, size_t size)
{
    CHECK(size <= lacking(reader));
    reader->bytes.size += size;
    if (reader->bytes.size == LOCAL_HEAD_SIZE) {
        uint32_t length = read_u32(reader->bytes.data);

        if (length > MESSAGE_SIZE_MAX) {
            return ERR_TOO_BIG;
        }
        if (length == 0) {
            return ERR_MALFORMED;
        }
    }
    return ERR_OK;
}

bool local_reader_frame(const struct local_reader *reader,
                        struct span *ret_message)
{
    if (reader->bytes.size < LOCAL_HEAD_SIZE || lacking(reader) > 0) {
        return false;
    }
    *ret_message = span_part(buf_span(&reader->bytes), LOCAL_HEAD_SIZE,
                             reader->bytes.size);
    return true;
}

void local_reader_next(struct local_reader *reader)
{
    buf_clear(&reader->bytes);
}

void local_reader_take(struct local_reader *reader, struct buf *ret_frame)
{
    *ret_frame = reader->bytes;
    buf_init(&reader->bytes, FRAME_SIZE_MAX);
}
