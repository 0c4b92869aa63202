/* SPDX-License-Identifier: Apache-2.0 */
/* What the core is told. One event goes in, a list of effects comes out
 * (core/effect.h). Everything that an event points to is borrowed for the one
 * call of node_step(). Times: now_ms is monotonic and starts anywhere; clock_s
 * is the machine's clock, POSIX seconds. */
#ifndef HF_CORE_EVENT_H
#define HF_CORE_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "crypto/digest.h"
#include "crypto/sign.h"
#include "model/bad_block.h"
#include "model/challenge.h"
#include "model/id.h"
#include "wire/message.h"

enum event_kind {
    EVENT_TICKED,     /* time passed; also the answer to node_deadline_ms */
    EVENT_CONNECTED,  /* our own session with this node is up */
    EVENT_LOST,       /* and is gone; tokens on it end by EVENT_UNANSWERED */
    EVENT_ASKED,      /* somebody asks something */
    EVENT_HUNG_UP,    /* whoever asked is gone: forget this request */
    EVENT_ANSWERED,   /* an EFFECT_ASK got its answer */
    EVENT_UNANSWERED, /* or did not */
    EVENT_APPENDED,   /* the open group grew by deposited blocks */
    EVENT_PERSISTED,  /* an EFFECT_PERSIST is durable */
    EVENT_SIGNED,     /* an EFFECT_SIGN is done: mark durable, signature made */
    EVENT_LOADED,     /* an EFFECT_LOAD is done */
    EVENT_SPACE,      /* free space crossed the reserve */
    EVENT_REREAD,     /* a part of what is stored was read again */
    EVENT_ROSTER,     /* a roster file was read (reload) */
    EVENT_STOPPING    /* SIGTERM: commit what is in hand, take nothing new */
};

/* Who asks; decided by the session's key or the socket's user id. */
enum caller_kind {
    CALLER_NODE,    /* on the roster; `node` is its label */
    CALLER_DEPOSIT, /* clients file */
    CALLER_RESTORE,
    CALLER_ADMIN,
    CALLER_LOCAL /* the local socket's allowed users: may ask all */
};

struct caller {
    enum caller_kind kind;
    struct label node; /* CALLER_NODE only */
};

/* What became of a block that an answer to GET_BLOCKS, or a PUT_BLOCKS,
 * carried. The driver has verified it, and appended it to the open group unless
 * it is a header object, before the event. */
enum block_fate {
    BLOCK_APPENDED, /* right, and in the open group */
    BLOCK_MISSING,  /* the peer does not hold it, or had no room */
    BLOCK_WRONG,    /* bytes do not have this name: the peer lies or is sick */
    BLOCK_NO_SPACE, /* right, but we are below the reserve */
    BLOCK_UNASKED   /* PUT_BLOCKS: not leased to this caller, not looked at */
};

/* What a block of a PUT_BLOCKS is to this node. */
enum expected {
    EXPECTED_NOTHING, /* not leased to this caller */
    EXPECTED_BLOCK,
    EXPECTED_HEADER /* goes into the event only, not into the open group */
};

/* What the driver found out about an item of MESSAGE_DEPOSIT, by
 * deposit_check() (core/intake.h) after it appended the request's blocks. */
struct deposit_facts {
    enum err err;    /* ERR_OK, or why it is refused: ERR_WRONG_HASH,
                          ERR_RANGE, ERR_NOT_FOUND (blocks lacking), ERR_FULL,
                          ERR_CONFLICT (same root, other header/commitment) */
    bool registered; /* already: ledger, index say where first, */
    uint32_t ledger;
    uint64_t index;
    uint32_t last_ledger; /* and where last: it may have been carried there */
    uint64_t last_index;
    /* The item of this leaf was not held, and now all of it is here: header
     * object and names come with it, the blocks came before. */
    bool completes;
    uint32_t held_ledger;
    uint64_t held_index;
};

/* A thing that is lacking here. The others only go into EFFECT_LOAD: ROOT asks
 * for the root that the ledger had at size `index`, PLACE for the nodes that
 * are to hold this leaf's item, ITEM for the first leaf at or after (ledger,
 * index) whose payload root is `name` (with `size`: the first whose root begins
 * with that many bits of it, from it on), LEAF, alone, for the leaf itself. */
enum want_kind {
    WANT_HEADER,
    WANT_NAMES,
    WANT_BLOCK,
    WANT_ROOT,
    WANT_PLACE,
    WANT_ITEM,
    WANT_LEAF
};

