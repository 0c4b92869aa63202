/* SPDX-License-Identifier: Apache-2.0 */
/* A job: READY -> RUNNING [next_job] -> FINISHED [finish] -> out [pool_reap];
 * one whose lane is in use first: BEHIND -> READY [finish, of the job before].
 * All under one lock, which is never held while a job's functions run. */
#include "pool/pool.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>

#include "base/check.h"

struct job_list {
    struct pool_job *first; /* borrowed */
    struct pool_job *last;
};

struct pool {
    struct pool_options options;
    pthread_mutex_t lock;
    pthread_cond_t ready_grew; /* or the pool is stopping */
    pthread_cond_t some_finished;
    struct job_list ready;                       /* may run now */
    struct job_list finished;                    /* until reaped */
    struct job_list behind[POOL_LANE_COUNT_MAX]; /* wait for their lane */
    bool lane_used[POOL_LANE_COUNT_MAX]; /* has a job that is ready or runs */
    size_t job_count;                    /* in any list, or running */
    bool stopping;
    pthread_t workers[POOL_WORKER_COUNT_MAX];
    size_t worker_count; /* started */
};

static void list_append(struct job_list *list, struct pool_job *job)
{
    job->next = NULL;
    if (list->first == NULL) {
        list->first = job;
    } else {
        list->last->next = job;
    }
    list->last = job;
}

static struct pool_job *list_take(struct job_list *list)
{
    struct pool_job *job = list->first;

    if (job != NULL) {
        list->first = job->next;
    }
    return job;
}

static void lock(struct pool *pool)
{
    CHECK(pthread_mutex_lock(&pool->lock) == 0);
}

static void unlock(struct pool *pool)
{
    CHECK(pthread_mutex_unlock(&pool->lock) == 0);
}

/* Locked. Wait for a job that may run; NULL when the pool stops. */
static struct pool_job *next_job(struct pool *pool)
{
    struct pool_job *job = list_take(&pool->ready);

    while (job == NULL && !pool->stopping) {
        CHECK(pthread_cond_wait(&pool->ready_grew, &pool->lock) == 0);
        job = list_take(&pool->ready);
    }
    return job;
}

/* Locked. Returns whether the owner must be woken. */
static bool finish(struct pool *pool, struct pool_job *job)
{
    bool was_empty = pool->finished.first == NULL;

    if (job->lane != POOL_NO_LANE) {
        struct pool_job *follower = list_take(&pool->behind[job->lane]);

        if (follower != NULL) {
            /* No signal: this worker itself looks for a job next. */
            list_append(&pool->ready, follower);
        } else {
            pool->lane_used[job->lane] = false;
        }
    }
    list_append(&pool->finished, job);
    CHECK(pthread_cond_signal(&pool->some_finished) == 0);
    return was_empty;
}

static void *worker_main(void *arg)
{
    struct pool *pool = arg;
    struct pool_job *job;

    lock(pool);
    while ((job = next_job(pool)) != NULL) {
        bool wake;

        unlock(pool);
        job->work(job->ctx);
        lock(pool);
        wake = finish(pool, job) && pool->options.wake != NULL;
        /* From here the job belongs to the owner. */
        if (wake) {
            unlock(pool);
            pool->options.wake(pool->options.wake_ctx);
            lock(pool);
        }
    }
    unlock(pool);
    return NULL;
}

/* Signals are for the owner's thread: workers begin with all of them blocked,
 * since a new thread takes over the mask of its maker. */
static enum err start_workers(struct pool *pool)
{
    enum err err = ERR_OK;
    sigset_t all;
    sigset_t before;

    (void)sigfillset(&all);
    CHECK(pthread_sigmask(SIG_SETMASK, &all, &before) == 0);
    while (pool->worker_count < pool->options.worker_count) {
        pthread_t *worker = &pool->workers[pool->worker_count];

        if (pthread_create(worker, NULL, worker_main, pool) != 0) {
            err = ERR_BUSY;
            break;
        }
        (void)pthread_setname_np(*worker, "pool"); /* only a nicety */
        pool->worker_count++;
    }
    CHECK(pthread_sigmask(SIG_SETMASK, &before, NULL) == 0);
    return err;
}

