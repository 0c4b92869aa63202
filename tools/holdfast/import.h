/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of `import` share: a copy of a peer's data directory on one
 * side, the local node on the other. Nothing of the copy is believed; the node
 * verifies every note, record and block as if it came over the net, and blocks
 * are verified here before they are sent, so that a damaged one is named and
 * left out. Nothing is remembered between two runs: what the node lacks is
 * asked of it, so the same command goes on where it was cut off. One thread
 * beside the pool's. */
#ifndef HF_TOOLS_IMPORT_H
#define HF_TOOLS_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/why.h"
#include "model/id.h"
#include "model/record.h"
#include "store/store.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/progress.h"
#include "tools/holdfast/tool.h"

#define IMPORT_SETTLE_MS 30000
#define IMPORT_PAUSE_MS 20

/* A ledger of the copy. */
struct import_ledger {
    uint32_t number; /* in the copy */
    struct origin origin;
    uint64_t size;  /* covered by the copy's checkpoint; 0: it has none */
    uint64_t known; /* leaves that the node has of it */
};

struct import {
    struct tool *tool;           /* borrowed */
    const char *dir;             /* borrowed */
    struct store *copy;          /* owned */
    const struct source *source; /* of the copy */
    struct store_copied copied;
    struct line *line;             /* owned */
    struct label node;             /* who is asked */
    struct cid consortium;         /* of that node */
    uint64_t roster_version;       /* that it has */
    uint64_t room;                 /* bytes above its reserve */
    struct import_ledger *ledgers; /* owned */
    size_t ledger_count;
    struct progress progress;
    struct record *record; /* owned; room to read leaves */
    struct record *inner;  /* owned */

    /* What is to be done. */
    uint64_t records;    /* that the node lacks */
    uint64_t items;      /* that it does not hold and the copy has, */
    uint64_t item_bytes; /* their payloads */
    uint64_t absent;     /* that neither of them holds */

    /* What was done. */
    uint64_t records_done;
    uint64_t said_ms; /* monotonic; when that number was said last */
    uint64_t items_done;
    uint64_t blocks_sent;
    uint64_t bytes_sent;
    uint64_t bytes_passed;   /* sent, or there already: progress */
    uint64_t items_partly;   /* the copy has not all of them */
    uint64_t items_damaged;  /* nor is what it has of them good */
    uint64_t blocks_damaged; /* in the copy, left out */
    uint64_t refused;        /* ledgers and items that the node did not take */
    uint64_t left_out;       /* times that import_left_out() was called */
    bool holds_no_blocks;    /* an observer: ledgers only */

    enum err err; /* what ended the run early, or ERR_OK */
    char code[LINE_CODE_SIZE];
    struct why why;
};

/* The run ends; only the first reason counts. */
void import_stop(struct import *import, enum err err, const char *code,
                 const struct why *why);
bool import_stopped(const struct import *import);
/* The copy is of another consortium. */
void import_stop_foreign(struct import *import, const char *consortium);
/* Something of the copy is left out: a line for people, type "missing" in JSON.
 * `what` names it. */
void import_left_out(struct import *import, const char *what,
                     const char *reason);
/* The deposit that a leaf registers, itself or carried over. */
bool import_deposit(struct import *import, struct span leaf,
                    struct deposit *ret_deposit);
/* Has the copy anything of this item? */
bool import_has(const struct import *import, const struct deposit *deposit);
void import_progress(struct import *import);

/* What the node answers is not durable, or in force, at once: ask for its
 * status until `done` is content with it, or for IMPORT_SETTLE_MS. */
typedef bool (*import_settled_fn)(const struct import *import,
                                  const struct msg_status_reply *status);
void import_settle(struct import *import, import_settled_fn done);
/* A moment, or until the user interrupts. */
void import_pause(void);

/* import_notes.c: rosters first, as all else is verified by them; at the end
 * the other signed texts, which the node takes or not. */
void import_rosters(struct import *import);
void import_notes(struct import *import);

/* import_ledgers.c: fills import->ledgers and ->records; then brings the
 * records. */
void import_list_ledgers(struct import *import);
void import_records(struct import *import);

/* import_plan.c: counts what import_items() will do. With a dry run the records
 * that the node lacks are looked at in the copy. */
void import_plan(struct import *import);

/* import_items.c */
void import_items(struct import *import);

#endif
