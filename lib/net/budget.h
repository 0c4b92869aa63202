/* SPDX-License-Identifier: Apache-2.0 */
/* Upload budget: a bucket that fills at the rate the operator allows and holds
 * one second of it. A frame may go as soon as the bucket is not empty, and may
 * leave it in debt, so that a frame larger than the bucket goes too. Pure. */
#ifndef HF_NET_BUDGET_H
#define HF_NET_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct budget {
    uint64_t rate;   /* bytes per second; 0: no limit */
    int64_t tokens;  /* thousandths of bytes; below zero: debt */
    uint64_t now_ms; /* of the last filling */
};

void budget_init(struct budget *budget, uint64_t rate, uint64_t now_ms);
void budget_fill(struct budget *budget, uint64_t now_ms);
bool budget_has(const struct budget *budget);
void budget_spend(struct budget *budget, size_t size);
/* When it will not be empty. */
uint64_t budget_ready_ms(const struct budget *budget);

#endif
