/* SPDX-License-Identifier: Apache-2.0 */
/* Step 6 of opening: does the database hold at least what the mark says was
 * spoken of? Reads only. */
#ifndef HF_STORE_GATE_H
#define HF_STORE_GATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "store/db.h"
#include "store/keys.h"
#include "store/mark.h"
#include "store/table.h"

struct gate_found {
    struct table table; /* owned */
    struct counts counts;
    size_t block_files; /* that the database knows */
};

/* ERR_NEWER, ERR_WRONG_KEY, ERR_CORRUPT, ERR_NO_MEMORY, ERR_IO. On success the
 * caller ends ret_found->table. */
MUST_USE enum err gate_check(const struct db *db, const struct mark *mark,
                             struct gate_found *ret_found, struct why *ret_why);
/* Only what is there, of a store that is somebody's copy: no mark, no node, and
 * not whether leaves are missing. ERR_NEWER, ERR_CORRUPT, ERR_NO_MEMORY,
 * ERR_IO. As above for the table. */
MUST_USE enum err gate_look(const struct db *db, struct gate_found *ret_found,
                            struct why *ret_why);
/* The root of the first `size` leaves of a ledger, from the tree. */
MUST_USE enum err gate_root(const struct db *db, uint32_t ledger, uint64_t size,
                            struct digest *ret_root);

#endif
