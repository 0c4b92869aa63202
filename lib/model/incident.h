/* SPDX-License-Identifier: Apache-2.0 */
/* One line of the book that a node keeps about its own disk: what was found
 * wrong, of which item and why, and when it was whole again. A text, so that it
 * can be read in 20 years; plain values. Pure functions. Format:
 * proto/README.md, Incidents. */
#ifndef HF_MODEL_INCIDENT_H
#define HF_MODEL_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/bad_block.h"
#include "model/id.h"

#define INCIDENT_SIZE_MAX 2048   /* bytes of the text */
#define INCIDENT_REMARK_SIZE 400 /* with NUL */

enum incident_kind {
    INCIDENT_BAD = 1,  /* set aside: not there until it is repaired */
    INCIDENT_REPAIRED, /* a good one is durable */
    INCIDENT_BACK,     /* the same bytes read well again */
    INCIDENT_DAMAGE,   /* something that no block stands for; see remark */
    INCIDENT_PAUSED,   /* too much at once: nothing is read or fetched */
    INCIDENT_RESUMED   /* the operator's order */
};

struct incident {
    enum incident_kind kind;
    uint64_t time; /* the node's clock, POSIX seconds */
    bool has_block;
    bool header; /* it is a header object */
    struct block_id block;
    bool has_cause;
    enum bad_cause cause; /* BAD_BYTES, BAD_READ or BAD_GONE */
    uint64_t items;       /* that use it and were counted as held */
    bool has_item;        /* the first of them */
    struct payload_root root;
    struct origin origin;
    uint64_t index;
    char remark[INCIDENT_REMARK_SIZE]; /* or empty */
};

/* "bad", "repaired" ...; "bytes", "read", "gone". */
const char *incident_kind_text(enum incident_kind kind);
const char *incident_cause_text(enum bad_cause cause);

/* ERR_MALFORMED, ERR_UNREADABLE (another version), ERR_NO_MEMORY. */
MUST_USE enum err incident_parse(struct span text,
                                 struct incident *ret_incident,
                                 struct why *why);
void incident_format(struct buf *buf, const struct incident *incident);

#endif
