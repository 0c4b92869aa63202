/* SPDX-License-Identifier: Apache-2.0 */
#include "brought.h"

#include <stdlib.h>

#include "core/node.h"
#include "model/block.h"
#include "pool/pool.h"
#include "request.h"
#include "serving.h"
#include "serving_job.h"
#include "writer.h"

struct brought_job {
    struct pool_job job;
    struct serving *serving;
    struct request *request;
    enum expected expected[BLOCKS_PER_REQUEST_MAX];
    enum block_fate fates[BLOCKS_PER_REQUEST_MAX];
    uint64_t appended_bytes;
    enum err err; /* the store failed */
    struct why why;
};

static void tell_core(struct brought_job *job)
{
    struct event event = { .kind = EVENT_ASKED };
    const struct sink *sink = &job->serving->sink;

    event.asked.request = job->request->id;
    event.asked.caller = job->request->caller;
    event.asked.message = &job->request->message;
    event.asked.fates = job->fates;
    event.asked.appended_bytes = job->appended_bytes;
    sink->event(sink->ctx, &event);
}

static void brought_done(void *ctx)
{
    struct brought_job *job = ctx;
    const struct sink *sink = &job->serving->sink;
    struct requests *table = job->request->table;
    uint64_t id = job->request->id;
    struct request *request;

    job->request->is_busy = false;
    if (job->err != ERR_OK) {
        sink->fatal(sink->ctx, job->err, job->why.text);
    }
    /* Also when nobody waits for the answer: the blocks are here. */
    tell_core(job);
    request = request_find(table, id); /* an answer has freed it */
    if (request != NULL && request->is_hung_up) {
        request_hang_up(request);
    }
    free(job);
}

static void append_work(void *ctx)
{
    struct brought_job *job = ctx;
    const struct msg_put_blocks *put = &job->request->message.put_blocks;

    for (size_t i = 0; i < put->count; i++) {
        enum err err;

        if (job->fates[i] != BLOCK_APPENDED ||
            job->expected[i] != EXPECTED_BLOCK) {
            continue;
        }
        err = writer_add(job->serving->writer, &put->names[i], put->blocks[i],
                         &job->why);
        if (err == ERR_OK) {
            job->appended_bytes += put->blocks[i].size;
            continue;
        }
        job->fates[i] = BLOCK_NO_SPACE;
        if (err != ERR_FULL) {
            job->err = err;
            return;
        }
    }
}

static void verify_work(void *ctx)
{
    struct brought_job *job = ctx;
    const struct msg_put_blocks *put = &job->request->message.put_blocks;

    for (size_t i = 0; i < put->count; i++) {
        if (put->blocks[i].size == 0) {
            job->fates[i] = BLOCK_MISSING;
        } else if (job->expected[i] == EXPECTED_NOTHING) {
            job->fates[i] = BLOCK_UNASKED;
        } else if (block_verify(put->blocks[i], &put->names[i]) == ERR_OK) {
            job->fates[i] = BLOCK_APPENDED;
        } else {
            job->fates[i] = BLOCK_WRONG;
        }
    }
}

static void verify_done(void *ctx)
{
    struct brought_job *job = ctx;
    enum err err;

    job->job = (struct pool_job){ .work = append_work,
                                  .done = brought_done,
                                  .ctx = job,
                                  .lane = LANE_APPEND };
    err = pool_submit(job->serving->pool, &job->job);
    if (err != ERR_OK) {
        /* Nothing was appended: the lease ends by itself. */
        struct request *request = job->request;

        free(job);
        request->is_busy = false;
        request_refuse(request, err, "BUSY", "too much in hand; try again");
    }
}

void brought_take(struct serving *serving, struct node *node,
                  struct request *request)
{
    const struct msg_put_blocks *put = &request->message.put_blocks;
    struct brought_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        request_refuse(request, ERR_NO_MEMORY, "BUSY", "no memory");
        return;
    }
    job->serving = serving;
    job->request = request;
    for (size_t i = 0; i < put->count; i++) {
        if (put->blocks[i].size > 0) {
            job->expected[i] =
                node_expects(node, &request->caller, &put->names[i]);
        }
    }
    job->job = (struct pool_job){ .work = verify_work,
                                  .done = verify_done,
                                  .ctx = job,
                                  .lane = POOL_NO_LANE };
    if (pool_submit(serving->pool, &job->job) != ERR_OK) {
        free(job);
        request_refuse(request, ERR_BUSY, "BUSY", "too much in hand");
        return;
    }
    request->is_busy = true;
}
