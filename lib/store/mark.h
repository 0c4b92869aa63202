/* SPDX-License-Identifier: Apache-2.0 */
/* The mark: what the node has said and what its store held then, outside
 * RocksDB. Never ahead of what is durable, so that a good store is never
 * refused; never behind what was said, so that a lost tail is always seen.
 *
 * A file of two slots of 4 KiB; generation g goes to slot g mod 2, so a write
 * that is cut short leaves the other slot. Each slot ends in the SHA-256 of
 * the rest. The layout, byte for byte: lib/store/README.md, Mark. The file is
 * made once and never renamed: its inode and birth belong to its place.
 *
 * One thread at a time. */
#ifndef HF_STORE_MARK_H
#define HF_STORE_MARK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/text.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "store/place.h"
#include "store/store.h"

#define MARK_SLOT_SIZE 4096
#define MARK_SLOTS 2
#define MARK_FILE_SIZE (MARK_SLOT_SIZE * MARK_SLOTS)
#define MARK_VERSION 1

struct mark {
    uint64_t generation; /* grows by one with each write */
    bool opening;        /* an opening has begun and not ended */
    bool moved; /* the place differed and no other ledger was opened since */
    char node[LABEL_SIZE_MAX + 1];
    struct place place;
    struct store_mark spoken;
    uint64_t sequence; /* RocksDB's newest sequence number */
    uint64_t records;  /* leaves of all ledgers */
    uint64_t manifest_number;
    uint64_t manifest_size;
    struct digest manifest_hash; /* of that many bytes */
};

/* Append one slot, MARK_SLOT_SIZE bytes. */
void mark_format(const struct mark *mark, struct buf *slot);
/* ERR_MALFORMED (a bit of it is wrong), ERR_NEWER. What is accepted is what
 * mark_format() would write. */
MUST_USE enum err mark_parse(struct span slot, struct mark *ret_mark);

/* The newest good slot. ERR_CORRUPT: none; ERR_NOT_FOUND: no file; ERR_NEWER,
 * ERR_IO. */
MUST_USE enum err mark_read(int dir_fd, struct mark *ret_mark,
                            struct why *ret_why);
/* The same; on success the caller closes *ret_fd, which is good for writing. */
MUST_USE enum err mark_open(int dir_fd, int *ret_fd, struct mark *ret_mark,
                            struct why *ret_why);
/* Make the file, both slots free. The caller closes *ret_fd. */
MUST_USE enum err mark_create(int dir_fd, int *ret_fd, struct why *ret_why);
/* The next generation; durable when it returns. On failure mark->generation
 * has not changed and the other slot is as it was. */
MUST_USE enum err mark_write(int fd, struct mark *mark, struct why *ret_why);

#endif
