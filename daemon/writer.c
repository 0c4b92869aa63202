/* SPDX-License-Identifier: Apache-2.0 */
/* A commit stands in line from writer_commit() on. Its way: loop -> LANE_APPEND
 * [detach_work: the open group is closed; not with keep_group] -> loop
 * [detach_done: ready] -> LANE_COMMIT [commit_work, when it is the first in
 * line] -> loop [commit_done: EVENT_PERSISTED]. */
#include "writer.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/node_key.h"
#include "crypto/sign.h"
#include "ledger/cosign.h"
#include "pool/pool.h"
#include "staged.h"
#include "store/store.h"

struct commit_job;

struct writer {
    struct store *store;        /* borrowed */
    struct pool *pool;          /* borrowed */
    const struct node_key *key; /* borrowed */
    struct store_mark mark;     /* the newest that was handed over */
    struct sink sink;
    struct staged *staged; /* owned */
    struct source source;
    struct store_group *group; /* owned; LANE_APPEND only */
    uint64_t group_number;     /* LANE_APPEND only; grows */
    /* Commits in their order, the first not yet under way; owned. */
    struct commit_job *commits;
    bool is_committing;
};

struct commit_job {
    struct pool_job job;
    struct commit_job *next; /* in writer->commits */
    bool is_ready;           /* its group is closed */
    struct writer *writer;
    uint64_t token;
    struct batch batch;
    struct store_group *group;
    uint64_t group_number;
    enum err err;
    struct why why;
};

struct sign_job {
    struct pool_job job;
    struct writer *writer;
    uint64_t token;
    enum sign_kind kind;
    uint64_t time;
    struct store_mark mark;
    struct buf text;
    struct signature signature;
    enum err err;
    struct why why;
};

static enum err have_staged(void *ctx, const struct block_id *name)
{
    struct writer *writer = ctx;
    const struct source *source = store_source(writer->store);

    if (staged_has(writer->staged, name)) {
        return ERR_OK;
    }
    return source->have(source->ctx, name);
}

/* The other reads pass through: struct source has one ctx, and ours is the
 * writer's. */
static enum err pass_leaf(void *ctx, uint32_t ledger, uint64_t index,
                          struct buf *bytes)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->leaf(source->ctx, ledger, index, bytes);
}

static enum err pass_node(void *ctx, uint32_t ledger, uint32_t level,
                          uint64_t index, struct digest *ret_hash)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->node(source->ctx, ledger, level, index, ret_hash);
}

static enum err pass_block(void *ctx, const struct block_id *name,
                           struct buf *bytes)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->block(source->ctx, name, bytes);
}

static enum err pass_names(void *ctx, const struct payload_root *root,
                           uint32_t page, struct buf *bytes)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->names(source->ctx, root, page, bytes);
}

static enum err pass_note(void *ctx, uint32_t kind, struct span name,
                          uint64_t number, struct buf *bytes)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->note(source->ctx, kind, name, number, bytes);
}

static enum err pass_held(void *ctx, uint32_t ledger, uint64_t chunk,
                          struct buf *bytes)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->held(source->ctx, ledger, chunk, bytes);
}

static enum err pass_item(void *ctx, const struct payload_root *from,
                          uint32_t ledger, uint64_t index,
                          struct source_item *ret_item)
{
    const struct source *source = store_source(((struct writer *)ctx)->store);

    return source->item(source->ctx, from, ledger, index, ret_item);
}

enum err writer_new(struct store *store, struct pool *pool,
                    const struct node_key *key, const struct store_mark *mark,
                    const struct sink *sink, struct writer **ret_writer)
{
    struct writer *writer = calloc(1, sizeof(*writer));

    if (writer == NULL) {
        return ERR_NO_MEMORY;
    }
    if (staged_new(&writer->staged) != ERR_OK) {
        free(writer);
        return ERR_NO_MEMORY;
    }
    writer->store = store;
    writer->pool = pool;
    writer->key = key;
    writer->mark = *mark;
    writer->sink = *sink;
    writer->group_number = 1;
    writer->source = (struct source){
        .ctx = writer,
        .leaf = pass_leaf,
        .node = pass_node,
        .block = pass_block,
        .have = have_staged,
        .names = pass_names,
        .note = pass_note,
        .held = pass_held,
        .item = pass_item,
    };
    *ret_writer = writer;
    return ERR_OK;
}

void writer_free(struct writer *writer)
{
    if (writer == NULL) {
        return;
    }
    while (writer->commits != NULL) {
        struct commit_job *job = writer->commits;

        writer->commits = job->next;
        store_group_free(job->group);
        batch_done(&job->batch);
        free(job);
    }
    store_group_free(writer->group);
    staged_free(writer->staged);
    free(writer);
}

const struct source *writer_source(struct writer *writer)
{
    return &writer->source;
}

enum err writer_add(struct writer *writer, const struct block_id *name,
                    struct span bytes, struct why *ret_why)
{
    if (writer->group == NULL) {
        writer->group = store_group_new(writer->store);
        if (writer->group == NULL) {
            return why_set(ret_why, ERR_NO_MEMORY, "no memory for a group");
        }
    }

    enum err err = store_group_add(writer->group, name, bytes, ret_why);

    if (err == ERR_OK) {
        err = staged_add(writer->staged, name, writer->group_number);
    }
    return err;
}

static void commit_work(void *ctx)
{
    struct commit_job *job = ctx;

    job->err =
        store_commit(job->writer->store, job->group, &job->batch, &job->why);
    if (job->err != ERR_FULL) {
        job->group = NULL; /* the store freed it */
    }
}

static void submit_next(struct writer *writer);

