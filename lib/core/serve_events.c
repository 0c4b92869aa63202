/* SPDX-License-Identifier: Apache-2.0 */
#include "core/serve_parts.h"
#include "model/incident.h"
#include "wire/encode.h"

_Static_assert(INCIDENT_SIZE_MAX <= EVENT_TEXT_SIZE_MAX,
               "an incident fits where one may stand");

/* They are numbered without a gap. */
static enum err read_texts(const struct source *source, uint64_t from,
                           struct buf *bytes, size_t *ends, size_t *ret_count)
{
    size_t count = 0;

    while (count < EVENTS_PER_REPLY_MAX) {
        enum err err = source->note(source->ctx, NOTE_INCIDENT,
                                    span_of(NULL, 0), from + count, bytes);

        if (err == ERR_NOT_FOUND) {
            break;
        }
        if (err != ERR_OK || buf_failed(bytes)) {
            return err != ERR_OK ? err : bytes->err;
        }
        ends[count] = bytes->size;
        count++;
    }
    *ret_count = count;
    return ERR_OK;
}

/* How many there are: double, then halve. */
static enum err count_all(const struct source *source, uint64_t from,
                          struct buf *bytes, uint64_t *ret_count)
{
    uint64_t low = from; /* there are at least so many */
    uint64_t step = 1;
    bool grows = true;

    while (step > 0) {
        enum err err;

        buf_clear(bytes);
        err = source->note(source->ctx, NOTE_INCIDENT, span_of(NULL, 0),
                           low + step - 1, bytes);
        if (err == ERR_OK) {
            low += step;
            step = grows ? step * 2 : step / 2;
        } else if (err == ERR_NOT_FOUND) {
            grows = false;
            step /= 2;
        } else {
            return err;
        }
    }
    *ret_count = low;
    return ERR_OK;
}

enum err serve_events(const struct source *source,
                      const struct msg_events *asked, struct buf *to)
{
    struct message reply = { .kind = MESSAGE_EVENTS, .reply = true };
    struct span texts[EVENTS_PER_REPLY_MAX];
    size_t ends[EVENTS_PER_REPLY_MAX];
    struct buf bytes;
    struct buf other;
    size_t count = 0;
    size_t start = 0;
    enum err err;

    buf_init(&bytes, EVENTS_PER_REPLY_MAX * INCIDENT_SIZE_MAX);
    buf_init(&other, INCIDENT_SIZE_MAX);
    err = read_texts(source, asked->from, &bytes, ends, &count);
    if (err == ERR_OK) {
        err = count_all(source, count > 0 ? asked->from + count : 0, &other,
                        &reply.events_reply.count);
    }
    for (size_t i = 0; err == ERR_OK && i < count; i++) {
        texts[i] = span_part(buf_span(&bytes), start, ends[i] - start);
        start = ends[i];
    }
    if (err == ERR_OK) {
        reply.events_reply.texts = texts;
        reply.events_reply.texts_count = count;
        err = message_encode(&reply, to);
    } else if (err != ERR_NO_MEMORY) {
        err = serve_refusal(to, err, "the events cannot be read");
    }
    buf_done(&bytes);
    buf_done(&other);
    return err;
}
