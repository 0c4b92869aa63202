/* SPDX-License-Identifier: Apache-2.0 */
/* Receipts: what a depositor keeps. A registered one holds the record and an
 * offline proof that it stands in a ledger; a pending one holds only what was
 * handed over. A file has one or more, one after the other. A parsed receipt
 * borrows the bytes of the file; it is some 17 KiB, so walk a file with one
 * struct. "Genuine" is said only after receipt_verify() with the keys of the
 * roster that the receipt names. Pure functions.
 * Format: proto/README.md, Receipts. */
#ifndef HF_MODEL_RECEIPT_H
#define HF_MODEL_RECEIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "ledger/checkpoint.h"
#include "ledger/note.h"
#include "ledger/proof.h"
#include "model/id.h"
#include "model/ledger_keys.h"
#include "model/record.h"

struct roster_chain;

struct receipt {
    struct span bytes;      /* borrowed: this receipt in its file */
    bool is_pending;        /* then only `deposit` is set, and x_lines */
    struct digest roster;   /* the proof is verified under this one */
    struct deposit deposit; /* registered: of the record */
    size_t leaf_size;
    uint8_t leaf[LEAF_SIZE_MAX]; /* the ledger's leaf: a deposit, or the
                                    carried one that holds it */
    struct origin origin;        /* of the leaf */
    uint64_t claimed_time;       /* of the deposit record, by its node */
    struct span x_lines;         /* borrowed; may be empty */
    struct span proof;           /* borrowed: the tlog-proof, known to parse */
};

/* The checks, in their order; the first that fails is named. */
enum receipt_check {
    RECEIPT_GENUINE,
    RECEIPT_UNKNOWN_ROSTER,  /* the chain has no roster of this hash */
    RECEIPT_UNKNOWN_NODE,    /* that roster has no such node */
    RECEIPT_WRONG_ORIGIN,    /* the checkpoint is another ledger's */
    RECEIPT_WRONG_SIGNATURE, /* the checkpoint, or a known witness's line */
    RECEIPT_WRONG_PATH,      /* the record is not in that tree */
};

struct receipt_cosigner {
    struct label member;
    char name[NOTE_NAME_SIZE_MAX + 1]; /* of the witness key */
    uint64_t time;
};

struct receipt_result {
    enum receipt_check check;
    struct checkpoint checkpoint; /* from here on only when genuine */
    uint64_t index;               /* of the leaf */
    size_t cosigner_count;        /* all lines that count, the owner's too */
    struct receipt_cosigner cosigners[NODE_COUNT_MAX];
    size_t member_count; /* members that cosigned, other than the owner */
    uint64_t needed;     /* K */
    bool has_proven_time;
    uint64_t proven_time; /* the K-th earliest, one per member, without the
                             owner's; none when K is 0 */
};

/* The next receipt of a file: takes it from the front of *left. An empty file
 * and any rest that is no receipt are ERR_MALFORMED; ERR_TOO_BIG. The `why`
 * names lines of this receipt; the caller adds which one it is. */
MUST_USE enum err receipt_parse(struct span *left, struct receipt *ret_receipt,
                                struct why *why);
/* A registered one, from the leaf and the proof's parts. */
MUST_USE enum err receipt_format(struct buf *buf, const struct digest *roster,
                                 struct span leaf, const struct proof *proof);
void receipt_format_pending(struct buf *buf, const struct deposit *deposit);

/* Is a registered receipt genuine under these keys, of the roster that it
 * names? ERR_OK whenever the answer is known: it stands in ret_result->check,
 * and `why` says more when it is not RECEIPT_GENUINE. ERR_NO_MEMORY; a pending
 * receipt is ERR_MALFORMED. */
MUST_USE enum err receipt_verify(const struct receipt *receipt,
                                 const struct ledger_keys *keys,
                                 struct receipt_result *ret_result,
                                 struct why *why);

/* The same with the keys of the roster that the receipt names, in or out of
 * force, from this chain. */
MUST_USE enum err receipt_verify_chain(const struct receipt *receipt,
                                       const struct roster_chain *chain,
                                       struct receipt_result *ret_result,
                                       struct why *why);

/* The word for people and JSON: "genuine", "wrong-signature", ... */
const char *receipt_check_name(enum receipt_check check);

#endif
