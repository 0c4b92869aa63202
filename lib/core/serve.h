/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that need what is on disk. Pure but for the source, which may block:
 * the driver calls these on the pool, the simulator directly. They know
 * nothing of the node's state but the copies they are given. Each writes one
 * encoded reply message (wire/encode.h), at most MESSAGE_SIZE_MAX less the
 * frame's head, to `to`; when something cannot be read it writes a refusal.
 * The errors are ERR_NO_MEMORY and ERR_TOO_BIG only. */
#ifndef HF_CORE_SERVE_H
#define HF_CORE_SERVE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "core/effect.h"
#include "model/source.h"
#include "wire/message.h"

/* GET_NOTES, GET_RECORDS, GET_NAMES, GET_BLOCKS, CHALLENGE, LIST. `names`: of
 * the effect, for a CHALLENGE. */
MUST_USE enum err serve_answer(const struct source *source,
                               const struct message *request,
                               const struct serve_ledger *ledgers,
                               size_t ledgers_count,
                               const struct challenge_names *names,
                               struct buf *to);

/* EFFECT_PUSH: what would answer `what`, as the request PUT_NOTES, PUT_RECORDS,
 * PUT_BLOCKS or PUT_PROOFS. Blocks that are not held go as empty ones; those
 * that find no room are left out from the first on, so the number of results
 * tells. Notes that are not held are left out. ERR_NOT_FOUND: nothing of it is
 * held. */
MUST_USE enum err serve_push(const struct source *source,
                             const struct message *what,
                             const struct serve_ledger *ledgers,
                             size_t ledgers_count,
                             const struct challenge_names *names,
                             struct buf *to);

/* All borrowed; what an EFFECT_RECEIPTS says, and what the driver adds. */
struct receipts_asked {
    enum message_kind kind; /* DEPOSIT or RECEIPTS */
    const struct receipt_entry *entries;
    size_t entries_count;
    const struct serve_ledger *ledgers;
    size_t ledgers_count;
    const struct serve_roster *rosters;
    size_t rosters_count;
    struct digest roster_hash; /* in force */
    uint64_t heard;
    uint64_t needed;
    const uint8_t *lacks; /* answers the offer, one byte a name */
    size_t lacks_count;
};

/* The answer to a DEPOSIT or RECEIPTS: receipts are made here, from leaf, path
 * and checkpoint: the kept one that proves the earliest time, or else the
 * newest. Nodes of the tree are read once for a whole answer. */
MUST_USE enum err serve_receipts(const struct source *source,
                                 const struct receipts_asked *asked,
                                 struct buf *to);

#endif
