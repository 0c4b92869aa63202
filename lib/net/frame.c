/* SPDX-License-Identifier: Apache-2.0 */
#include "net/frame.h"

#include <stdbool.h>

#include "base/bytes.h"
#include "base/reader.h"

/* holdfast.md 16: the size follows from the kind. */
static bool size_fits(uint8_t kind, size_t size)
{
    switch (kind) {
    case FRAME_HELLO:
        return size == FRAME_HANDSHAKE_1_SIZE;
    case FRAME_WELCOME:
        return size == FRAME_HANDSHAKE_2_SIZE;
    case FRAME_TRANSPORT:
        return size >= FRAME_TRANSPORT_SIZE_MIN;
    default:
        return false;
    }
}

enum err frame_parse(struct span bytes, struct frame *ret_frame)
{
    struct frame frame = { .kind = FRAME_HELLO };
    struct reader reader;
    uint8_t kind;

    if (bytes.size > MESSAGE_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    reader_init(&reader, bytes);
    kind = reader_u8(&reader);
    if (reader.failed || !size_fits(kind, bytes.size)) {
        return ERR_MALFORMED;
    }
    frame.kind = (enum frame_kind)kind;
    switch (frame.kind) {
    case FRAME_HELLO:
        frame.sender = reader_u32(&reader);
        break;
    case FRAME_WELCOME:
        frame.sender = reader_u32(&reader);
        frame.receiver = reader_u32(&reader);
        break;
    case FRAME_TRANSPORT:
        frame.receiver = reader_u32(&reader);
        frame.counter = reader_u64(&reader);
        break;
    }
    frame.body = reader_take(&reader, reader.left.size);
    if (!reader_finish(&reader)) {
        return ERR_MALFORMED;
    }
    *ret_frame = frame;
    return ERR_OK;
}

size_t frame_head_format(const struct frame *frame,
                         uint8_t ret_head[static FRAME_HEAD_SIZE])
{
    size_t size = 0;

    ret_head[0] = (uint8_t)frame->kind;
    switch (frame->kind) {
    case FRAME_HELLO:
        bytes_put_u32(ret_head + 1, frame->sender);
        size = 5;
        break;
    case FRAME_WELCOME:
        bytes_put_u32(ret_head + 1, frame->sender);
        bytes_put_u32(ret_head + 5, frame->receiver);
        size = 9;
        break;
    case FRAME_TRANSPORT:
        bytes_put_u32(ret_head + 1, frame->receiver);
        bytes_put_u64(ret_head + 5, frame->counter);
        size = FRAME_HEAD_SIZE;
        break;
    }
    return size;
}
