/* SPDX-License-Identifier: Apache-2.0 */
/* Opening an item (holdfast.md 3): a header object with identities, then the
 * blocks of its payload, then the verdict. Every check that fails is named,
 * none hides another. Bytes in, bytes out; the caller fetches, hashes in the
 * file's order, writes to a temporary name and renames only when the verdict
 * is good: plaintext is nothing before all blocks have been opened.
 *
 *     item_open()            header object, identities -> struct item
 *     opener_block()         any order, several threads with an opener each
 *     item_judge()           with the facts -> set of failed checks
 *
 * A struct item is only read after item_open() and may be shared. */
#ifndef HF_SEAL_OPEN_H
#define HF_SEAL_OPEN_H

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
#include "model/block.h"
#include "model/id.h"
#include "model/metadata.h"
#include "model/record.h"

struct roster_chain;
struct secret;

#define ITEM_CHECK_LIST(X)                                                     \
    X(ITEM_HEADER, "header", "the sealed description is damaged")              \
    X(ITEM_METADATA, "metadata", "the description breaks a rule of its form")  \
    X(ITEM_CONSORTIUM, "consortium", "it belongs to another consortium")       \
    X(ITEM_RECORD, "record", "the registered record is another item's")        \
    X(ITEM_LENGTH, "length", "the payload does not have its length")           \
    X(ITEM_CHUNK, "chunk", "a part of the payload is damaged")                 \
    X(ITEM_PADDING, "padding", "the padding is not what it must be")           \
    X(ITEM_ROOT, "root", "the payload is not the one that was described")      \
    X(ITEM_SHA256, "sha256", "the file's SHA-256 is another")                  \
    X(ITEM_SHA512, "sha512", "the file's SHA-512 is another")                  \
    X(ITEM_COMMITMENT, "commitment",                                           \
      "file and description are not what was registered")                      \
    X(ITEM_SIGNATURE, "signature",                                             \
      "the depositor's signature does not verify")                             \
    X(ITEM_PASS, "pass", "the pass does not vouch for the depositor")

#define ITEM_CHECK_ENUM(name, word, text) name,
enum item_check {
    ITEM_CHECK_LIST(ITEM_CHECK_ENUM) ITEM_CHECK_COUNT
};
#undef ITEM_CHECK_ENUM

/* A set of checks: bit 1 << check. 0 = all good. */
typedef uint32_t item_checks;

/* "sha256", and the sentence. Never NULL. */
const char *item_check_name(enum item_check check);
const char *item_check_text(enum item_check check);
static inline item_checks item_check_bit(enum item_check check)
{
    return (item_checks)1 << check;
}
/* "root, sha256", or "none". */
void item_checks_format(item_checks checks, struct buf *to);

/* What came out of a header object. */
struct item {
    struct buf object; /* owned; the exact header object */
    struct header_id id;
    size_t age_header_size; /* the first bytes of object */
    uint8_t payload_nonce[AGE_NONCE_SIZE];
    struct secret *file_key; /* owned */
    item_checks failed;      /* ITEM_HEADER, ITEM_METADATA, ITEM_SIGNATURE */
    bool has_metadata;       /* parsed: read `metadata` and `note` */
    struct buf padded;       /* owned, wiped; the decrypted metadata */
    struct span note;        /* in `padded`; the note without padding */
    struct metadata metadata;
    struct why why; /* a sentence about the first failure in here */
};

/* Open with any of the identities. ERR_WRONG_KEY when none fits, ERR_MALFORMED
 * when these bytes are no header object, ERR_WRONG_SIGNATURE when the header's
 * MAC is wrong, ERR_UNSUPPORTED, ERR_TOO_BIG, ERR_NO_MEMORY. When metadata is
 * damaged or breaks a rule the result is ERR_OK and ret_item->failed says so:
 * nothing can then be restored. The caller calls item_free(). */
MUST_USE enum err item_open(struct span object,
                            const struct age_identity *identities,
                            size_t identity_count, struct item **ret_item,
                            struct why *ret_why);
/* The same with a file key that is known already, as a grant carries it. */
MUST_USE enum err item_open_with_key(
    struct span object, const uint8_t file_key[static AGE_FILE_KEY_SIZE],
    struct item **ret_item, struct why *ret_why);
/* Wipes; NULL is fine. */
void item_free(struct item *item);

/* Decrypts blocks of one payload at a time; keeps its contexts. One thread at a
 * time. */
struct opener;

/* ERR_NO_MEMORY. */
MUST_USE enum err opener_new(struct opener **ret_opener);
void opener_free(struct opener *opener);
/* The next item, which must have metadata. */
void opener_start(struct opener *opener, const struct item *item);
/* The same from what was kept of an item whose metadata was in order: file key,
 * payload nonce and the size of the file. */
void opener_start_kept(struct opener *opener,
                       const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                       const uint8_t payload_nonce[static AGE_NONCE_SIZE],
                       uint64_t size);
/* Open block `index` of the item: writes its part of the file, at most
 * BLOCK_SLICES * CHUNK_SIZE bytes, which begins at index * that many. A block
 * of padding gives none. ERR_CORRUPT when a chunk does not open (ret_plain is
 * then worthless); ERR_RANGE for a block beyond the padded size. *io_failed
 * gains ITEM_CHUNK, ITEM_PADDING, ITEM_LENGTH as they are found; its name is
 * the caller's to check first (block_verify). */
MUST_USE enum err opener_block(struct opener *opener, uint64_t index,
                               struct span block, uint8_t *ret_plain,
                               size_t *ret_size, item_checks *io_failed);

/* How many blocks the payload has: from the metadata's L. */
uint64_t item_block_count(const struct item *item);
uint64_t item_padded_size(const struct item *item);

/* What the caller knows in the end. NULL or false = not looked at. */
struct item_facts {
    const struct cid *cid;         /* our consortium */
    const struct deposit *deposit; /* of the record */
    bool has_payload;
    uint64_t payload_size;     /* the bytes that were there */
    struct payload_root root;  /* over their names */
    item_checks blocks_failed; /* from opener_block, all of them */
    bool has_sha256;
    struct digest sha256; /* of the plaintext, L's worth of it */
    bool has_sha512;
    struct digest512 sha512;
    const struct roster_chain *chain; /* to judge a pass */
};

/* All checks together, those of item->failed too. */
item_checks item_judge(const struct item *item, const struct item_facts *facts);

/* The first bytes of an export: age header, payload nonce. After them come the
 * first L bytes of the payload, and the whole is an age file. */
void item_export_head(const struct item *item, struct buf *to);
/* The metadata as an age file of its own. */
void item_export_metadata(const struct item *item, struct buf *to);
/* How many bytes of block `index` belong to an export. */
size_t item_export_size(const struct item *item, uint64_t index);

#endif
