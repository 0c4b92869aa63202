/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "wire/frame.h"

static struct local_reader reader;
static struct buf stream;

static void begin(void)
{
    local_reader_init(&reader);
    buf_init(&stream, 2 * MESSAGE_SIZE_MAX + 64);
}

static void end(void)
{
    local_reader_done(&reader);
    buf_done(&stream);
}

TestSuite(local_frame, .init = begin, .fini = end);

static void add_frame(const char *text)
{
    size_t place = local_frame_begin(&stream);

    buf_put_str(&stream, text);
    cr_assert(local_frame_end(&stream, place) == ERR_OK);
}

/* Feed at most `most` bytes at once from *at on, until a frame is there. */
static bool feed(size_t *at, size_t most)
{
    struct span message;

    while (!local_reader_frame(&reader, &message)) {
        size_t size;
        uint8_t *room = local_reader_room(&reader, &size);

        cr_assert(room != NULL && size > 0);
        if (size > most) {
            size = most;
        }
        if (size > stream.size - *at) {
            size = stream.size - *at;
        }
        if (size == 0) {
            return false;
        }
        memcpy(room, stream.data + *at, size);
        *at += size;
        cr_assert(local_reader_filled(&reader, size) == ERR_OK);
    }
    return true;
}

static enum err feed_head(uint32_t length)
{
    uint8_t head[4] = { (uint8_t)(length >> 24), (uint8_t)(length >> 16),
                        (uint8_t)(length >> 8), (uint8_t)length };
    size_t size;
    uint8_t *room = local_reader_room(&reader, &size);

    cr_assert(room != NULL && size == 4);
    memcpy(room, head, 4);
    return local_reader_filled(&reader, 4);
}

/* Frames come out whole and in order, in whatever pieces they arrive. */
Test(local_frame, reads_odd_pieces)
{
    static const char *const texts[] = { "a", "the second", "x", "fourth one" };
    struct span message;

    for (size_t i = 0; i < 4; i++) {
        add_frame(texts[i]);
    }
    for (size_t most = 1; most < 12; most++) {
        size_t at = 0;

        for (size_t i = 0; i < 4; i++) {
            cr_assert(feed(&at, most));
            cr_assert(local_reader_frame(&reader, &message));
            cr_expect(span_is(message, texts[i]));
            local_reader_next(&reader);
        }
        cr_expect(!feed(&at, most));
        cr_expect(!local_reader_frame(&reader, &message));
        local_reader_next(&reader);
    }
}

/* The reader never asks for bytes of the next frame. */
Test(local_frame, room_ends_with_the_frame)
{
    size_t size;

    cr_assert(local_reader_room(&reader, &size) != NULL);
    cr_expect(size == 4);
    cr_assert(feed_head(10) == ERR_OK);
    cr_assert(local_reader_room(&reader, &size) != NULL);
    cr_expect(size == 10);
    cr_assert(local_reader_filled(&reader, 3) == ERR_OK);
    cr_assert(local_reader_room(&reader, &size) != NULL);
    cr_expect(size == 7);
}

/* The largest message passes, one byte more does not. */
Test(local_frame, bounds)
{
    size_t size;

    cr_expect(feed_head(0) == ERR_MALFORMED);
    local_reader_next(&reader);
    cr_expect(feed_head(MESSAGE_SIZE_MAX + 1) == ERR_TOO_BIG);
    local_reader_next(&reader);
    cr_expect(feed_head(UINT32_MAX) == ERR_TOO_BIG);
    cr_expect(local_reader_room(&reader, &size) == NULL, "hang up");
    local_reader_next(&reader);
    cr_assert(feed_head(MESSAGE_SIZE_MAX) == ERR_OK);

    uint8_t *room = local_reader_room(&reader, &size);

    cr_assert(room != NULL && size == MESSAGE_SIZE_MAX);
    memset(room, 7, size);
    cr_assert(local_reader_filled(&reader, size) == ERR_OK);

    struct span message;

    cr_assert(local_reader_frame(&reader, &message));
    cr_expect(message.size == MESSAGE_SIZE_MAX);
}

/* A frame that is too big is not written. */
Test(local_frame, refuses_to_write_too_much)
{
    size_t place = local_frame_begin(&stream);

    cr_assert(buf_extend(&stream, MESSAGE_SIZE_MAX) != NULL);
    cr_expect(local_frame_end(&stream, place) == ERR_OK);
    cr_expect(memcmp(stream.data, "\x00\x14\x00\x00", 4) == 0);
    place = local_frame_begin(&stream);
    cr_assert(buf_extend(&stream, MESSAGE_SIZE_MAX + 61) == NULL);
    cr_expect(local_frame_end(&stream, place) == ERR_TOO_BIG);
    buf_clear(&stream);
    place = local_frame_begin(&stream);
    cr_assert(buf_extend(&stream, MESSAGE_SIZE_MAX + 1) != NULL);
    cr_expect(local_frame_end(&stream, place) == ERR_TOO_BIG);
}

/* A frame's memory can be taken away; the reader begins anew. */
Test(local_frame, take)
{
    struct buf taken;
    struct span message;
    size_t at = 0;

    add_frame("keep me");
    add_frame("next");
    cr_assert(feed(&at, 100));
    local_reader_take(&reader, &taken);
    cr_expect(!local_reader_frame(&reader, &message));
    cr_assert(feed(&at, 100));
    cr_assert(local_reader_frame(&reader, &message));
    cr_expect(span_is(message, "next"));
    cr_expect(
        span_is(span_part(buf_span(&taken), LOCAL_HEAD_SIZE, 100), "keep me"));
    buf_done(&taken);
}
