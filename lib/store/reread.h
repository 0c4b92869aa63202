/* SPDX-License-Identifier: Apache-2.0 */
/* Reading again all that is stored, in the order in which it lies on the disk,
 * and hashing it: block files, young blocks, header objects; of every other
 * family the checksums. What is not as it should be is told with the items that
 * use it; what to do is the core's (core/repair.h), by BATCH_BLOCK_ASIDE and
 * BATCH_HEADER_GONE. A file that is damaged anywhere is left: its good blocks
 * are written to a new one, it goes to quarantine/ until each of its bad blocks
 * is here again, and then it is removed. No good block is ever given up.
 *
 * In steps, so that the caller paces them; a pass may go on where it was after
 * a restart. One thread at a time, beside everything else in the store; a step
 * that found->writes announced writes as a commit does. Blocking. Memory: a few
 * MiB, a list of all block files, and what is found. */
#ifndef HF_STORE_REREAD_H
#define HF_STORE_REREAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/bad_block.h"

struct store;
struct store_reread;

#define REREAD_AT_SIZE 41 /* stage, file number, name */

/* What one step found; the arrays are valid until the next call. */
struct reread_found {
    const struct bad_block *bad;
    size_t bad_count;
    const struct bad_user *users;
    size_t users_count;
    uint64_t bytes;         /* read by it */
    size_t lost_row;        /* block files one after the other with not a single
                              good block, until now */
    size_t left;            /* damaged files left for new ones by this step */
    uint64_t blocks;        /* in all block files */
    uint64_t total;         /* bytes of them */
    uint64_t done_permille; /* of the pass */
    bool writes;            /* the next step writes */
    bool ended;             /* the pass is over */
    struct why note; /* what no block stands for, for the operator; or empty */
};

/* NULL: no memory. */
struct store_reread *store_reread_new(struct store *store);
void store_reread_free(struct store_reread *reread);

/* A new pass, or, from a position of store_reread_at(), an old one: the file or
 * family at hand then is begun again. Any other bytes begin a new one. */
MUST_USE enum err store_reread_begin(struct store_reread *reread,
                                     struct span at, struct why *ret_why);
/* Where it is. */
void store_reread_at(const struct store_reread *reread,
                     uint8_t ret_at[static REREAD_AT_SIZE]);
/* Read about so many bytes more, at least one block. Errors: ERR_NO_MEMORY,
 * ERR_FULL (a damaged file waits for room; the step was made), and of a write
 * as of store_commit(). */
MUST_USE enum err store_reread_step(struct store_reread *reread,
                                    uint64_t max_bytes,
                                    struct reread_found *ret_found,
                                    struct why *ret_why);

/* Did a reader meet something that could not be read, or was not right? */
bool store_doubted(struct store *store);
/* Look at that, whatever the pass is at. ended and at are as they were. */
MUST_USE enum err store_reread_doubts(struct store_reread *reread,
                                      struct reread_found *ret_found,
                                      struct why *ret_why);
/* Somebody outside found this block wrong: look at it. Any thread. At most
 * STORE_DOUBTS_MAX wait; what comes then is left to the next pass. */
void store_doubt(struct store *store, const struct block_id *name);

#endif
