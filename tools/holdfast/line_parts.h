/* SPDX-License-Identifier: Apache-2.0 */
/* What a line is made of, for line.c and the carriers (local.c, remote.c)
 * alone. A carrier embeds a struct line as its first member; it turns requests
 * into bytes of the stream, and tells of replies by line_arrived(). */
#ifndef HF_TOOLS_LINE_PARTS_H
#define HF_TOOLS_LINE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "tools/holdfast/line_types.h"
#include "tools/holdfast/stream.h"
#include "wire/arena.h"
#include "wire/message.h"

struct line;

struct line_ops {
    /* Make the line good for a request when nothing is under way and the other
     * side has closed. NULL: it is not made anew. */
    enum err (*renew)(struct line *line, struct why *ret_why);
    /* Append the request's bytes to line->stream.out. Its reply is to arrive at
     * this place. */
    enum err (*pack)(struct line *line, size_t place,
                     const struct message *request, struct why *ret_why);
    /* Free all that is the carrier's, the line included. */
    void (*free)(struct line *line);
};

struct line_reply {
    enum message_kind kind; /* of the request */
    bool has_arrived;
    struct buf frame;    /* owned while arrived */
    struct span message; /* in the frame */
};

struct line {
    const struct line_ops *ops;
    struct stream stream;
    size_t depth;
    bool is_ordered;
    /* A ring: the requests whose reply was not taken yet, the oldest at
     * `first`. */
    struct line_reply replies[LINE_IN_FLIGHT_MAX];
    size_t first;
    size_t asked_count;
    struct buf current; /* the frame that the last reply borrows from */
    struct arena arena;
};

/* With no request under way. ERR_NO_MEMORY; then line_done() is fine too. */
MUST_USE enum err line_init(struct line *line, const struct line_ops *ops,
                            const struct stream_owner *owner, size_t depth,
                            bool is_ordered, size_t out_max,
                            uint64_t timeout_ms);
/* Free what is in it. */
void line_done(struct line *line);
/* The reply to the request at this place came; takes the frame. ERR_MALFORMED
 * when nothing was asked there, or it was answered before; the frame is freed
 * then too. */
MUST_USE enum err line_arrived(struct line *line, size_t place,
                               struct buf *frame, struct span message,
                               struct why *ret_why);

#endif
