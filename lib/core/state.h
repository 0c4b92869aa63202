/* SPDX-License-Identifier: Apache-2.0 */
/* What a node knows: the private half of core/node.h. Every file of the core
 * includes it, nobody else does. All arrays have a bound that stands in
 * base/limits.h or here. Indices of tables are called slots; a slot of a peer
 * or a ledger keeps its meaning until the thing leaves the roster or, for a
 * ledger that never got a leaf, until it is dropped. Sizes and indices of
 * leaves are 64 bits. Loop thread only. */
#ifndef HF_CORE_STATE_H
#define HF_CORE_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/limits.h"
#include "base/rng.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/faults.h"
#include "core/health_state.h"
#include "core/proof_state.h"
#include "core/quota_state.h"
#include "core/repair_state.h"
#include "core/stated.h"
#include "core/witness_state.h"
#include "crypto/digest.h"
#include "ledger/merkle.h"
#include "model/batch.h"
#include "model/id.h"
#include "model/record.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "wire/message.h"

#define SLOT_NONE UINT32_MAX
#define ASKS_PER_PEER (PEER_BLOCK_REQUESTS_MAX + PEER_OTHER_REQUESTS_MAX + 1)
#define ASK_COUNT_MAX (NODE_COUNT_MAX * ASKS_PER_PEER)
#define PERSISTS_MAX 2
#define LEDGER_MARKS 4 /* > PERSISTS_MAX + 1 */

/* ---- ledgers ---- */

/* What a ledger is once the batch with number `seq` is durable. */
struct ledger_mark {
    uint64_t seq;
    uint64_t size; /* leaves */
    struct digest root;
    uint64_t checkpoint_size; /* 0: no checkpoint held */
    struct digest checkpoint_root;
    uint32_t lines; /* of that checkpoint: struct head */
    bool forked;    /* a fork proof is held */
};

struct ledger {
    uint32_t slot;
    bool stored; /* `number` is given, and BATCH_LEDGER is in a batch */
    uint32_t number;
    struct origin origin;
    struct label owner;   /* the node */
    bool own;             /* owner is this node */
    bool frozen;          /* forked: it grows no more, */
    uint64_t frozen_size; /* but up to here, when we have less */
    uint64_t frozen_from; /* the two histories differ before here; at it, */
    struct digest frozen_root; /* the larger one, which ends in this root, */
    struct digest frozen_at;   /* had this one */
    struct ledger_carry carry;
    struct ledger_voice voice;
    bool has_fork;  /* a fork proof of it is durable */
    uint32_t lines; /* durable ones of the newest checkpoint */
    struct ledger_witness witness;
    struct frontier frontier; /* of all leaves, those in flight included */
    struct ledger_mark now;   /* the same, with the newest checkpoint */
    struct ledger_mark durable;
    struct ledger_mark marks[LEDGER_MARKS]; /* [seq % LEDGER_MARKS] */
    /* The newest checkpoint whose signature was verified, held or not. */
    uint64_t seen_size;
    struct digest seen_root;
    /* From leaf 0. */
    uint64_t open_time;
    struct digest open_roster; /* that its node knew then */
    struct origin *earlier;    /* owned */
    size_t earlier_count;
    /* Which items are whole here; a set bit is durable truth. Leaf 0 and
     * leaves that are no deposits count as whole. */
    uint8_t *held; /* owned */
    size_t held_room;
    uint64_t held_count;
    /* The walk over what is not held (core/fetch.h). */
    uint64_t scan;
    bool scan_missed;
    uint64_t scan_again_ms;
    uint64_t scan_backoff_ms;
    uint64_t scan_walked; /* leaves that an earlier walk looked at */
    uint64_t scan_from;   /* the rarest first (core/rarest.h): each pass */
    unsigned scan_pass;   /* begins here */
    uint32_t in_work;
    struct places places;
    struct claimed claimed[NODE_COUNT_MAX]; /* by slot of the peer */
    struct seen seen;
    struct judged judged;
    /* What each peer says of it, and fetching from it. */
    uint64_t peer_size[NODE_COUNT_MAX];
    uint64_t peer_held[NODE_COUNT_MAX];
    uint32_t peer_lines[NODE_COUNT_MAX];
    bool peer_forked[NODE_COUNT_MAX];
    uint64_t told[NODE_COUNT_MAX]; /* the most leaves it ever spoke of */
    bool over_quota;               /* the next leaf waits (core/quota.h) */
    uint64_t retry_ms[NODE_COUNT_MAX];
    uint32_t failures[NODE_COUNT_MAX];
    /* Bringing it to a peer that cannot fetch (core/push.h). */
    uint64_t push_ms[NODE_COUNT_MAX]; /* not before; 0: not looked at yet */
    uint32_t pushing; /* a bit for each slot with one under way */
    bool asking;      /* a GET_RECORDS or a note of it is in flight */
    bool checkpoint_wanted[NODE_COUNT_MAX]; /* ask this peer for its note */
    bool prefix_wanted[NODE_COUNT_MAX];     /* ask whether it grew from ours */
    uint32_t blind; /* a bit for each slot that can tell and cannot prove it */
};

