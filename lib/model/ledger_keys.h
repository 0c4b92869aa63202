/* SPDX-License-Identifier: Apache-2.0 */
/* The keys by which one roster judges the checkpoints of one ledger: that of
 * its node, and the witness keys of all nodes with the members that run them.
 * A plain value of some 6 KiB, filled from a roster (or by hand in a test).
 * Format: proto/README.md, Ledgers. */
#ifndef HF_MODEL_LEDGER_KEYS_H
#define HF_MODEL_LEDGER_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "ledger/note.h"
#include "model/id.h"

struct roster;

struct ledger_keys {
    /* For checkpoint_open() and proof_verify(): first the ledger's key, then
     * the witness keys. */
    struct note_key keys[1 + NODE_COUNT_MAX];
    size_t count;                             /* >= 1 */
    struct label members[1 + NODE_COUNT_MAX]; /* whose keys[] they are; the
                                                 first is the owner */
    uint64_t cosigners;                       /* K of the roster */
};

/* ERR_NOT_FOUND when the roster has no such node, or the origin is of another
 * consortium than `cid`. */
MUST_USE enum err ledger_keys_of(const struct roster *roster,
                                 const struct cid *cid,
                                 const struct origin *origin,
                                 struct ledger_keys *ret_keys);
/* The proven time by these matches of note_verify() with keys->keys: the K-th
 * earliest cosignature time, one (the earliest) for each member, the owner's
 * own not counted. False when there are fewer, or K is 0. */
bool proven_time(const struct ledger_keys *keys,
                 const struct note_matches *matches, uint64_t *ret_time);

/* How many members other than the owner made these cosignatures. */
size_t proven_members(const struct ledger_keys *keys,
                      const struct note_matches *matches);

#endif
