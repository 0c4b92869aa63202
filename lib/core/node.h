/* SPDX-License-Identifier: Apache-2.0 */
/* The core of a node: a state machine without I/O, clock, thread or randomness
 * of its own. node_step() takes an event and gives effects; it never blocks
 * and cannot fail. Equal options and equal events give equal effects. Its only
 * two callers are the daemon's driver and the simulator; both keep it on one
 * thread.
 *
 * Bounds: peers NODE_COUNT_MAX, ledgers LEDGER_COUNT_MAX, wants WANT_COUNT_MAX
 * (when full, no further items are looked at until some arrived), deposits in
 * hand DEPOSITS_PENDING_MAX (when full, a deposit is refused with "try again
 * later"), parked Syncs one a caller (a second one answers the first at once).
 * Held bitmaps grow with the ledgers: one bit an item. */
#ifndef HF_CORE_NODE_H
#define HF_CORE_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "core/effect.h"
#include "core/event.h"
#include "model/id.h"
#include "model/source.h"

struct node;
struct roster_chain;

struct node_options {
    struct label label;         /* this node's, on the roster */
    struct roster_chain *chain; /* taken: freed with the node */
    uint64_t seed;              /* of jitter and of nothing else */
    uint64_t instance;          /* random, new for each start; not 0 */
    uint8_t ledger_id_seed[32]; /* random, new for each start: the core makes
                                    ledger ids from it, its own node's label,
                                    a count and the machine id below; and
                                    what it challenges others with */
    struct span machine_id;     /* may be empty; copied */
    uint64_t now_ms;
    uint64_t clock_s;
    struct span release;  /* copied */
    uint64_t group_bytes; /* close a group at this size; 0 = 64 MiB */
    /* From the mark: the newest checkpoint we signed a mark for. */
    bool has_mark;
    struct origin mark_origin;
    uint64_t mark_size;
    struct digest mark_root;
    struct digest mark_cosigned; /* zeros: nothing cosigned yet */
    uint64_t mark_statement;     /* number of the newest statement; 0: none */
    bool moved; /* the mark's place differs: open a new ledger */
#ifdef HF_SIM_FAULTS
    unsigned faults; /* tests/sim only: core/faults.h */
#endif
};

/* ERR_NOT_A_MEMBER when the label is not on the roster, ERR_NO_MEMORY. */
MUST_USE enum err node_new(const struct node_options *options,
                           struct node **ret_node, struct why *ret_why);
void node_free(struct node *node);

/* Before the first step: what the store holds. node_load_ledger reads the
 * frontier, newest checkpoint and held bitmap through `source` (blocking). */
MUST_USE enum err node_load_ledger(struct node *node, uint32_t number,
                                   struct span origin, uint64_t size,
                                   const struct source *source,
                                   struct why *ret_why);
/* A pending deposit, as BATCH_PENDING stores it. */
MUST_USE enum err node_load_pending(struct node *node, struct span value,
                                    struct why *ret_why);

/* After all ledgers: the signed texts that the store holds. One that cannot be
 * read is asked for again. */
void node_load_notes(struct node *node, const struct source *source);

void node_step(struct node *node, const struct event *event,
               struct effects *effects);
/* The latest now_ms at which EVENT_TICKED is due; UINT64_MAX: none. */
uint64_t node_deadline_ms(const struct node *node);

/* ---- for the driver and for status; all borrowed, valid until the next step
 * ---- */

/* The roster in force and its chain. */
const struct roster_chain *node_roster(const struct node *node);
/* Fill everything of a status reply that the core knows; arrays live in
 * `effects`' memory. free_bytes, reserve_bytes are what EVENT_SPACE said. */
void node_status(const struct node *node, uint64_t now_ms,
                 struct effects *effects, struct msg_status_reply *ret_status);
/* A PUT_BLOCKS of this caller came: is this one leased to it? The lease then
 * lasts until its event. */
enum expected node_expects(struct node *node, const struct caller *caller,
                           const struct block_id *name);

/* What reading again is to do (core/repair.h). */
struct node_scrub {
    bool paused;       /* nothing */
    bool ordered;      /* a new pass, at once */
    bool hurried;      /* so was the one that is under way */
    uint64_t began;    /* go on with this one; 0: none is under way */
    uint64_t scrubbed; /* the newest whole one began then; 0: none yet */
    struct span at;    /* where to go on */
};
void node_scrub(const struct node *node, struct node_scrub *ret_scrub);

/* Is everything that was asked for stopped (after EVENT_STOPPING)? */
bool node_idle(const struct node *node);

#endif
