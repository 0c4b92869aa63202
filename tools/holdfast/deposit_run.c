/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/deposit_run.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/block.h"
#include "model/item_id.h"
#include "tools/holdfast/deposit_state.h"
#include "tools/holdfast/interrupt.h"

#define WORKERS 2

void run_fail(struct run *run, const struct file_entry *file,
              const char *sentence)
{
    struct output *output = run->options.output;
    char *name = visible_str(file->name);
    json_t *line = json_object();

    run->result.failed++;
    progress_clear(run->options.progress);
    if (output->json) {
        json_put(line, "type", json_string("missing"));
        json_put(line, "name", json_text(span_str(file->name)));
        json_put(line, "reason", json_string(sentence));
        output_line(output, line);
    } else {
        json_decref(line);
        output_warning(output, "not deposited: %s: %s", name, sentence);
    }
    free(name);
}

void run_stop(struct run *run, enum err err, const char *code,
              const struct why *why)
{
    if (run->result.err != ERR_OK) {
        return;
    }
    run->result.err = err;
    run->result.why = *why;
    (void)snprintf(run->result.code, sizeof(run->result.code), "%s", code);
}

bool run_stopped(const struct run *run)
{
    return run->result.err != ERR_OK;
}

void run_progress(struct run *run)
{
    struct progress_at at = {
        .files_done = run->result.done + run->result.done_before,
        .bytes_done = run->sent_bytes,
        .name = run->current,
    };

    progress_update(run->options.progress, &at);
}

/* ---- replies ---- */

static void say_item(struct run *run, const struct asked_item *item,
                     bool registered)
{
    struct output *output = run->options.output;
    char id[ITEM_ID_TEXT_SIZE];

    if (!output->json) {
        return;
    }

    json_t *line = json_object();

    item_id_format(&item->root, id);
    json_put(line, "type", json_string("item"));
    json_put(line, "id", json_string(id));
    json_put(line, "root", json_hex(item->root.bytes, 32));
    json_put(line, "name", json_text(span_str(item->file->name)));
    json_put(line, "registered", json_boolean(registered));
    output_line(output, line);
}

static void take_result(struct run *run, const struct asked_item *item,
                        const struct deposit_result *result)
{
    struct why why = { "" };

    if (result->outcome == DEPOSIT_REFUSED) {
        char *text = visible(result->text);

        run_fail(run, item->file, text);
        free(text);
        return;
    }

    enum err err = receipts_out_add(run->options.receipts, result->text,
                                    span_str(item->file->name), &why);

    if (err != ERR_OK) {
        run_stop(run, err, "", &why);
        return;
    }
    run->result.done++;
    run->result.done_bytes += item->file->stamp.size;
    if (result->outcome == DEPOSIT_REGISTERED) {
        run->result.registered++;
    } else {
        run->result.pending++;
    }
    if (run->options.journal->fd >= 0) {
        journal_put_done(&run->options.journal->lines, item->number);
    }
    say_item(run, item, result->outcome == DEPOSIT_REGISTERED);
}

static void take_reply(struct run *run)
{
    struct asked *asked = &run->asked[run->asked_first];
    char code[LINE_CODE_SIZE] = "";
    struct message reply;
    struct why why = { "" };
    enum err err = line_receive(run->options.line, &reply, &why);

    if (err == ERR_OK && reply.kind == MESSAGE_REFUSAL) {
        err = line_refused(&reply, code, &why);
    } else if (err == ERR_OK &&
               reply.deposit_reply.results_count != asked->count) {
        err = why_set(&why, ERR_MALFORMED,
                      "the node's answer does not fit the request");
    }
    run->asked_first = (run->asked_first + 1) % LINE_IN_FLIGHT_MAX;
    run->asked_count--;
    if (err == ERR_TIMEOUT) {
        /* It took the request and waits, for room on its disk perhaps. */
        err = why_prefix(&why, ERR_BUSY,
                         "the node has it in hand and does not get on");
    }
    if (err != ERR_OK) {
        run_stop(run, err, code, &why);
        return;
    }
    for (size_t i = 0; i < asked->count && !run_stopped(run); i++) {
        take_result(run, &asked->items[i], &reply.deposit_reply.results[i]);
    }
    if (asked->count > 0 && reply.deposit_reply.needed > 0) {
        run->result.heard = reply.deposit_reply.heard;
        run->result.needed = reply.deposit_reply.needed;
    }
}

