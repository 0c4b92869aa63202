/* SPDX-License-Identifier: Apache-2.0 */
/* The order to read everything again, and what was found (proto/README.md,
 * Requests, 18 and 19): parts of wire/message.h. All of it borrows, as messages
 * do. */
#ifndef HF_WIRE_SCRUB_H
#define HF_WIRE_SCRUB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define EVENTS_PER_REPLY_MAX 24
#define EVENT_TEXT_SIZE_MAX 2048 /* INCIDENT_SIZE_MAX */

/* Read everything again, now. */
struct msg_scrub {
    bool go_on; /* end a pause first: MASS-LOSS */
    bool wait;  /* answer when the pass is over, or paused */
};

struct msg_scrub_reply {
    bool ended;           /* a pass that was begun after the order is over */
    bool paused;          /* too much is bad: see MASS-LOSS */
    uint64_t bad;         /* found by that pass; of all: by those before too */
    uint64_t repaired;    /* of all */
    uint64_t quarantined; /* not repaired yet */
};

struct msg_events {
    uint64_t from; /* number of the first one wanted */
};

struct msg_events_reply {
    uint64_t count;           /* of all that are kept */
    const struct span *texts; /* from the asked one on (model/incident.h) */
    size_t texts_count;       /* <= EVENTS_PER_REPLY_MAX */
};

#endif