static void commit_done(void *ctx)
{
    struct commit_job *job = ctx;
    struct writer *writer = job->writer;
    struct event event = { .kind = EVENT_PERSISTED };

    writer->is_committing = false;
    if (job->err == ERR_FULL) {
        job->next = writer->commits; /* it keeps its place: writer_tick() */
        writer->commits = job;
        return;
    }
    event.persisted.token = job->token;
    staged_drop(writer->staged, job->group_number);
    submit_next(writer);
    if (job->err == ERR_OK) {
        writer->sink.event(writer->sink.ctx, &event);
    } else {
        writer->sink.fatal(writer->sink.ctx, job->err, job->why.text);
    }
    batch_done(&job->batch);
    free(job);
}

/* One commit at a time, in order: one that finds the disk full is not
 * overtaken. */
static void submit_next(struct writer *writer)
{
    struct commit_job *job = writer->commits;

    if (job == NULL || !job->is_ready || writer->is_committing) {
        return;
    }
    job->job = (struct pool_job){ .work = commit_work,
                                  .done = commit_done,
                                  .ctx = job,
                                  .lane = LANE_COMMIT };
    if (pool_submit(writer->pool, &job->job) != ERR_OK) {
        writer->sink.fatal(writer->sink.ctx, ERR_BUSY, "the pool is full");
        return;
    }
    writer->is_committing = true;
    writer->commits = job->next;
    job->next = NULL;
}

static void line_up(struct commit_job *job)
{
    struct commit_job **at = &job->writer->commits;

    while (*at != NULL) {
        at = &(*at)->next; /* two at most */
    }
    *at = job;
}

void writer_tick(struct writer *writer)
{
    submit_next(writer);
}

static void detach_work(void *ctx)
{
    struct commit_job *job = ctx;

    job->group = job->writer->group;
    job->group_number = job->writer->group_number++;
    job->writer->group = NULL;
}

static void detach_done(void *ctx)
{
    struct commit_job *job = ctx;

    job->is_ready = true;
    submit_next(job->writer);
}

void writer_commit(struct writer *writer, uint64_t token, struct batch *batch,
                   bool keep_group)
{
    struct commit_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        writer->sink.fatal(writer->sink.ctx, ERR_NO_MEMORY, "no memory");
        return;
    }
    job->writer = writer;
    job->token = token;
    batch_move(&job->batch, batch);
    line_up(job);
    if (keep_group) {
        detach_done(job); /* nothing to close */
        return;
    }
    job->job = (struct pool_job){ .work = detach_work,
                                  .done = detach_done,
                                  .ctx = job,
                                  .lane = LANE_APPEND };
    if (pool_submit(writer->pool, &job->job) != ERR_OK) {
        writer->sink.fatal(writer->sink.ctx, ERR_BUSY, "the pool is full");
    }
}

static void sign_work(void *ctx)
{
    struct sign_job *job = ctx;
    const struct node_key *key = job->writer->key;
    uint8_t blob[COSIGN_BLOB_SIZE];

    job->err = store_set_mark(job->writer->store, &job->mark, &job->why);
    if (job->err != ERR_OK) {
        return;
    }
    if (job->kind != SIGN_COSIGNATURE) {
        sign_key_sign(&key->ledger, buf_span(&job->text), &job->signature);
        return;
    }
    job->err =
        cosign_make(buf_span(&job->text), job->time, &key->witness, blob);
    if (job->err == ERR_OK) {
        memcpy(job->signature.bytes, blob + sizeof(job->time),
               sizeof(job->signature.bytes));
    }
}

static void sign_done(void *ctx)
{
    struct sign_job *job = ctx;
    struct writer *writer = job->writer;
    struct event event = { .kind = EVENT_SIGNED };

    event.signed_.token = job->token;
    event.signed_.signature = job->signature;
    if (job->err == ERR_OK) {
        writer->sink.event(writer->sink.ctx, &event);
    } else {
        writer->sink.fatal(writer->sink.ctx, job->err, job->why.text);
    }
    buf_done(&job->text);
    free(job);
}

/* What the mark says once this is signed. */
static void move_mark(struct store_mark *mark, const struct effect *effect)
{
    switch (effect->sign.kind) {
    case SIGN_CHECKPOINT:
        mark->has_ledger = true;
        mark->origin = effect->sign.origin;
        mark->size = effect->sign.size;
        mark->root = effect->sign.root;
        break;
    case SIGN_COSIGNATURE:
        mark->cosigned = effect->sign.cosigned;
        break;
    case SIGN_STATEMENT:
        mark->statement = effect->sign.number;
        break;
    }
}

void writer_sign(struct writer *writer, const struct effect *effect,
                 uint64_t roster_version, const struct digest *roster_hash)
{
    struct sign_job *job = calloc(1, sizeof(*job));

    if (job == NULL) {
        writer->sink.fatal(writer->sink.ctx, ERR_NO_MEMORY, "no memory");
        return;
    }
    move_mark(&writer->mark, effect);
    writer->mark.roster_version = roster_version;
    writer->mark.roster_hash = *roster_hash;
    job->writer = writer;
    job->token = effect->sign.token;
    job->kind = effect->sign.kind;
    job->time = effect->sign.time;
    job->mark = writer->mark;
    buf_init(&job->text, STATEMENT_SIZE_MAX);
    buf_put(&job->text, effect->sign.text);
    job->job = (struct pool_job){
        .work = sign_work, .done = sign_done, .ctx = job, .lane = LANE_COMMIT
    };
    if (buf_failed(&job->text) ||
        pool_submit(writer->pool, &job->job) != ERR_OK) {
        buf_done(&job->text);
        free(job);
        writer->sink.fatal(writer->sink.ctx, ERR_BUSY, "the pool is full");
    }
}
