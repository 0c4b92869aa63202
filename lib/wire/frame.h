/* SPDX-License-Identifier: Apache-2.0 */
/* Frames of the local socket: a 4-byte length of the rest, then one message.
 * Takes whatever arrives in whatever pieces, up to MESSAGE_SIZE_MAX a frame.
 * Pure; one owner. */
#ifndef HF_WIRE_FRAME_H
#define HF_WIRE_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

#define LOCAL_HEAD_SIZE 4

/* Start a frame in `to`: room for the length. Gives its place. */
size_t local_frame_begin(struct buf *to);
/* Write the length of what was appended since. ERR_TOO_BIG, or buf's error. */
MUST_USE enum err local_frame_end(struct buf *to, size_t place);

struct local_reader {
    struct buf bytes; /* owned; the frame being collected */
};

void local_reader_init(struct local_reader *reader);
void local_reader_done(struct local_reader *reader);
/* Room for at least one more byte to read into, and how much; NULL when out of
 * memory. Never more than the frame at hand still needs. */
uint8_t *local_reader_room(struct local_reader *reader, size_t *ret_size);
/* `size` bytes were read there. ERR_TOO_BIG or ERR_MALFORMED: hang up. */
MUST_USE enum err local_reader_filled(struct local_reader *reader, size_t size);
/* A whole frame's message, borrowed, or false when it is not yet here. */
bool local_reader_frame(const struct local_reader *reader,
                        struct span *ret_message);
/* Done with that frame: begin the next. */
void local_reader_next(struct local_reader *reader);
/* Take the frame's memory away (for another thread); begin the next. The
 * message stands behind LOCAL_HEAD_SIZE bytes. */
void local_reader_take(struct local_reader *reader, struct buf *ret_frame);

#endif
