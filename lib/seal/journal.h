/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a deposit journal, so that a run that was cut off goes on where
 * it was instead of sending everything again. Our own format, one line a fact,
 * only ever appended to:
 *
 *     holdfast journal 1
 *     consortium CID
 *     file N SIZE MTIME CTIME PATH
 *     attempt N FILE-KEY PAYLOAD-NONCE SALT
 *     block N INDEX NAME
 *     header N COMMITMENT ROOT BASE64
 *     done N
 *
 * N numbers the files of the run from 0; MTIME and CTIME are nanoseconds since
 * 1970 (0 when before); PATH is free text as of holdfast.md 1. A line is
 * written, and durable, before what it speaks of leaves the machine. A second
 * `attempt` of the same N forgets the blocks and the header of the first one:
 * the file had changed. Blocks come in any order. The header object is kept
 * whole: it is sent again as it was, for a second one for the same payload is
 * refused by the node. A last line without LF is a write that was cut off and
 * counts for nothing.
 * SECRET: it holds file keys. It lives in RAM, mode 0600 (tools write it), and
 * this struct wipes itself. */
#ifndef HF_SEAL_JOURNAL_H
#define HF_SEAL_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/age_key.h"
#include "crypto/digest.h"
#include "model/id.h"
#include "model/metadata.h"

#define JOURNAL_SIZE_MAX (1ULL << 30) /* bytes */

/* What tells one state of a file from another. */
struct journal_stamp {
    uint64_t size;     /* bytes */
    uint64_t mtime_ns; /* since 1970 */
    uint64_t ctime_ns;
};

/* The secrets of one attempt to seal a file. Its content is bound by the names
 * of its blocks: a file is read once, so its hash is not known before. */
struct journal_attempt {
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    uint8_t payload_nonce[AGE_NONCE_SIZE];
    uint8_t salt[METADATA_SALT_SIZE];
};

/* A block that may have left the machine. */
struct journal_block {
    uint64_t index;
    struct block_id name;
};

/* One file as the journal knows it. */
struct journal_file {
    struct journal_stamp stamp;
    struct buf path; /* owned; raw bytes */
    bool has_attempt;
    struct journal_attempt attempt;
    size_t block_count;
    size_t block_room;
    struct journal_block *blocks; /* owned; by index, each once */
    bool has_header;
    struct digest commitment;
    struct payload_root root;
    struct buf header; /* owned; the header object */
    bool done;
};

/* A file's place in the order of paths. */
struct journal_path {
    const struct journal_file *file; /* borrowed */
};

struct journal {
    struct cid cid;
    size_t count;
    size_t room;
    struct journal_file *files; /* owned; by number */
    struct journal_path *paths; /* owned; sorted, to find by */
    size_t size;                /* bytes of the text that counted: cut the file
                                   there before appending */
};

/* ERR_MALFORMED with the line, ERR_UNREADABLE (another version), ERR_TOO_BIG,
 * ERR_NO_MEMORY. A text that was cut off within its first two lines is
 * ERR_NOT_FOUND: begin anew. The caller calls journal_done(). */
MUST_USE enum err journal_parse(struct span text, struct journal *ret_journal,
                                struct why *ret_why);
/* Wipes and frees; fine for a zeroed one. */
void journal_done(struct journal *journal);
/* The whole journal in its shortest form. */
void journal_format(const struct journal *journal, struct buf *to);
/* Borrowed, or NULL: the newest line for this path, with this stamp. */
const struct journal_file *journal_find(const struct journal *journal,
                                        struct span path,
                                        const struct journal_stamp *stamp);

/* The name that block `index` had in this attempt, or NULL. */
const struct block_id *journal_find_block(const struct journal_file *file,
                                          uint64_t index);

/* The lines, each with its LF; the caller wipes the buffer. */
void journal_put_head(struct buf *to, const struct cid *cid);
void journal_put_file(struct buf *to, uint64_t number,
                      const struct journal_stamp *stamp, struct span path);
void journal_put_attempt(struct buf *to, uint64_t number,
                         const struct journal_attempt *attempt);
void journal_put_block(struct buf *to, uint64_t number, uint64_t index,
                       const struct block_id *name);
void journal_put_header(struct buf *to, uint64_t number,
                        const struct digest *commitment,
                        const struct payload_root *root, struct span header);
void journal_put_done(struct buf *to, uint64_t number);

#endif