/* As many as both we and the line want. */
static size_t in_flight_max(const struct run *run)
{
    size_t depth = line_depth(run->options.line);

    return depth < DEPOSIT_IN_FLIGHT ? depth : DEPOSIT_IN_FLIGHT;
}

void run_wait_since(struct run *run, uint64_t sent_before)
{
    uint64_t count = run->sent_count - sent_before;
    struct why why = { "" };
    bool refused = false;
    enum err err;

    if (line_is_ordered(run->options.line) || run_stopped(run)) {
        return;
    }
    err = line_wait_newest(run->options.line,
                           count < run->asked_count ? (size_t)count
                                                    : run->asked_count,
                           &refused, &why);
    if (err != ERR_OK) {
        run_stop(run, err, "", &why);
    }
    /* The refusal stops the run when it is taken. */
    while (refused && !run_stopped(run) && run->asked_count > 0) {
        take_reply(run);
    }
}

void run_send(struct run *run, const struct msg_deposit *deposit,
              const struct asked_item *items, size_t count)
{
    struct message request = { .kind = MESSAGE_DEPOSIT, .deposit = *deposit };
    struct why why = { "" };

    while (!run_stopped(run) &&
           (run->asked_count >= in_flight_max(run) ||
            (run->asked_count > 0 && line_ready(run->options.line)))) {
        take_reply(run);
    }
    if (run_stopped(run)) {
        return;
    }

    /* On disk before it leaves: a resumed run must know these keys. */
    enum err err = deposit_journal_write(run->options.journal, &why);

    if (err == ERR_OK) {
        err = line_send(run->options.line, &request, &why);
    }
    if (err != ERR_OK) {
        run_stop(run, err, "", &why);
        return;
    }

    struct asked *asked =
        &run->asked[(run->asked_first + run->asked_count) % LINE_IN_FLIGHT_MAX];

    CHECK(count <= SMALLS_MAX);
    asked->count = count;
    if (count > 0) {
        memcpy(asked->items, items, count * sizeof(*items));
    }
    run->asked_count++;
    run->sent_count++;
    run_progress(run);
}

void run_drain(struct run *run)
{
    while (run->asked_count > 0 && !run_stopped(run)) {
        take_reply(run);
    }
}

/* ---- an earlier run's items whose answer got lost ---- */

/* They were sent: ask for their receipts instead of sending them twice. */
static void settle_one(struct run *run, struct file_entry *file,
                       const struct journal_file *old)
{
    struct deposit_item item = { .root = old->root,
                                 .commitment = old->commitment };
    struct message request = { .kind = MESSAGE_RECEIPTS };
    struct message reply;
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };

    if (header_name(buf_span(&old->header), &item.header) != ERR_OK) {
        return; /* no header object: it is sealed again */
    }
    request.receipts.items = &item;
    request.receipts.count = 1;

    enum err err = line_ask(run->options.line, &request, &reply, code, &why);

    if (err != ERR_OK || reply.deposit_reply.results_count != 1) {
        run_stop(run, err != ERR_OK ? err : ERR_MALFORMED, code, &why);
        return;
    }

    const struct deposit_result *result = &reply.deposit_reply.results[0];
    struct asked_item asked = {
        file, old->root, deposit_journal_number(run->options.journal, old, file)
    };

    if (result->outcome != DEPOSIT_REFUSED) {
        take_result(run, &asked, result);
        run->sent_bytes += file->stamp.size;
        free(file->reason);
        file->reason = NULL;
        file->skipped = true; /* nothing is left to do for it */
    }
}

