/* SPDX-License-Identifier: Apache-2.0 */
/* Deposits on their way in: hash the blocks on any worker, then append them
 * and check the items in LANE_APPEND, then tell the core. */
#include "core/intake.h"

#include <stdio.h>
#include <stdlib.h>

#include "model/block.h"
#include "model/source.h"
#include "pool/pool.h"
#include "serving.h"
#include "serving_job.h"
#include "writer.h"

struct deposit_job {
    struct pool_job job;
    struct serving *serving;
    struct request *request;
    struct deposit_job *next; /* in the order of arrival */
    bool is_hashed;
    struct deposit_facts facts[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    uint64_t appended_bytes;
    enum err err; /* the whole request is refused */
    struct why why;
};

static void tell_core(struct deposit_job *job)
{
    struct event event = { .kind = EVENT_ASKED };
    struct requests *table = job->request->table;
    struct request *request;

    event.asked.request = job->request->id;
    event.asked.caller = job->request->caller;
    event.asked.message = &job->request->message;
    event.asked.facts = job->facts;
    event.asked.appended_bytes = job->appended_bytes;
    event.asked.more_coming = job->serving->deposits > 0;
    job->serving->sink.event(job->serving->sink.ctx, &event);
    /* It waits for a commit, but its blocks are in the group and the core has
     * copied its headers: a client has many of these on their way. */
    request = request_find(table, event.asked.request);
    if (request != NULL && !request->is_busy) {
        request_shed(request);
    }
}

/* The blocks that did arrive stay in the group: they name themselves, and the
 * depositor will not send them again. The core must hear of their bytes. */
static void tell_appended(struct deposit_job *job)
{
    struct event event = { .kind = EVENT_APPENDED };

    event.appended.bytes = job->appended_bytes;
    if (job->appended_bytes > 0) {
        job->serving->sink.event(job->serving->sink.ctx, &event);
    }
}

static void deposit_finished(void *ctx)
{
    struct deposit_job *job = ctx;
    struct request *request = job->request;
    const struct sink *sink = &job->serving->sink;

    job->serving->deposits--;
    request->is_busy = false;
    if (job->err == ERR_IO || job->err == ERR_CORRUPT) {
        sink->fatal(sink->ctx, job->err, job->why.text);
    }
    if (request->is_hung_up) {
        tell_appended(job);
        request_drop(request);
    } else if (job->err != ERR_OK) {
        tell_appended(job);
        request_refuse(request, job->err,
                       job->err == ERR_FULL ? "STORE-FULL" : "DEPOSIT-BAD",
                       job->why.text);
    } else {
        tell_core(job);
    }
    free(job);
}

static void answer_offer(struct deposit_job *job, const struct source *source)
{
    const struct msg_deposit *deposit = &job->request->message.deposit;

    if (deposit->offer_count == 0) {
        return;
    }
    job->request->lacks = calloc(deposit->offer_count, 1);
    if (job->request->lacks == NULL) {
        job->err = ERR_NO_MEMORY;
        return;
    }
    job->request->lacks_count = deposit->offer_count;
    for (size_t i = 0; i < deposit->offer_count; i++) {
        job->request->lacks[i] =
            source->have(source->ctx, &deposit->offer[i]) != ERR_OK;
    }
}

static void append_work(void *ctx)
{
    struct deposit_job *job = ctx;
    const struct source *source = writer_source(job->serving->writer);
    const struct msg_deposit *deposit = &job->request->message.deposit;

    for (size_t i = 0; i < deposit->blocks_count; i++) {
        job->err = writer_add(job->serving->writer, &deposit->names[i],
                              deposit->blocks[i], &job->why);
        if (job->err != ERR_OK) {
            return;
        }
        job->appended_bytes += deposit->blocks[i].size;
    }
    answer_offer(job, source);
    for (size_t i = 0; i < deposit->items_count; i++) {
        deposit_check(source, &deposit->items[i], deposit->pages,
                      deposit->pages_count, &job->facts[i], NULL);
    }
}

/* On to the next station, or refuse. */
static void append(struct deposit_job *job)
{
    if (job->err != ERR_OK) {
        deposit_finished(job);
        return;
    }
    job->job = (struct pool_job){ .work = append_work,
                                  .done = deposit_finished,
                                  .ctx = job,
                                  .lane = LANE_APPEND };

    /* Once it is handed over, the job is the worker's. */
    enum err err = pool_submit(job->serving->pool, &job->job);

    if (err != ERR_OK) {
        job->err = why_set(&job->why, err, "too much in hand; try again");
        deposit_finished(job);
    }
}

static void hash_done(void *ctx)
{
    struct deposit_job *job = ctx;
    struct serving *serving = job->serving;

    job->is_hashed = true;
    while (serving->first != NULL && serving->first->is_hashed) {
        struct deposit_job *first = serving->first;

        serving->first = first->next;
        if (serving->first == NULL) {
            serving->last = NULL;
        }
        append(first);
    }
}

/* Stand in line, before the pool may finish it. */
static void line_up(struct deposit_job *job)
{
    struct serving *serving = job->serving;

    if (serving->last != NULL) {
        serving->last->next = job;
    } else {
        serving->first = job;
    }
    serving->last = job;
}

static void hash_work(void *ctx)
{
    struct deposit_job *job = ctx;
    const struct msg_deposit *deposit = &job->request->message.deposit;

    for (size_t i = 0; i < deposit->blocks_count; i++) {
        if (block_verify(deposit->blocks[i], &deposit->names[i]) != ERR_OK) {
            job->err = why_set(&job->why, ERR_WRONG_HASH,
                               "block %zu of this request does not have its "
                               "name; it was damaged on the way",
                               i);
            return;
        }
    }
}

static void find_work(void *ctx)
{
    struct deposit_job *job = ctx;
    const struct msg_receipts *receipts = &job->request->message.receipts;

    for (size_t i = 0; i < receipts->count; i++) {
        deposit_find(job->serving->source, &receipts->items[i], &job->facts[i]);
    }
}

static struct deposit_job *submit(struct serving *serving,
                                  struct request *request, void (*work)(void *),
                                  void (*done)(void *))
{
    struct deposit_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        request_refuse(request, ERR_NO_MEMORY, "BUSY", "no memory");
        return NULL;
    }
    job->serving = serving;
    job->request = request;
    job->job = (struct pool_job){
        .work = work, .done = done, .ctx = job, .lane = POOL_NO_LANE
    };
    if (pool_submit(serving->pool, &job->job) != ERR_OK) {
        free(job);
        request_refuse(request, ERR_BUSY, "BUSY", "too much in hand");
        return NULL;
    }
    serving->deposits++;
    request->is_busy = true;
    return job;
}

void serving_deposit(struct serving *serving, struct request *request)
{
    struct deposit_job *job = submit(serving, request, hash_work, hash_done);

    if (job != NULL) {
        line_up(job); /* done() runs on this thread, so not before now */
    }
}

void serving_find(struct serving *serving, struct request *request)
{
    (void)submit(serving, request, find_work, deposit_finished);
}
