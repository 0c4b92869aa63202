/* SPDX-License-Identifier: Apache-2.0 */
#include "serving.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "core/fetch.h"
#include "core/picked.h"
#include "core/prove.h"
#include "core/serve.h"
#include "model/placement.h"
#include "pool/pool.h"
#include "serving_job.h"
#include "writer.h"

enum err serving_new(struct pool *pool, const struct source *source,
                     struct writer *writer, const struct sink *sink,
                     struct serving **ret_serving)
{
    struct serving *serving = calloc(1, sizeof(*serving));

    if (serving == NULL) {
        return ERR_NO_MEMORY;
    }
    serving->pool = pool;
    serving->source = source;
    serving->writer = writer;
    serving->sink = *sink;
    *ret_serving = serving;
    return ERR_OK;
}

void serving_free(struct serving *serving)
{
    free(serving);
}

/* ---- answers ---- */

struct answer_job {
    struct pool_job job;
    struct serving *serving;
    struct request *request;
    bool is_receipts;
    struct challenge_names names; /* of a CHALLENGE */
    struct picked *picked;        /* owned; of a LIST with states */
    struct serve_ledger *ledgers; /* owned */
    size_t ledgers_count;
    struct receipt_entry *entries; /* owned, refusals too */
    size_t entries_count;
    struct serve_roster *rosters; /* owned */
    struct receipts_asked asked;  /* is_receipts; borrows the above */
    enum err err;
};

static void answer_free(struct answer_job *job)
{
    for (size_t i = 0; job->entries != NULL && i < job->entries_count; i++) {
        free((char *)(uintptr_t)job->entries[i].refusal);
    }
    free(job->entries);
    free(job->rosters);
    free(job->picked);
    free(job->ledgers);
    free(job);
}

static void answer_work(void *ctx)
{
    struct answer_job *job = ctx;
    struct request *request = job->request;
    struct buf bytes;

    buf_init(&bytes, SERVING_ANSWER_SIZE_MAX);
    if (job->is_receipts) {
        job->asked.kind = request->message.kind;
        job->asked.lacks = request->lacks;
        job->asked.lacks_count = request->lacks_count;
        job->err = serve_receipts(job->serving->source, &job->asked, &bytes);
    } else if (job->picked != NULL) {
        job->err = serve_picked(job->serving->source, job->picked, &bytes);
    } else {
        job->err =
            serve_answer(job->serving->source, &request->message, job->ledgers,
                         job->ledgers_count, &job->names, &bytes);
    }
    if (job->err == ERR_OK) {
        job->err = request->ops->finish(request, &bytes);
    }
    buf_done(&bytes);
}

static void answer_done(void *ctx)
{
    struct answer_job *job = ctx;

    job->request->is_busy = false;
    request_send(job->request, job->err);
    answer_free(job);
}

static bool copy_picked(struct answer_job *job, const struct picked *picked)
{
    if (picked == NULL) {
        return true;
    }
    job->picked = malloc(sizeof(*picked));
    if (job->picked != NULL) {
        memcpy(job->picked, picked, sizeof(*picked));
    }
    return job->picked != NULL;
}

static bool copy_ledgers(struct answer_job *job,
                         const struct serve_ledger *ledgers, size_t count)
{
    job->ledgers = calloc(count + 1, sizeof(*job->ledgers));
    if (job->ledgers == NULL) {
        return false;
    }
    if (count > 0) {
        memcpy(job->ledgers, ledgers, count * sizeof(*ledgers));
    }
    job->ledgers_count = count;
    return true;
}

static bool copy_entries(struct answer_job *job,
                         const struct receipt_entry *entries, size_t count)
{
    job->entries = calloc(count + 1, sizeof(*job->entries));
    if (job->entries == NULL) {
        return false;
    }
    job->entries_count = count;
    for (size_t i = 0; i < count; i++) {
        job->entries[i] = entries[i];
        job->entries[i].refusal = NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (entries[i].refusal != NULL) {
            job->entries[i].refusal = strdup(entries[i].refusal);
            if (job->entries[i].refusal == NULL) {
                return false;
            }
        }
    }
    return true;
}

static bool copy_receipts(struct answer_job *job, const struct effect *effect)
{
    size_t rosters = effect->receipts.rosters_count;

    if (!copy_ledgers(job, effect->receipts.ledgers,
                      effect->receipts.ledgers_count) ||
        !copy_entries(job, effect->receipts.entries,
                      effect->receipts.entries_count)) {
        return false;
    }
    job->rosters = calloc(rosters + 1, sizeof(*job->rosters));
    if (job->rosters == NULL) {
        return false;
    }
    if (rosters > 0) {
        memcpy(job->rosters, effect->receipts.rosters,
               rosters * sizeof(*job->rosters));
    }
    job->asked = (struct receipts_asked){
        .entries = job->entries,
        .entries_count = job->entries_count,
        .ledgers = job->ledgers,
        .ledgers_count = job->ledgers_count,
        .rosters = job->rosters,
        .rosters_count = rosters,
        .roster_hash = effect->receipts.roster_hash,
        .heard = effect->receipts.heard,
        .needed = effect->receipts.needed,
    };
    return true;
}

