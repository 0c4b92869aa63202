/* SPDX-License-Identifier: Apache-2.0 */
/* The holds lines of a statement, made from bitmaps. A statement has room for
 * STATEMENT_SIZE_MAX bytes, and what does not fit is not claimed. Of the forms
 * of a line the shortest is taken. When none can say the exact set, a smaller
 * one with a shorter text is claimed: coarser exceptions, or only the longer
 * runs, whichever leaves most. Nothing is ever claimed that is not held.
 * Ledgers that need little get what they need, the others share the rest.
 * Several passes over the bitmaps: for a million items 2 ms when the exact set
 * fits, 30 ms at worst when it does not. Pure functions. Format:
 * proto/README.md, Statements. */
#ifndef HF_MODEL_STATEMENT_FIT_H
#define HF_MODEL_STATEMENT_FIT_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "crypto/digest.h"
#include "model/id.h"
#include "model/statement.h"

/* What is held of one ledger. Bitmaps as in model/runs.h, of `size` bits. The
 * bit of a leaf that is no item may be either; equal to its neighbours it
 * makes the shorter text. */
struct statement_held {
    struct origin origin;
    uint64_t size; /* >= 1: leaves of the checkpoint */
    struct digest root;
    const uint8_t *held;   /* borrowed */
    const uint8_t *placed; /* borrowed; by the statement's roster. NULL: all
                              are placed here, or nobody computed it */
};

/* Fill holds and holds_count of a statement whose other fields stand already,
 * so that its note fits. `holds` is the caller's, with room for `count`, and
 * the text of the RUNS goes to `runs`, an empty buffer with a maximum of
 * STATEMENT_SIZE_MAX; both must live as long as the statement. `ledgers` are
 * sorted by origin. A ledger for which no line is left is left out.
 * ret_unclaimed gets how many held leaves are not claimed. ERR_TOO_BIG when
 * the other fields alone do not fit, ERR_NO_MEMORY. */
MUST_USE enum err statement_fit_holds(struct statement *statement,
                                      const struct statement_held *ledgers,
                                      size_t count,
                                      struct statement_holds *holds,
                                      struct buf *runs,
                                      uint64_t *ret_unclaimed);

#endif
