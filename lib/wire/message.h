/* SPDX-License-Identifier: Apache-2.0 */
/* Everything that two processes can say to each other (proto/README.md,
 * Requests), as one tagged union. A message is what stands inside a session's
 * ciphertext or in a frame of the local socket:
 *
 *     kind (1) | protobuf length (4) | protobuf | raw bytes
 *
 * A reply has the kind of its request, or MESSAGE_REFUSAL. Messages borrow:
 * spans point into the received bytes, arrays into the decoder's arena or into
 * the caller's memory; nobody frees a message. Sizes in bytes. */
#ifndef HF_WIRE_MESSAGE_H
#define HF_WIRE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "model/challenge.h"
#include "model/id.h"
#include "wire/health.h"
#include "wire/scrub.h"

/* The numbers stand in proto/peer.proto and never change. */
enum message_kind {
    MESSAGE_SYNC = 1,
    MESSAGE_GET_NOTES = 2,
    MESSAGE_PUT_NOTES = 3,
    MESSAGE_GET_RECORDS = 4,
    MESSAGE_PUT_RECORDS = 5,
    MESSAGE_GET_NAMES = 6,
    MESSAGE_GET_BLOCKS = 7,
    MESSAGE_PUT_BLOCKS = 8,
    MESSAGE_CHALLENGE = 9,
    MESSAGE_PUT_PROOFS = 10,
    MESSAGE_DEPOSIT = 11,
    MESSAGE_LIST = 12,
    MESSAGE_STATUS = 13,
    MESSAGE_RELOAD = 14,
    MESSAGE_OPEN_LEDGER = 15,
    MESSAGE_RECEIPTS = 16,
    MESSAGE_VERIFY = 17,
    MESSAGE_SCRUB = 18,
    MESSAGE_EVENTS = 19,
    MESSAGE_REFUSAL = 127
};

/* Kinds of signed texts; also the first part of their key in the store. */
enum note_kind {
    NOTE_ROSTER = 1,      /* name empty, number = version; out of force: name =
                             its hash in hex, number = 0 */
    NOTE_CHECKPOINT = 2,  /* name = origin, number = 0: the newest one, with the
                             cosignatures of it that are known here */
    NOTE_COSIGNATURE = 3, /* name = origin, number = size: a checkpoint that
                             has enough cosignatures. Asked for by a number
                             that is not held, the next larger one is given */
    NOTE_STATEMENT = 4,   /* name = the node's label, number = 0: the newest */
    NOTE_FORK = 5,        /* name = origin, number = 0: two histories */
    NOTE_COSIGNED = 6,    /* never sent. name = origin, number = 0: what our own
                             witness key signed last (core/witness.h) */
    NOTE_QUOTA = 7,       /* never sent. name = a member's label, number = 0:
                             what is counted of its day (core/quota.h) */
    NOTE_CHECKS = 8,      /* never sent, not signed. name = the node's label,
                             number = 0: what our challenges to it gave */
    NOTE_SEEN = 9,        /* never sent. name = origin, number = 0: when its
                             leaves were first seen here (core/seen.h) */
    NOTE_DAY = 10,        /* never sent. name empty, number = days since 1970:
                             items of each state then (core/days.h) */
    /* Never sent; what reading again keeps (core/repair.h). */
    NOTE_INCIDENT = 16, /* name empty, number = 0, 1, 2 ... */
    NOTE_REPAIR = 17,   /* name empty, number = 0, 1, 2 ...: the incidents of
                           what is not here again yet, in no order */
    NOTE_SCRUB = 18     /* name empty, number = 0: where it is */
};

/* A ledger's head as somebody holds it. */
struct head {
    struct origin origin;
    uint64_t size; /* leaves; >= 1 */
    struct digest root;
    uint64_t held;  /* items of it held whole; a hint, unsigned */
    uint32_t lines; /* first bytes of a hash over the cosignatures held of this
                       head; 0: none. A hint that they differ */
    bool forked;    /* a fork proof of this ledger is held */
};

/* The newest statement of a node. */
struct statement_ref {
    struct label node;
    struct origin ledger; /* as it says itself */
    uint64_t number;
};

/* What the answerer of a Sync lacks, cannot fetch, and asks of this asker for
 * LEASE_MS: to be brought by PUT_BLOCKS. */
