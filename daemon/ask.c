/* SPDX-License-Identifier: Apache-2.0 */
#include "ask.h"

#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "base/reader.h"
#include "crypto/aead.h"
#include "model/block.h"
#include "net/packet.h"
#include "wire/decode.h"
#include "writer.h"

#define ANSWER_ARENA_SIZE (512 * 1024)

void ask_done(struct ask *ask)
{
    packet_free(ask->packet);
    ask->packet = NULL;
    arena_done(&ask->arena);
}

static void end(struct ask *ask, struct event *event)
{
    const struct sink *sink = &ask->options->sink;

    /* The core may hang up on this peer now: the ask is not to end twice. */
    ask->is_busy = true;
    if (ask->store_err != ERR_OK) {
        sink->fatal(sink->ctx, ask->store_err,
                    "a block could not be appended to the store");
    }
    sink->event(sink->ctx, event);
    ask->ended(ask->ctx, ask);
}

void ask_fail(struct ask *ask, enum err err)
{
    struct event event = { .kind = EVENT_UNANSWERED };

    event.unanswered.token = ask->token;
    event.unanswered.err = err;
    end(ask, &event);
}

static void answer(struct ask *ask)
{
    struct event event = { .kind = EVENT_ANSWERED };

    event.answered.token = ask->token;
    event.answered.message = &ask->message;
    event.answered.fates = ask->fates;
    event.answered.appended_bytes = ask->appended_bytes;
    end(ask, &event);
}

/* LANE_APPEND: the right blocks go into the open group. */
static void append_work(void *ctx)
{
    struct ask *ask = ctx;
    const struct msg_get_blocks_reply *reply = &ask->message.get_blocks_reply;

    for (size_t i = 0; i < reply->count; i++) {
        if (ask->fates[i] != BLOCK_APPENDED || ask->is_header[i]) {
            continue;
        }

        enum err err = writer_add(ask->options->writer, &ask->names[i],
                                  reply->blocks[i], NULL);

        if (err == ERR_OK) {
            ask->appended_bytes += reply->blocks[i].size;
            continue;
        }
        ask->fates[i] = BLOCK_NO_SPACE;
        if (err != ERR_FULL) {
            ask->store_err = err;
            return;
        }
    }
}

static void append_done(void *ctx)
{
    answer(ctx);
}

/* Each block by its name; what was not asked for is not taken. */
static enum err judge_blocks(struct ask *ask)
{
    const struct msg_get_blocks_reply *reply = &ask->message.get_blocks_reply;

    if (reply->count != ask->names_count) {
        return ERR_MALFORMED;
    }
    for (size_t i = 0; i < reply->count; i++) {
        if (reply->blocks[i].size == 0) {
            ask->fates[i] = BLOCK_MISSING;
        } else if (block_verify(reply->blocks[i], &ask->names[i]) == ERR_OK) {
            ask->fates[i] = BLOCK_APPENDED;
        } else {
            ask->fates[i] = BLOCK_WRONG;
        }
    }
    return ERR_OK;
}

/* Any thread: decrypt, decode, hash. */
static void open_work(void *ctx)
{
    struct ask *ask = ctx;
    struct aead aead;
    struct reader reader;
    struct span plain;

    ask->err = aead_init(&aead);
    if (ask->err != ERR_OK) {
        return;
    }
    ask->err = packet_open(ask->packet, &ask->opening, &aead, &plain);
    aead_done(&aead);
    if (ask->err != ERR_OK) {
        return;
    }
    ask->plain_size = plain.size;
    reader_init(&reader, plain);
    if (reader_u64(&reader) != ask->counter || reader.failed) {
        ask->err = ERR_MALFORMED;
        return;
    }
    ask->err = arena_init(&ask->arena, ANSWER_ARENA_SIZE);
    if (ask->err == ERR_OK) {
        ask->err = message_decode_reply(reader.left, ask->kind, &ask->arena,
                                        &ask->message, NULL);
    }
    if (ask->err == ERR_OK && ask->message.kind == MESSAGE_GET_BLOCKS) {
        ask->err = judge_blocks(ask);
    }
}

static void open_done(void *ctx)
{
    struct ask *ask = ctx;
    struct session *session;
    enum err err = ask->err;

    if (err == ERR_OK) {
        /* Decrypted: only now does the counter count as seen. */
        err = session_opened(ask->options->sessions, &ask->opening,
                             ask->plain_size, uv_hrtime() / 1000000, &session);
    }
    opening_done(&ask->opening);
    if (err != ERR_OK) {
        ask_fail(ask, err);
        return;
    }
    if (ask->message.kind != MESSAGE_GET_BLOCKS) {
        answer(ask);
        return;
    }
    ask->job = (struct pool_job){ .work = append_work,
                                  .done = append_done,
                                  .ctx = ask,
                                  .lane = LANE_APPEND };
    /* The job that ended just now made room for it. */
    CHECK(pool_submit(ask->options->pool, &ask->job) == ERR_OK);
}

void ask_reply(struct ask *ask, uint32_t pipe_id, struct packet *packet)
{
    ask->packet = packet;

    enum err err = session_opening(ask->options->sessions, pipe_id,
                                   packet_span(packet), &ask->opening);

    if (err != ERR_OK) {
        ask_fail(ask, err);
        return;
    }
    ask->is_busy = true;
    if (ask->kind == MESSAGE_SYNC || ask->kind == MESSAGE_GET_NOTES) {
        open_work(ask); /* small: not worth the way to a worker */
        open_done(ask);
        return;
    }
    ask->job = (struct pool_job){
        .work = open_work, .done = open_done, .ctx = ask, .lane = POOL_NO_LANE
    };
    err = pool_submit(ask->options->pool, &ask->job);
    if (err != ERR_OK) {
        opening_done(&ask->opening);
        ask_fail(ask, err);
    }
}
