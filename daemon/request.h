/* SPDX-License-Identifier: Apache-2.0 */
/* The requests that others have asked and that are not answered yet, from the
 * network and from the local socket alike. A request is named by a number that
 * is never used twice; the core and the pool's jobs hold that number or the
 * pointer. Loop thread only, except request->ops->finish().
 *
 * ASKED -> answered [request_answer, request_send], ASKED -> hung up
 * [request_hang_up] -> gone [when the last job let go].
 * Bounded: REQUESTS_MAX, which is more than all of the network's contexts and
 * the local socket's slots (control.h); were it full, the network's request
 * would be met with silence and the local caller hung up on. */
#ifndef HF_DAEMON_REQUEST_H
#define HF_DAEMON_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "core/event.h"
#include "wire/arena.h"
#include "wire/message.h"

#define REQUESTS_MAX 2048
#define REQUEST_ARENA_SIZE (512 * 1024) /* bytes, of each */

struct request;
struct requests;

struct request_ops {
    /* Loop: get ready to answer with at most this many bytes. ERR_CLOSED when
     * there is nobody to answer any more. */
    enum err (*begin)(struct request *request, size_t size);
    /* Any thread: the answer's bytes are there (taken). */
    enum err (*finish)(struct request *request, struct buf *message);
    /* Loop: let it go out. */
    void (*send)(struct request *request);
    /* Loop: the request's bytes are no longer looked at; free them. May be
     * NULL. */
    void (*shed)(struct request *request);
    /* Loop: no answer; free what carries the request. Always the last call. */
    void (*drop)(struct request *request);
};

struct request {
    uint64_t id;
    struct caller caller;
    struct arena arena;     /* owned; arrays of the message */
    struct message message; /* borrows from arena and carrier; when it was
                               shed only its kind is left */
    void *carrier;          /* the transport's; freed by ops->drop */
    const struct request_ops *ops;
    uint8_t *lacks; /* owned; the answer to a DEPOSIT's offer */
    size_t lacks_count;
    bool is_busy;    /* a job looks at it */
    bool is_hung_up; /* nobody waits for it */
    struct requests *table;
};

MUST_USE enum err requests_new(struct requests **ret_requests);
/* No request may be left. */
void requests_free(struct requests *requests);
size_t requests_count(const struct requests *requests);

/* A new request with an empty arena. ERR_BUSY when the table is full,
 * ERR_NO_MEMORY. */
MUST_USE enum err request_new(struct requests *requests,
                              const struct request_ops *ops, void *carrier,
                              struct request **ret_request);
/* NULL when it is gone. */
struct request *request_find(struct requests *requests, uint64_t id);
/* The one at a place, 0 to REQUESTS_MAX - 1, or NULL: for walking. */
struct request *requests_at(struct requests *requests, size_t place);

/* Answer at once on the loop, and free the request. */
void request_answer(struct request *request, const struct message *message);
void request_refuse(struct request *request, enum err err, const char *name,
                    const char *text);
/* Its bytes are no request that this release knows (ERR_UNSUPPORTED, which says
 * what release that is), or none at all. */
void request_refuse_bytes(struct request *request, enum err err,
                          const char *text);
/* Bytes that a job finished: send them, or drop the request, and free it. */
void request_send(struct request *request, enum err err);
/* All that its message said was taken over: free its bytes while it waits for
 * its answer. Only when no job looks at it. */
void request_shed(struct request *request);
/* Its asker is gone. Freed now, or when its job is done. */
void request_hang_up(struct request *request);
/* No answer: silence. Frees. */
void request_drop(struct request *request);

#endif
