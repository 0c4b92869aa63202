/* SPDX-License-Identifier: Apache-2.0 */
/* The pages' own way to the node: requests of a local caller, asked inside the
 * process, answered as on the local socket. Nothing is computed here. Loop
 * thread, but for the bytes of an answer, which come from any.
 *
 * Bound: HATCH_ASKED_MAX at a time; then ERR_BUSY. */
#ifndef HF_WEB_HATCH_H
#define HF_WEB_HATCH_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "wire/arena.h"
#include "wire/message.h"

#define HATCH_ASKED_MAX 8

struct hatch_slot;
struct request;
struct requests;

/* An answer, with the memory that it borrows from. */
struct picture {
    struct buf bytes;     /* owned */
    struct arena arena;   /* owned */
    struct message reply; /* never a refusal */
};

/* NULL is fine. */
void picture_free(struct picture *picture);

struct hatch_options {
    struct requests *requests; /* borrowed */
    void (*asked)(void *ctx, struct request *request);
    void (*hung_up)(void *ctx, struct request *request);
    void *ctx;
};

struct hatch {
    struct hatch_options options;
    struct hatch_slot *slots[HATCH_ASKED_MAX]; /* what is not answered yet */
};

/* The end of a question: the answer (taken), or NULL. It may come inside
 * hatch_ask() and inside a step of the core: nothing may be asked in it. */
typedef void hatch_told(void *ctx, struct picture *picture);

void hatch_init(struct hatch *hatch, const struct hatch_options *options);
/* ERR_BUSY, ERR_NO_MEMORY: told() is not called. */
MUST_USE enum err hatch_ask(struct hatch *hatch, const struct message *message,
                            hatch_told *told, void *ctx);
/* Hang up on all; each is told NULL. */
void hatch_close(struct hatch *hatch);

#endif