/* Hand the job over, or give the request up. */
static void answer_submit(struct answer_job *job, bool is_copied, size_t size)
{
    struct request *request = job->request;
    enum err err = is_copied ? ERR_OK : ERR_NO_MEMORY;

    if (err == ERR_OK) {
        err = request->ops->begin(request, size);
    }
    if (err == ERR_OK) {
        job->job = (struct pool_job){ .work = answer_work,
                                      .done = answer_done,
                                      .ctx = job,
                                      .lane = POOL_NO_LANE };
        err = pool_submit(job->serving->pool, &job->job);
    }
    if (err == ERR_OK) {
        request->is_busy = true;
        return;
    }
    answer_free(job);
    request_drop(request);
}

void serving_answer(struct serving *serving, struct request *request,
                    const struct effect *effect)
{
    struct answer_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        request_drop(request);
        return;
    }
    job->serving = serving;
    job->request = request;
    job->names = effect->serve.names;
    answer_submit(job,
                  copy_picked(job, effect->serve.picked) &&
                      copy_ledgers(job, effect->serve.ledgers,
                                   effect->serve.ledgers_count),
                  BLOCK_SIZE_MAX);
}

void serving_receipts(struct serving *serving, struct request *request,
                      const struct effect *effect)
{
    struct answer_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        request_drop(request);
        return;
    }
    job->serving = serving;
    job->request = request;
    job->is_receipts = true;
    answer_submit(job, copy_receipts(job, effect), BLOCK_SIZE_MAX);
}

/* ---- loads ---- */

struct load_job {
    struct pool_job job;
    struct serving *serving;
    uint64_t token;
    struct placement placement;
    bool has_placement;
    struct want asked[LOAD_ITEMS_MAX];
    size_t asked_count;
    struct loaded_item items[LOAD_ITEMS_MAX];
    struct want wants[LOAD_WANTS_MAX];
    size_t wants_count;
    struct buf leaf; /* owned */
    struct prove_task tasks[PROVE_TASKS_MAX];
    struct proved proved[PROVE_TASKS_MAX];
    size_t tasks_count;
};

static void load_work(void *ctx)
{
    struct load_job *job = ctx;

    fetch_load(job->serving->source,
               job->has_placement ? &job->placement : NULL, job->asked,
               job->asked_count, job->items, job->wants, &job->wants_count,
               &job->leaf);
    prove_tasks(job->serving->source, job->tasks, job->tasks_count,
                job->proved);
}

static void load_done(void *ctx)
{
    struct load_job *job = ctx;
    struct event event = { .kind = EVENT_LOADED };

    event.loaded.token = job->token;
    event.loaded.items = job->items;
    event.loaded.items_count = job->asked_count;
    event.loaded.wants = job->wants;
    event.loaded.wants_count = job->wants_count;
    event.loaded.leaf = buf_span(&job->leaf);
    event.loaded.proved = job->proved;
    event.loaded.proved_count = job->tasks_count;
    job->serving->sink.event(job->serving->sink.ctx, &event);
    buf_done(&job->leaf);
    free(job);
}

void serving_load(struct serving *serving, const struct effect *effect)
{
    struct load_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        serving->sink.fatal(serving->sink.ctx, ERR_NO_MEMORY, "no memory");
        return;
    }
    job->serving = serving;
    job->token = effect->load.token;
    buf_init(&job->leaf, LEAF_SIZE_MAX);
    if (effect->load.placement != NULL) {
        job->placement = *effect->load.placement;
        job->has_placement = true;
    }
    job->asked_count = effect->load.count;
    if (job->asked_count > 0) {
        memcpy(job->asked, effect->load.items,
               effect->load.count * sizeof(job->asked[0]));
    }
    job->tasks_count = effect->load.tasks_count;
    if (job->tasks_count > 0) {
        memcpy(job->tasks, effect->load.tasks,
               effect->load.tasks_count * sizeof(job->tasks[0]));
    }
    job->job = (struct pool_job){
        .work = load_work, .done = load_done, .ctx = job, .lane = POOL_NO_LANE
    };
    if (pool_submit(serving->pool, &job->job) != ERR_OK) {
        free(job);
        serving->sink.fatal(serving->sink.ctx, ERR_BUSY, "the pool is full");
    }
}
