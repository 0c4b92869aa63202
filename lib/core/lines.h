/* SPDX-License-Identifier: Apache-2.0 */
/* The witnesses' lines under one checkpoint note. "Good" is a note whose lines
 * were all verified, one of each key: what we keep. A line is dated by its
 * witness's own clock: one from before holdfast existed (LINE_TIME_MIN) or from
 * the future says nothing and is not taken; of two good lines of one witness
 * the earlier stays. One that lies about an earlier hour cannot be told from an
 * early one; that is why the K-th earliest counts. Pure functions. */
#ifndef HF_CORE_LINES_H
#define HF_CORE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "ledger/note.h"
#include "model/ledger_keys.h"

#define LINE_TIME_MIN 1767225600 /* 2026-01-01 00:00 UTC */

/* Which of keys[] have a line in this good note, and when. Verifies nothing. */
void lines_read(const struct note *good, const struct ledger_keys *keys,
                struct note_matches *ret_matches);
/* The good note with the lines of `other`, of the same text, that it lacks, or
 * has with a later time; at most one line of each key is looked at. Appended to
 * ret_note; *ret_gained says how many there are, 0: nothing was appended.
 * ERR_CONFLICT when the texts differ, ERR_TOO_BIG, ERR_NO_MEMORY. */
MUST_USE enum err lines_merge(const struct note *good, const struct note *other,
                              const struct ledger_keys *keys, uint64_t time_max,
                              struct buf *ret_note, size_t *ret_gained);
/* A number that is the same for the same set of witnesses, 0 for none. */
uint32_t lines_hash(const struct note *good, const struct ledger_keys *keys);

#endif
