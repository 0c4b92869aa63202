/* SPDX-License-Identifier: Apache-2.0 */
/* A stream gives the same messages in whatever pieces it arrives, and what was
 * read is written as the same bytes. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/rng.h"
#include "base/span.h"
#include "net/sp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take(struct sp_reader *reader, uint32_t number, struct buf *to)
{
    struct buf message;
    size_t place = sp_message_begin(to);

    sp_reader_take(reader, &message);
    CHECK(message.size > SP_HEAD_SIZE);
    CHECK(message.size <= SP_HEAD_SIZE + MESSAGE_SIZE_MAX);
    buf_put_data(to, message.data + SP_HEAD_SIZE, message.size - SP_HEAD_SIZE);
    CHECK(sp_message_end(to, place, number) == ERR_OK);
    buf_done(&message);
}

/* Read all messages, in pieces of at most `most` bytes, and write them again,
 * without the greeting. */
static void copy_stream(struct span stream, uint64_t most, struct buf *to)
{
    struct sp_reader reader;
    struct rng rng;
    enum err err = ERR_OK;
    uint32_t number;

    rng_init(&rng, most);
    sp_reader_init(&reader);
    while (err == ERR_OK && stream.size > 0) {
        size_t room_size;
        uint8_t *room = sp_reader_room(&reader, &room_size);

        CHECK(room != NULL && room_size > 0);

        size_t size = 1 + (size_t)rng_below(&rng, most);

        size = size > room_size ? room_size : size;
        size = size > stream.size ? stream.size : size;
        memcpy(room, stream.data, size);
        stream = span_part(stream, size, stream.size);
        err = sp_reader_filled(&reader, size);
        if (err == ERR_OK && sp_reader_has_message(&reader, &number)) {
            take(&reader, number, to);
        }
    }
    sp_reader_done(&reader);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf whole;
    struct buf pieces;

    buf_init(&whole, 1 << 24);
    buf_init(&pieces, 1 << 24);
    copy_stream(span_of(data, size), MESSAGE_SIZE_MAX, &whole);
    copy_stream(span_of(data, size), 3, &pieces);
    CHECK(span_equal(buf_span(&whole), buf_span(&pieces)));
    CHECK(whole.size == 0 || whole.size + SP_GREETING_SIZE <= size);
    CHECK(
        span_equal(buf_span(&whole), span_part(span_of(data, size),
                                               SP_GREETING_SIZE, whole.size)));
    buf_done(&pieces);
    buf_done(&whole);
    return 0;
}
