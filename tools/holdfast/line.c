/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/line.h"

#include <string.h>

#include "base/check.h"
#include "tools/holdfast/line_parts.h"
#include "tools/holdfast/progress.h"
#include "wire/decode.h"

enum err line_init(struct line *line, const struct line_ops *ops,
                   const struct stream_owner *owner, size_t depth,
                   bool is_ordered, size_t out_max, uint64_t timeout_ms)
{
    CHECK(depth > 0 && depth <= LINE_IN_FLIGHT_MAX);
    memset(line, 0, sizeof(*line));
    line->ops = ops;
    line->depth = depth;
    line->is_ordered = is_ordered;
    stream_init(&line->stream, owner, out_max, timeout_ms);
    return arena_init(&line->arena, ARENA_SIZE_MAX);
}

void line_done(struct line *line)
{
    for (size_t place = 0; place < LINE_IN_FLIGHT_MAX; place++) {
        buf_done(&line->replies[place].frame);
    }
    buf_done(&line->current);
    arena_done(&line->arena);
    stream_done(&line->stream);
}

void line_free(struct line *line)
{
    if (line != NULL) {
        line->ops->free(line);
    }
}

size_t line_depth(const struct line *line)
{
    return line->depth;
}

bool line_is_ordered(const struct line *line)
{
    return line->is_ordered;
}

size_t line_in_flight(const struct line *line)
{
    return line->asked_count;
}

int line_fd(const struct line *line)
{
    return line->stream.fd;
}

enum err line_arrived(struct line *line, size_t place, struct buf *frame,
                      struct span message, struct why *ret_why)
{
    struct line_reply *reply = &line->replies[place];
    size_t number =
        (place + LINE_IN_FLIGHT_MAX - line->first) % LINE_IN_FLIGHT_MAX;

    if (number >= line->asked_count || reply->has_arrived) {
        buf_done(frame);
        return why_set(ret_why, ERR_MALFORMED,
                       "the node sent an answer to nothing");
    }
    reply->frame = *frame;
    reply->message = message;
    reply->has_arrived = true;
    return ERR_OK;
}

enum err line_send(struct line *line, const struct message *request,
                   struct why *ret_why)
{
    size_t place = (line->first + line->asked_count) % LINE_IN_FLIGHT_MAX;
    enum err err = ERR_OK;

    if (line->asked_count == line->depth) {
        return why_set(ret_why, ERR_BUSY, "too many requests on their way");
    }
    if (line->asked_count == 0 && line->ops->renew != NULL) {
        err = line->ops->renew(line, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    buf_clear(&line->stream.out);
    line->stream.out_sent = 0;
    err = line->ops->pack(line, place, request, ret_why);
    if (err != ERR_OK) {
        buf_clear(&line->stream.out);
        return err;
    }
    line->replies[place].kind = request->kind;
    line->replies[place].has_arrived = false;
    line->asked_count++;
    return stream_flush(&line->stream, ret_why);
}

enum err line_receive(struct line *line, struct message *ret_reply,
                      struct why *ret_why)
{
    struct line_reply *reply = &line->replies[line->first];
    uint64_t silent_since = now_ms();

    if (line->asked_count == 0) {
        return why_set(ret_why, ERR_NOT_FOUND, "nothing was asked");
    }
    while (!reply->has_arrived) {
        enum err err = stream_move(&line->stream, &silent_since, ret_why);

        if (err != ERR_OK) {
            return err;
        }
    }
    buf_done(&line->current);
    line->current = reply->frame;
    buf_init(&reply->frame, 0);
    line->first = (line->first + 1) % LINE_IN_FLIGHT_MAX;
    line->asked_count--;
    arena_reset(&line->arena);
    return message_decode_reply(reply->message, reply->kind, &line->arena,
                                ret_reply, ret_why);
}

enum err line_wait_newest(struct line *line, size_t count, bool *ret_refused,
                          struct why *ret_why)
{
    uint64_t silent_since = now_ms();
    bool refused = false;

    CHECK(count <= line->asked_count);
    for (size_t i = line->asked_count - count; i < line->asked_count; i++) {
        const struct line_reply *reply =
            &line->replies[(line->first + i) % LINE_IN_FLIGHT_MAX];

        while (!reply->has_arrived) {
            enum err err = stream_move(&line->stream, &silent_since, ret_why);

            if (err != ERR_OK) {
                return err;
            }
        }
        refused |= reply->message.size > 0 &&
                   reply->message.data[0] == MESSAGE_REFUSAL;
    }
    *ret_refused = refused;
    return ERR_OK;
}

bool line_ready(struct line *line)
{
    const struct line_reply *reply = &line->replies[line->first];
    bool moved = false;

    if (line->asked_count == 0) {
        return false;
    }
    if (!reply->has_arrived && !line->stream.ended) {
        enum err err = stream_take(&line->stream, &moved, NULL);

        (void)err; /* what fails fails again, and is told, in line_receive() */
    }
    return reply->has_arrived || line->stream.ended;
}

/* A stable name: what is none becomes nothing. */
static void code_copy(char ret_code[static LINE_CODE_SIZE], struct span name)
{
    size_t size = name.size < LINE_CODE_SIZE ? name.size : 0;

    for (size_t index = 0; index < size; index++) {
        uint8_t byte = name.data[index];

        if (!(byte >= 'A' && byte <= 'Z') && byte != '-') {
            size = 0;
        }
    }
    if (size > 0) {
        memcpy(ret_code, name.data, size);
    }
    ret_code[size] = '\0';
}

enum err line_refused(const struct message *reply,
                      char ret_code[static LINE_CODE_SIZE], struct why *ret_why)
{
    const struct msg_refusal *refusal = &reply->refusal;
    enum err err = ERR_REFUSED;

    if (refusal->code > ERR_OK && refusal->code < ERR_COUNT) {
        err = (enum err)refusal->code;
    }
    code_copy(ret_code, refusal->name);
    return why_set(
        ret_why, err, "%.*s",
        refusal->text.size < WHY_SIZE ? (int)refusal->text.size : WHY_SIZE,
        refusal->text.size == 0 ? "" : (const char *)refusal->text.data);
}

enum err line_ask(struct line *line, const struct message *request,
                  struct message *ret_reply,
                  char ret_code[static LINE_CODE_SIZE], struct why *ret_why)
{
    struct message reply;
    enum err err;

    ret_code[0] = '\0';
    err = line_send(line, request, ret_why);
    if (err == ERR_OK) {
        err = line_receive(line, &reply, ret_why);
    }
    if (err == ERR_OK && reply.kind == MESSAGE_REFUSAL) {
        return line_refused(&reply, ret_code, ret_why);
    }
    if (err == ERR_OK) {
        *ret_reply = reply;
    }
    return err;
}
