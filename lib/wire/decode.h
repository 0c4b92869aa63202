/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to messages: pre-scan, unpack into an arena of fixed size, then check
 * every size against the raw bytes; nothing may be left over. Pure. */
#ifndef HF_WIRE_DECODE_H
#define HF_WIRE_DECODE_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "wire/arena.h"
#include "wire/message.h"

/* A request. ret_message borrows from `bytes` and from the arena.
 * ERR_UNSUPPORTED: a kind that this release does not speak (answer it with a
 * refusal); ERR_MALFORMED; ERR_NO_MEMORY: the arena is full. */
MUST_USE enum err message_decode_request(struct span bytes, struct arena *arena,
                                         struct message *ret_message,
                                         struct why *ret_why);
/* The answer to a request of this kind, or MESSAGE_REFUSAL. */
MUST_USE enum err message_decode_reply(struct span bytes,
                                       enum message_kind kind,
                                       struct arena *arena,
                                       struct message *ret_message,
                                       struct why *ret_why);

#endif
