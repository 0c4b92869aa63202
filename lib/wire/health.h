/* SPDX-License-Identifier: Apache-2.0 */
/* What a status and a list say of the state of the evidence (proto/README.md,
 * Requests): the parts of wire/message.h that health needs. All of it borrows,
 * as messages do. Times that end in _s are POSIX seconds, ages are seconds. */
#ifndef HF_WIRE_HEALTH_H
#define HF_WIRE_HEALTH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"

/* In the order of enum item_state: protected, spreading, short, last-copy,
 * lost, unproven. */
#define HEALTH_STATES 6
#define STATUS_PROBLEMS_MAX 32
#define STATUS_DAYS_MAX 366
#define LIST_REASONS_MAX 4   /* of one item */
#define LIST_DETAILS_MAX 256 /* entries of a list with states */

/* Of one peer, beside what struct status_peer says. */
struct status_proofs {
    uint64_t seen_s;     /* last session with it or statement of it; 0: never */
    uint64_t scrubbed_s; /* as it states; 0: never */
    uint64_t asked;      /* our challenges of the last 30 days, and of them */
    uint64_t good;
    uint64_t bad;
    uint64_t silent;
    uint64_t last_good_s; /* 0: none */
};

/* What somebody may have to do something about. */
struct status_problem {
    struct span code; /* LAST-COPY, PEER-SILENT ...: holdfast explain CODE */
    bool critical;
    uint64_t count; /* items, or 0 */
    uint64_t since; /* seconds ago */
    struct span subject;
    struct span text;    /* what is so, one sentence */
    struct span doing;   /* what the software does about it, or empty */
    struct span do_next; /* what a person does, or empty */
    uint64_t eta;        /* seconds; 0: not known */
};

/* If all nodes of one country were lost tonight: items by how many members
 * would still hold a good copy. */
struct status_loss {
    struct span country;
    uint64_t none_left;
    uint64_t one_left;
    uint64_t more_left;
};

struct status_day {
    uint64_t day; /* days since 1970, UTC */
    uint32_t states[HEALTH_STATES];
};

struct status_health {
    uint32_t states[HEALTH_STATES]; /* they add up to all items */
    uint64_t view_age;              /* since these figures were computed */
    uint64_t short_oldest; /* for so long the oldest item is short, last-copy
                              or lost; 0: none is */
    uint64_t proof_age;    /* the rule: re-read within so many seconds */
    const struct status_problem *problems; /* the worst first */
    size_t problems_count;
    const struct status_loss *losses; /* sorted by country */
    size_t losses_count;
    const struct status_day *days; /* the oldest first */
    size_t days_count;
    /* This node's own store. */
    uint64_t scrubbed_s;  /* all that is held was read again since; 0: never */
    uint64_t scrub_bad;   /* blocks found bad, */
    uint64_t repaired;    /* replaced, */
    uint64_t quarantined; /* and set aside now */
    uint64_t scrub_done;  /* permille of the round that is on */
    bool scrub_paused;
};

/* Why an item has not all of its copies. */
enum list_reason_code {
    REASON_BAD = 1,       /* that node's copy failed a check */
    REASON_SILENT = 2,    /* no statement of it that is young enough */
    REASON_TO_FETCH = 3,  /* placed there, not claimed yet */
    REASON_UNPROVEN = 4,  /* claimed, not asked often enough or not answered */
    REASON_NOT_REREAD = 5 /* claimed, not re-read within the rule's time */
};

struct list_reason {
    enum list_reason_code code;
    uint32_t node;  /* which of the reply's nodes */
    uint64_t since; /* seconds ago; 0: not known */
};

/* Only when the request asks for states. */
struct list_state {
    uint32_t state;  /* enum item_state */
    uint64_t since;  /* seconds ago */
    uint32_t proven; /* bit i: the reply's member i has a proven copy, */
    uint32_t open;   /* or only claims one */
    const struct list_reason *reasons;
    size_t reasons_count; /* <= LIST_REASONS_MAX */
};

#endif
