/* SPDX-License-Identifier: Apache-2.0 */
/* A stream gives the same frames in whatever pieces it arrives, and what was
 * read is written as the same bytes. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/rng.h"
#include "wire/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Read all frames, in pieces of at most `most` bytes, and write them again. */
static void copy_stream(struct span stream, uint64_t most, struct buf *to)
{
    struct local_reader reader;
    struct rng rng;
    struct span message;
    enum err err = ERR_OK;

    rng_init(&rng, most);
    local_reader_init(&reader);
    while (err == ERR_OK && stream.size > 0) {
        size_t room_size;
        uint8_t *room = local_reader_room(&reader, &room_size);

        CHECK(room != NULL && room_size > 0);

        size_t size = 1 + (size_t)rng_below(&rng, most);

        size = size > room_size ? room_size : size;
        size = size > stream.size ? stream.size : size;
        memcpy(room, stream.data, size);
        stream = span_part(stream, size, stream.size);
        err = local_reader_filled(&reader, size);
        if (err == ERR_OK && local_reader_frame(&reader, &message)) {
            size_t place = local_frame_begin(to);

            CHECK(message.size > 0 && message.size <= MESSAGE_SIZE_MAX);
            buf_put(to, message);
            CHECK(local_frame_end(to, place) == ERR_OK);
            local_reader_next(&reader);
        }
    }
    local_reader_done(&reader);
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
    CHECK(whole.size <= size);
    CHECK(span_equal(buf_span(&whole),
                     span_part(span_of(data, size), 0, whole.size)));
    buf_done(&pieces);
    buf_done(&whole);
    return 0;
}
