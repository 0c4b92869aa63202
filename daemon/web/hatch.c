/* SPDX-License-Identifier: Apache-2.0 */
#include "web/hatch.h"

#include <stdlib.h>

#include "request.h"
#include "wire/decode.h"

struct hatch_slot {
    struct hatch *hatch; /* NULL: it was closed */
    size_t place;
    struct request *request;
    hatch_told *told;
    void *ctx;
    struct buf bytes; /* owned; the answer */
};

void picture_free(struct picture *picture)
{
    if (picture != NULL) {
        buf_done(&picture->bytes);
        arena_done(&picture->arena);
        free(picture);
    }
}

static enum err slot_begin(struct request *request, size_t size)
{
    const struct hatch_slot *slot = request->carrier;

    (void)size; /* the bytes are taken over as they are */
    return slot->hatch == NULL ? ERR_CLOSED : ERR_OK;
}

static enum err slot_finish(struct request *request, struct buf *message)
{
    struct hatch_slot *slot = request->carrier;

    slot->bytes = *message;
    buf_init(message, message->max);
    return ERR_OK;
}

/* NULL: a refusal, or no memory. */
static struct picture *read_answer(struct hatch_slot *slot,
                                   enum message_kind kind)
{
    struct picture *picture = calloc(1, sizeof(*picture));

    if (picture == NULL) {
        return NULL;
    }
    picture->bytes = slot->bytes;
    buf_init(&slot->bytes, 0);
    if (arena_init(&picture->arena, REQUEST_ARENA_SIZE) != ERR_OK ||
        message_decode_reply(buf_span(&picture->bytes), kind, &picture->arena,
                             &picture->reply, NULL) != ERR_OK ||
        picture->reply.kind != kind) {
        picture_free(picture);
        return NULL;
    }
    return picture;
}

static void slot_send(struct request *request)
{
    struct hatch_slot *slot = request->carrier;
    hatch_told *told = slot->told;

    if (slot->hatch != NULL && told != NULL) {
        slot->told = NULL;
        told(slot->ctx, read_answer(slot, request->message.kind));
    }
}

static void slot_drop(struct request *request)
{
    struct hatch_slot *slot = request->carrier;

    if (slot->hatch != NULL) {
        slot->hatch->slots[slot->place] = NULL;
        if (slot->told != NULL) {
            slot->told(slot->ctx, NULL);
        }
    }
    buf_done(&slot->bytes);
    free(slot);
}

static const struct request_ops slot_ops = {
    .begin = slot_begin,
    .finish = slot_finish,
    .send = slot_send,
    .drop = slot_drop,
};

void hatch_init(struct hatch *hatch, const struct hatch_options *options)
{
    *hatch = (struct hatch){ .options = *options };
}

static size_t free_place(const struct hatch *hatch)
{
    size_t place = 0;

    while (place < HATCH_ASKED_MAX && hatch->slots[place] != NULL) {
        place++;
    }
    return place;
}

enum err hatch_ask(struct hatch *hatch, const struct message *message,
                   hatch_told *told, void *ctx)
{
    size_t place = free_place(hatch);
    struct hatch_slot *slot;

    if (place == HATCH_ASKED_MAX) {
        return ERR_BUSY;
    }
    slot = calloc(1, sizeof(*slot));
    if (slot == NULL) {
        return ERR_NO_MEMORY;
    }
    *slot = (struct hatch_slot){ hatch, place, NULL, told, ctx, { 0 } };
    buf_init(&slot->bytes, 0);

    enum err err =
        request_new(hatch->options.requests, &slot_ops, slot, &slot->request);

    if (err != ERR_OK) {
        free(slot);
        return err;
    }
    hatch->slots[place] = slot;
    slot->request->caller = (struct caller){ .kind = CALLER_LOCAL };
    slot->request->message = *message;
    hatch->options.asked(hatch->options.ctx, slot->request);
    return ERR_OK;
}

void hatch_close(struct hatch *hatch)
{
    for (size_t i = 0; i < HATCH_ASKED_MAX; i++) {
        struct hatch_slot *slot = hatch->slots[i];

        if (slot != NULL) {
            struct request *request = slot->request;

            hatch->slots[i] = NULL;
            slot->hatch = NULL;
            if (slot->told != NULL) {
                slot->told(slot->ctx, NULL);
            }
            request->is_hung_up = true; /* nothing answers it any more */
            hatch->options.hung_up(hatch->options.ctx, request);
            request_hang_up(request);
        }
    }
}
