/* SPDX-License-Identifier: Apache-2.0 */
/* Requests: the slots of net/link_parts.h. */
#include "net/slot.h"

#include "base/check.h"
#include "net/packet.h"
#include "net/packet_nng.h"

/* NNG's own time-out, a second line behind ours. */
#define NNG_LATER_MS 5000

static void slot_begin(struct slot *slot, struct packet *packet)
{
    slot->state = SLOT_SENDING;
    nng_aio_set_timeout(slot->aio,
                        (nng_duration)(slot->timeout_ms + NNG_LATER_MS));
    nng_aio_set_msg(slot->aio, packet_to_msg(packet));
    nng_ctx_send(slot->context, slot->aio);
}

static void slot_released(void *thing)
{
    struct slot *slot = thing;
    struct packet *packet = slot->packet;

    slot->packet = NULL;
    slot_begin(slot, packet);
}

enum err slot_init(struct slot *slot, struct link *link)
{
    slot->link = link;
    slot->state = SLOT_IDLE;
    event_init(&slot->event, EVENT_SLOT, slot, link->links->inbox);
    slot->held = (struct held){ .send = slot_released, .thing = slot };
    if (nng_aio_alloc(&slot->aio, event_fired, &slot->event) != 0) {
        return ERR_NO_MEMORY;
    }
    if (nng_ctx_open(&slot->context, link->socket) != 0) {
        nng_aio_free(slot->aio);
        slot->aio = NULL;
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

/* Free what lies in the aio: a request that did not go out, or a reply that
 * nobody wants any more. */
static void aio_drop(nng_aio *aio)
{
    nng_msg *msg = nng_aio_get_msg(aio);

    if (msg != NULL) {
        nng_aio_set_msg(aio, NULL);
        nng_msg_free(msg);
    }
}

void slot_done(struct slot *slot)
{
    nng_aio_stop(slot->aio);
    if ((slot->state == SLOT_SENDING && nng_aio_result(slot->aio) != 0) ||
        (slot->state == SLOT_RECEIVING && nng_aio_result(slot->aio) == 0)) {
        aio_drop(slot->aio);
    }
    nng_aio_free(slot->aio);
    slot->aio = NULL;
    packet_free(slot->packet);
    slot->packet = NULL;
}

void slot_send(struct slot *slot, struct packet *packet, uint64_t now_ms)
{
    CHECK(slot->state == SLOT_IDLE);
    slot->is_given_up = false;
    slot->err = ERR_OK;
    if (upload_offer(slot->link->links->upload, &slot->held,
                     packet_size(packet), now_ms)) {
        slot_begin(slot, packet);
    } else {
        slot->packet = packet;
        slot->state = SLOT_HELD;
    }
}

void slot_fail(struct slot *slot, enum err err)
{
    switch (slot->state) {
    case SLOT_HELD:
        upload_drop(slot->link->links->upload, &slot->held);
        packet_free(slot->packet);
        slot->packet = NULL;
        slot->err = err;
        slot->state = SLOT_FAILED;
        event_push(&slot->event);
        break;
    case SLOT_SENDING:
    case SLOT_RECEIVING:
        if (!slot->is_given_up) {
            slot->is_given_up = true;
            slot->err = err;
            nng_aio_cancel(slot->aio); /* its event ends the slot */
        }
        break;
    case SLOT_IDLE:
    case SLOT_FAILED:
        break;
    }
}

/* The slot is free; say so to the owner unless nobody asks any more. */
static bool ended(struct slot *slot, enum err err, struct item *ret_item)
{
    slot->state = SLOT_IDLE;
    if (slot->link->is_retired) {
        return false;
    }
    *ret_item = (struct item){ .kind = ITEM_FAILED,
                               .pipe_id = slot->pipe_id,
                               .link = slot->link,
                               .token = slot->token,
                               .err = err };
    return true;
}

static bool replied(struct slot *slot, uint64_t now_ms, struct item *ret_item)
{
    struct link *link = slot->link;
    nng_msg *msg = nng_aio_get_msg(slot->aio);

    nng_aio_set_msg(slot->aio, NULL);
    slot->state = SLOT_IDLE;
    if (link->is_retired) {
        nng_msg_free(msg);
        return false;
    }
    link->activity_ms = now_ms;
    link->timeout_count = 0;
    *ret_item =
        (struct item){ .kind = ITEM_REPLY,
                       .pipe_id = (uint32_t)nng_pipe_id(nng_msg_get_pipe(msg)),
                       .link = link,
                       .token = slot->token,
                       .packet = packet_of_msg(msg) };
    return true;
}

bool slot_event(struct slot *slot, uint64_t now_ms, struct item *ret_item)
{
    int result = nng_aio_result(slot->aio);
    enum err err = slot->is_given_up ? slot->err : err_of_nng(result);

    switch (slot->state) {
    case SLOT_SENDING:
        if (result == 0 && !slot->is_given_up) {
            slot->state = SLOT_RECEIVING;
            nng_ctx_recv(slot->context, slot->aio);
            return false;
        }
        if (result != 0) {
            aio_drop(slot->aio);
        }
        return ended(slot, err, ret_item);
    case SLOT_RECEIVING:
        if (result == 0) {
            return replied(slot, now_ms, ret_item);
        }
        return ended(slot, err, ret_item);
    case SLOT_FAILED:
        return ended(slot, slot->err, ret_item);
    case SLOT_IDLE:
    case SLOT_HELD:
        break;
    }
    return false;
}
