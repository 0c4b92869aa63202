/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "pool/pool.h"

/* A gate that holds a job until the test opens it. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    int entered; /* jobs that have come to the gate */
    bool open;
};

static const struct gate gate_closed = { PTHREAD_MUTEX_INITIALIZER,
                                         PTHREAD_COND_INITIALIZER, 0, false };

static void gate_pass(void *ctx)
{
    struct gate *gate = ctx;

    pthread_mutex_lock(&gate->lock);
    gate->entered++;
    pthread_cond_broadcast(&gate->changed);
    while (!gate->open) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void gate_wait_entered(struct gate *gate, int count)
{
    pthread_mutex_lock(&gate->lock);
    while (gate->entered < count) {
        pthread_cond_wait(&gate->changed, &gate->lock);
    }
    pthread_mutex_unlock(&gate->lock);
}

static void gate_open(struct gate *gate)
{
    pthread_mutex_lock(&gate->lock);
    gate->open = true;
    pthread_cond_broadcast(&gate->changed);
    pthread_mutex_unlock(&gate->lock);
}

static struct pool *pool_with(size_t worker_count, size_t capacity)
{
    struct pool_options options = { .worker_count = worker_count,
                                    .capacity = capacity };
    struct pool *pool = NULL;

    cr_assert(pool_new(&options, &pool) == ERR_OK);
    return pool;
}

struct task {
    struct pool_job job;
    int number;
    int *trace;         /* what this lane did, in order */
    int *trace_count;   /* plain on purpose: the lane is the lock */
    atomic_int *worked; /* jobs whose work() ran */
    int done_count;     /* owner's thread only */
};

static void task_work(void *ctx)
{
    struct task *task = ctx;

    if (task->trace != NULL) {
        task->trace[(*task->trace_count)++] = task->number;
    }
    atomic_fetch_add(task->worked, 1);
}

static void task_done(void *ctx)
{
    struct task *task = ctx;

    task->done_count++;
}

static void task_init(struct task *task, int number, int lane,
                      atomic_int *worked)
{
    *task = (struct task){ .number = number, .worked = worked };
    task->job = (struct pool_job){
        .work = task_work, .done = task_done, .ctx = task, .lane = lane
    };
}

/* Every job works once and is done once, with or without a lane. */
Test(pool, runs_every_job_once)
{
    enum {
        COUNT = 1000
    };
    struct pool *pool = pool_with(4, COUNT);
    struct task *tasks = calloc(COUNT, sizeof(*tasks));
    atomic_int worked = 0;

    cr_assert(tasks != NULL);
    for (int index = 0; index < COUNT; index++) {
        task_init(&tasks[index], index, index % 4 - 1, &worked);
        cr_assert(pool_submit(pool, &tasks[index].job) == ERR_OK);
    }
    pool_drain(pool);
    cr_expect(atomic_load(&worked) == COUNT);
    cr_expect(pool_job_count(pool) == 0);
    for (int index = 0; index < COUNT; index++) {
        cr_assert(tasks[index].done_count == 1);
    }
    pool_free(pool);
    free(tasks);
}

/* A lane keeps its order and never runs two jobs at once, whatever the number
 * of workers: its jobs share plain memory. */
Test(pool, lane_keeps_order)
{
    enum {
        LANES = 3,
        PER_LANE = 500
    };
    struct pool *pool = pool_with(4, LANES * PER_LANE);
    struct task *tasks = calloc(LANES * PER_LANE, sizeof(*tasks));
    static int traces[LANES][PER_LANE];
    int counts[LANES] = { 0 };
    atomic_int worked = 0;

    cr_assert(tasks != NULL);
    for (int index = 0; index < LANES * PER_LANE; index++) {
        int lane = index % LANES;

        task_init(&tasks[index], index / LANES, lane, &worked);
        tasks[index].trace = traces[lane];
        tasks[index].trace_count = &counts[lane];
        cr_assert(pool_submit(pool, &tasks[index].job) == ERR_OK);
    }
    pool_drain(pool);
    for (int lane = 0; lane < LANES; lane++) {
        cr_expect(counts[lane] == PER_LANE);
        for (int index = 0; index < PER_LANE; index++) {
            cr_assert(traces[lane][index] == index);
        }
    }
    pool_free(pool);
    free(tasks);
}

/* A lane that is stuck holds up neither other lanes nor jobs without one. */
Test(pool, lane_blocks_only_itself)
{
    struct pool *pool = pool_with(2, 10);
    struct gate gate = gate_closed;
    struct pool_job stuck = { .work = gate_pass, .ctx = &gate, .lane = 0 };
    struct task behind;
    struct task other;
    struct task free_one;
    atomic_int worked = 0;
    size_t reaped = 0;

    task_init(&behind, 0, 0, &worked);
    task_init(&other, 1, 1, &worked);
    task_init(&free_one, 2, POOL_NO_LANE, &worked);
    cr_assert(pool_submit(pool, &stuck) == ERR_OK);
    gate_wait_entered(&gate, 1);
    cr_assert(pool_submit(pool, &behind.job) == ERR_OK);
    cr_assert(pool_submit(pool, &other.job) == ERR_OK);
    cr_assert(pool_submit(pool, &free_one.job) == ERR_OK);
    while (reaped < 2) {
        reaped += pool_wait_some(pool);
    }
    cr_expect(other.done_count == 1 && free_one.done_count == 1);
    cr_expect(behind.done_count == 0);
    cr_expect(pool_job_count(pool) == 2);
    gate_open(&gate);
    pool_drain(pool);
    cr_expect(behind.done_count == 1);
    pool_free(pool);
}

/* Jobs without a lane run at the same time: all come to the gate. */
Test(pool, runs_in_parallel)
{
    struct pool *pool = pool_with(3, 3);
    struct gate gate = gate_closed;
    struct pool_job jobs[3];

    for (int index = 0; index < 3; index++) {
        jobs[index] = (struct pool_job){ .work = gate_pass,
                                         .ctx = &gate,
                                         .lane = POOL_NO_LANE };
        cr_assert(pool_submit(pool, &jobs[index]) == ERR_OK);
    }
    gate_wait_entered(&gate, 3);
    gate_open(&gate);
    pool_free(pool);
}

/* A full pool says so and leaves the job alone; finished jobs count until they
 * are reaped. */
Test(pool, is_bounded)
{
    struct pool *pool = pool_with(1, 2);
    struct gate gate = gate_closed;
    struct pool_job stuck = { .work = gate_pass,
                              .ctx = &gate,
                              .lane = POOL_NO_LANE };
    struct task first;
    struct task second;
    atomic_int worked = 0;

    task_init(&first, 0, POOL_NO_LANE, &worked);
    task_init(&second, 1, 5, &worked);
    cr_assert(pool_submit(pool, &stuck) == ERR_OK);
    cr_assert(pool_submit(pool, &first.job) == ERR_OK);
    cr_expect(pool_submit(pool, &second.job) == ERR_BUSY);
    cr_expect(pool_reap(pool) == 0);
    gate_open(&gate);
    while (pool_submit(pool, &second.job) == ERR_BUSY) {
        cr_assert(pool_wait_some(pool) > 0);
    }
    pool_drain(pool);
    cr_expect(first.done_count == 1 && second.done_count == 1);
    pool_free(pool);
}

struct chain {
    struct pool *pool;
    struct pool_job job;
    int left; /* submissions */
    pthread_t owner;
    bool worked_on_owner;
};

static void chain_work(void *ctx)
{
    struct chain *chain = ctx;

    chain->worked_on_owner |= pthread_equal(chain->owner, pthread_self()) != 0;
}

static void chain_done(void *ctx)
{
    struct chain *chain = ctx;

    cr_assert(pthread_equal(chain->owner, pthread_self()));
    if (--chain->left > 0) {
        cr_assert(pool_submit(chain->pool, &chain->job) == ERR_OK);
    }
}

/* work() runs on a worker; done() runs on the owner's thread and may submit the
 * same job again, also into a pool that was full; drain waits for those too. */
Test(pool, done_may_submit)
{
    struct chain chain = { .pool = pool_with(2, 1),
                           .left = 100,
                           .owner = pthread_self() };

    chain.job = (struct pool_job){
        .work = chain_work, .done = chain_done, .ctx = &chain, .lane = 7
    };
    cr_assert(pool_submit(chain.pool, &chain.job) == ERR_OK);
    pool_drain(chain.pool);
    cr_expect(chain.left == 0);
    cr_expect(!chain.worked_on_owner);
    pool_free(chain.pool);
}

static void free_self(void *ctx)
{
    free(ctx);
}

static void no_work(void *ctx)
{
    (void)ctx;
}

/* done() may free its job, and pool_free() runs what is still due. */
Test(pool, free_leaves_nothing_out)
{
    struct pool *pool = pool_with(2, 100);

    for (int index = 0; index < 100; index++) {
        struct pool_job *job = calloc(1, sizeof(*job));

        cr_assert(job != NULL);
        *job = (struct pool_job){ .work = no_work,
                                  .done = free_self,
                                  .ctx = job,
                                  .lane = index % 2 == 0 ? 3 : POOL_NO_LANE };
        cr_assert(pool_submit(pool, job) == ERR_OK);
    }
    pool_free(pool);
    pool_free(NULL);
}

struct bell {
    pthread_mutex_t lock;
    pthread_cond_t rang;
    int count;
};

static void bell_ring(void *ctx)
{
    struct bell *bell = ctx;

    pthread_mutex_lock(&bell->lock);
    bell->count++;
    pthread_cond_signal(&bell->rang);
    pthread_mutex_unlock(&bell->lock);
}

/* An owner that only reaps when it was woken sees every job. */
Test(pool, wakes_its_owner)
{
    enum {
        COUNT = 2000
    };
    struct bell bell = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER,
                         0 };
    struct pool_options options = { .worker_count = 3,
                                    .capacity = COUNT,
                                    .wake = bell_ring,
                                    .wake_ctx = &bell };
    struct task *tasks = calloc(COUNT, sizeof(*tasks));
    struct pool *pool = NULL;
    atomic_int worked = 0;
    size_t reaped = 0;

    cr_assert(tasks != NULL);
    cr_assert(pool_new(&options, &pool) == ERR_OK);
    for (int index = 0; index < COUNT; index++) {
        task_init(&tasks[index], index, index % 3 - 1, &worked);
        cr_assert(pool_submit(pool, &tasks[index].job) == ERR_OK);
    }
    while (reaped < COUNT) {
        pthread_mutex_lock(&bell.lock);
        while (bell.count == 0) {
            pthread_cond_wait(&bell.rang, &bell.lock);
        }
        bell.count = 0;
        pthread_mutex_unlock(&bell.lock);
        reaped += pool_reap(pool);
    }
    cr_expect(reaped == COUNT);
    pool_free(pool);
    free(tasks);
}

