/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of reading again share; theirs only. */
#ifndef HF_STORE_REREAD_PARTS_H
#define HF_STORE_REREAD_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "model/bad_block.h"
#include "store/impl.h"
#include "store/sst.h"

/* In the order in which they are read; numbers are kept on disk. */
enum reread_stage {
    REREAD_FILES = 1,
    REREAD_YOUNG,
    REREAD_HEADERS,
    REREAD_FAMILIES, /* the others: their checksums */
    REREAD_HAVE,     /* does each block that is counted have its file? */
    REREAD_MEND,     /* damaged files are left */
    REREAD_ENDED
};

struct reread_file {
    uint64_t number;
    struct file_entry entry;
};

/* One block file under way. */
struct file_check {
    bool is_open;
    bool is_there; /* there is such a file */
    struct reread_file file;
    struct sst sst;
    uint8_t *seen; /* owned; a bit for each position whose block is good */
    uint32_t seen_count;
};

#define REREAD_DAMAGED_MAX 64 /* files; further ones are found again */

struct store_reread {
    struct store *store; /* borrowed */
    enum reread_stage stage;
    struct reread_file *files; /* owned; by number */
    size_t files_count;
    size_t files_room;
    size_t file_at;
    uint64_t bytes_all;
    uint64_t bytes_done;
    uint64_t blocks_all;
    struct file_check check;
    struct block_id from; /* HEADERS, HAVE: go on there */
    size_t family;        /* FAMILIES: which, */
    struct key key;       /* and from where; empty: from its start */
    size_t lost_row;
    uint64_t damaged[REREAD_DAMAGED_MAX]; /* numbers of files */
    size_t damaged_count;
    /* Of the step at hand. */
    struct bad_block *bad; /* owned */
    size_t bad_count;
    size_t bad_room;
    struct bad_user *users; /* owned */
    size_t users_count;
    size_t users_room;
    uint64_t bytes;
    size_t left;
    struct why note;
};

MUST_USE enum err reread_add_bad(struct store_reread *reread,
                                 const struct bad_block *bad);
/* reread.c, for reread_doubts.c: forget what the last step found; add what is
 * lacking, the items, and give it away. */
void reread_forget(struct store_reread *reread);
struct reread_found;
MUST_USE enum err reread_finish(struct store_reread *reread, enum err err,
                                struct reread_found *ret_found);
MUST_USE enum err reread_list_files(struct store_reread *reread,
                                    struct why *ret_why);
/* Borrowed, or NULL. */
const struct reread_file *reread_find_file(const struct store_reread *reread,
                                           uint64_t number);
/* Is this header object there, and right? Adds it when not. */
MUST_USE enum err reread_check_header(struct store_reread *reread,
                                      const uint8_t *id);
/* reread_users.c: who uses what was found. */
MUST_USE enum err reread_find_users(struct store_reread *reread);

/* ---- reread_file.c ---- */

/* Open the file; one that is not there is found out by the end. */
MUST_USE enum err file_check_begin(struct store_reread *reread,
                                   const struct reread_file *file,
                                   struct file_check *check);
/* About so many bytes. *ret_more is false when all was read that could be: then
 * what is wrong was added, and the check is closed. */
MUST_USE enum err file_check_go(struct store_reread *reread,
                                struct file_check *check, uint64_t max_bytes,
                                bool *ret_more);
void file_check_done(struct file_check *check);
/* Of all names that `have` places in this file (0: young) and that are not
 * marked as seen in `check` (may be NULL): read, and add what is bad. */
MUST_USE enum err file_check_names(struct store_reread *reread, uint64_t file,
                                   const struct file_check *check,
                                   bool is_there, size_t *ret_bad,
                                   size_t *ret_unread);
/* Read the block as a reader gets it, and hash it. ERR_OK, ERR_WRONG_HASH,
 * ERR_CORRUPT, ERR_IO. */
MUST_USE enum err file_read_block(struct store *store,
                                  const struct block_id *name,
                                  const struct block_place *place);
/* For each entry of `have`, from `from` on; fn returns false to stop. */
typedef enum err (*have_fn)(void *ctx, const struct block_id *name,
                            const struct block_place *place, bool *ret_stop);
MUST_USE enum err have_each(struct store *store, const struct block_id *from,
                            have_fn fn, void *ctx);

/* ---- reread_mend.c ---- */

/* Leave this damaged file. ERR_BUSY: it still has blocks that are counted and
 * cannot be read. As of a commit otherwise. */
MUST_USE enum err mend_file(struct store *store, uint64_t file,
                            struct why *ret_why);
/* Remove from quarantine/ what nobody waits for any more. */
MUST_USE enum err mend_tidy(struct store *store, struct why *ret_why);

#endif
