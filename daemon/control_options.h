/* SPDX-License-Identifier: Apache-2.0 */
/* What the local socket is made from, and what it may use.
 *
 * Bounds: CONTROL_CONNECTIONS_MAX, more are hung up on at once;
 * CONTROL_REQUESTS_MAX requests of one connection in hand, then it is not read
 * from until one is answered and its answer was taken. All connections share
 * CONTROL_BYTES_MAX for requests that are looked at and answers that are not
 * taken yet; when it is used up, only a connection that has nothing in hand is
 * read from, so that nobody shuts the others out. What was begun is finished:
 * the worst case is one more request and answer a connection. */
#ifndef HF_DAEMON_CONTROL_OPTIONS_H
#define HF_DAEMON_CONTROL_OPTIONS_H

#include <uv.h>

#include "base/limits.h"
#include "request.h"

#define CONTROL_CONNECTIONS_MAX 32
#define CONTROL_REQUESTS_MAX 32
#define CONTROL_BYTES_MAX (64U << 20)

/* The network's contexts (driver.c) have their places too. */
_Static_assert(CONTROL_CONNECTIONS_MAX *CONTROL_REQUESTS_MAX +
                       3 * NODE_COUNT_MAX + 16 +
                       CLIENTS_CONNECTED_MAX * (CLIENT_REQUESTS_MAX + 1) <=
                   REQUESTS_MAX,
               "every request has a place in the table");

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

#endif
