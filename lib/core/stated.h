/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of core/state.h that statements and placement need: what the newest
 * statement of each node says, what it claims of each ledger, when ours is
 * written, and where each item belongs. Loop thread. */
#ifndef HF_CORE_STATED_H
#define HF_CORE_STATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "model/id.h"
#include "model/placement.h"
#include "model/statement.h"
#include "wire/message.h"

#define STATED_COUNT (NODE_COUNT_MAX + 1)
#define STATED_OWN NODE_COUNT_MAX /* the last one is our own */

/* The newest statement of a node. */
struct stated {
    bool used;
    struct label node;
    struct statement statement; /* borrows from note */
    struct buf note;            /* owned */
    uint64_t seen_ms;           /* when it came, or was loaded */
    uint64_t seq;               /* the batch that it is in */
    bool told;                  /* one is durable: */
    struct statement_ref ref;
    /* Its roster places items as ours does, so that its lines `placed` can be
     * read here. */
    bool placed_alike;
    bool counted;      /* struct claimed are of this statement */
    unsigned quick;    /* how many more may be taken at once, */
    uint64_t quick_ms; /* as it was then */
    bool spent;        /* none may be taken now */
};

struct stating {
    bool stopped; /* a signature did not verify */
    bool signing;
    uint64_t token;
    struct buf text;      /* owned; what is being signed */
    uint64_t number;      /* the largest of ours that we know of */
    bool begun;           /* one was written since the start, */
    uint64_t begun_ms;    /* the last one then, and */
    uint64_t held;        /* it spoke of so many items, */
    struct origin ledger; /* of this ledger, */
    uint64_t roster;      /* and of this version */
    bool changed;         /* something of that is different now, */
    uint64_t changed_ms;  /* since then */
    bool incomplete;      /* not all that is held found room in it */
};

struct statements {
    const struct roster *roster;    /* all of them fit this one; borrowed */
    struct stated of[STATED_COUNT]; /* by slot of the peer */
    /* What holdings_pump() has looked at already. */
    uint64_t leaves;
    uint64_t looked_ms;
    uint64_t claims_news; /* grows when a statement changed claims */
    bool changed;
};

/* What one peer claims of one ledger: bit i % 8 of byte i / 8 is leaf i. */
struct claimed {
    uint8_t *bits; /* owned; whole words of 64 bits */
    size_t room;   /* bytes */
    uint64_t size; /* leaves that were looked at; all further bits are 0 */
};

/* Where the items of one ledger belong. Not filled while every store node is to
 * hold everything. */
struct places {
    uint32_t *masks;    /* owned; bit i is roster->nodes[i] */
    size_t room;        /* masks */
    uint64_t count;     /* leaves whose place is known: the first ones */
    uint64_t elsewhere; /* of them neither placed here nor held here */
};

struct placed {
    const struct roster *roster; /* of which placement is; borrowed */
    struct placement placement;
    uint32_t self;   /* this node's bit, or 0 */
    uint64_t token;  /* 0: nothing is being loaded, else from here: */
    uint32_t ledger; /* number */
    uint64_t from;
    size_t load_count;
};

/* Blocks that peers asked of us, to be looked up: whoever asks for what he
 * claims does not hold it. Full: what is asked then is not looked up. */
#define DOUBTS_MAX 256

struct doubt {
    uint32_t peer;   /* slot */
    uint64_t number; /* of the statement that it had then */
    uint32_t ledger; /* where to go on, */
    uint64_t index;
    struct block_id name; /* the payload root, or what may be one */
};

struct doubts {
    struct doubt ring[DOUBTS_MAX];
    size_t first;
    size_t count;
    uint64_t token; /* 0: nothing is being loaded */
    size_t load_count;
};

#endif
