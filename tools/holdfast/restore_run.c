/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_run.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "seal/deposit.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/restore_say.h"
#include "tools/holdfast/restore_state.h"

#define WAIT_MS 1000

struct ask *restore_next_ask(struct run *run)
{
    if (run->ask_count == restore_in_flight_max(run->restore)) {
        return NULL;
    }
    return &run->asks[(run->ask_first + run->ask_count) % RESTORE_IN_FLIGHT];
}

void restore_asked(struct run *run)
{
    run->ask_count++;
}

struct unit *restore_idle_unit(struct run *run)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (run->units[i].state == UNIT_IDLE) {
            return &run->units[i];
        }
    }
    return NULL;
}

void restore_submit(struct run *run, struct pool_job *job)
{
    /* There is room: as many places as units and slots. */
    CHECK(pool_submit(run->pool, job) == ERR_OK);
}

static void show(struct run *run)
{
    struct progress_at at = { run->done_files, run->done_bytes, run->current };

    progress_update(&run->restore->progress, &at);
}

/* ---- An item is done with ------------------------------------------------ */

static void put_sum(struct buf *sums, const struct digest *sha256,
                    const char *path, const char *ending)
{
    size_t size = strlen(path);

    if (ending != NULL) {
        size -= strlen("payload");
    }
    buf_put_hex(sums, sha256->bytes, sizeof(sha256->bytes));
    buf_printf(sums, "  %.*s%s\n", (int)size, path,
               ending == NULL ? "" : ending);
}

static void take_outcome(struct restore *restore, struct restore_item *item,
                         const struct outcome *outcome)
{
    if (outcome->path[0] != '\0') {
        free(item->path);
        item->path = strdup(outcome->path);
        CHECK(item->path != NULL);
        item->renamed = true;
    }
    item->unverified = outcome->unverified;
    if (outcome->state == RESTORE_MISSING) {
        restore_miss(item, outcome->reason, outcome->why.text);
        restore->counts.missing++;
        return;
    }
    item->state = outcome->state;
    if (outcome->state == RESTORE_THERE) {
        restore->counts.there++;
    } else {
        restore->counts.written++;
        restore->counts.written_bytes += item->size;
    }
    if (restore->mode != RESTORE_PLAIN) {
        put_sum(&restore->sums, &outcome->sha256, item->path, NULL);
    }
    if (restore->mode == RESTORE_SEALED) {
        put_sum(&restore->sums, &outcome->header_sha256, item->path, "header");
    }
}

void restore_report(struct run *run, uint32_t index,
                    const struct outcome *outcome, uint64_t began_ms)
{
    struct restore *restore = run->restore;
    struct restore_item *item = &restore->items[index];

    run->done_files++;
    if (outcome->path[0] != '\0') {
        run->current = NULL; /* it may be the path that goes */
    }
    if (outcome->stop != ERR_OK) {
        restore_stop(restore, outcome->stop, "", &outcome->why);
        item->state = RESTORE_PLANNED; /* the next run tries again */
        return;
    }
    take_outcome(restore, item, outcome);
    restore_say_item(restore, item,
                     began_ms == 0 ? 0 : (now_ms() - began_ms + 500) / 1000);
}

/* ---- Replies ------------------------------------------------------------- */

/* May the next reply be taken? Blocks need a unit to put them in. */
static bool can_take(struct run *run)
{
    if (run->ask_count == 0) {
        return false;
    }
    switch (run->asks[run->ask_first].kind) {
    case ASK_HEADER:
    case ASK_NAMES:
        return true;
    case ASK_BLOCK:
    case ASK_SMALLS:
        break;
    }
    return restore_idle_unit(run) != NULL;
}

static bool fits(const struct run *run, const struct ask *ask,
                 const struct message *reply)
{
    switch (ask->kind) {
    case ASK_NAMES:
        return true;
    case ASK_HEADER:
    case ASK_BLOCK:
        return reply->get_blocks_reply.count == 1;
    case ASK_SMALLS:
        return reply->get_blocks_reply.count ==
               (file_needs_header(run->restore) ? 2 : 1) * ask->count;
    }
    return false;
}

static void take_reply(struct run *run)
{
    struct ask *ask = &run->asks[run->ask_first];
    struct unit *unit = restore_idle_unit(run);
    struct message reply;

    if (!restore_receive(run->restore, &reply)) {
        return;
    }
    run->ask_first = (run->ask_first + 1) % RESTORE_IN_FLIGHT;
    run->ask_count--;
    if (!fits(run, ask, &reply)) {
        struct why why = { "the node's answer does not fit the request" };

        restore_stop(run->restore, ERR_MALFORMED, "", &why);
        return;
    }
    switch (ask->kind) {
    case ASK_HEADER:
        restore_large_take_header(run, ask, &reply.get_blocks_reply);
        break;
    case ASK_NAMES:
        restore_large_take_names(run, ask, &reply.get_names_reply);
        break;
    case ASK_BLOCK:
        restore_large_take_block(run, ask, &reply.get_blocks_reply, unit);
        break;
    case ASK_SMALLS:
        restore_smalls_take(run, ask, &reply.get_blocks_reply, unit);
        break;
    }
}

