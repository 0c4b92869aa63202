/* SPDX-License-Identifier: Apache-2.0 */
/* The files that a deposit takes: each argument, and all below it when it is a
 * folder, in the order of names. Names are what the item will be called: the
 * argument's last part, then the path below it; bytes as the system gives
 * them. Symbolic links below an argument are not followed, and what is neither
 * a file nor a folder is left out; both are listed as skipped. Blocking; one
 * thread. */
#ifndef HF_TOOLS_FILES_H
#define HF_TOOLS_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "seal/journal.h"

struct stat;

struct file_entry {
    char *path;                 /* owned; to open it */
    char *name;                 /* owned; relative, as deposited */
    struct journal_stamp stamp; /* when it was listed */
    bool skipped;               /* not deposited, and why: */
    char *reason;               /* owned; a sentence */
};

struct file_list {
    struct file_entry *entries; /* owned */
    size_t count;
    size_t room;
    size_t skipped_count;
    uint64_t bytes; /* of those not skipped */
};

void file_list_init(struct file_list *list);
void file_list_done(struct file_list *list);
/* ERR_NOT_FOUND, ERR_PERMISSION, ERR_IO for the argument itself; what cannot be
 * read below it is an entry with a reason. ERR_CANCELLED, ERR_NO_MEMORY. */
MUST_USE enum err file_list_add(struct file_list *list, const char *argument,
                                struct why *ret_why);
/* What tells one state of a file from another. */
void file_stamp(const struct stat *status, struct journal_stamp *ret_stamp);
bool file_stamp_equal(const struct journal_stamp *a,
                      const struct journal_stamp *b);

#endif
