/* SPDX-License-Identifier: Apache-2.0 */
/* Frames that wait for the operator's upload limit, first come, first served.
 * Small frames pass at once, but are paid for. A frame waits as part of the
 * call or slot that sends it, so the queue is never longer than there are
 * calls and slots; none of them takes new work while its frame waits.
 * Inside of net; owner's thread. */
#ifndef HF_NET_UPLOAD_H
#define HF_NET_UPLOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/budget.h"

struct held {
    struct held *next;         /* borrowed */
    void (*send)(void *thing); /* its turn has come */
    void *thing;
    size_t size;
    bool is_held;
};

struct upload {
    struct budget budget;
    struct held *first; /* borrowed */
    struct held *last;
    uint64_t held_bytes;
};

void upload_init(struct upload *upload, uint64_t rate, uint64_t now_ms);
/* May a frame of this size go now? If not it is queued, and send() comes. */
bool upload_offer(struct upload *upload, struct held *held, size_t size,
                  uint64_t now_ms);
/* It waits no longer: its time is over. */
void upload_drop(struct upload *upload, struct held *held);
void upload_tick(struct upload *upload, uint64_t now_ms);
uint64_t upload_deadline_ms(const struct upload *upload);

#endif
