/* SPDX-License-Identifier: Apache-2.0 */
#include "net/inbox.h"

#include <stddef.h>

enum err inbox_init(struct inbox *inbox, void (*wake)(void *ctx),
                    void *wake_ctx)
{
    inbox->first = NULL;
    inbox->last = NULL;
    inbox->wake = wake;
    inbox->wake_ctx = wake_ctx;
    return nng_mtx_alloc(&inbox->mutex) == 0 ? ERR_OK : ERR_NO_MEMORY;
}

void inbox_done(struct inbox *inbox)
{
    nng_mtx_free(inbox->mutex);
}

void event_init(struct event *event, enum event_kind kind, void *thing,
                struct inbox *inbox)
{
    event->kind = kind;
    event->thing = thing;
    event->inbox = inbox;
    event->next = NULL;
    event->queued = false;
}

void event_push(struct event *event)
{
    struct inbox *inbox = event->inbox;
    bool was_empty;

    nng_mtx_lock(inbox->mutex);
    was_empty = inbox->first == NULL;
    if (!event->queued) {
        event->queued = true;
        event->next = NULL;
        if (was_empty) {
            inbox->first = event;
        } else {
            inbox->last->next = event;
        }
        inbox->last = event;
    }
    nng_mtx_unlock(inbox->mutex);
    if (was_empty) {
        inbox->wake(inbox->wake_ctx);
    }
}

void event_fired(void *event)
{
    event_push(event);
}

struct event *inbox_pop(struct inbox *inbox)
{
    struct event *event;

    nng_mtx_lock(inbox->mutex);
    event = inbox->first;
    if (event != NULL) {
        inbox->first = event->next;
        if (inbox->first == NULL) {
            inbox->last = NULL;
        }
        event->next = NULL;
        event->queued = false;
    }
    nng_mtx_unlock(inbox->mutex);
    return event;
}