/* ---- peers ---- */

enum claim_state {
    CLAIM_FREE,
    CLAIM_FETCH,   /* a ledger of ours that we do not know: its leaf 0 */
    CLAIM_ROOT,    /* what root did we have at this size? to be loaded */
    CLAIM_LOADING, /* ... is being loaded */
    CLAIM_ASK,     /* our store does not extend it: ask for its note */
    CLAIM_ASKED
};

/* A head of a ledger of ours that a peer told of and that is not settled. */
struct claim {
    enum claim_state state;
    struct head head;
    uint64_t token; /* of the load */
    uint64_t at_ms; /* ASK: not before */
    unsigned tries; /* unanswered */
};

/* Kinds of complaints, each said at most once in ALARM_PERIOD_MS and peer. */
enum complaint {
    COMPLAINT_BLOCK,
    COMPLAINT_RECORDS,
    COMPLAINT_CLAIM,
    COMPLAINT_ROSTER,
    COMPLAINT_PROOF,
    COMPLAINT_COUNT
};

/* What a peer leased to us, to be brought to it (core/push.h). */
enum parcel_state {
    PARCEL_FREE,
    PARCEL_WAITS,
    PARCEL_OUT /* in a PUT_BLOCKS that is under way */
};

/* What it may have leased, and what it has taken already whose answers are on
 * their way. */
#define PARCELS_MAX                                                            \
    (SYNC_LEASES_MAX + PEER_BLOCK_REQUESTS_MAX * BLOCKS_PER_REQUEST_MAX)

struct parcel {
    enum parcel_state state;
    struct lease lease;
    uint64_t until_ms; /* the lease ends */
    bool again;        /* OUT: leased once more meanwhile */
};

/* Signed texts that a peer refused, that we refused, or that were exchanged:
 * not asked for and not offered again, until that peer starts anew. A ring:
 * when it is full the oldest may be offered once more. */
#define NOTES_DONE_MAX 256
#define NOTES_PER_ASK 16

