/* SPDX-License-Identifier: Apache-2.0 */
/* Names of blocks that could not be read when somebody wanted them. Any thread.
 * Bounded; a name that finds no room is forgotten: reading all again finds
 * it. */
#ifndef HF_STORE_DOUBTS_H
#define HF_STORE_DOUBTS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "model/id.h"

#define STORE_DOUBTS_MAX 64

struct store_doubts {
    atomic_flag lock; /* held for a few comparisons */
    size_t count;
    struct block_id names[STORE_DOUBTS_MAX];
};

void doubts_init(struct store_doubts *doubts);
void doubts_add(struct store_doubts *doubts, const struct block_id *name);
bool doubts_any(struct store_doubts *doubts);
bool doubts_take(struct store_doubts *doubts, struct block_id *ret_name);

#endif
