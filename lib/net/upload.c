/* SPDX-License-Identifier: Apache-2.0 */
#include "net/upload.h"

#include "base/check.h"
#include "net/item.h"

void upload_init(struct upload *upload, uint64_t rate, uint64_t now_ms)
{
    budget_init(&upload->budget, rate, now_ms);
    upload->first = NULL;
    upload->last = NULL;
    upload->held_bytes = 0;
}

bool upload_offer(struct upload *upload, struct held *held, size_t size,
                  uint64_t now_ms)
{
    CHECK(!held->is_held);
    budget_fill(&upload->budget, now_ms);
    if (size < BULK_SIZE_MIN ||
        (upload->first == NULL && budget_has(&upload->budget))) {
        budget_spend(&upload->budget, size);
        return true;
    }
    held->is_held = true;
    held->size = size;
    held->next = NULL;
    if (upload->first == NULL) {
        upload->first = held;
    } else {
        upload->last->next = held;
    }
    upload->last = held;
    upload->held_bytes += size;
    return false;
}

void upload_drop(struct upload *upload, struct held *held)
{
    struct held **at = &upload->first;
    struct held *before = NULL;

    if (!held->is_held) {
        return;
    }
    while (*at != held) {
        before = *at;
        at = &before->next;
    }
    *at = held->next;
    if (upload->last == held) {
        upload->last = before;
    }
    held->is_held = false;
    upload->held_bytes -= held->size;
}

void upload_tick(struct upload *upload, uint64_t now_ms)
{
    budget_fill(&upload->budget, now_ms);
    while (upload->first != NULL && budget_has(&upload->budget)) {
        struct held *held = upload->first;

        upload_drop(upload, held);
        budget_spend(&upload->budget, held->size);
        held->send(held->thing);
    }
}

uint64_t upload_deadline_ms(const struct upload *upload)
{
    return upload->first == NULL ? UINT64_MAX
                                 : budget_ready_ms(&upload->budget);
}
