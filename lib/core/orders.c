/* SPDX-License-Identifier: Apache-2.0 */
#include "core/orders.h"

#include "core/state.h"

void order_result(struct node *node, uint32_t order, uint32_t slot,
                  enum order_result result)
{
    struct order_holder *holder = &node->proofs.orders[order].holders[slot];

    if (node->proofs.orders[order].state != ORDER_ASKING || !holder->used) {
        return;
    }
    holder->done++;
    switch (result) {
    case ORDER_GOOD:
        holder->good++;
        break;
    case ORDER_BAD:
        holder->bad++;
        break;
    case ORDER_DENIED:
        holder->denied++;
        break;
    case ORDER_SILENT:
        break;
    }
}
