/* SPDX-License-Identifier: Apache-2.0 */
/* The local socket: a Unix stream socket on the loop, frames as in
 * wire/frame.h, answers in the order of the requests. The kernel says which
 * user calls (access.h); nobody else gets more than a refusal. Loop thread.
 *
 * Bounds: CONTROL_CONNECTIONS_MAX, more are hung up on at once;
 * CONTROL_REQUESTS_MAX requests of one connection in hand, then it is not read
 * from until one is answered and its answer was taken. */
#ifndef HF_DAEMON_CONTROL_H
#define HF_DAEMON_CONTROL_H

#include <uv.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "request.h"

#define CONTROL_CONNECTIONS_MAX 32
#define CONTROL_REQUESTS_MAX 28

struct control;

struct control_options {
    uv_loop_t *loop;           /* borrowed */
    const char *path;          /* borrowed */
    const char *group;         /* borrowed; "" = none */
    struct requests *requests; /* borrowed */
    /* A decoded request; whoever gets it ends it. */
    void (*asked)(void *ctx, struct request *request);
    /* The caller of this request hung up; it may be freed after this. */
    void (*hung_up)(void *ctx, struct request *request);
    void *ctx;
};

/* Make the socket, mode 0660. Call it only when the data directory is locked:
 * a socket that lies there is left over, and is replaced. ERR_IO. */
MUST_USE enum err control_new(const struct control_options *options,
                              struct control **ret_control,
                              struct why *ret_why);
/* Take no new connections and read no more; what is in hand is answered. */
void control_stop(struct control *control);
/* Hang up on all; run the loop until control_is_gone(), then free. */
void control_close(struct control *control);
bool control_is_gone(const struct control *control);
/* Is every answer written? */
bool control_is_idle(const struct control *control);
void control_free(struct control *control);

#endif
