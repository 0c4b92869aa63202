/* SPDX-License-Identifier: Apache-2.0 */
/* A block file read from its first byte to its last, past RocksDB and its
 * caches, as our own writer makes it (block_file.c): data blocks of keys
 * (file number, position) with the blocks as values, then index, properties
 * and footer. What is not a block is the frame; its SHA-256 stands in the
 * file's entry, so that no bit of the file is left unread. Layout: README.md of
 * this folder, "A block file".
 *
 * One thread. Memory: the window and one block. */
#ifndef HF_STORE_SST_H
#define HF_STORE_SST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/digest.h"

#define SST_WINDOW_FRAME 4096        /* blocks are passed over */
#define SST_WINDOW_READ (2ULL << 20) /* all is read */
#define SST_KEY_SIZE 20              /* place, RocksDB's number and type */

struct sst {
    int fd; /* owned */
    uint64_t size;
    uint64_t file;
    uint32_t blocks;   /* that it has */
    uint32_t position; /* of the next one */
    uint32_t group;    /* entries of the data block at hand */
    bool skips;        /* blocks are passed over */
    size_t window;
    uint8_t *bytes; /* owned; those from `at` on, `count` of them, */
    size_t start;   /* stand here */
    size_t count;
    uint64_t at;
    uint8_t key[SST_KEY_SIZE];
    struct sha256 frame;
};

/* Takes the descriptor, also on failure. `skips`: sst_next() gives sizes only,
 * and a window of SST_WINDOW_FRAME does. ERR_IO, ERR_NO_MEMORY. */
MUST_USE enum err sst_open(struct sst *sst, int fd, uint64_t file,
                           uint32_t blocks, bool skips);
/* A zeroed one is fine when its fd is -1. */
void sst_close(struct sst *sst);
/* The block at sst->position, which then is one more; borrowed until the next
 * call, data NULL when it skips. ERR_NOT_FOUND: that was all; ERR_CORRUPT: the
 * frame is broken here, nothing more can be read in order; ERR_IO. */
MUST_USE enum err sst_next(struct sst *sst, struct span *ret_block);
/* After ERR_NOT_FOUND: what is behind the blocks, and the hash of the frame.
 * ERR_IO, ERR_CORRUPT. */
MUST_USE enum err sst_frame(struct sst *sst, struct digest *ret_frame);

#endif