struct peer {
    bool used;
    struct label label;
    size_t member; /* index in the roster */
    enum node_role role;
    bool connected; /* our session with it is up */
    uint64_t connected_ms;
    uint64_t lost_ms;  /* when our last session ended, or it came to be known */
    bool listens;      /* by the roster */
    bool first_out;    /* its next Sync is the first of this session */
    bool sync_out;     /* a Sync is in flight */
    bool answered;     /* the first Sync of this session was answered */
    bool told;         /* since the start: what it holds of our ledgers */
    bool up;           /* PEER-UP was the last thing said of it */
    bool silent;       /* PEER-SILENT was */
    bool heard;        /* anything, since the start */
    bool twins;        /* two machines speak with its key */
    unsigned lines;    /* of witnesses, looked at for it since */
    uint64_t lines_ms; /* then */
    bool told_all;     /* since the start: how far it holds each ledger, or
                          that it has nothing newer than somebody who did */
    bool clock_told;   /* since the start, */
    uint64_t clock_s;  /* its clock, */
    uint64_t clock_ms; /* at this moment of ours */
    uint64_t heard_ms;
    uint64_t inbound_ms; /* of its last Sync to us; 0: none */
    bool brings;         /* it said there that it brings what we lease, */
    bool nothing_newer;  /* and that it holds no head newer than ours */
    uint64_t since_ms;   /* when it came onto our roster */
    uint64_t sync_at_ms;
    uint64_t sync_backoff_ms;
    unsigned sync_quick;    /* Syncs that may still follow at once */
    uint64_t sync_quick_ms; /* when that number was counted */
    uint64_t instance;      /* cursor of its news */
    uint64_t news;
    uint64_t roster_version;
    struct digest roster_hash;
    uint64_t roster_at_ms;
    uint64_t newcomer_at_ms; /* no unknown ledgers from it before */
    bool missed; /* a head of it was passed over: ask for all of them again */
    bool told_strangers;   /* the same, when the next roster comes */
    uint64_t blocks_at_ms; /* no block is asked of it before */
    uint64_t blocks_backoff_ms;
    unsigned blocks_out;
    unsigned others_out;
    unsigned records_out;
    /* Of its last summary. */
    bool summary_heard; /* in this session */
    struct statement_ref statements[SYNC_STATEMENTS_MAX];
    size_t statements_count;
    struct digest others[SYNC_OTHERS_MAX];
    size_t others_count;
    uint64_t notes_done[NOTES_DONE_MAX];
    size_t notes_done_count;
    uint64_t notes_instance; /* exchanged with this start of it */
    bool notes_look;         /* something changed on its side, */
    uint64_t notes_news;     /* or since this news on ours */
    uint64_t notes_at_ms;    /* none is asked of it before, nor brought */
    /* What it leased to us. */
    struct parcel parcels[PARCELS_MAX];
    uint64_t parcels_at_ms; /* nothing is brought before */
    uint64_t parcels_backoff_ms;
    /* What we leased to it (core/lease.h). */
    uint64_t leased_bytes;
    uint64_t lease_window; /* bytes; grows when leases are honoured */
    uint64_t lease_at_ms;  /* none before */
    char release[64];
    bool complained[COMPLAINT_COUNT];
    uint64_t complained_ms[COMPLAINT_COUNT];
    uint64_t claims_at_ms; /* claims are ignored before: the last was false */
    struct claim claims[LEDGERS_PER_NODE_MAX];
    /* Its parked Sync. */
    bool parked;
    uint64_t parked_request;
    uint64_t parked_until_ms;
    uint64_t parked_instance;
    uint64_t parked_news;
    struct digest parked_digest;
    uint64_t woken_ms;
};

/* ---- requests of ours in flight ---- */

enum ask_purpose {
    ASK_FREE,
    ASK_SYNC,
    ASK_ROSTERS,    /* GET_NOTES: versions after ours */
    ASK_CLAIM,      /* GET_NOTES: the checkpoint behind a claim */
    ASK_CHECKPOINT, /* GET_NOTES: the newest checkpoint of a ledger */
    ASK_RECORDS,
    ASK_PREFIX,  /* GET_RECORDS that shows whether a ledger forked, */
    ASK_CARRY,   /* or from where on */
    ASK_HISTORY, /* GET_NOTES: a witnessed checkpoint of the past */
    ASK_NAMES,
    ASK_BLOCKS,
    ASK_NOTES, /* GET_NOTES of what its summary told */
    ASK_PUT_NOTES,
    ASK_PUT_RECORDS,
    ASK_PUT_BLOCKS,
    ASK_CHALLENGE,
    ASK_PUT_PROOFS
};

struct ask {
    enum ask_purpose purpose;
    uint64_t token;
    uint32_t peer;
    uint32_t ledger;      /* slot */
    uint64_t from;        /* RECORDS, PREFIX; ROSTERS: first version */
    uint32_t claim;       /* slot in the peer's claims */
    struct digest digest; /* SYNC: of our summary */
    size_t wants_count;   /* NAMES, BLOCKS, CHALLENGE */
    uint16_t
        wants[BLOCKS_PER_REQUEST_MAX]; /* PUT_BLOCKS: of the peer's parcels;
                                          CHALLENGE: questions */
    size_t notes_count;                /* NOTES, PUT_NOTES */
    uint64_t notes[NOTES_PER_ASK];     /* note_key() of each */
};

/* ---- wants ---- */

enum want_state {
    WANT_FREE,
    WANT_OPEN,
    WANT_ASKED,
    WANT_LEASED, /* a peer that only dials will bring it */
    WANT_ARRIVED
};

struct want_slot {
    enum want_state state;
    struct want want;
    uint32_t item;
    uint32_t tried;  /* a bit for each peer slot that does not have it */
    bool was_leased; /* to this slot, now or before */
    uint32_t lessee;
    uint64_t until_ms; /* LEASED */
    uint64_t seq;      /* ARRIVED: the batch or group that it is in */
};

