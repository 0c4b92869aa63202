/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of core/state.h that witnesses, clocks, forks and alarms keep.
 * Plain values; only their own files change them. */
#ifndef HF_CORE_WITNESS_STATE_H
#define HF_CORE_WITNESS_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "crypto/digest.h"
#include "model/id.h"
#include "wire/message.h"

struct alarm {
    const char *code; /* static */
    char subject[160];
    char text[384];
    uint64_t since_ms;
    bool critical;
};

struct alarms {
    size_t count;
    struct alarm items[STATUS_ALARMS_MAX];
};

struct cosigned_head {
    uint64_t size; /* 0: none */
    struct digest root;
};

/* Of one ledger (core/witness.h). */
struct ledger_witness {
    struct buf note;     /* owned; the newest checkpoint with its lines: that
                             of ledger->now */
    bool unsaved;        /* has lines that are in no batch yet */
    uint64_t save_at_ms; /* when they will be */
    uint64_t grown_ms;   /* when this checkpoint came */
    uint64_t kept_size;  /* of the newest witnessed one kept; 0: none */
    uint64_t kept_hour;  /* of its proven time, in hours since 1970 */
    bool kept_first;     /* the first of its hour: stays for ever */
    bool waits;          /* leaves beyond kept_size, */
    uint64_t waits_ms;   /* since then (may lie before our start: only
                             now_ms - waits_ms means something) */
    uint64_t ahead_ms;   /* since when seen_size is beyond what is proved */
    bool ahead;          /* it is */
    /* Witnessed checkpoints of the time when we were away (core/history.h). */
    bool lacks_history;
    uint64_t history_next;  /* of at least this size, */
    uint64_t history_end;   /* below that of the first one kept since */
    uint64_t history_hour;  /* of the last one that was taken */
    uint32_t history_tried; /* a bit for each slot that was no help */
    /* What our own key does (core/cosigning.h). */
    bool ours;         /* the note has our line */
    uint64_t cosigned; /* size that we cosigned last; 0: none */
    struct digest cosigned_root;
    uint64_t cosigned_s;    /* when, by our clock */
    uint64_t due_s;         /* our clock when there was first something new */
    uint64_t not_before_ms; /* no roster lets us: look again then */
    /* By the lines that we hold (core/cosigned.h). */
    struct cosigned_head by[NODE_COUNT_MAX]; /* by slot of the peer */
    struct cosigned_head told; /* of our key, by what peers say: the largest */
};

/* When a ledger was last heard of as somebody's living one (core/twins.h). */
struct ledger_voice {
    bool spoke;
    uint64_t spoke_ms; /* may lie before our start: only its distance from now
                          means anything */
    uint64_t last_s;   /* the latest time that a leaf or a statement of it was
                          written, as it says itself; 0: none */
    bool caught_up;    /* all of its past is here: what comes now is new */
    uint64_t stated;   /* number of the last statement from it that was seen */
};

/* What is done about the leaves of a forked ledger (core/carrying.h). */
struct ledger_carry {
    bool known; /* both sides have the first `common` leaves, no more */
    uint64_t common;
    uint64_t next;  /* the leaf to look at */
    bool skipped;   /* some are not whole here yet */
    bool done;      /* nothing of it is to be carried any more */
    bool begun;     /* at_ms was set */
    uint64_t at_ms; /* not before */
    uint32_t tried; /* a bit for each slot that is on our side, or no help */
};

enum carrying_state {
    CARRY_IDLE,
    CARRY_ROOT,  /* which root did we have at `middle`? */
    CARRY_ASKED, /* and the peer? */
    CARRY_LEAF,  /* a leaf is being loaded, */
    CARRY_ITEM   /* and whether it stands elsewhere */
};

/* One ledger is in hand at a time. */
struct carrying {
    enum carrying_state state;
    uint32_t ledger; /* slot */
    uint32_t peer;   /* slot; SEARCHING: who is on the other side */
    bool searching;  /* between low, where the roots are equal, and high */
    uint64_t low;
    uint64_t high;
    uint64_t middle;
    struct digest root; /* ours at middle */
    uint64_t token;
    struct buf leaf; /* owned */
    struct payload_root payload;
};

enum history_state {
    HISTORY_IDLE,
    HISTORY_ASKED,
    HISTORY_ROOT /* which root did we have at that size? */
};

/* One ledger is in hand at a time. */
struct history {
    enum history_state state;
    uint32_t ledger; /* slot */
    uint32_t peer;   /* slot */
    uint64_t token;
    uint64_t size;
    struct digest root;
    uint64_t time_s; /* proven */
    struct buf note; /* owned */
};

enum cosigning_state {
    COSIGNING_IDLE,
    COSIGNING_SAVING, /* NOTE_COSIGNED is in a batch */
    COSIGNING_SIGNING /* the mark is being written, the text signed */
};

/* Of our own witness key. */
struct cosigning {
    enum cosigning_state state;
    bool doubtful;   /* the store may be older than what we cosigned */
    bool stopped;    /* a signature did not verify */
    uint32_t ledger; /* slot of the one in hand */
    uint32_t turn;   /* slot to look at first */
    uint64_t seq;    /* SAVING: the batch */
    uint64_t token;  /* SIGNING */
    uint64_t size;
    struct digest root;
    uint64_t time_s;
};

#endif