enum lease_kind {
    LEASE_BLOCK = 1,
    LEASE_HEADER = 2,
    LEASE_NAMES = 3
};

struct lease {
    enum lease_kind kind;
    struct block_id name; /* block, header, or payload root for names */
    uint64_t page;        /* LEASE_NAMES */
    uint64_t size;        /* bytes of a block or header object; NAMES: 0 */
};

struct msg_sync {
    uint64_t instance;    /* cursor: the answerer's, 0 = none yet */
    uint64_t news;        /* cursor: its news number */
    struct digest digest; /* of the asker's own summary */
    uint64_t clock_s;     /* the asker's, POSIX seconds */
    struct span release;
    bool wait;  /* the answer may wait SYNC_WAIT_MS for news */
    bool first; /* first Sync of this session */
    /* Only in the first: newest heads held of the other's ledgers. */
    const struct head *yours;
    size_t yours_count;
    bool brings; /* whatever the answer leases, if it holds it */
    /* By the answerer's last summary: the asker holds no head newer than the
     * answerer's. */
    bool nothing_newer;
    bool vouch; /* tell me of whom you know that */
    /* Only in the first: newest heads held that the other's witness key
     * cosigned; origin, size and root. */
    const struct head *cosigned;
    size_t cosigned_count;
};

struct msg_sync_reply {
    uint64_t instance;
    uint64_t news;
    uint64_t clock_s;
    struct span release;
    bool first;               /* yours is filled */
    const struct head *yours; /* what the answerer holds of the asker's */
    size_t yours_count;
    bool has_summary;
    uint64_t roster_version;
    struct digest roster_hash;
    const struct head *heads; /* every ledger that the answerer holds */
    size_t heads_count;
    const struct statement_ref *statements;
    size_t statements_count;
    /* Hashes of rosters that follow the one in force and are not in force:
     * a fork. */
    const struct digest *others;
    size_t others_count;
    /* With or without a summary. */
    const struct lease *leases;
    size_t leases_count;
    /* Only when asked for: nodes that said so not long ago. So a node that can
     * only dial hears of others that can only dial. */
    const struct label *vouched;
    size_t vouched_count;
    /* Slices to prove by PUT_PROOFS within PROOF_MS, asked of whom the
     * answerer cannot dial. */
    const struct challenge *challenges;
    size_t challenges_count;
    const struct head *cosigned; /* in the first: by the asker's witness key */
    size_t cosigned_count;
};

struct note_ref {
    enum note_kind kind;
    struct span name; /* at most 127 bytes */
    uint64_t number;
};

struct msg_get_notes {
    const struct note_ref *refs;
    size_t count; /* <= NOTES_PER_REQUEST_MAX */
};

/* notes[i] answers refs[i]; an empty span = not held, or no room left in this
 * answer (ask again). */
struct msg_get_notes_reply {
    const struct span *notes;
    size_t count;
};

struct msg_get_records {
    struct origin origin;
    uint64_t from;  /* index of the first leaf wanted */
    uint64_t count; /* 1 .. RECORDS_BATCH_COUNT_MAX */
};

/* Whole batch or nothing. raw = checkpoint note | (length (2) | leaf)... */
struct msg_get_records_reply {
    struct origin origin;
    uint64_t from;
    struct span checkpoint;    /* a signed note that covers the batch */
    const struct digest *path; /* consistency, batch's end -> checkpoint */
    size_t path_count;
    const struct span *leaves;
    size_t leaves_count; /* 0: the answerer has nothing from there on */
};

struct msg_get_names {
    struct payload_root root;
    uint64_t page;
};

/* raw = page roots (when there are several pages) | names of the page. */
struct msg_get_names_reply {
    struct payload_root root;
    uint64_t page;
    bool found; /* names_count > 0; not encoded of itself */
    const struct digest *page_roots;
    size_t page_roots_count; /* 0 when one page holds all names */
    const struct block_id *names;
    size_t names_count;
};

/* Blocks and header objects alike, by name. */
struct msg_get_blocks {
    const struct block_id *names;
    size_t count; /* 1 .. BLOCKS_PER_REQUEST_MAX */
    /* Not encoded: the asker's own note which names are header objects (one
     * flag a name). They are verified but not put into the open group. NULL:
     * none. */
    const bool *headers;
};