struct item_slot {
    bool used;
    bool loading;
    bool failed;     /* nobody who is here has all of it */
    bool more;       /* lacks more than is in the table */
    uint32_t ledger; /* slot */
    uint64_t index;
    uint64_t next;    /* the block to go on from */
    uint64_t after;   /* not before this batch is durable */
    uint32_t wants;   /* in the table */
    uint32_t claimed; /* a bit for each peer slot that claims it, */
    uint32_t placed;  /* and for each on which it is placed */
};

#define ITEM_COUNT_MAX WANT_COUNT_MAX

struct fetch {
    struct want_slot wants[WANT_COUNT_MAX];
    size_t wants_free;
    struct item_slot items[ITEM_COUNT_MAX];
    size_t items_free;
    uint64_t load_token; /* 0: no load of items in flight */
    size_t load_count;
    uint32_t load_items[LOAD_ITEMS_MAX];
    uint32_t turn;        /* the ledger to look at first */
    uint64_t claims_news; /* of the statements, as it was then */
    uint32_t peer_turn;
    unsigned blocks_out;   /* requests */
    size_t arrived;        /* wants in this state */
    size_t leased;         /* and in this */
    uint64_t open_bytes;   /* of the wants in the table */
    uint64_t seen_bytes;   /* of all that were ever in it, */
    uint64_t seen_items;   /* of so many items */
    bool behind;           /* something is lacking */
    bool caught_up;        /* that was said since the start */
    uint64_t behind_ms;    /* since when, */
    uint64_t behind_items; /* and how many were looked at */
    bool full;             /* below the reserve */
    uint64_t free_bytes;
    uint64_t reserve_bytes;
};

/* ---- the batch being collected ---- */

struct persist {
    uint64_t token; /* 0: free */
    uint64_t seq;
};

struct held_chunk {
    uint32_t ledger; /* slot */
    uint64_t chunk;
};

#define HELD_CHUNKS_MAX 256

struct commit {
    struct batch batch;
    uint64_t seq; /* of the batch being collected, from 1 */
    uint64_t durable_seq;
    uint64_t group_bytes; /* in the driver's open group */
    uint64_t group_bytes_max;
    uint64_t since_ms; /* of the first thing in it */
    uint64_t grown_ms; /* when the group last grew */
    bool dirty;        /* something is in it */
    bool urgent;       /* somebody waits for it */
    bool more_coming;  /* deposits are on their way to the group */
    bool needs_group;  /* its leaves' blocks may lie in the open group */
    struct persist out[PERSISTS_MAX];
    size_t chunks_count;
    struct held_chunk chunks[HELD_CHUNKS_MAX];
};

/* ---- deposits in hand ---- */

enum hand_state {
    HAND_FREE,
    HAND_NEW,       /* header and names are in a batch */
    HAND_KEEPING,   /* BATCH_PENDING is in a batch */
    HAND_PENDING,   /* durable as pending */
    HAND_LEAF,      /* its leaf is in a batch, or durable */
    HAND_REGISTERED /* a durable checkpoint covers it; kept for a while */
};

struct hand {
    enum hand_state state;
    bool kept;       /* BATCH_PENDING was written: to be taken back */
    uint32_t refs;   /* of waiting requests */
    uint32_t chain;  /* next of the same bucket */
    uint32_t queue;  /* next of the same queue */
    uint32_t ledger; /* number; LEAF, REGISTERED */
    uint64_t index;
    uint64_t seq; /* NEW, KEEPING, LEAF: batch that it is in */
    struct deposit deposit;
    /* The leaf that it is, or was in a ledger that was left, or in a forked
     * one: then it is carried into the next. */
    uint8_t *leaf; /* owned; NULL: none */
    size_t leaf_size;
    uint64_t leaf_index;
};

struct hand_queue {
    uint32_t first;
    uint32_t last;
    size_t count;
};

enum wait_kind {
    WAIT_REGISTERED,
    WAIT_REFUSED,
    WAIT_UNCOVERED,
    WAIT_HAND
};

struct wait_entry {
    enum wait_kind kind;
    uint32_t hand;
    uint32_t ledger; /* number */
    uint64_t index;
    const char *refusal;  /* static */
    bool completes;       /* once durable, the item of this leaf is held */
    uint32_t held_ledger; /* number */
    uint64_t held_index;
};

/* A DEPOSIT or RECEIPTS that is not answered yet. */
struct wait {
    struct wait *next;
    uint64_t request;
    uint64_t seq; /* also wait for this batch (the group is too large) */
    size_t count;
    struct wait_entry entries[DEPOSIT_ITEMS_PER_REQUEST_MAX];
};

#define WAIT_COUNT_MAX 256

