/* SPDX-License-Identifier: Apache-2.0 */
/* Messages to bytes: kind (1), protobuf length (4), protobuf, raw bytes
 * (proto/README.md, Requests). Pure. */
#ifndef HF_WIRE_ENCODE_H
#define HF_WIRE_ENCODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "wire/message.h"

/* Append the message to `to`. ERR_TOO_BIG when it does not fit into `to`, its
 * protobuf part is above PROTOBUF_SIZE_MAX, or a field of it is longer or more
 * often there than its reader accepts (wire/schema.h); ERR_NO_MEMORY;
 * ERR_UNSUPPORTED for a reserved kind. On an error `to` holds what it held
 * before, and the error sticks in it. */
MUST_USE enum err message_encode(const struct message *message, struct buf *to);

/* The bytes in front of the blocks of a GET_BLOCKS answer, for whoever reads
 * the blocks straight to their place: the size is known from the count alone.
 * A size of 0 means: not held, or no room. */
size_t blocks_reply_head_size(size_t count);
/* Write them to `at`, blocks_reply_head_size(count) bytes. */
void blocks_reply_head(uint8_t *at, const uint32_t *sizes, size_t count);

/* Append a refusal: an error, a stable code as in the manual, a sentence. */
MUST_USE enum err refusal_encode(enum err code, const char *name,
                                 const char *text, struct buf *to);

#endif
