/* SPDX-License-Identifier: Apache-2.0 */
/* RocksDB's MANIFEST, the list of its files: it only grows, so the hash of its
 * first bytes finds any later damage to them. The same bytes are kept in
 * manifest.copy beside the database. Blocking; one thread at a time. */
#ifndef HF_STORE_MANIFEST_H
#define HF_STORE_MANIFEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "crypto/digest.h"

/* A prefix of the MANIFEST that CURRENT names. */
struct manifest_state {
    uint64_t number;
    uint64_t size;
    struct digest hash;
};

/* Follows the MANIFEST of an open database. */
struct manifest {
    int dir_fd;  /* borrowed; of the data directory */
    int fd;      /* owned; -1: none yet */
    int copy_fd; /* owned; -1: none yet */
    uint64_t number;
    uint64_t size;     /* hashed so far */
    struct sha256 sha; /* over that many bytes */
};

void manifest_init(struct manifest *manifest, int dir_fd);
void manifest_done(struct manifest *manifest);
/* Make what RocksDB has appended durable, hash it, append it to the copy. A
 * MANIFEST of another number is begun anew. */
MUST_USE enum err manifest_follow(struct manifest *manifest,
                                  struct manifest_state *ret_state,
                                  struct why *ret_why);

/* Without changing anything: the number of the MANIFEST that CURRENT names.
 * ERR_CORRUPT when CURRENT is damaged, ERR_NOT_FOUND, ERR_IO. */
MUST_USE enum err manifest_current(int dir_fd, uint64_t *ret_number,
                                   struct why *ret_why);
/* The hash of the first `size` bytes of it. ERR_CORRUPT also when it is
 * shorter. */
MUST_USE enum err manifest_prefix(int dir_fd, uint64_t size,
                                  struct manifest_state *ret_state,
                                  struct why *ret_why);

#endif
