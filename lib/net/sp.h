/* SPDX-License-Identifier: Apache-2.0 */
/* What NNG puts around our frames on a TCP connection, for a program that asks
 * one node over a socket of its own and needs no threads for it (the SP
 * protocols' mapping to TCP; proto/README.md, Sessions). Both sides greet with
 * 8 bytes; then messages follow:
 *
 *     length of the rest (8) | number of the request (4) | frame
 *
 * An answer carries the number of its request, whose highest bit is set. The
 * asker's side only. Takes whatever arrives in whatever pieces; a frame has at
 * most MESSAGE_SIZE_MAX bytes. Pure; one owner. */
#ifndef HF_NET_SP_H
#define HF_NET_SP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"

#define SP_GREETING_SIZE 8
#define SP_HEAD_SIZE 12 /* length, number */
#define SP_NUMBER_BIT (1U << 31)

/* Append the greeting of somebody who asks. */
void sp_greeting_put(struct buf *to);
/* Start a message in `to`: room for its head. Gives its place. */
size_t sp_message_begin(struct buf *to);
/* Write the head, now that the frame was appended. The number has its bit.
 * ERR_TOO_BIG, or buf's error. */
MUST_USE enum err sp_message_end(struct buf *to, size_t place, uint32_t number);

struct sp_reader {
    bool has_greeting;
    struct buf bytes; /* owned; what is being collected */
};

void sp_reader_init(struct sp_reader *reader);
void sp_reader_done(struct sp_reader *reader);
/* Room for at least one more byte to read into, and how much; NULL when out of
 * memory. Never more than the greeting or message at hand still needs. */
uint8_t *sp_reader_room(struct sp_reader *reader, size_t *ret_size);
/* `size` bytes were read there. ERR_TOO_BIG or ERR_MALFORMED (nobody who
 * answers requests, or no request of ours): hang up. */
MUST_USE enum err sp_reader_filled(struct sp_reader *reader, size_t size);
/* Is a whole message there? */
bool sp_reader_has_message(const struct sp_reader *reader,
                           uint32_t *ret_number);
/* Take the message's memory away; begin the next. The frame stands behind
 * SP_HEAD_SIZE bytes. */
void sp_reader_take(struct sp_reader *reader, struct buf *ret_message);

#endif