struct intake {
    struct hand *hands; /* owned */
    size_t hands_room;
    size_t hands_count;
    uint32_t free;     /* first free one, by queue */
    uint32_t *buckets; /* owned; a power of two of them */
    size_t buckets_count;
    size_t new_count;            /* NEW */
    size_t keeping_count;        /* KEEPING */
    struct hand_queue waiting;   /* NEW, KEEPING, PENDING, as they came */
    size_t carried_count;        /* of those: to be carried */
    struct hand_queue committed; /* LEAF, by index */
    struct hand_queue recent;    /* REGISTERED */
    struct wait *waits;          /* owned; as they came */
    size_t waits_count;
};

/* ---- our own ledger ---- */

struct own_root {
    uint64_t size;
    struct digest root;
};

#define OWN_ROOTS_MAX 1024

struct own {
    enum own_phase phase;
    struct ledger *current; /* borrowed from the table; NULL: none */
    bool rule_met;
    bool said_ready;
    bool open_wanted;
    enum open_reason open_reason;
    uint64_t open_count;
    bool signing;
    uint64_t sign_token;
    struct ledger_mark sign_mark;
    uint64_t signed_size; /* of current: the newest checkpoint made */
    struct own_root roots[OWN_ROOTS_MAX]; /* a ring of what we signed */
    uint64_t roots_count;
    /* An OPEN_LEDGER that waits. */
    bool order;
    uint64_t order_request;
    struct origin order_left;
    bool has_mark;
    struct origin mark_origin;
    uint64_t mark_size;
    struct digest mark_root;
    struct digest mark_cosigned;
    uint64_t mark_statement;
    bool rolled_back; /* the mark is ahead of the store */
    bool moved;
};

/* ---- the node ---- */

struct node {
    struct label label;
    struct roster_chain *chain;  /* owned */
    const struct roster *roster; /* in force and durable; of the chain */
    uint64_t roster_seq; /* a new one is durable with this batch; 0: none */
    struct digest others[SYNC_OTHERS_MAX]; /* durable, out of force */
    size_t others_count;
    const struct roster_node *self; /* NULL: not on the roster */
    uint64_t instance;
    uint64_t started_ms;
    uint64_t now_ms;
    uint64_t clock_s;
    uint64_t deadline_ms;
    uint64_t token; /* the last one given */
    struct rng rng;
    uint8_t ledger_id_seed[32];
    struct buf machine_id; /* owned */
    struct buf release;    /* owned */
    bool started;          /* the first step was made */
    bool stopping;
    bool broken;         /* out of memory while changing state */
    struct effects *out; /* borrowed for one step */

    /* News: what others have not seen of us. */
    uint64_t news;
    uint64_t news_big; /* the last one that was more than a held count */
    bool summary_fresh;
    struct digest summary;

    struct ledger *ledgers[LEDGER_COUNT_MAX]; /* owned; NULL: free */
    size_t ledgers_end;                       /* slots in use are below */
    uint32_t numbers;                         /* the next number to give */
    struct peer peers[NODE_COUNT_MAX];
    struct ask asks[ASK_COUNT_MAX];
    struct fetch fetch;
    struct commit commit;
    struct intake intake;
    struct own own;
    struct statements statements;
    struct stating stating;
    struct placed placed;
    struct doubts doubts;
    struct cosigning cosigning;
    struct carrying carrying;
    struct history history;
    struct quota quota;
    struct proofs proofs;
    struct health health;
    struct days days;
    struct find finds[FINDS_MAX];
    struct repair repair;
    bool twins;           /* two machines speak with our own key */
    bool twins_look;      /* something was heard since, */
    uint64_t twins_at_ms; /* and look again then in any case */
    struct alarms alarms;

    /* Room for work that is too large for the stack. */
    struct record record;
    struct record inner; /* of a carried one */
    struct digest hashes[RECORDS_BATCH_COUNT_MAX];

#ifdef HF_SIM_FAULTS
    unsigned faults; /* enum sim_fault, one bit each */
#endif
};

/* The deadline is at `at_ms` or before it. */
static inline void node_due(struct node *node, uint64_t at_ms)
{
    if (at_ms <= node->now_ms) {
        at_ms = node->now_ms + 1;
    }
    if (at_ms < node->deadline_ms) {
        node->deadline_ms = at_ms;
    }
}

static inline uint64_t node_token(struct node *node)
{
    node->token++;
    return node->token;
}

#endif
