/* SPDX-License-Identifier: Apache-2.0 */
/* What sealing one file needs beside its bytes, and the work itself: for the
 * pool's workers and for the command's own thread. Random numbers are drawn
 * here, fresh for each attempt. Reads files, so it blocks. */
#ifndef HF_TOOLS_SEALING_H
#define HF_TOOLS_SEALING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "crypto/age_key.h"
#include "crypto/sign.h"
#include "model/id.h"
#include "seal/deposit.h"
#include "tools/holdfast/files.h"

#define RECIPIENTS_MAX 64
#define SEALING_ATTEMPTS_MAX 3 /* a file that changes is read this often */
/* Files up to this size are sealed whole, in one step. */
#define SMALL_PLAIN_MAX BLOCK_PLAIN_SIZE
#define SMALL_BLOCKS_MAX 2
#define SMALL_SEALED_MAX (BLOCK_SIZE_MAX + 2 * SLICE_SIZE)

/* The same for a whole run; read-only for the workers. Borrowed. */
struct sealing_setup {
    struct cid cid;
    struct label member;
    const struct sign_key *depositor;
    struct age_recipient recipients[RECIPIENTS_MAX];
    size_t recipient_count;
    struct span case_name; /* empty: absent */
    struct span source;
    struct span note;
    bool with_sha512;
    uint64_t deposited_s;
};

/* The secrets of one attempt. */
struct sealing_secrets {
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    uint8_t payload_nonce[AGE_NONCE_SIZE];
    uint8_t salt[32];
};

/* An item that is sealed and can be registered. */
struct sealed_item {
    struct payload_root root;
    uint64_t size; /* padded */
    struct header_id header_id;
    struct buf header; /* owned */
    struct digest commitment;
};

void sealing_draw(struct sealing_secrets *secrets);

/* The header object and commitment, once all of the file was read: the last
 * step. `ret_item->header` must be initialised; root and size are set too. */
MUST_USE enum err sealing_finish(
    const struct sealing_setup *setup, const struct file_entry *file,
    const struct deposit_plan *plan, const struct sealing_secrets *secrets,
    const struct digest *sha256, const struct digest512 *sha512,
    const struct payload_root *root, struct sealer *sealer,
    struct sealed_item *ret_item, struct why *ret_why);

/* A small file, whole. */
struct small_item {
    struct file_entry *file; /* borrowed; its stamp becomes that of what was
                                sealed */
    struct sealing_secrets secrets;
    size_t block_count;
    struct block_id names[SMALL_BLOCKS_MAX];
    size_t block_sizes[SMALL_BLOCKS_MAX];
    uint8_t *blocks; /* borrowed; one after the other */
    struct sealed_item item;
    struct digest sha256;
    enum err err; /* ERR_CONFLICT: it changed each time it was read */
    struct why why;
};

/* Read and seal it: up to SEALING_ATTEMPTS_MAX attempts. `plain` has room for
 * SMALL_PLAIN_MAX + 1, small->blocks for SMALL_SEALED_MAX. Any thread. */
void sealing_small(const struct sealing_setup *setup, struct sealer *sealer,
                   uint8_t *plain, struct small_item *small);

/* Read exactly size bytes at this place. ERR_CONFLICT when the file is
 * shorter. */
MUST_USE enum err sealing_read(int fd, uint64_t offset, uint8_t *bytes,
                               size_t size, struct why *ret_why);
/* Open it and take its stamp. ERR_NOT_FOUND, ERR_PERMISSION, ERR_IO. */
MUST_USE enum err sealing_open(const char *path, int *ret_fd,
                               struct journal_stamp *ret_stamp,
                               struct why *ret_why);

#endif