struct want {
    enum want_kind kind;
    struct block_id name; /* block, header, or payload root for names */
    uint64_t page;        /* WANT_NAMES; in EFFECT_LOAD: the block to go on
                             from */
    uint64_t size;        /* bytes of it (expected; 0 = not known); WANT_NAMES:
                             of the payload */
    uint32_t ledger;      /* of the item that lacks it */
    uint64_t index;
};

/* One item looked at by EFFECT_LOAD. */
struct loaded_item {
    uint32_t ledger; /* ITEM: where it was found */
    uint64_t index;
    enum err err;       /* ERR_OK; else its leaf could not be read: skip.
                           ITEM: ERR_NOT_FOUND */
    bool whole;         /* nothing is lacking, or it is not a deposit */
    bool more;          /* lacks more than was listed: load it again later */
    uint64_t next;      /* with more: the block to go on from */
    struct digest root; /* ROOT; ITEM: its payload root */
    uint32_t mask;      /* PLACE: bit i is roster->nodes[i]; all of them when
                           the leaf is no item */
};

/* What EFFECT_LOAD looks up for challenges (core/prove.h). */
enum prove_kind {
    PROVE_QUESTION, /* a slice of the item of this leaf, and with `held` the
                       right answer by our own copy */
    PROVE_ITEM      /* where this payload stands, and with `held` our own copy
                       read again, from block `pick` on */
};

#define PROVE_TASKS_MAX 16
#define PROVED_PLACES_MAX 8

struct prove_task {
    enum prove_kind kind;
    uint32_t ledger; /* number; QUESTION */
    uint64_t index;
    uint64_t pick; /* QUESTION: any number, which chooses the slice */
    bool held;
    struct challenge_names names; /* QUESTION */
    struct challenge_nonce nonce;
    struct payload_root root; /* ITEM */
};

struct proved {
    enum err err; /* ERR_OK; else nothing of it is known */
    struct payload_root root;
    uint64_t size; /* of the payload */
    uint64_t slice;
    bool has_mac; /* our own copy is good */
    struct digest mac;
    struct {
        uint32_t ledger; /* number */
        uint64_t index;
    } places[PROVED_PLACES_MAX]; /* the first ones */
    size_t places_count;
    uint64_t read_to; /* the block to go on from */
    uint64_t good;    /* blocks that are as they must be, */
    bool bad;         /* one that is not, */
    bool lacking;     /* one that is not here */
};

struct event {
    enum event_kind kind;
    uint64_t now_ms;
    uint64_t clock_s;
    union {
        struct {
            struct label node;
        } link; /* CONNECTED, LOST */
        struct {
            uint64_t request; /* the driver's number for this request */
            struct caller caller;
            const struct message *message;
            const struct deposit_facts *facts; /* DEPOSIT: one an item; RECEIPTS
                                                  too */
            /* PUT_BLOCKS: one for each block, by node_expects(). */
            const enum block_fate *fates;
            uint64_t appended_bytes; /* DEPOSIT, PUT_BLOCKS: in the group */
            bool more_coming; /* DEPOSIT: others are being hashed or appended */
        } asked;              /* HUNG_UP: request only */
        struct {
            uint64_t token;
            const struct message *message;
            const enum block_fate *fates; /* GET_BLOCKS: one a name */
            uint64_t appended_bytes;      /* GET_BLOCKS */
        } answered;
        struct {
            uint64_t token;
            enum err err; /* ERR_TIMEOUT, ERR_CLOSED, ERR_MALFORMED ... */
        } unanswered;
        struct {
            uint64_t bytes;
        } appended;
        struct {
            uint64_t token;
        } persisted;
        struct {
            uint64_t token;
            struct signature signature;
        } signed_;
        struct {
            uint64_t token;
            const struct loaded_item *items;
            size_t items_count;
            const struct want *wants;
            size_t wants_count;
            struct span leaf;            /* LEAF */
            const struct proved *proved; /* one for each task */
            size_t proved_count;
        } loaded;
        struct {
            bool full;
            uint64_t free_bytes;
            uint64_t reserve_bytes;
        } space;
        struct {
            uint64_t began; /* the pass began then; POSIX seconds */
            bool ended;     /* and is over with this */
            struct span at; /* where to go on after a restart; opaque */
            const struct bad_block *bad;
            size_t bad_count;
            const struct bad_user *users;
            size_t users_count;
            uint64_t blocks;   /* in all block files */
            uint64_t lost_row; /* files one after the other without a good
                                  block */
            uint64_t permille; /* of the pass */
            const char *note;  /* what no block stands for; NULL: nothing */
        } reread;
        struct {
            struct span chain; /* the file's bytes */
        } roster;
    };
};

#endif
