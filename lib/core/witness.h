/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints and who witnessed them: the newest checkpoint of each ledger with
 * the lines of its witnesses, the history of those that enough members
 * cosigned, and what is overdue. A checkpoint is "witnessed" once K members
 * other than its owner cosigned it (roster, `cosigners`).
 *
 * Lines gather in memory for LINES_LINGER_MS before they are written, so that
 * those of several witnesses are one write and one piece of news. Kept for ever
 * as NOTE_COSIGNATURE: the first witnessed checkpoint of each hour, and the
 * newest one. Our own lines: core/cosigning.h.
 *
 * Bounds: of each note at most one line a witness is verified, and some
 * thousand lines in ten seconds for one peer; a ledger holds one note in memory
 * (NOTE_SIZE_MAX, in truth some 200 bytes a line).
 * Loop thread. Format: proto/README.md, Checkpoints. */
#ifndef HF_CORE_WITNESS_H
#define HF_CORE_WITNESS_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "core/note_fate.h"
#include "core/state.h"
#include "model/source.h"

/* A checkpoint note of this ledger came from this peer (or SLOT_NONE), perhaps
 * with lines. Taken: as the newest one of leaves that we hold; for its lines;
 * as the other side of a fork. */
enum note_fate witness_take(struct node *node, uint32_t slot,
                            const struct origin *origin, struct span note);
/* The ledger's new newest checkpoint: verified, and true for its leaves `at`.
 * `note` has the owner's line alone; `with_lines` is the same checkpoint as it
 * came, or empty. */
void witness_checkpoint(struct node *node, struct ledger *ledger,
                        const struct ledger_mark *at, struct span note,
                        struct span with_lines);
/* Add the good lines of this note, of the same text, to the newest one. How
 * many were new is returned. */
size_t witness_lines(struct node *node, struct ledger *ledger,
                     struct span note);
/* At the start: `note` is the newest checkpoint that the store holds. */
MUST_USE enum err witness_load(struct node *node, struct ledger *ledger,
                               const struct source *source, struct span note);
void witness_pump(struct node *node);

#endif
