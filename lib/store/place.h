/* SPDX-License-Identifier: Apache-2.0 */
/* Where a mark lies: a directory that was copied or restored lies somewhere
 * else, and the node must not go on with its ledger there. A part that the
 * system does not give is empty. Plain values. */
#ifndef HF_STORE_PLACE_H
#define HF_STORE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define PLACE_UUID_SIZE 16
#define PLACE_MACHINE_SIZE 16

struct place {
    bool has_uuid; /* of the file system */
    uint8_t uuid[PLACE_UUID_SIZE];
    uint64_t file_system; /* f_fsid; 0: none. Counts where a UUID is missing */
    uint64_t inode;
    bool has_birth;
    uint64_t birth_s; /* POSIX seconds */
    uint32_t birth_ns;
    bool has_machine;
    uint8_t machine[PLACE_MACHINE_SIZE]; /* /etc/machine-id */
};

/* The place of an open file. ERR_IO. */
MUST_USE enum err place_of(int fd, struct place *ret_place);
bool place_equal(const struct place *a, const struct place *b);

#endif
