/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "net/frame.h"

TestSuite(frame);

static enum err parse(const uint8_t *data, size_t size, struct frame *frame)
{
    return frame_parse(span_of(data, size), frame);
}

/* A hello carries the initiator's index and 96 bytes. */
Test(frame, hello)
{
    uint8_t bytes[FRAME_HANDSHAKE_1_SIZE] = { 1, 0xa1, 0xb2, 0xc3, 0xd4, 0x55 };
    uint8_t head[FRAME_HEAD_SIZE];
    struct frame frame;

    cr_assert_eq(parse(bytes, sizeof(bytes), &frame), ERR_OK);
    cr_assert_eq(frame.kind, FRAME_HELLO);
    cr_assert_eq(frame.sender, 0xa1b2c3d4);
    cr_assert_eq(frame.body.size, 96);
    cr_assert_eq(frame.body.data, bytes + 5);
    cr_assert_eq(frame_head_format(&frame, head), 5);
    cr_assert_eq(memcmp(head, bytes, 5), 0);
}

/* A welcome carries the responder's index, then the initiator's. */
Test(frame, welcome)
{
    uint8_t bytes[FRAME_HANDSHAKE_2_SIZE] = { 2, 0, 0, 0, 7, 0, 0, 1, 0, 9 };
    uint8_t head[FRAME_HEAD_SIZE];
    struct frame frame;

    cr_assert_eq(parse(bytes, sizeof(bytes), &frame), ERR_OK);
    cr_assert_eq(frame.kind, FRAME_WELCOME);
    cr_assert_eq(frame.sender, 7);
    cr_assert_eq(frame.receiver, 256);
    cr_assert_eq(frame.body.size, 48);
    cr_assert_eq(frame_head_format(&frame, head), 9);
    cr_assert_eq(memcmp(head, bytes, 9), 0);
}

/* A transport frame carries the receiver's index and a counter. */
Test(frame, transport)
{
    uint8_t bytes[FRAME_TRANSPORT_SIZE_MIN] = { 3,    0xff, 0xff, 0xff, 0xff,
                                                0x80, 0,    0,    0,    0,
                                                0,    0,    1 };
    uint8_t head[FRAME_HEAD_SIZE];
    struct frame frame;

    cr_assert_eq(parse(bytes, sizeof(bytes), &frame), ERR_OK);
    cr_assert_eq(frame.kind, FRAME_TRANSPORT);
    cr_assert_eq(frame.receiver, UINT32_MAX);
    cr_assert_eq(frame.counter, (1ULL << 63) + 1);
    cr_assert_eq(frame.body.size, AEAD_TAG_SIZE);
    cr_assert_eq(frame_head_format(&frame, head), FRAME_HEAD_SIZE);
    cr_assert_eq(memcmp(head, bytes, FRAME_HEAD_SIZE), 0);
}

/* Every other size of a handshake frame is malformed; a transport frame may
 * have any size between its bounds. */
Test(frame, sizes)
{
    static uint8_t bytes[MESSAGE_SIZE_MAX + 1];
    struct frame frame = { .counter = 77 };

    for (size_t size = 0; size < 200; size++) {
        bytes[0] = 1;
        cr_assert_eq(parse(bytes, size, &frame),
                     size == 101 ? ERR_OK : ERR_MALFORMED);
        bytes[0] = 2;
        cr_assert_eq(parse(bytes, size, &frame),
                     size == 57 ? ERR_OK : ERR_MALFORMED);
        bytes[0] = 3;
        cr_assert_eq(parse(bytes, size, &frame),
                     size >= 29 ? ERR_OK : ERR_MALFORMED);
    }
    cr_assert_eq(parse(bytes, MESSAGE_SIZE_MAX, &frame), ERR_OK);
    cr_assert_eq(parse(bytes, MESSAGE_SIZE_MAX + 1, &frame), ERR_TOO_BIG);
}

/* An unknown kind is malformed, and the result stays as it was. */
Test(frame, unknown_kinds)
{
    uint8_t bytes[FRAME_HANDSHAKE_1_SIZE] = { 0 };
    struct frame frame = { .counter = 77 };

    for (unsigned kind = 0; kind < 256; kind++) {
        if (kind >= 1 && kind <= 3) {
            continue;
        }
        bytes[0] = (uint8_t)kind;
        cr_assert_eq(parse(bytes, sizeof(bytes), &frame), ERR_MALFORMED);
    }
    cr_assert_eq(frame.counter, 77);
}
