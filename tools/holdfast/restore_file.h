/* SPDX-License-Identifier: Apache-2.0 */
/* One file of a restore, from the temporary file to its name:
 *
 *     file_open()    begins the temporary file
 *     file_block()   checks, decrypts and writes a block; any order, several
 *                    threads with an opener each
 *     file_hash()    each block in its order, one thread at a time
 *     file_finish()  judges, makes durable, gives it its name
 *     file_drop()    at any point
 *
 * In the mode SEALED nothing is opened and the payload is written as it is,
 * behind a file with the header object. */
#ifndef HF_TOOLS_RESTORE_FILE_H
#define HF_TOOLS_RESTORE_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "model/id.h"
#include "seal/open.h"
#include "tools/holdfast/restore.h"
#include "tools/holdfast/restore_target.h"

/* What became of an item. */
struct outcome {
    enum restore_state state; /* WRITTEN, THERE, MISSING; PLANNED: ask again */
    const char *reason;       /* MISSING */
    struct why why;
    enum err stop;   /* not ERR_OK: the run cannot go on, for this reason */
    bool unverified; /* a check failed; it is there under that name */
    char path[64];   /* where it went instead of item->path; or "" */
    struct digest sha256; /* of what was written, for SHA256SUMS */
    struct digest header_sha256;
};

struct restore_file {
    const struct restore *restore;   /* borrowed */
    const struct restore_item *item; /* borrowed */
    struct buf head; /* owned; SEALED: the header object, EXPORT: what stands
                        in front of the chunks */
    struct target_file target;
    const char *path; /* borrowed, or instead */
    char instead[64];
    struct sha256 plain_sha;
    struct sha256 out_sha; /* of what is written, when that is no plaintext */
    struct sha512 sha512;
    uint64_t payload_size; /* bytes that came */
    bool root_failed;
    item_checks failed; /* from the blocks */
};

/* A block in the hands of a worker, then of file_hash(). */
struct file_block {
    uint64_t index;
    struct block_id name;
    struct span bytes; /* as it came */
    uint8_t *plain;    /* room for BLOCK_PLAIN_SIZE */
    size_t plain_size;
    bool name_failed;
    item_checks failed;
    enum err err; /* of writing */
    struct why why;
};

/* Is the header object needed beside the blocks? */
bool file_needs_header(const struct restore *restore);
/* A zeroed file may be dropped. False: the outcome is set, drop it. `object` is
 * the header object where it is needed; empty: the node does not have it.
 * `near` as for target_begin(). */
bool file_open(struct restore_file *file, struct target_folder **near,
               const struct restore *restore, uint32_t index,
               struct span object, struct outcome *ret_outcome);
void file_block(const struct restore_file *file, struct opener *opener,
                struct file_block *block);
/* How many bytes of the output came out of it. */
size_t file_hash(struct restore_file *file, const struct file_block *block);
/* Sets the outcome; afterwards only file_drop(). SLOW: waits for the disk. */
void file_finish(struct restore_file *file, struct outcome *ret_outcome);
void file_drop(struct restore_file *file);

void outcome_miss(struct outcome *outcome, const char *reason,
                  const char *sentence);
/* Writing failed: the item is missing, and when no other one can do better the
 * run ends. */
void outcome_write_failed(struct outcome *outcome, enum err err,
                          const struct why *why);

#endif
