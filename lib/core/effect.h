/* SPDX-License-Identifier: Apache-2.0 */
/* What the core wants done, in list order. Nothing that stands behind a
 * PERSIST in the core's own reasoning leaves the process before its
 * EVENT_PERSISTED: the core waits for the event itself. Every token ends in
 * exactly one event. The list owns what its effects point to; it is valid until
 * effects_clear(), so the driver encodes, or takes, before the next step. */
#ifndef HF_CORE_EFFECT_H
#define HF_CORE_EFFECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "core/event.h"
#include "crypto/digest.h"
#include "model/batch.h"
#include "model/id.h"
#include "model/ledger_keys.h"
#include "wire/message.h"

struct picked;
struct placement;

enum effect_kind {
    EFFECT_ASK,      /* send a request to a node on our session with it */
    EFFECT_PUSH,     /* the same, but what it brings is made by serve_push() */
    EFFECT_ANSWER,   /* answer a request with this message */
    EFFECT_SERVE,    /* answer a request by serve_answer() or serve_picked() */
    EFFECT_RECEIPTS, /* answer a DEPOSIT or RECEIPTS by serve_receipts() */
    EFFECT_PERSIST,  /* make the open group and the batch durable */
    EFFECT_SIGN,     /* write the mark, then sign a text */
    EFFECT_LOAD,     /* fetch_load() and prove_tasks() on the pool */
    EFFECT_HANG_UP,  /* end our session with this node, and refuse it */
    EFFECT_ROSTER,   /* the roster changed: see node_roster() */
    EFFECT_RELOAD,   /* read configuration and roster file again, then answer */
    EFFECT_ALARM     /* say this line, once */
};

/* With which key, and what the mark says from then on. Of each kind at most one
 * is outstanding. */
enum sign_kind {
    SIGN_CHECKPOINT,  /* ledger key: origin, size and root go into the mark */
    SIGN_COSIGNATURE, /* witness key, at `time`; `cosigned` goes there */
    SIGN_STATEMENT    /* ledger key; `number` goes into the mark */
};

enum alarm_level {
    ALARM_INFO,
    ALARM_WARNING,
    ALARM_ERROR
};

/* What serve_answer() needs beside the source: a copy of the core's table. */
struct serve_ledger {
    struct origin origin;
    uint32_t number;
    uint64_t size; /* durable leaves, covered by checkpoint_size or not */
    uint64_t checkpoint_size; /* 0: no checkpoint held */
};

struct receipt_entry {
    enum deposit_outcome outcome;
    uint32_t ledger; /* REGISTERED */
    uint64_t index;
    struct deposit_item item; /* PENDING: for the receipt's text */
    const char *refusal;      /* REFUSED: a sentence, owned by the list */
};

/* The keys by which one roster judges the checkpoints of one ledger. */
struct serve_roster {
    uint32_t ledger; /* number */
    struct digest hash;
    struct ledger_keys keys;
};

#define SERVE_ROSTERS_MAX 4 /* of one ledger: the newest that differ */

#define LOAD_ITEMS_MAX 128
#define LOAD_WANTS_MAX 512

struct effect {
    enum effect_kind kind;
    union {
        struct {
            struct label node;
            uint64_t token;
            const struct message *message;
        } ask;
        struct {
            struct label node;
            uint64_t token;
            /* What to read, as if it was asked here: GET_NOTES, GET_RECORDS,
             * GET_NAMES, GET_BLOCKS or CHALLENGE. */
            const struct message *what;
            const struct serve_ledger *ledgers; /* GET_RECORDS: one */
            size_t ledgers_count;
            struct challenge_names names; /* CHALLENGE */
        } push;
        struct {
            uint64_t request;
            const struct message *message;
        } answer;
        struct {
            uint64_t request;
            /* The ledgers that the request may concern: one for GET_RECORDS,
             * all for LIST, none otherwise. */
            const struct serve_ledger *ledgers;
            size_t ledgers_count;
            struct challenge_names names; /* CHALLENGE */
            /* LIST with states: by serve_picked(); else NULL. */
            const struct picked *picked;
        } serve;
        struct {
            uint64_t request;
            struct receipt_entry *entries;
            size_t entries_count;
            uint64_t heard;
            uint64_t needed;
            struct digest roster_hash;
            /* of the ledgers that the entries name */
            const struct serve_ledger *ledgers;
            size_t ledgers_count;
            /* and the rosters that fit them, of each the newest first */
            const struct serve_roster *rosters;
            size_t rosters_count;
        } receipts;
        struct {
            uint64_t token;
            struct batch *batch; /* owned by the list; batch_move() takes it */
            bool keep_group;     /* the batch alone; the group stays open */
        } persist;
        struct {
            uint64_t token;
            enum sign_kind kind;
            struct span text; /* a checkpoint's, or a statement's */
            struct origin origin;
            uint64_t size;
            struct digest root;
            uint64_t time;          /* COSIGNATURE: POSIX seconds */
            struct digest cosigned; /* COSIGNATURE */
            uint64_t number;        /* STATEMENT */
        } sign;
        struct {
            uint64_t token;
            const struct want *items; /* kind, ledger, index, page; pass them on
                                         unchanged */
            size_t count;             /* <= LOAD_ITEMS_MAX */
            const struct prove_task *tasks;    /* for prove_tasks() */
            size_t tasks_count;                /* <= PROVE_TASKS_MAX */
            const struct placement *placement; /* PLACE; else NULL */
        } load;
        struct {
            struct label node;
        } hang_up;
        struct {
            uint64_t request;
        } reload;
        struct {
            enum alarm_level level;
            const char *code;    /* PEER-SILENT; static */
            const char *subject; /* node=..., owned by the list */
            const char *text;    /* what happened and what comes next */
        } alarm;
    };
};

struct effects {
    struct effect *items; /* owned */
    size_t count;
    size_t room;
    /* Memory of everything that the effects point to; owned. */
    struct effect_chunk *chunks;
};

void effects_init(struct effects *effects);
/* Forget all that the list holds; it may be used again, and keeps some memory
 * for that. */
void effects_clear(struct effects *effects);
void effects_done(struct effects *effects);
/* Zeroed memory that lives as long as the list, or NULL. */
void *effects_alloc(struct effects *effects, size_t size);
/* A copy of bytes; data is NULL when there is no memory or size is 0. */
struct span effects_copy(struct effects *effects, struct span bytes);
/* One more effect, or NULL. */
struct effect *effects_push(struct effects *effects, enum effect_kind kind);

#endif