/* ---- The loop ------------------------------------------------------------ */

static void wake(void *ctx)
{
    const struct run *run = ctx;
    uint64_t one = 1;

    /* It counts; when it cannot, it is awake already. */
    (void)!write(run->wake_fd, &one, sizeof(one));
}

/* Until a job has finished or the next reply comes. */
static void wait_some(struct run *run)
{
    struct pollfd waits[2] = {
        { .fd = run->wake_fd, .events = POLLIN },
        { .fd = line_fd(run->restore->line), .events = POLLIN },
    };
    bool with_reply = can_take(run);
    uint64_t count;

    if (with_reply && pool_job_count(run->pool) == 0) {
        take_reply(run); /* it knows how long to wait */
        return;
    }
    if (poll(waits, with_reply ? 2 : 1, WAIT_MS) <= 0) {
        return;
    }
    if ((waits[0].revents & POLLIN) != 0) {
        (void)!read(run->wake_fd, &count, sizeof(count));
    }
    if (with_reply && (waits[1].revents & (POLLHUP | POLLERR)) != 0) {
        take_reply(run); /* the rest of it, or that the node has gone */
    }
}

static void report_smalls(struct run *run)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        struct unit *unit = &run->units[i];

        if (unit->state == UNIT_DONE && unit->kind == UNIT_SMALLS) {
            restore_smalls_report(run, unit);
        }
    }
}

static bool ask_some(struct run *run)
{
    bool asked = false;

    while (run->restore->err == ERR_OK &&
           (restore_large_ask(run) || restore_smalls_ask(run))) {
        asked = true;
    }
    return asked;
}

static bool is_idle(const struct run *run)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (run->slots[i].state != SLOT_FREE) {
            return false;
        }
    }
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (run->units[i].state != UNIT_IDLE) {
            return false;
        }
    }
    return run->ask_count == 0;
}

static void loop(struct run *run)
{
    struct restore *restore = run->restore;

    for (;;) {
        (void)pool_reap(run->pool);
        report_smalls(run);
        restore_large_step(run);
        show(run);
        if (interrupted()) {
            struct why why = { "interrupted" };

            restore_stop(restore, ERR_CANCELLED, "", &why);
        }
        if (restore->err != ERR_OK) {
            return;
        }
        if (can_take(run) && line_ready(restore->line)) {
            take_reply(run);
            (void)ask_some(run);
        } else if (!ask_some(run)) {
            if (is_idle(run)) {
                return;
            }
            wait_some(run);
        }
    }
}

/* ---- The way in ---------------------------------------------------------- */

static bool prepare(struct run *run)
{
    struct pool_options options = { .worker_count = WORKERS,
                                    .capacity = UNIT_COUNT + SLOT_COUNT,
                                    .wake = wake,
                                    .wake_ctx = run };

    run->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (run->wake_fd < 0 || pool_new(&options, &run->pool) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        run->slots[i].lane = (int)i;
    }
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        struct unit *unit = &run->units[i];

        unit->run = run;
        unit->job.ctx = unit;
        unit->bytes = malloc(BLOCK_SIZE_MAX);
        unit->plain = malloc(BLOCK_PLAIN_SIZE);
        if (unit->bytes == NULL || unit->plain == NULL ||
            opener_new(&unit->opener) != ERR_OK) {
            return false;
        }
    }
    return true;
}

static void finish(struct run *run)
{
    if (run->pool != NULL) {
        /* What is being written comes to an end; then nothing is open. */
        do {
            pool_drain(run->pool);
            report_smalls(run);
            restore_large_step(run);
        } while (pool_job_count(run->pool) > 0);
        restore_large_close(run);
    }
    pool_free(run->pool);
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        struct unit *unit = &run->units[i];

        if (unit->plain != NULL) {
            secret_wipe(unit->plain, BLOCK_PLAIN_SIZE);
        }
        opener_free(unit->opener);
        target_folder_done(unit->near);
        free(unit->bytes);
        free(unit->plain);
    }
    target_folder_done(run->near);
    if (run->wake_fd >= 0) {
        close(run->wake_fd);
    }
}

void restore_run(struct restore *restore)
{
    struct run *run = calloc(1, sizeof(*run));
    struct why why = { "out of memory" };
    struct progress_at at = { 0 };

    if (run == NULL) {
        restore_stop(restore, ERR_NO_MEMORY, "", &why);
        return;
    }
    run->restore = restore;
    run->wake_fd = -1;
    progress_start(&restore->progress, &restore->tool->output, restore->planned,
                   restore->planned_bytes);
    if (prepare(run)) {
        loop(run);
    } else {
        restore_stop(restore, ERR_NO_MEMORY, "", &why);
    }
    finish(run);
    if (restore->err == ERR_OK &&
        target_finish(restore->target, &why) != ERR_OK) {
        restore_stop(restore, ERR_IO, "", &why);
    }
    at.files_done = run->done_files;
    at.bytes_done = run->done_bytes;
    progress_end(&restore->progress, &at);
    free(run);
}
