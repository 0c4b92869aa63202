/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a deposit run as a file (seal/journal.h is its text). It lies
 * in $XDG_RUNTIME_DIR/holdfast, which is RAM and ends with the login, or where
 * --journal says; without either there is none, and a run cannot be resumed.
 * One file for each set of arguments, 0600, locked while a run has it; removed
 * when the run is complete. A line is written before what it speaks of leaves
 * the machine. SECRET: it holds file keys. Blocking; one thread. */
#ifndef HF_TOOLS_DEPOSIT_JOURNAL_H
#define HF_TOOLS_DEPOSIT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "seal/journal.h"
#include "tools/holdfast/files.h"

struct deposit_journal {
    int fd; /* -1: no journal is kept */
    char path[4096];
    struct journal old;   /* what an earlier run left */
    uint64_t next_number; /* of the next new file */
    struct buf lines;     /* not yet written */
    bool is_resumed;
};

/* `dir` NULL: the RAM of this login, or none. `name` tells this run from
 * others: a hash of its arguments. ERR_BUSY: the same command runs already.
 * ERR_IO; a journal that cannot be read is begun anew. */
MUST_USE enum err deposit_journal_open(struct deposit_journal *journal,
                                       const char *dir,
                                       const struct digest *name,
                                       const struct cid *cid,
                                       struct why *ret_why);
/* `is_complete`: nothing is left to resume, remove the file. */
void deposit_journal_close(struct deposit_journal *journal, bool is_complete);

/* What an earlier run knew of this state of the file, or NULL. */
const struct journal_file *deposit_journal_find(
    const struct deposit_journal *journal, const struct file_entry *file);
/* The number of an old file, or begin a new one. */
uint64_t deposit_journal_number(struct deposit_journal *journal,
                                const struct journal_file *old,
                                const struct file_entry *file);
/* Collect lines in journal->lines by journal_put_..., then write them before
 * anything is sent. ERR_IO, ERR_FULL. */
MUST_USE enum err deposit_journal_write(struct deposit_journal *journal,
                                        struct why *ret_why);

#endif
