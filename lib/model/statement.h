/* SPDX-License-Identifier: Apache-2.0 */
/* A statement: a node's signed account of what it holds, whom it has checked,
 * and how it is reached. It is a claim, no more: what it proves is that this
 * node said so. A parsed statement borrows the text it was made from, and owns
 * two arrays, which statement_done() frees; the struct itself is below 1 KiB.
 * Formatting takes any struct that follows the rules below, whoever owns its
 * arrays. Nothing of a statement is believed before statement_open() has taken
 * it. Pure functions. Format: proto/README.md, Statements. */
#ifndef HF_MODEL_STATEMENT_H
#define HF_MODEL_STATEMENT_H

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
#include "crypto/sign.h"
#include "model/id.h"

struct roster;

/* From what a holds line starts; `except` is taken away, `plus` put to it. */
enum holds_form {
    HOLDS_ALL,    /* every item of the ledger up to size */
    HOLDS_PLACED, /* those that the statement's roster places on this node */
    HOLDS_NONE,
};

/* What is claimed of one ledger, whose first `size` leaves have this root. */
struct statement_holds {
    struct origin origin;
    uint64_t size; /* >= 1 */
    struct digest root;
    enum holds_form form;
    struct span except; /* RUNS, or empty; borrowed. None with HOLDS_NONE */
    struct span plus;   /* RUNS, or empty; borrowed. None with HOLDS_ALL */
};

/* Challenges of the last 30 days to one other node. good + bad <= asked. */
struct statement_checked {
    struct label node;
    uint64_t asked;
    uint64_t good;
    uint64_t bad;
    uint64_t time; /* of the last good one; means nothing when good is 0 */
};

struct statement {
    struct span text; /* borrowed; not looked at by statement_format() */
    struct span line; /* borrowed: the node's signature line. Only set by
                         statement_open() */
    struct label node;
    struct origin ledger; /* its current one */
    uint64_t number;
    uint64_t time;        /* the node's clock */
    struct digest roster; /* what the node knew; it is not verified by it */
    uint64_t reads;       /* >= 1: highest version of our texts it knows */
    size_t address_count;
    struct span addresses[ADDRESS_COUNT_MAX]; /* borrowed */
    uint64_t free_bytes;
    bool has_scrubbed;
    uint64_t scrubbed; /* every held block was read again since then */
    size_t holds_count;
    struct statement_holds *holds; /* owned; sorted by origin, each once, all
                                      of the ledger's CID */
    size_t checked_count;
    struct statement_checked *checked; /* owned; sorted by node, each once,
                                          never itself */
    struct span x_lines;               /* borrowed; mean nothing */
};

/* Is this the text of a statement, and of a version that we read?
 * ERR_MALFORMED, ERR_UNREADABLE (another version). */
MUST_USE enum err statement_check_version(struct span text, struct why *why);
/* The text, every rule of it. ERR_MALFORMED, ERR_UNREADABLE (another version),
 * ERR_TOO_BIG, ERR_NO_MEMORY. statement_done() frees after ERR_OK. */
MUST_USE enum err statement_parse(struct span text,
                                  struct statement *ret_statement,
                                  struct why *why);
/* Also fine for a zeroed one. */
void statement_done(struct statement *statement);
/* The one way to write it. Whether it fits in a note: statement_sign(); how to
 * make it fit: model/statement_fit.h. */
void statement_format(struct buf *buf, const struct statement *statement);
/* How many bytes the lines of one ledger take. */
size_t statement_holds_size(const struct statement_holds *holds);

/* Verify a whole note with the key that this roster, the verifier's current
 * one, gives the node; then decode. Borrows from `bytes`. Errors of note_open()
 * and statement_parse(); ERR_NOT_A_MEMBER when the roster has no such node,
 * ERR_REFUSED when the statement is of another consortium. */
MUST_USE enum err statement_open(struct span bytes, const struct cid *cid,
                                 const struct roster *roster,
                                 struct statement *ret_statement,
                                 struct why *why);
/* An opened one as a note with that one signature line: how it is kept and
 * passed on. At most STATEMENT_SIZE_MAX bytes. */
void statement_put_note(struct buf *buf, const struct statement *statement);
/* The text and its note, appended to buf. `secret` is the node's ledger key.
 * ERR_TOO_BIG when the note would be above STATEMENT_SIZE_MAX bytes. */
MUST_USE enum err statement_sign(struct buf *buf,
                                 const struct statement *statement,
                                 const struct sign_key *secret);

/* Is a newer than b? Only for two of one ledger, else false: which of two
 * ledgers is the later one, their open records say. */
bool statement_newer(const struct statement *a, const struct statement *b);
/* Borrowed, or NULL. */
const struct statement_holds *statement_find_holds(
    const struct statement *statement, const struct origin *origin);
const struct statement_checked *statement_find_checked(
    const struct statement *statement, struct span node);

/* The bits of what a holds line claims, below the smaller of holds->size and
 * `size`; all others of the `size` bits are cleared. `placed` is a bitmap of
 * `size` bits, of the items that the statement's roster places on its node;
 * NULL: all are. */
void statement_holds_bits(const struct statement_holds *holds,
                          const uint8_t *placed, uint64_t size, uint8_t *bits);

#endif
