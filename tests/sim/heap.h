/* SPDX-License-Identifier: Apache-2.0 */
/* What will happen, in order of time; at the same time in order of entry, so
 * that equal seeds give equal runs. */
#ifndef HF_SIM_HEAP_H
#define HF_SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum happening {
    HAPPEN_TICK,      /* node's deadline */
    HAPPEN_CONNECT,   /* node's session with peer comes up */
    HAPPEN_LOST,      /* and is noticed to be gone */
    HAPPEN_REQUEST,   /* number arrives at peer */
    HAPPEN_REPLY,     /* number's answer arrives at node */
    HAPPEN_TIMEOUT,   /* number */
    HAPPEN_PERSISTED, /* token */
    HAPPEN_SIGNED,    /* token */
    HAPPEN_LOADED,    /* token */
    HAPPEN_DEPOSIT,   /* a client deposits at node */
    HAPPEN_CRASH,     /* node */
    HAPPEN_START,     /* node */
    HAPPEN_CUT,       /* node and peer */
    HAPPEN_HEAL,      /* all is well from now on */
    HAPPEN_BACKUP,    /* node's directory is copied */
    HAPPEN_RESTORE,   /* and put back */
    HAPPEN_HOLLOW,    /* node's blocks are deleted */
    HAPPEN_WIPE,      /* node loses its disk */
    HAPPEN_ROSTER     /* a new roster is read at node */
};

struct occasion {
    uint64_t at_ms;
    uint64_t order;
    enum happening what;
    uint32_t node;
    uint32_t peer;
    uint64_t epoch; /* of node: stale after a crash */
    uint64_t number;
};

struct heap {
    struct occasion *items; /* owned */
    size_t count;
    size_t room;
    uint64_t order;
};

void heap_put(struct heap *heap, const struct occasion *occasion);
bool heap_take(struct heap *heap, struct occasion *ret);
void heap_done(struct heap *heap);

#endif
