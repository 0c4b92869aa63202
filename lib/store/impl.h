/* SPDX-License-Identifier: Apache-2.0 */
/* The inside of struct store, for the files of this folder only. */
#ifndef HF_STORE_IMPL_H
#define HF_STORE_IMPL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/text.h"
#include "base/why.h"
#include "model/source.h"
#include "store/db.h"
#include "store/doubts.h"
#include "store/keys.h"
#include "store/manifest.h"
#include "store/mark.h"
#include "store/table.h"

struct store {
    char *dir;     /* owned; path of the data directory */
    int dir_fd;    /* owned; holds the kernel lock */
    int blocks_fd; /* owned; blocks/ */
    int mark_fd;   /* owned */
    char node[LABEL_SIZE_MAX + 1];
    uint64_t reserve; /* bytes that stay free */
    mode_t umask_before;
    struct source source;
    struct db db;
    /* The writer's, one thread at a time. */
    struct manifest manifest;
    struct mark mark; /* as written last */
    struct table table;
    struct counts counts;
    bool young_stuck; /* `young` cannot be read; it stays as it is */
    /* Everybody's. */
    atomic_bool poisoned; /* a write failed: nothing is written any more */
    atomic_uint_fast64_t next_file; /* number of the next block file */
    struct store_doubts doubts;
};

/* open.c: one that is not open yet, or NULL; and its end, however far it got.
 */
struct store *store_new(const char *dir, const char *node,
                        uint64_t min_free_bytes);
void store_free(struct store *store);

/* space.c: at least this much stays free, with the missing bytes in the
 * sentence. ERR_FULL, ERR_IO. */
MUST_USE enum err store_check_free(struct store *store, uint64_t reserve,
                                   struct why *ret_why);
/* The reserve for a configured minimum, 0: the default. */
uint64_t store_reserve(uint64_t min_free_bytes);

/* read.c */
void store_source_init(struct store *store);
/* Where a block is. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. */
MUST_USE enum err store_find_block(const struct store *store,
                                   const struct block_id *name,
                                   struct block_place *ret_place);

/* young.c: write `young` out as a block file when it holds enough. */
MUST_USE enum err store_spill_young(struct store *store, struct why *ret_why);

/* From now on nothing is written. Returns err. */
static inline enum err store_poison(struct store *store, enum err err)
{
    atomic_store(&store->poisoned, true);
    return err;
}

static inline enum err store_refuse_poisoned(const struct store *store,
                                             struct why *ret_why)
{
    if (!atomic_load(&store->poisoned)) {
        return ERR_OK;
    }
    return why_set(ret_why, ERR_IO,
                   "an earlier write failed; nothing more is written until "
                   "the store was opened again");
}

#endif