struct submitter {
    struct pool *pool;
    struct task tasks[200];
};

static void *submit_all(void *arg)
{
    struct submitter *submitter = arg;

    for (int index = 0; index < 200; index++) {
        if (pool_submit(submitter->pool, &submitter->tasks[index].job) !=
            ERR_OK) {
            return arg;
        }
    }
    return NULL;
}

/* Several threads may submit while the owner reaps. */
Test(pool, takes_jobs_from_any_thread)
{
    struct submitter *submitters = calloc(2, sizeof(*submitters));
    struct pool *pool = pool_with(2, 400);
    pthread_t threads[2];
    atomic_int worked = 0;
    size_t reaped = 0;

    cr_assert(submitters != NULL);
    for (int index = 0; index < 2; index++) {
        submitters[index].pool = pool;
        for (int number = 0; number < 200; number++) {
            task_init(&submitters[index].tasks[number], number, number % 2 - 1,
                      &worked);
        }
        cr_assert(pthread_create(&threads[index], NULL, submit_all,
                                 &submitters[index]) == 0);
    }
    for (int index = 0; index < 2; index++) {
        void *failed;

        reaped += pool_reap(pool);
        cr_assert(pthread_join(threads[index], &failed) == 0);
        cr_expect(failed == NULL);
    }
    while (reaped < 400) {
        reaped += pool_wait_some(pool);
    }
    cr_expect(atomic_load(&worked) == 400);
    pool_free(pool);
    free(submitters);
}

/* With nothing to wait for, nobody waits. */
Test(pool, empty)
{
    struct pool *pool = pool_with(1, 1);

    cr_expect(pool_reap(pool) == 0);
    cr_expect(pool_wait_some(pool) == 0);
    pool_drain(pool);
    pool_free(pool);
}

static void read_mask(void *ctx)
{
    sigset_t mask;

    pthread_sigmask(SIG_SETMASK, NULL, &mask);
    *(bool *)ctx = sigismember(&mask, SIGTERM) == 1;
}

/* Signals are left to the owner, whose own mask stays as it was. */
Test(pool, workers_block_signals)
{
    struct pool *pool = pool_with(1, 1);
    bool blocked = false;
    struct pool_job job = { .work = read_mask,
                            .ctx = &blocked,
                            .lane = POOL_NO_LANE };
    bool owner_blocked;

    cr_assert(pool_submit(pool, &job) == ERR_OK);
    pool_drain(pool);
    cr_expect(blocked);
    read_mask(&owner_blocked);
    cr_expect(!owner_blocked);
    pool_free(pool);
}
