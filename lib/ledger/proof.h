/* SPDX-License-Identifier: Apache-2.0 */
/* The offline proof (tlog-proof@v1) that a leaf stands in a ledger: its index,
 * its path, and a checkpoint note with all of its signature lines. A parsed
 * proof borrows the bytes it was made from. `extra` is not authenticated and
 * means nothing; we do not write it. Pure functions.
 * Format: proto/README.md, Receipts. */
#ifndef HF_LEDGER_PROOF_H
#define HF_LEDGER_PROOF_H

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

#define PROOF_LINE_1 "c2sp.org/tlog-proof@v1"
/* A note, its path lines, and the lines before them. */
#define PROOF_SIZE_MAX (NOTE_SIZE_MAX + TREE_PATH_MAX * 45 + 16384)

struct proof {
    uint64_t index; /* of the leaf; below 2^63 */
    size_t path_count;
    struct digest path[TREE_PATH_MAX];
    bool has_extra;
    struct span extra; /* base64, known to decode */
    struct span note;  /* the checkpoint note, not yet parsed */
};

/* What a verified proof says. */
struct proof_result {
    struct note note;
    struct note_matches matches; /* whose lines count */
    struct checkpoint checkpoint;
};

/* ERR_MALFORMED, ERR_TOO_BIG. */
MUST_USE enum err proof_parse(struct span bytes, struct proof *ret_proof,
                              struct why *why);
void proof_format(struct buf *buf, const struct proof *proof);
/* Verify the checkpoint as checkpoint_open() does, then the path of this leaf
 * hash. Errors of checkpoint_open(), or ERR_WRONG_HASH when the leaf is not in
 * that tree at that index. Whether enough witnesses signed is the caller's. */
MUST_USE enum err proof_verify(const struct proof *proof,
                               const struct digest *leaf_hash,
                               const struct note_key *keys, size_t key_count,
                               struct proof_result *ret_result,
                               struct why *why);

#endif