static void settle(struct run *run)
{
    struct file_list *list = run->options.list;

    for (size_t i = 0; i < list->count && !run_stopped(run) &&
                       run->options.journal->is_resumed;
         i++) {
        const struct journal_file *old =
            list->entries[i].skipped
                ? NULL
                : deposit_journal_find(run->options.journal, &list->entries[i]);

        if (old != NULL && old->has_header && !old->done) {
            settle_one(run, &list->entries[i], old);
        }
    }
}

/* ---- the run ---- */

static bool units_start(struct run *run)
{
    bool started = false;

    for (size_t i = 0; i < UNIT_COUNT && !run_stopped(run); i++) {
        struct unit *unit = &run->units[i];

        if (unit->state == UNIT_IDLE && !interrupted()) {
            started |= large_start(run, unit) || smalls_start(run, unit);
        }
    }
    return started;
}

/* Take what is done and is in its turn; says whether there was any. */
static bool units_take(struct run *run)
{
    bool taken = false;

    for (size_t i = 0; i < UNIT_COUNT; i++) {
        struct unit *unit = &run->units[i];

        if (unit->state != UNIT_DONE) {
            continue;
        }
        if (unit->kind == UNIT_SMALLS) {
            smalls_take(run, unit);
            taken = true;
        } else if (run_stopped(run) || large_is_next(run, unit)) {
            large_take(run, unit);
            taken = true;
        }
    }
    return taken;
}

static bool units_idle(const struct run *run)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (run->units[i].state != UNIT_IDLE) {
            return false;
        }
    }
    return true;
}

static void run_loop(struct run *run)
{
    for (;;) {
        bool started = units_start(run);
        bool taken = units_take(run);

        run_progress(run);
        if (interrupted() && !run_stopped(run)) {
            struct why why = { "interrupted" };

            run_stop(run, ERR_CANCELLED, "", &why);
        }
        if (started || taken) {
            continue;
        }
        if (!units_idle(run)) {
            (void)pool_wait_some(run->pool); /* done() has set the states */
        } else if (!run_stopped(run) && run->asked_count > 0) {
            take_reply(run);
        } else {
            return;
        }
    }
}

static bool make_units(struct run *run)
{
    struct pool_options pool = { .worker_count = WORKERS,
                                 .capacity = 2 * UNIT_COUNT };

    if (pool_new(&pool, &run->pool) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        struct unit *unit = &run->units[i];

        unit->run = run;
        unit->plain = malloc(SMALL_PLAIN_MAX + 1);
        unit->blocks = malloc(REQUEST_BYTES_MAX + SMALL_SEALED_MAX);
        if (unit->plain == NULL || unit->blocks == NULL ||
            sealer_new(&unit->sealer) != ERR_OK) {
            return false;
        }
    }
    return true;
}

static void free_units(struct run *run)
{
    pool_free(run->pool);
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        struct unit *unit = &run->units[i];

        sealer_free(unit->sealer);
        if (unit->plain != NULL) {
            secret_wipe(unit->plain, SMALL_PLAIN_MAX + 1);
        }
        free(unit->plain);
        free(unit->blocks);
    }
}

void deposit_run(const struct deposit_run_options *options,
                 struct deposit_run_result *ret_result)
{
    struct run *run = calloc(1, sizeof(*run));
    struct why why = { "no memory" };

    memset(ret_result, 0, sizeof(*ret_result));
    if (run == NULL) {
        ret_result->err = ERR_NO_MEMORY;
        ret_result->why = why;
        return;
    }
    run->options = *options;
    if (!make_units(run)) {
        run_stop(run, ERR_NO_MEMORY, "", &why);
    } else {
        settle(run);
        run_loop(run);
    }
    large_close(run);
    if (deposit_journal_write(options->journal, &why) != ERR_OK) {
        run_stop(run, ERR_IO, "", &why);
    }
    free_units(run);
    *ret_result = run->result;
    free(run);
}
