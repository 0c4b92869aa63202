/* SPDX-License-Identifier: Apache-2.0 */
/* The one road from NNG's threads to the owner's. Whatever can happen has its
 * own event, made beforehand and part of the thing it happens to: pushing
 * allocates nothing and cannot fail, and the queue is never longer than there
 * are things. An event that is already queued is not queued twice; the owner
 * looks at the thing itself to see what happened. */
#ifndef HF_NET_INBOX_H
#define HF_NET_INBOX_H

#include <stdbool.h>

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include "base/compiler.h"
#include "base/err.h"

struct inbox;

enum event_kind {
    EVENT_CALL, /* an operation of a struct call ended */
    EVENT_SLOT, /* an operation of a struct slot ended, or it failed */
    EVENT_PIPE  /* a struct pipe came, is up, or is gone */
};

struct event {
    enum event_kind kind;
    void *thing;         /* borrowed: the call, slot or pipe it is part of */
    struct inbox *inbox; /* borrowed */
    /* Under the inbox's mutex. */
    struct event *next;
    bool queued;
};

struct inbox {
    nng_mtx *mutex;      /* owned */
    struct event *first; /* borrowed; under the mutex */
    struct event *last;
    void (*wake)(void *ctx);
    void *wake_ctx;
};

/* ERR_NO_MEMORY. */
MUST_USE enum err inbox_init(struct inbox *inbox, void (*wake)(void *ctx),
                             void *wake_ctx);
void inbox_done(struct inbox *inbox);
void event_init(struct event *event, enum event_kind kind, void *thing,
                struct inbox *inbox);
/* Any thread. Wakes the owner when the inbox was empty: wakes may merge, so
 * the owner drains it all. */
void event_push(struct event *event);
/* The same as a callback of an nng_aio, with the event as its argument. */
void event_fired(void *event);
/* Owner. The oldest event, or NULL. It may be pushed again from then on. */
struct event *inbox_pop(struct inbox *inbox);

#endif
