/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/encode_parts.h"

static void encode_order(struct encoder *encoder, const struct msg_scrub *from)
{
    Holdfast__Scrub scrub = HOLDFAST__SCRUB__INIT;

    scrub.go_on = from->go_on;
    scrub.wait = from->wait;
    encode_pack(encoder, MESSAGE_SCRUB, &scrub.base);
}

static void encode_order_reply(struct encoder *encoder,
                               const struct msg_scrub_reply *from)
{
    Holdfast__ScrubReply reply = HOLDFAST__SCRUB_REPLY__INIT;

    reply.ended = from->ended;
    reply.paused = from->paused;
    reply.bad = from->bad;
    reply.repaired = from->repaired;
    reply.quarantined = from->quarantined;
    encode_pack(encoder, MESSAGE_SCRUB, &reply.base);
}

static void encode_events_reply(struct encoder *encoder,
                                const struct msg_events_reply *from)
{
    Holdfast__EventsReply reply = HOLDFAST__EVENTS_REPLY__INIT;

    reply.count = from->count;
    reply.n_texts = from->texts_count;
    reply.texts =
        encode_array(encoder, from->texts_count, sizeof(*reply.texts));
    if (reply.texts == NULL) {
        return;
    }
    for (size_t i = 0; i < from->texts_count; i++) {
        reply.texts[i] = encode_span(from->texts[i]);
    }
    encode_pack(encoder, MESSAGE_EVENTS, &reply.base);
}

bool encode_is_scrub(const struct message *message)
{
    return message->kind == MESSAGE_SCRUB || message->kind == MESSAGE_EVENTS;
}

void encode_scrub(struct encoder *encoder, const struct message *message)
{
    Holdfast__Events events = HOLDFAST__EVENTS__INIT;

    if (message->kind == MESSAGE_SCRUB) {
        if (message->reply) {
            encode_order_reply(encoder, &message->scrub_reply);
        } else {
            encode_order(encoder, &message->scrub);
        }
    } else if (message->reply) {
        encode_events_reply(encoder, &message->events_reply);
    } else {
        events.from = message->events.from;
        encode_pack(encoder, MESSAGE_EVENTS, &events.base);
    }
}
