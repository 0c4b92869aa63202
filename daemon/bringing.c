/* SPDX-License-Identifier: Apache-2.0 */
#include "bringing.h"

#include <stdlib.h>
#include <uv.h>

#include "base/check.h"
#include "core/serve.h"
#include "peers.h"
#include "pool/pool.h"
#include "serving.h"
#include "serving_job.h"
#include "wire/arena.h"
#include "wire/decode.h"
#include "wire/encode.h"

struct push_job {
    struct pool_job job;
    struct serving *serving;
    struct peers *peers;
    struct label node;
    uint64_t token;
    struct buf what; /* what to read, as a request */
    bool has_ledger;
    struct serve_ledger ledger;
    struct challenge_names names; /* of a CHALLENGE */
    struct buf bytes;
    enum err err;
};

static void push_work(void *ctx)
{
    struct push_job *job = ctx;
    struct message what;
    struct arena arena;

    job->err = arena_init(&arena, ARENA_SIZE_MAX);
    if (job->err != ERR_OK) {
        return;
    }
    job->err =
        message_decode_request(buf_span(&job->what), &arena, &what, NULL);
    if (job->err == ERR_OK) {
        job->err =
            serve_push(job->serving->source, &what, &job->ledger,
                       job->has_ledger ? 1 : 0, &job->names, &job->bytes);
    }
    arena_done(&arena);
}

static void push_free(struct push_job *job)
{
    buf_done(&job->what);
    buf_done(&job->bytes);
    free(job);
}

static void give_up(struct serving *serving, uint64_t token, enum err err)
{
    struct event event = { .kind = EVENT_UNANSWERED };

    event.unanswered.token = token;
    event.unanswered.err = err;
    serving->sink.event(serving->sink.ctx, &event);
}

static void push_done(void *ctx)
{
    struct push_job *job = ctx;

    if (job->err == ERR_OK) {
        peers_bring(job->peers, &job->node, job->token,
                    (enum message_kind)job->bytes.data[0],
                    buf_span(&job->bytes), uv_hrtime() / 1000000);
    } else {
        give_up(job->serving, job->token, job->err);
    }
    push_free(job);
}

void bringing_push(struct serving *serving, struct peers *peers,
                   const struct effect *effect)
{
    struct push_job *job = calloc(1, sizeof(*job));
    enum err err = ERR_NO_MEMORY;

    if (job != NULL) {
        job->serving = serving;
        job->peers = peers;
        job->node = effect->push.node;
        job->token = effect->push.token;
        job->names = effect->push.names;
        buf_init(&job->what, PROTOBUF_SIZE_MAX);
        buf_init(&job->bytes, SERVING_ANSWER_SIZE_MAX);
        CHECK(effect->push.ledgers_count <= 1);
        if (effect->push.ledgers_count == 1) {
            job->has_ledger = true;
            job->ledger = effect->push.ledgers[0];
        }
        err = message_encode(effect->push.what, &job->what);
    }
    if (err == ERR_OK) {
        job->job = (struct pool_job){ .work = push_work,
                                      .done = push_done,
                                      .ctx = job,
                                      .lane = POOL_NO_LANE };
        err = pool_submit(serving->pool, &job->job);
    }
    if (err != ERR_OK) {
        give_up(serving, effect->push.token, err);
        if (job != NULL) {
            push_free(job);
        }
    }
}
