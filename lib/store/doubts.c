/* SPDX-License-Identifier: Apache-2.0 */
#include "store/doubts.h"

void doubts_init(struct store_doubts *doubts)
{
    atomic_flag_clear(&doubts->lock);
    doubts->count = 0;
}

static void lock(struct store_doubts *doubts)
{
    while (atomic_flag_test_and_set_explicit(&doubts->lock,
                                             memory_order_acquire)) {
    }
}

static void unlock(struct store_doubts *doubts)
{
    atomic_flag_clear_explicit(&doubts->lock, memory_order_release);
}

void doubts_add(struct store_doubts *doubts, const struct block_id *name)
{
    bool known = false;

    lock(doubts);
    for (size_t at = 0; at < doubts->count; at++) {
        known = known || block_id_equal(&doubts->names[at], name);
    }
    if (!known && doubts->count < STORE_DOUBTS_MAX) {
        doubts->names[doubts->count] = *name;
        doubts->count++;
    }
    unlock(doubts);
}

bool doubts_any(struct store_doubts *doubts)
{
    bool any;

    lock(doubts);
    any = doubts->count > 0;
    unlock(doubts);
    return any;
}

bool doubts_take(struct store_doubts *doubts, struct block_id *ret_name)
{
    bool any;

    lock(doubts);
    any = doubts->count > 0;
    if (any) {
        doubts->count--;
        *ret_name = doubts->names[doubts->count];
    }
    unlock(doubts);
    return any;
}
