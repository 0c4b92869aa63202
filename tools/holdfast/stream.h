/* SPDX-License-Identifier: Apache-2.0 */
/* A stream socket that neither blocks nor waits for ever: bytes to be written
 * go out while what comes in is read. What the bytes mean is the owner's, who
 * gives the room for them and hears when it is filled. One thread; waits look
 * for interrupts (interrupt.h). Times are monotonic milliseconds. */
#ifndef HF_TOOLS_STREAM_H
#define HF_TOOLS_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct stream_owner {
    /* Room for at least one more byte to read into, and how much; NULL when out
     * of memory. */
    uint8_t *(*room)(void *ctx, size_t *ret_size);
    /* So many bytes were read there. */
    enum err (*filled)(void *ctx, size_t size, struct why *ret_why);
    void *ctx;
};

struct stream {
    int fd; /* owned; -1: not open */
    uint64_t timeout_ms;
    struct stream_owner owner;
    struct buf out; /* owned; what is being sent */
    size_t out_sent;
    bool ended; /* the other side has closed */
};

/* Not open yet. At most out_max bytes wait to be written. */
void stream_init(struct stream *stream, const struct stream_owner *owner,
                 size_t out_max, uint64_t timeout_ms);
void stream_done(struct stream *stream);
/* Take this socket; an old one is closed, and what was to be sent on it is
 * forgotten. */
void stream_open(struct stream *stream, int fd);
void stream_close(struct stream *stream);

/* Read what the socket has, without waiting. The errors of owner.filled(), and
 * ERR_NO_MEMORY. */
MUST_USE enum err stream_take(struct stream *stream, bool *ret_moved,
                              struct why *ret_why);
/* One round: wait until bytes can move, then move them. *silent_since is when
 * the last byte moved; begin with now_ms(). ERR_CANCELLED, ERR_TIMEOUT,
 * ERR_CLOSED, ERR_IO, and the errors of stream_take(). */
MUST_USE enum err stream_move(struct stream *stream, uint64_t *silent_since,
                              struct why *ret_why);
/* Rounds until all of `out` has gone. As stream_move(). */
MUST_USE enum err stream_flush(struct stream *stream, struct why *ret_why);

#endif
