/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of core/state.h that the states of items need. Loop thread. */
#ifndef HF_CORE_HEALTH_STATE_H
#define HF_CORE_HEALTH_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "core/event.h"
#include "model/health.h"
#include "wire/health.h"

/* Leaves from `from` on, up to the next mark, were first seen then. */
struct seen_mark {
    uint64_t from;
    uint64_t time_s;   /* POSIX, */
    uint64_t since_ms; /* and our own time: of the mark, or of the start */
};

#define SEEN_MARKS_MAX 56

/* Of one ledger (core/seen.h). */
struct seen {
    struct seen_mark marks[SEEN_MARKS_MAX];
    size_t count;
    bool unsaved;
};

#define JUDGED_PLANES 3

/* The state of each item of one ledger when it was last looked at, and since
 * when (core/judged.h). */
struct judged {
    uint64_t *planes; /* owned; word w: its three planes at 3 w */
    size_t words;
    uint32_t **since; /* owned; POSIX seconds of SINCE_LEAVES leaves each; NULL:
                         all of them were always protected */
    size_t chunks;
};

struct country_loss {
    char country[3];
    uint64_t none_left;
    uint64_t one_left;
    uint64_t more_left;
};

/* Of all ledgers together (core/health.h). */
struct health {
    bool looked;
    uint64_t looked_ms;
    uint32_t states[ITEM_STATE_COUNT];
    uint64_t oldest_s; /* POSIX; of what is short, last-copy or lost; 0: none */
    uint64_t since_s[ITEM_STATE_COUNT]; /* the oldest of each; 0: none */
    uint64_t behind[NODE_COUNT_MAX];    /* by slot: placed there, not claimed */
    struct country_loss losses[NODE_COUNT_MAX]; /* sorted */
    size_t losses_count;
};

/* The newest days, the oldest first (core/days.h). */
struct days {
    size_t count;
    struct status_day of[STATUS_DAYS_MAX];
    bool unsaved; /* the last one changed since */
    uint64_t saved_ms;
};

/* A question for the states of items by the first bits of their roots. */
#define FINDS_MAX 8
#define FIND_ITEMS_MAX 64

struct find {
    uint64_t token; /* of the load; 0: free */
    uint64_t request;
    uint32_t states;
    struct want next; /* WANT_ITEM: where to go on */
    size_t max;
    size_t count;
    struct {
        uint32_t ledger;
        uint64_t index;
    } found[FIND_ITEMS_MAX];
};

#endif
