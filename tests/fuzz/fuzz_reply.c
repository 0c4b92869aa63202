/* SPDX-License-Identifier: Apache-2.0 */
/* Any bytes are refused or are an answer that is written again: the second time
 * in the shortest form, which reads as the same and never grows. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "wire/decode.h"
#include "wire/encode.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static enum err decode(struct span bytes, struct arena *arena,
                       struct message *ret_message)
{
    enum message_kind kind =
        bytes.size > 0 ? (enum message_kind)bytes.data[0] : MESSAGE_REFUSAL;

    return message_decode_reply(bytes, kind, arena, ret_message, NULL);
}

static void write_it(struct span bytes, struct buf *to)
{
    struct arena arena;
    struct message message;

    CHECK(arena_init(&arena, ARENA_SIZE_MAX) == ERR_OK);

    enum err err = decode(bytes, &arena, &message);

    CHECK(err != ERR_NO_MEMORY);
    if (err == ERR_OK) {
        CHECK(message_encode(&message, to) == ERR_OK);
        CHECK(to->size <= bytes.size);
    }
    arena_done(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf first;
    struct buf second;

    buf_init(&first, MESSAGE_SIZE_MAX);
    buf_init(&second, MESSAGE_SIZE_MAX);
    if (size <= MESSAGE_SIZE_MAX) {
        write_it(span_of(data, size), &first);
    }
    if (first.size > 0) {
        write_it(buf_span(&first), &second);
        CHECK(span_equal(buf_span(&first), buf_span(&second)));
    }
    buf_done(&second);
    buf_done(&first);
    return 0;
}
