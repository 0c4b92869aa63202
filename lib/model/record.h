/* SPDX-License-Identifier: Apache-2.0 */
/* A record: one leaf of a ledger, a text. Kinds of this release are open (the
 * first leaf, and only that), deposit, and carried (an old leaf of an earlier
 * ledger of this node that nobody else had). A leaf of any other kind or
 * version is unreadable: it is stored, hashed, replicated and cosigned, counted
 * as such, and never acted on.
 * A parsed record borrows the bytes it was made from in `bytes` and `x_lines`;
 * all else is copied. A struct record is some 22 KiB: on a stack once, not in
 * arrays. Of the union only the part of its kind is set. What is hashed is
 * always `bytes`, never what is written anew.
 * Format: proto/README.md, Records. */
#ifndef HF_MODEL_RECORD_H
#define HF_MODEL_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/fields.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "model/id.h"

#define RECORD_EARLIER_MAX 128 /* more lines than fit in a leaf */

enum record_kind {
    RECORD_DEPOSIT,
    RECORD_OPEN,
    RECORD_CARRIED,
    RECORD_UNREADABLE, /* of a kind or version that this release does not
                          know; only `bytes` and `origin` are meant */
};

enum open_reason {
    OPEN_NEW,         /* no earlier ledger */
    OPEN_RESCUED,     /* the store was lost */
    OPEN_ROLLED_BACK, /* the store is older than what others have seen */
    OPEN_MOVED,       /* the directory was copied or restored elsewhere */
};

/* An earlier ledger of this node, with the newest checkpoint known of it. */
struct ledger_head {
    struct origin origin;
    uint64_t size;
    struct digest root;
};

/* What a deposit registers; the same three lines stand in a pending receipt. */
struct deposit {
    struct header_id header_id;
    uint64_t header_size; /* 1 to HEADER_SIZE_MAX */
    struct payload_root payload_root;
    uint64_t payload_size; /* padded: P, at most PAYLOAD_SIZE_MAX */
    struct digest commitment;
};

struct record_open {
    enum open_reason reason;
    size_t earlier_count;
    struct ledger_head earlier[RECORD_EARLIER_MAX]; /* sorted by origin */
};

struct record_carried {
    struct origin from; /* another ledger of the consortium, of any node */
    uint64_t index;     /* of the leaf in it */
    size_t leaf_size;
    uint8_t leaf[LEAF_DEPOSIT_SIZE_MAX]; /* unchanged */
};

struct record {
    struct span bytes; /* borrowed: the leaf */
    enum record_kind kind;
    struct origin origin;
    uint64_t time;        /* the node's clock: "claimed" */
    bool has_roster;      /* deposit and open */
    struct digest roster; /* hash of the roster that the node knew */
    struct span x_lines;  /* borrowed; may be empty; mean nothing */
    union {
        struct deposit deposit;        /* RECORD_DEPOSIT */
        struct record_open open;       /* RECORD_OPEN */
        struct record_carried carried; /* RECORD_CARRIED */
    };
};

/* Decode a leaf. ERR_OK also for an unreadable one (look at the kind).
 * ERR_MALFORMED, ERR_TOO_BIG: refuse it. */
MUST_USE enum err record_parse(struct span bytes, struct record *ret_record,
                               struct why *why);
/* The record inside a carried one. Its leaf is of the ledger `from`. Borrows
 * from `carried`. Kinds: deposit or unreadable. */
MUST_USE enum err record_parse_carried(const struct record *carried,
                                       struct record *ret_record,
                                       struct why *why);
/* Write a deposit, open or carried record, with its x lines; `bytes` is not
 * looked at. `earlier` must be sorted. Kinds: not RECORD_UNREADABLE. */
void record_format(struct buf *buf, const struct record *record);
/* The RFC 6962 leaf hash of the exact bytes. */
void record_leaf_hash(struct span bytes, struct digest *ret_hash);

/* "new", "rescued", "rolled-back", "moved". */
const char *open_reason_name(enum open_reason reason);

/* Take the lines `header`, `payload`, `commitment`. False when the fields
 * failed. */
MUST_USE bool deposit_parse(struct fields *fields, struct deposit *deposit);
/* Write the lines `header`, `payload`, `commitment`. */
void deposit_format(struct buf *buf, const struct deposit *deposit);
/* Same payload root, header id and commitment: gets the first one's receipt. */
bool deposit_equal(const struct deposit *a, const struct deposit *b);

#endif