/* blocks[i] answers names[i]; empty = not held, or no room in this answer. */
struct msg_get_blocks_reply {
    const struct span *blocks;
    size_t count;
};

/* Signed texts that the asked one cannot fetch. raw = the notes. */
struct msg_put_notes {
    const struct note_ref *refs;
    const struct span *notes; /* one for each ref; none is empty */
    size_t count;             /* 1 .. NOTES_PER_REQUEST_MAX */
};

enum put_result {
    PUT_TAKEN = 0,      /* or known already */
    PUT_REFUSED = 1,    /* not true, or not wanted: not to be offered again */
    PUT_NOT_LEASED = 2, /* not this one from this caller */
    PUT_NO_ROOM = 3     /* below the reserve, or busy: later again */
};

/* Answer to PUT_NOTES, PUT_RECORDS (one result) and PUT_BLOCKS (one for each
 * name, then one for each page). */
struct msg_put_reply {
    const uint8_t *results; /* enum put_result */
    size_t count;
    uint64_t size; /* PUT_RECORDS: leaves of that ledger held now */
};

/* One item to register. */
struct deposit_item {
    struct payload_root root;
    uint64_t size; /* padded */
    struct header_id header;
    struct span header_bytes; /* the header object */
    struct digest commitment;
    /* Names of the payload's blocks, all pages one after the other; empty
     * when the payload is one block. At most one page (32 GiB) rides here;
     * further pages come before, by `pages`. */
    const struct block_id *names;
    size_t names_count;
};

/* A page of names of a payload of more than NAMES_PER_PAGE blocks. Each request
 * that carries pages of a payload also carries, before them, its page
 * NAMES_PAGE_ROOTS (model/batch.h): the roots of all pages as names, so that
 * every page is checked as it comes. An item of such a payload carries no
 * names. */
struct deposit_page {
    struct payload_root root;
    uint64_t page;
    const struct block_id *names;
    size_t names_count;
};

/* Any mix of: which of these do you lack (offer), blocks, pages, items. The
 * node keeps blocks as they come; an item is registered when all of its blocks
 * are there. raw = blocks | pages' names | (header | names)... */
struct msg_deposit {
    const struct block_id *offer;
    size_t offer_count;           /* <= 1024 */
    const struct block_id *names; /* of blocks[] */
    const struct span *blocks;
    size_t blocks_count; /* <= BLOCKS_PER_REQUEST_MAX */
    const struct deposit_page *pages;
    size_t pages_count;
    const struct deposit_item *items;
    size_t items_count; /* <= DEPOSIT_ITEMS_PER_REQUEST_MAX */
};

/* What was leased, or what the asker cannot give: an empty block for that name
 * (of a page: for its payload root). raw = blocks | pages' names. */
struct msg_put_blocks {
    const struct block_id *names; /* blocks and header objects */
    const struct span *blocks;
    size_t count; /* <= BLOCKS_PER_REQUEST_MAX */
    const struct deposit_page *pages;
    size_t pages_count; /* <= NAME_PAGES_PER_REQUEST_MAX */
};

/* Prove that you hold these slices. */
struct msg_challenge {
    const struct challenge *questions;
    size_t count; /* 1 .. CHALLENGES_PER_REQUEST_MAX */
};

enum proof_kind {
    PROOF_MAC = 1,   /* challenge_answer() */
    PROOF_SLICE = 2, /* the slice and its path to the payload root */
    PROOF_NOT_HELD = 3
};

struct slice_proof {
    enum proof_kind kind;
    struct challenge_nonce nonce; /* of the question */
    struct digest mac;            /* MAC */
    const struct digest *path;    /* SLICE; sibling first */
    size_t path_count;
    struct span slice; /* SLICE; raw */
};

/* Answer to CHALLENGE: one for each question, in that order. Request
 * PUT_PROOFS: of questions that the answer to a Sync asked. */
struct msg_proofs {
    const struct slice_proof *proofs;
    size_t count; /* 1 .. CHALLENGES_PER_REQUEST_MAX */
};

enum deposit_outcome {
    DEPOSIT_REGISTERED = 1,
    DEPOSIT_PENDING = 2, /* kept on this node, not yet registered */
    DEPOSIT_REFUSED = 3
};

