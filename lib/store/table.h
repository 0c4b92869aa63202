/* SPDX-License-Identifier: Apache-2.0 */
/* The ledgers of this store with their sizes, in memory: a size is the number
 * of leaves, which stand at 0, 1, 2 ... without a gap. Not thread-safe: it
 * belongs to the writer. */
#ifndef HF_STORE_TABLE_H
#define HF_STORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "model/id.h"

#define TABLE_LEDGERS_MAX 65536

struct table_ledger {
    bool used;
    struct origin origin;
    uint64_t size; /* leaves */
};

struct table {
    struct table_ledger *ledgers; /* owned; by the node's number */
    size_t count;
};

void table_init(struct table *table);
void table_done(struct table *table);
MUST_USE enum err table_copy(const struct table *from, struct table *ret_table);
/* Enter a ledger; entering it again is fine. ERR_RANGE (number or name),
 * ERR_CONFLICT (another name), ERR_NO_MEMORY. */
MUST_USE enum err table_enter(struct table *table, uint32_t ledger,
                              struct span origin);
/* Borrowed, or NULL. Until the next table_enter(). */
struct table_ledger *table_find(const struct table *table, uint32_t ledger);
MUST_USE bool table_find_origin(const struct table *table,
                                const struct origin *origin,
                                uint32_t *ret_ledger);

#endif
