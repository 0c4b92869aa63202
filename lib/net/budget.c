/* SPDX-License-Identifier: Apache-2.0 */
#include "net/budget.h"

/* Bytes per second; more is no limit anyone could notice, and the products
 * below stay far from their ends. */
#define RATE_MAX (1ULL << 40)
#define ELAPSED_MS_MAX 1000000

void budget_init(struct budget *budget, uint64_t rate, uint64_t now_ms)
{
    budget->rate = rate > RATE_MAX ? RATE_MAX : rate;
    budget->tokens = (int64_t)budget->rate * 1000;
    budget->now_ms = now_ms;
}

void budget_fill(struct budget *budget, uint64_t now_ms)
{
    int64_t full = (int64_t)budget->rate * 1000;
    uint64_t elapsed_ms;

    if (now_ms <= budget->now_ms) {
        return;
    }
    elapsed_ms = now_ms - budget->now_ms;
    if (elapsed_ms > ELAPSED_MS_MAX) {
        elapsed_ms = ELAPSED_MS_MAX;
    }
    budget->now_ms = now_ms;
    /* A thousandth of a byte per ms and byte per second. */
    budget->tokens += (int64_t)(budget->rate * elapsed_ms);
    if (budget->tokens > full) {
        budget->tokens = full;
    }
}

bool budget_has(const struct budget *budget)
{
    return budget->rate == 0 || budget->tokens > 0;
}

void budget_spend(struct budget *budget, size_t size)
{
    if (budget->rate > 0) {
        budget->tokens -= (int64_t)size * 1000;
    }
}

uint64_t budget_ready_ms(const struct budget *budget)
{
    if (budget_has(budget)) {
        return budget->now_ms;
    }
    return budget->now_ms + (uint64_t)(-budget->tokens) / budget->rate + 1;
}
