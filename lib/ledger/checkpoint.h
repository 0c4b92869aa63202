/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint: the text of a note that says which root a ledger of an origin
 * had at a size. Lines: origin, size, base64 root. It is signed with the
 * ledger's key, whose name is the origin; a line of any other name does not
 * make it a checkpoint of this origin. We write no extension lines and take
 * none. Pure functions. Format: proto/README.md, Checkpoints. */
#ifndef HF_LEDGER_CHECKPOINT_H
#define HF_LEDGER_CHECKPOINT_H

#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "ledger/note.h"

struct checkpoint {
    char origin[NOTE_NAME_SIZE_MAX + 1]; /* NUL-terminated */
    uint64_t size;                       /* leaves; below 2^63 */
    struct digest root;
};

/* From the text of a note. Does not verify. Size 0 is accepted only with the
 * root of nothing. ERR_MALFORMED, ERR_UNSUPPORTED (extension lines). */
MUST_USE enum err checkpoint_parse(struct span text,
                                   struct checkpoint *ret_checkpoint,
                                   struct why *why);
void checkpoint_format(struct buf *buf, const struct checkpoint *checkpoint);

/* Verify the whole note with keys[] (the ledger's and the witnesses'), demand
 * the line of the type-01 key whose name is the origin, and decode. The
 * matches tell which witnesses' lines count, with their times. Errors of
 * note_parse, note_verify and checkpoint_parse; ERR_WRONG_SIGNATURE when the
 * ledger's line is missing. */
MUST_USE enum err checkpoint_open(struct span bytes,
                                  const struct note_key *keys, size_t key_count,
                                  struct note *ret_note,
                                  struct note_matches *ret_matches,
                                  struct checkpoint *ret_checkpoint,
                                  struct why *why);

#endif
