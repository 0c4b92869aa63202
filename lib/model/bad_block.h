/* SPDX-License-Identifier: Apache-2.0 */
/* What reading again found: a stored block or header object that is not what it
 * should be, and the items that use it. Plain values; the store finds them, the
 * core decides (core/repair.h). */
#ifndef HF_MODEL_BAD_BLOCK_H
#define HF_MODEL_BAD_BLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/id.h"

enum bad_cause {
    BAD_BYTES = 1, /* other bytes than its name's, or a broken checksum */
    BAD_READ,      /* the disk gave an error */
    BAD_GONE,      /* its file is not there, or ends before it */
    BAD_ASIDE,     /* nothing new: it is in quarantine; nobody may hold it */
    BAD_BACK       /* it was in quarantine, and reads well again */
};

/* Where it was found lets the store see whether it still lies there. */
struct bad_block {
    struct block_id name;
    bool header; /* a header object; no place */
    enum bad_cause cause;
    uint64_t file;     /* block file; 0: among the young ones */
    uint32_t position; /* in the file */
};

/* An item that needs it. */
struct bad_user {
    size_t bad; /* index of the block, */
    struct payload_root root;
    uint32_t ledger; /* the node's own number of a ledger, */
    uint64_t index;  /* and the leaf */
};

#endif