struct deposit_result {
    enum deposit_outcome outcome;
    struct span text; /* the receipt, or why it was refused */
};

struct msg_deposit_reply {
    const uint8_t *lacks; /* one byte a name of offer: 1 = send it */
    size_t lacks_count;
    const struct deposit_result *results; /* one for each item */
    size_t results_count;
    uint64_t heard;  /* when pending: members heard since the start, */
    uint64_t needed; /* of so many */
};

/* Complete receipts of items deposited here or elsewhere. */
struct msg_receipts {
    const struct deposit_item *items; /* root, header, commitment only */
    size_t count;                     /* <= DEPOSIT_ITEMS_PER_REQUEST_MAX */
};

/* The answer is a msg_deposit_reply (results: REGISTERED, PENDING, or REFUSED
 * with the text "not found"). */

struct msg_list {
    uint64_t ledger;    /* cursor: the answerer's number of a ledger, from 0 */
    uint64_t index;     /* and a leaf of it */
    uint64_t count;     /* at most so many; <= RECORDS_BATCH_COUNT_MAX */
    struct span prefix; /* first bytes of payload roots, or empty: all */
    uint64_t prefix_bits; /* only that many bits of prefix count */
    /* Bit i: only items in state i (enum item_state), and what is known of
     * them; then count <= LIST_DETAILS_MAX. 0: all, without that. */
    uint32_t states;
};

struct list_entry {
    struct span origin;
    uint64_t index;
    bool held;               /* header and all blocks are here */
    struct span leaf;        /* raw; a deposit record, or a carried one */
    struct list_state state; /* when it was asked for */
};

struct msg_list_reply {
    const struct list_entry *entries;
    size_t count;
    bool more; /* ask again with this cursor */
    uint64_t ledger;
    uint64_t index;
    /* What the states speak of, sorted. Members: those of the roster. */
    const struct label *members;
    size_t members_count;
    const struct label *nodes;
    size_t nodes_count;
    /* Records of kinds that this release does not know, among those that were
     * looked at for this answer. */
    uint64_t unreadable;
};

/* As enum node_role of model/roster.h, on the wire. */
enum node_role_code {
    ROLE_STORE = 1,
    ROLE_OBSERVER = 2,
    ROLE_LEAVING = 3
};

struct status_peer {
    struct span node;
    struct span member;
    struct span country;
    bool connected;       /* our own session with it is up */
    bool heard;           /* at least once since the start */
    uint64_t silent_s;    /* since it was last heard (monotonic) */
    uint64_t items_known; /* items of all ledgers that it has heard of */
    uint64_t items_held;  /* as it says itself, unsigned */
    uint64_t behind;      /* items that we know and it does not hold */
    struct span release;
    enum node_role_code role;
    bool has_statement;
    uint64_t statement_age_s; /* of its newest statement; UINT64_MAX: it is
                                 dated in the future, or from a ledger left */
    uint64_t items_claimed;   /* items that this statement claims */
    uint64_t free_bytes;      /* as stated */
    uint64_t waiting; /* LEAVING: items that it claims and that fewer other
                         members hold than the rule wants */
    struct status_proofs proofs;
};

/* Something that is not as it should be, as long as it lasts. */
struct status_alarm {
    struct span code;    /* FORK, TWINS, CLOCK ... */
    struct span subject; /* node=..., ledger=..., or empty */
    struct span text;
    uint64_t since_s; /* seconds ago */
    bool critical;
};

struct status_ledger {
    struct span origin;
    uint64_t size;
    uint64_t items;
    uint64_t held;
    bool own;
    bool current;
};

enum own_phase {
    OWN_WAITING = 1, /* has not yet heard from enough members */
    OWN_OPENING = 2,
    OWN_READY = 3,
    OWN_STOPPED = 4 /* an open record of ours that we did not write */
};

