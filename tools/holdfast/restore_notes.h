/* SPDX-License-Identifier: Apache-2.0 */
/* The texts that a restore leaves beside the files: MISSING.txt, and with
 * --ciphertext SHA256SUMS and README.txt. A MISSING.txt of somebody else stays
 * as it is: then ours has another name. */
#ifndef HF_TOOLS_RESTORE_NOTES_H
#define HF_TOOLS_RESTORE_NOTES_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "tools/holdfast/restore.h"

#define NOTES_PATH_SIZE 4200

/* The text of MISSING.txt: ids, and names where a key opened them and the
 * folder holds plaintext anyway. */
void missing_text(const struct restore *restore, struct buf *to);
/* Write it when something is missing; else remove the one that an earlier run
 * of the same command left. ret_path: where it is, or "". */
MUST_USE enum err missing_write(const struct restore *restore,
                                char ret_path[static NOTES_PATH_SIZE],
                                struct why *ret_why);
/* SHA256SUMS: restore->sums, and the lines of an earlier one for other files.
 * README.txt: how to open the files with age alone. */
MUST_USE enum err sums_write(struct restore *restore, struct why *ret_why);
/* Lines of `old` whose file is not named in `fresh`, then `fresh`. */
void sums_merge(struct span old, struct span fresh, struct buf *to);

#endif
