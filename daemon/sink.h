/* SPDX-License-Identifier: Apache-2.0 */
/* How the parts of the daemon tell the driver something without knowing it.
 * Loop thread only. */
#ifndef HF_DAEMON_SINK_H
#define HF_DAEMON_SINK_H

#include "base/err.h"
#include "core/event.h"

/* Pool lanes. Appending to the open group is one lane; committing and signing
 * is another, so that the next group fills while one is made durable. Names of
 * peers are resolved in a lane of their own: when the resolver is silent, it
 * takes one worker from the others and no more. */
enum {
    LANE_APPEND = 0,
    LANE_COMMIT = 1,
    LANE_RESOLVE = 2
};

struct sink {
    void *ctx;
    /* Step the core with this event; times are filled in by the driver. What
     * the event borrows must live until it returns. */
    void (*event)(void *ctx, struct event *event);
    /* The store failed: no more is written or signed, no event reaches the core
     * any more, and the process ends with exit 75. May be called again. */
    void (*fatal)(void *ctx, enum err err, const char *text);
};

#endif