struct msg_status_reply {
    struct span node;
    struct span member;
    struct span country;
    struct span consortium; /* CID */
    struct span release;
    uint64_t roster_version;
    struct digest roster_hash;
    enum own_phase phase;
    uint64_t heard; /* members heard since the start */
    uint64_t needed;
    uint64_t uptime_s;
    uint64_t items;        /* all known */
    uint64_t held;         /* of them whole here */
    uint64_t pending;      /* deposits kept, not yet registered */
    uint64_t wanted_bytes; /* payload bytes still to fetch (estimate) */
    uint64_t free_bytes;
    uint64_t reserve_bytes;
    bool full;
    const struct status_peer *peers;
    size_t peers_count;
    const struct status_ledger *ledgers;
    size_t ledgers_count;
    const struct status_alarm *alarms;
    size_t alarms_count;
    /* copies[k]: items that k members hold, by their newest statements (this
     * node's own holdings are as they are). */
    const uint32_t *copies;
    size_t copies_count;
    uint64_t rule_copies;
    uint64_t rule_countries;
    uint64_t rule_members; /* that run a store node */
    /* This node's clock against the median of the others. */
    bool clock_known;
    uint64_t clock_ahead_s;
    uint64_t clock_behind_s;
    uint64_t placed; /* items that this node is to hold, or holds anyway */
    enum node_role_code role;
    uint64_t waiting; /* LEAVING: as of a peer */
    struct status_health health;
};

/* Ask everybody who claims this item for fresh proof, and read our own copy
 * again. */
struct msg_verify {
    struct payload_root root;
    uint64_t pieces; /* of each holder; <= VERIFY_PIECES_MAX; 0: ask nobody */
    uint64_t read_from; /* go on with this block of our own copy */
};

enum verify_result {
    VERIFY_GOOD = 1,
    VERIFY_BAD = 2, /* a wrong answer, or other bytes than the name says */
    VERIFY_NO_ANSWER = 3, /* not all asked were answered in time */
    VERIFY_NOT_HELD = 4 /* it says itself that it does not have it (any more) */
};

struct verify_holder {
    struct span node;
    struct span member;
    struct span country;
    bool own; /* this node's copy, which is read and not asked */
    enum verify_result result;
    uint64_t asked; /* pieces; own: blocks read by this request */
    uint64_t good;
    uint64_t last_good_s; /* POSIX seconds of its last right answer, about any
                             item; 0: none in 30 days */
};

struct msg_verify_reply {
    bool found; /* some ledger here has it */
    uint64_t size;
    uint64_t blocks;
    uint64_t read_to; /* blocks of our own copy read so far; `blocks`: all, or
                         it is not held here */
    const struct verify_holder *holders;
    size_t holders_count;
};

struct msg_reload_reply {
    struct span text; /* what was taken, line by line */
};

struct msg_open_ledger {
    struct span confirm; /* the node's label, typed by the operator */
};

struct msg_open_ledger_reply {
    struct origin left;
    struct origin opened;
};

/* Any request may get this instead of its answer. */
struct msg_refusal {
    uint64_t code;    /* enum err */
    struct span name; /* stable code of ux.md, for example STORE-FULL */
    struct span text; /* a sentence */
};

struct message {
    enum message_kind kind;
    bool reply;
    union {
        struct msg_sync sync;
        struct msg_sync_reply sync_reply;
        struct msg_get_notes get_notes;
        struct msg_get_notes_reply get_notes_reply;
        struct msg_get_records get_records;
        struct msg_get_records_reply get_records_reply;
        struct msg_get_names get_names;
        struct msg_get_names_reply get_names_reply;
        struct msg_get_blocks get_blocks;
        struct msg_get_blocks_reply get_blocks_reply;
        struct msg_put_notes put_notes;
        struct msg_get_records_reply put_records; /* as its reply */
        struct msg_put_blocks put_blocks;
        struct msg_put_reply put_reply; /* of PUT_* */
        struct msg_challenge challenge;
        struct msg_proofs proofs; /* answer to CHALLENGE; PUT_PROOFS */
        struct msg_deposit deposit;
        struct msg_deposit_reply deposit_reply; /* also of RECEIPTS */
        struct msg_receipts receipts;
        struct msg_list list;
        struct msg_list_reply list_reply;
        struct msg_status_reply status_reply; /* STATUS asks nothing more */
        struct msg_reload_reply reload_reply; /* so does RELOAD */
        struct msg_verify verify;
        struct msg_verify_reply verify_reply;
        struct msg_open_ledger open_ledger;
        struct msg_open_ledger_reply open_ledger_reply;
        struct msg_scrub scrub;
        struct msg_scrub_reply scrub_reply;
        struct msg_events events;
        struct msg_events_reply events_reply;
        struct msg_refusal refusal;
    };
};

#endif