static void stop_workers(struct pool *pool)
{
    lock(pool);
    pool->stopping = true;
    CHECK(pthread_cond_broadcast(&pool->ready_grew) == 0);
    unlock(pool);
    for (size_t index = 0; index < pool->worker_count; index++) {
        CHECK(pthread_join(pool->workers[index], NULL) == 0);
    }
}

enum err pool_new(const struct pool_options *options, struct pool **ret_pool)
{
    struct pool *pool;
    enum err err;

    CHECK(options->worker_count >= 1);
    CHECK(options->worker_count <= POOL_WORKER_COUNT_MAX);
    CHECK(options->capacity >= 1);
    pool = calloc(1, sizeof(*pool));
    if (pool == NULL) {
        return ERR_NO_MEMORY;
    }
    pool->options = *options;
    CHECK(pthread_mutex_init(&pool->lock, NULL) == 0);
    CHECK(pthread_cond_init(&pool->ready_grew, NULL) == 0);
    CHECK(pthread_cond_init(&pool->some_finished, NULL) == 0);
    err = start_workers(pool);
    if (err != ERR_OK) {
        pool_free(pool);
        return err;
    }
    *ret_pool = pool;
    return ERR_OK;
}

void pool_free(struct pool *pool)
{
    if (pool == NULL) {
        return;
    }
    pool_drain(pool);
    stop_workers(pool);
    CHECK(pthread_cond_destroy(&pool->some_finished) == 0);
    CHECK(pthread_cond_destroy(&pool->ready_grew) == 0);
    CHECK(pthread_mutex_destroy(&pool->lock) == 0);
    free(pool);
}

enum err pool_submit(struct pool *pool, struct pool_job *job)
{
    CHECK(job->work != NULL);
    CHECK(job->lane >= POOL_NO_LANE);
    CHECK(job->lane < POOL_LANE_COUNT_MAX);
    lock(pool);
    if (pool->job_count >= pool->options.capacity) {
        unlock(pool);
        return ERR_BUSY;
    }
    pool->job_count++;
    if (job->lane != POOL_NO_LANE && pool->lane_used[job->lane]) {
        list_append(&pool->behind[job->lane], job);
    } else {
        if (job->lane != POOL_NO_LANE) {
            pool->lane_used[job->lane] = true;
        }
        list_append(&pool->ready, job);
        CHECK(pthread_cond_signal(&pool->ready_grew) == 0);
    }
    unlock(pool);
    return ERR_OK;
}

size_t pool_reap(struct pool *pool)
{
    struct job_list reaped;
    struct pool_job *job;
    size_t count = 0;

    lock(pool);
    reaped = pool->finished;
    pool->finished = (struct job_list){ NULL, NULL };
    for (job = reaped.first; job != NULL; job = job->next) {
        count++;
    }
    /* Before the first done(), so that it can submit again. */
    pool->job_count -= count;
    unlock(pool);
    while ((job = list_take(&reaped)) != NULL) {
        if (job->done != NULL) {
            job->done(job->ctx);
        }
    }
    return count;
}

size_t pool_wait_some(struct pool *pool)
{
    lock(pool);
    while (pool->finished.first == NULL && pool->job_count > 0) {
        CHECK(pthread_cond_wait(&pool->some_finished, &pool->lock) == 0);
    }
    unlock(pool);
    return pool_reap(pool);
}

void pool_drain(struct pool *pool)
{
    while (pool_wait_some(pool) > 0) {
    }
}

size_t pool_job_count(struct pool *pool)
{
    size_t count;

    lock(pool);
    count = pool->job_count;
    unlock(pool);
    return count;
}
