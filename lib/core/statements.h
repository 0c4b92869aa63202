/* SPDX-License-Identifier: Apache-2.0 */
/* The newest statement of each node of the roster: taken, kept, told of, and
 * counted for as long as it is fresh. What it claims stands in
 * core/holdings.h; our own is written by core/stating.h.
 *
 * Newest = the later ledger of that node, by its open record, then the number;
 * an older one never replaces a newer one. A statement is verified with the key
 * that the roster in force gives its node, when it comes and again when the
 * roster changes. One from a ledger whose first leaf is not here is not asked
 * for until that came, since nobody can say whether it is later; one from a
 * ledger that its node has left is refused. One that is dated later than our
 * clock by more than STATEMENT_AHEAD_S_MAX is kept, and not fresh.
 *
 * Bounds: one a node, STATEMENT_SIZE_MAX bytes each. When a node states more
 * often than once in STATEMENT_PERIOD_MS (four may follow at once), what comes
 * between is not asked for, and refused when it is brought: only the newest
 * one counts anyway, and it is taken when the minute is over. Loop thread.
 * Format: proto/README.md, Statements. */
#ifndef HF_CORE_STATEMENTS_H
#define HF_CORE_STATEMENTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "core/note_fate.h"
#include "core/state.h"
#include "model/source.h"
#include "wire/message.h"

void statements_done(struct node *node);
/* Once, after all ledgers are loaded: what the store holds. */
void statements_load(struct node *node, const struct source *source);
/* A statement came from this peer; SLOT_NONE: from a caller on this machine. */
enum note_fate statements_take(struct node *node, uint32_t slot,
                               struct span note);
/* Our own, just signed and verified; moves `note` and `statement`. */
void statements_take_own(struct node *node, struct buf *note,
                         struct statement *statement);
/* What our summary tells, sorted by node: those that are durable. Their number
 * is returned. */
size_t statements_told(const struct node *node,
                       struct statement_ref refs[static SYNC_STATEMENTS_MAX]);
/* A peer's summary tells of this one: is it to be asked for now? */
bool statements_lacks(const struct node *node,
                      const struct statement_ref *told);
/* A batch is durable. */
void statements_persisted(struct node *node);
/* After a roster changed: forget what does not fit it. */
void statements_pump(struct node *node);

/* Of a slot of core/stated.h; NULL: none. */
const struct stated *statements_find(const struct node *node, uint32_t slot);
/* Seconds: since its time, or since it was seen, whichever is more. */
uint64_t statements_age_s(const struct node *node, const struct stated *stated);
/* Not too old, not from the future, and its node has not left its ledger. */
bool statements_fresh(const struct node *node, const struct stated *stated);

#endif
