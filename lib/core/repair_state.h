/* SPDX-License-Identifier: Apache-2.0 */
/* The part of core/state.h that core/repair.h needs. Loop thread. */
#ifndef HF_CORE_REPAIR_STATE_H
#define HF_CORE_REPAIR_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/bad_block.h"

#define REPAIRS_MAX 65536
#define SCRUB_WAITS_MAX 8
#define SCRUB_AT_SIZE_MAX 64

/* A block that is set aside, until its item is whole again. */
struct repair_entry {
    struct block_id name;
    bool header;
    enum bad_cause cause;
    struct payload_root root;
    uint32_t ledger; /* number */
    uint64_t index;
};

struct repair {
    struct repair_entry *open; /* owned */
    size_t count;
    size_t room;
    bool look;    /* an item became whole since */
    uint64_t seq; /* what was found is durable with this batch */
    /* Kept. */
    uint64_t incidents; /* number of the next one */
    uint64_t began;     /* the pass under way, POSIX seconds; 0: none */
    uint64_t scrubbed;  /* the newest whole one began then; 0: none yet */
    uint64_t bad;       /* blocks found bad, */
    uint64_t repaired;  /* and whole again, ever */
    uint64_t pass_bad;  /* in this pass */
    bool hurried;       /* it was ordered */
    bool paused;
    bool damaged; /* something that no block stands for */
    uint8_t at[SCRUB_AT_SIZE_MAX];
    size_t at_size;
    /* Not kept. */
    uint64_t over;     /* a pass that began then is over, */
    uint64_t over_seq; /* durable with this batch */
    uint64_t over_bad;
    uint64_t permille;
    bool ordered;                    /* begin anew, as fast as may be */
    uint64_t waits[SCRUB_WAITS_MAX]; /* requests */
    size_t waits_count;
};

#endif
