/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of the questions of an order (core/verify.h), as it comes. Loop
 * thread. */
#ifndef HF_CORE_ORDERS_H
#define HF_CORE_ORDERS_H

#include <stdint.h>

struct node;

enum order_result {
    ORDER_GOOD,
    ORDER_BAD,
    ORDER_DENIED,
    ORDER_SILENT
};

/* Of a question of this order to the peer in this slot. */
void order_result(struct node *node, uint32_t order, uint32_t slot,
                  enum order_result result);

#endif
