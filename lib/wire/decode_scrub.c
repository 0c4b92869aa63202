/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/decode_parts.h"

bool decode_scrub(const void *from, struct msg_scrub *to)
{
    const Holdfast__Scrub *scrub = from;

    to->go_on = scrub->go_on;
    to->wait = scrub->wait;
    return true;
}

bool decode_scrub_reply(const void *from, struct msg_scrub_reply *to)
{
    const Holdfast__ScrubReply *reply = from;

    *to = (struct msg_scrub_reply){ .ended = reply->ended,
                                    .paused = reply->paused,
                                    .bad = reply->bad,
                                    .repaired = reply->repaired,
                                    .quarantined = reply->quarantined };
    return true;
}

bool decode_events(const void *from, struct msg_events *to)
{
    to->from = ((const Holdfast__Events *)from)->from;
    return true;
}

bool decode_events_reply(struct decoder *decoder, const void *from,
                         struct msg_events_reply *to)
{
    const Holdfast__EventsReply *reply = from;
    struct span *texts = decode_array(decoder, reply->n_texts, sizeof(*texts));

    if (texts == NULL) {
        return false;
    }
    for (size_t i = 0; i < reply->n_texts; i++) {
        texts[i] = decode_span(&reply->texts[i]);
    }
    to->count = reply->count;
    to->texts = texts;
    to->texts_count = reply->n_texts;
    return true;
}
