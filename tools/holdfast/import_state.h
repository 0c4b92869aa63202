/* SPDX-License-Identifier: Apache-2.0 */
/* What import_items.c, import_window.c and import_units.c share. Private to
 * them.
 *
 * The node's list says what it does not hold (todo). Names of blocks are
 * offered to it in windows; what it lacks of a window is read and verified on
 * the pool, sent in order, and behind its last block goes the item itself.
 * While one window is sent the next one is offered.
 *
 *   window: filled [window_fill] -> offered [window_offer] -> answered
 *           [items_take_reply] -> sent [units_send], items deposited */
#ifndef HF_TOOLS_IMPORT_STATE_H
#define HF_TOOLS_IMPORT_STATE_H

#include "pool/pool.h"
#include "tools/holdfast/import.h"

#define IMPORT_IN_FLIGHT 8 /* requests that carry blocks or items */
#define IMPORT_UNITS 6
#define IMPORT_BLOCKS_MAX 17 /* of the smallest payloads in one request */
#define WINDOW_PIECES DEPOSIT_OFFER_MAX
#define TODO_MAX (2 * RECORDS_BATCH_COUNT_MAX)

/* An item that the node does not hold. */
struct import_item {
    struct deposit deposit;
    struct buf names; /* owned; of the page at hand, or empty: one block */
    uint64_t next;    /* the next block to put into a window */
    bool incomplete;  /* the copy lacks something of it, */
    bool damaged;     /* or has it damaged */
};

struct piece {
    struct block_id name;
    size_t size;
    uint64_t index;           /* of the block in its payload */
    struct import_item *item; /* borrowed from `items` of this or a later
                                 window */
};

struct window {
    struct piece pieces[WINDOW_PIECES];
    uint8_t lacks[WINDOW_PIECES]; /* 1: the node wants it */
    size_t count;
    struct import_item *items[WINDOW_PIECES]; /* owned; whose last piece is in
                                                 this window */
    size_t item_count;
    bool answered;
};

/* One request's blocks, read and verified by a worker. */
struct unit {
    struct pool_job job;
    const struct source *source; /* borrowed; of the copy */
    bool busy;
    bool done;
    const struct piece *pieces[IMPORT_BLOCKS_MAX];
    enum err errs[IMPORT_BLOCKS_MAX];
    size_t ends[IMPORT_BLOCKS_MAX]; /* in bytes */
    size_t count;
    struct buf bytes; /* owned */
};

enum asked_kind {
    ASKED_LIST,
    ASKED_OFFER,
    ASKED_BLOCKS,
    ASKED_ITEMS
};

struct asked {
    enum asked_kind kind;
    struct window *window; /* OFFER; borrowed */
    size_t count;          /* ITEMS */
    struct payload_root roots[DEPOSIT_ITEMS_PER_REQUEST_MAX];
};

struct items {
    struct import *import;
    struct pool *pool; /* owned */
    struct unit units[IMPORT_UNITS];
    size_t first_unit; /* the oldest that is busy */
    size_t busy_units;
    struct asked asked[LINE_IN_FLIGHT_MAX]; /* a ring */
    size_t asked_first;
    size_t asked_count;
    size_t heavy; /* of them with blocks or items */
    /* The node's list. */
    struct deposit todo[TODO_MAX]; /* a ring */
    size_t todo_first;
    size_t todo_count;
    struct msg_list cursor;
    bool list_asked;
    bool list_ended;
    struct import_item *current; /* owned; not yet wholly in windows */
    struct window windows[2];
};

/* import_items.c: send, after waiting until there is room. */
void items_send(struct items *items, const struct msg_deposit *deposit,
                const struct asked *asked);
void items_send_list(struct items *items);
/* Wait for the oldest reply that is due. */
void items_take_reply(struct items *items);
bool items_stopped(const struct items *items);

/* import_window.c: false when nothing is left. */
bool window_fill(struct items *items, struct window *window);
void window_offer(struct items *items, struct window *window);
/* Deposit what is complete, say what is damaged; frees the items. */
void window_finish(struct items *items, struct window *window);
void window_clear(struct window *window);
void import_item_free(struct import_item *item);

/* import_units.c: send what the node lacks of an answered window. */
bool units_make(struct items *items);
void units_free(struct items *items);
void units_send(struct items *items, struct window *window);
/* A block of the copy that is not good. */
void units_say_damaged(struct import *import, const struct piece *piece,
                       enum err err);

#endif
