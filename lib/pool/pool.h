/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed number of worker threads for what would block the loop: RocksDB and
 * bulk crypto. One thread, the owner, creates the pool, reaps it and frees it;
 * work() runs on a worker, done() on the owner's thread inside pool_reap().
 *
 * A job is caller-owned and intrusive: from pool_submit() until its done() is
 * called the pool holds it, and it may be neither moved nor freed. done() may
 * free the job or submit it again; it calls nothing else of the pool.
 *
 * Jobs of one lane run one at a time, in the order in which they were
 * submitted; a job sees all that earlier jobs of its lane wrote. Jobs without
 * a lane run on any worker, any number at once. A lane holds one place in the
 * queue at a time and goes to its end after each job, so that a long lane and
 * the jobs without one do not keep each other waiting.
 *
 * Bounded: at most `capacity` jobs are inside the pool, waiting, running or
 * finished and not yet reaped; one more gets ERR_BUSY and is not touched, and
 * the caller keeps it until something was reaped. Nothing is ever dropped. */
#ifndef HF_POOL_POOL_H
#define HF_POOL_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"

#define POOL_NO_LANE (-1)
#define POOL_LANE_COUNT_MAX 32
#define POOL_WORKER_COUNT_MAX 64

struct pool; /* opaque */

struct pool_job {
    void (*work)(void *ctx); /* on a worker; must return */
    void (*done)(void *ctx); /* on the owner's thread; may be NULL */
    void *ctx;               /* borrowed; passed to both */
    int lane;                /* 0 .. POOL_LANE_COUNT_MAX - 1, or POOL_NO_LANE */
    struct pool_job *next;   /* the pool's while it holds the job */
};

struct pool_options {
    size_t worker_count; /* 1 .. POOL_WORKER_COUNT_MAX */
    size_t capacity;     /* jobs; at least 1 */
    /* Called whenever the list of finished jobs stops being empty, so that the
     * owner reaps: uv_async_send() in the daemon. On a worker, without a lock
     * held; it must not block and must not call the pool. May be NULL. Wake-ups
     * merge: one may stand for many jobs. */
    void (*wake)(void *ctx);
    void *wake_ctx; /* borrowed; must live until pool_free() */
};

/* Start the workers. They block all signals. ERR_NO_MEMORY or ERR_BUSY (no
 * more threads to be had). The caller frees the pool with pool_free(). */
MUST_USE enum err pool_new(const struct pool_options *options,
                           struct pool **ret_pool);
/* Owner only, blocks: drain, stop the workers, free. No job is left out. NULL
 * is allowed. */
void pool_free(struct pool *pool);

/* Hand over a job. Never blocks. ERR_BUSY when the pool is full. Any thread may
 * submit, but jobs of one lane have an order only when one thread submits. */
MUST_USE enum err pool_submit(struct pool *pool, struct pool_job *job);
/* Owner only: call done() of every job finished by now, in the order in which
 * they finished. Never blocks. Returns how many there were. */
size_t pool_reap(struct pool *pool);
/* Owner only, blocks: wait until at least one job has finished, then reap.
 * Returns how many were reaped; 0 at once when the pool holds no job. */
size_t pool_wait_some(struct pool *pool);
/* Owner only, blocks: wait and reap until the pool holds no job, also none that
 * a done() submitted meanwhile. For shut-down. */
void pool_drain(struct pool *pool);
/* Jobs inside: waiting, running, or finished and not reaped. */
size_t pool_job_count(struct pool *pool);

#endif
