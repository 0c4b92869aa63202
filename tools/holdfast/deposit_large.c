/* SPDX-License-Identifier: Apache-2.0 */
/* A resumed file is sealed again with the keys of its journal. Each block must
 * get the name it had: the first one that differs means that the content is
 * another, and the keys are abandoned before anything new is sealed with them
 * leaves this machine. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/batch.h"
#include "tools/holdfast/deposit_state.h"

static bool is_large(const struct file_entry *file)
{
    return !file->skipped && file->stamp.size > SMALL_PLAIN_MAX;
}

void large_close(struct run *run)
{
    struct large *large = &run->large;

    if (large->file == NULL) {
        return;
    }
    close(large->fd);
    free(large->names);
    free(large->lacks);
    secret_wipe(large, sizeof(*large));
}

static void large_fail(struct run *run, const char *sentence)
{
    run_fail(run, run->large.file, sentence);
    large_close(run);
}

static void draw_keys(struct run *run)
{
    struct large *large = &run->large;
    struct journal_attempt attempt = { 0 };

    large->old = NULL;
    free(large->lacks);
    large->lacks = NULL;
    sealing_draw(&large->secrets);
    memcpy(attempt.file_key, large->secrets.file_key, sizeof(attempt.file_key));
    memcpy(attempt.payload_nonce, large->secrets.payload_nonce,
           sizeof(attempt.payload_nonce));
    memcpy(attempt.salt, large->secrets.salt, sizeof(attempt.salt));
    if (run->options.journal->fd >= 0) {
        journal_put_attempt(&run->options.journal->lines, large->number,
                            &attempt);
    }
    secret_wipe(&attempt, sizeof(attempt));
}

/* Which of the blocks that an earlier run sealed does the node lack? */
static bool ask_lacks(struct run *run, const struct journal_file *old)
{
    struct large *large = &run->large;
    struct block_id names[DEPOSIT_OFFER_MAX];
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };

    large->lacks = malloc(old->block_count + 1);
    if (large->lacks == NULL) {
        return false;
    }
    for (size_t from = 0; from < old->block_count;) {
        struct message request = { .kind = MESSAGE_DEPOSIT };
        struct message reply;
        size_t count = 0;

        while (count < DEPOSIT_OFFER_MAX && from + count < old->block_count) {
            names[count] = old->blocks[from + count].name;
            count++;
        }
        request.deposit.offer = names;
        request.deposit.offer_count = count;

        enum err err =
            line_ask(run->options.line, &request, &reply, code, &why);

        if (err != ERR_OK || reply.deposit_reply.lacks_count != count) {
            run_stop(run, err != ERR_OK ? err : ERR_MALFORMED, code, &why);
            return false;
        }
        memcpy(large->lacks + from, reply.deposit_reply.lacks, count);
        from += count;
    }
    large->old = old;
    return true;
}

static void take_old_keys(struct large *large, const struct journal_file *old)
{
    memcpy(large->secrets.file_key, old->attempt.file_key,
           sizeof(large->secrets.file_key));
    memcpy(large->secrets.payload_nonce, old->attempt.payload_nonce,
           sizeof(large->secrets.payload_nonce));
    memcpy(large->secrets.salt, old->attempt.salt, sizeof(large->secrets.salt));
}

/* Begin, or begin again: sizes, hash, names. */
static bool prepare(struct run *run)
{
    struct large *large = &run->large;

    if (deposit_plan(large->file->stamp.size, &large->plan) != ERR_OK) {
        large_fail(run, "it is larger than an item can be (16 TiB)");
        return false;
    }
    free(large->names);
    large->names =
        calloc((size_t)large->plan.block_count, sizeof(*large->names));
    if (large->names == NULL) {
        large_fail(run, "no memory for the names of its blocks");
        return false;
    }
    large->next_start = 0;
    large->sent_before = run->sent_count;
    large->next_take = 0;
    large->is_stale = false;
    sha256_init(&large->sha256);
    if (run->options.setup->with_sha512) {
        sha512_init(&large->sha512);
    }
    return true;
}

static bool large_open(struct run *run, struct file_entry *file)
{
    struct large *large = &run->large;
    struct why why = { "" };
    const struct journal_file *old =
        deposit_journal_find(run->options.journal, file);

    memset(large, 0, sizeof(*large));
    if (old != NULL && old->done) {
        run->result.done_before++;
        run->sent_bytes += file->stamp.size;
        return false;
    }
    if (sealing_open(file->path, &large->fd, &file->stamp, &why) != ERR_OK) {
        run_fail(run, file, why.text);
        return false;
    }
    large->file = file;
    run->current = file->name;
    large->number = deposit_journal_number(run->options.journal, old, file);
    if (!prepare(run)) {
        return false;
    }
    if (old != NULL && old->has_attempt && !old->has_header) {
        take_old_keys(large, old);
        if (ask_lacks(run, old)) {
            return true;
        }
        if (run_stopped(run)) {
            large_close(run);
            return false;
        }
    }
    draw_keys(run);
    return true;
}

static void block_work(void *ctx)
{
    struct unit *unit = ctx;
    struct large *large = &unit->run->large;

    unit->err = sealing_read(large->fd, unit->index * BLOCK_PLAIN_SIZE,
                             unit->plain, unit->plain_size, &unit->why);
    if (unit->err != ERR_OK) {
        return;
    }
    sealer_start(unit->sealer, &large->plan, large->secrets.file_key,
                 large->secrets.payload_nonce);
    unit->err = sealer_block(unit->sealer, unit->index,
                             span_of(unit->plain, unit->plain_size),
                             unit->blocks, &unit->block_size, &unit->name);
    if (unit->err != ERR_OK) {
        why_set(&unit->why, unit->err, "%s", err_text(unit->err));
    }
}

static void block_done(void *ctx)
{
    struct unit *unit = ctx;

    unit->state = UNIT_DONE;
}

static bool find_next(struct run *run)
{
    struct file_list *list = run->options.list;

    while (run->large.file == NULL && run->next_large < list->count &&
           !run_stopped(run)) {
        struct file_entry *file = &list->entries[run->next_large++];

        if (is_large(file)) {
            (void)large_open(run, file); /* run->large says whether it is */
        }
    }
    return run->large.file != NULL && !run->large.is_stale &&
           run->large.next_start < run->large.plan.block_count;
}

bool large_start(struct run *run, struct unit *unit)
{
    struct large *large = &run->large;

    /* Questions about an earlier run need the line for themselves. */
    if (large->file == NULL && run->options.journal->is_resumed &&
        line_in_flight(run->options.line) > 0) {
        return false;
    }
    if (!find_next(run)) {
        return false;
    }
    unit->kind = UNIT_BLOCK;
    unit->state = UNIT_WORKING;
    unit->index = large->next_start++;
    unit->plain_size = deposit_block_plain_size(&large->plan, unit->index);
    unit->job = (struct pool_job){ .work = block_work,
                                   .done = block_done,
                                   .ctx = unit,
                                   .lane = POOL_NO_LANE };
    CHECK(pool_submit(run->pool, &unit->job) == ERR_OK);
    return true;
}

bool large_is_next(const struct run *run, const struct unit *unit)
{
    return run->large.is_stale || unit->index == run->large.next_take;
}

/* Its content is another than it was: new keys, from the start. */
static void start_over(struct run *run, const char *sentence)
{
    struct large *large = &run->large;
    struct why why = { "" };
    struct stat status;

    if (++large->attempts >= SEALING_ATTEMPTS_MAX ||
        fstat(large->fd, &status) != 0) {
        why_set(&why, ERR_CONFLICT, "%s", sentence);
        large_fail(run, why.text); /* sentence may lie in run->large */
        return;
    }
    file_stamp(&status, &large->file->stamp);
    /* Another stamp is another file to the journal. */
    large->number =
        deposit_journal_number(run->options.journal, NULL, large->file);
    if (prepare(run)) {
        draw_keys(run);
    }
}

static bool workers_busy(const struct run *run)
{
    for (size_t i = 0; i < UNIT_COUNT; i++) {
        if (run->units[i].kind == UNIT_BLOCK &&
            run->units[i].state != UNIT_IDLE) {
            return true;
        }
    }
    return false;
}

/* Names that do not fit into one page go ahead of the item, each page behind
 * the roots of all of them. */
static void send_pages(struct run *run)
{
    struct large *large = &run->large;
    size_t pages = payload_page_count(large->plan.padded_size);
    struct block_id *roots = calloc(pages, sizeof(*roots));
    struct deposit_page parts[2];
    struct msg_deposit deposit = { .pages = parts, .pages_count = 2 };
    struct why why = { "no memory" };

    if (roots == NULL) {
        run_stop(run, ERR_NO_MEMORY, "", &why);
        return;
    }
    payload_root_of(large->names, (size_t)large->plan.block_count,
                    &parts[0].root);
    parts[1].root = parts[0].root;
    for (size_t page = 0; page < pages; page++) {
        struct digest root;

        names_page_root(large->names + page * NAMES_PER_PAGE,
                        payload_page_names(large->plan.padded_size, page),
                        &root);
        roots[page] = block_id_from_digest(&root);
    }
    parts[0].page = NAMES_PAGE_ROOTS;
    parts[0].names = roots;
    parts[0].names_count = pages;
    for (size_t page = 0; page < pages && !run_stopped(run); page++) {
        parts[1].page = page;
        parts[1].names = large->names + page * NAMES_PER_PAGE;
        parts[1].names_count =
            payload_page_names(large->plan.padded_size, page);
        run_send(run, &deposit, NULL, 0);
    }
    free(roots);
}

static void send_item(struct run *run, const struct sealed_item *item)
{
    struct large *large = &run->large;
    size_t pages = payload_page_count(large->plan.padded_size);
    struct deposit_item sent = {
        .root = item->root,
        .size = item->size,
        .header = item->header_id,
        .header_bytes = buf_span(&item->header),
        .commitment = item->commitment,
        .names = pages == 1 ? large->names : NULL,
        .names_count = pages == 1 ? (size_t)large->plan.block_count : 0,
    };
    struct msg_deposit deposit = { .items = &sent, .items_count = 1 };
    struct asked_item asked = { large->file, item->root, large->number };

    /* Its blocks and pages must be there first. When they are not, the journal
     * does not say yet that all was sent: the next run goes on with them. */
    run_wait_since(run, large->sent_before);
    if (run_stopped(run)) {
        return;
    }
    if (run->options.journal->fd >= 0) {
        journal_put_header(&run->options.journal->lines, large->number,
                           &item->commitment, &item->root,
                           buf_span(&item->header));
    }
    run_send(run, &deposit, &asked, 1);
}

/* All blocks are sent: is it still the same file? Then register it. */
static void large_finish(struct run *run, struct sealer *sealer)
{
    struct large *large = &run->large;
    struct sealed_item item = { .size = 0 };
    struct journal_stamp after;
    struct digest sha256;
    struct digest512 sha512;
    struct payload_root root;
    struct stat status;
    struct why why = { "" };

    if (fstat(large->fd, &status) == 0) {
        file_stamp(&status, &after);
        if (!file_stamp_equal(&after, &large->file->stamp)) {
            start_over(run, "it changed each time it was read");
            return;
        }
    }
    sha256_final(&large->sha256, &sha256);
    if (run->options.setup->with_sha512) {
        sha512_final(&large->sha512, &sha512);
    }
    payload_root_of(large->names, (size_t)large->plan.block_count, &root);
    buf_init(&item.header, HEADER_SIZE_MAX);

    enum err err = sealing_finish(
        run->options.setup, large->file, &large->plan, &large->secrets, &sha256,
        run->options.setup->with_sha512 ? &sha512 : NULL, &root, sealer, &item,
        &why);

    if (err != ERR_OK) {
        large_fail(run, why.text);
    } else {
        if (payload_page_count(large->plan.padded_size) > 1) {
            send_pages(run);
            run_drain(run); /* the item is checked against durable pages */
        }
        if (!run_stopped(run)) {
            send_item(run, &item);
        }
        large_close(run);
    }
    buf_done(&item.header);
}

static void send_block(struct run *run, const struct unit *unit)
{
    struct span block = span_of(unit->blocks, unit->block_size);
    struct msg_deposit deposit = { .names = &unit->name,
                                   .blocks = &block,
                                   .blocks_count = 1 };

    run_send(run, &deposit, NULL, 0);
}

/* Is the block at the node already? False also says: it must be sent. */
static bool block_is_there(const struct large *large, const struct unit *unit,
                           bool *ret_differs)
{
    const struct journal_file *old = large->old;
    const struct block_id *name =
        old == NULL ? NULL : journal_find_block(old, unit->index);

    *ret_differs = name != NULL && !block_id_equal(name, &unit->name);
    for (size_t i = 0; name != NULL && !*ret_differs && i < old->block_count;
         i++) {
        if (old->blocks[i].index == unit->index) {
            return large->lacks[i] == 0;
        }
    }
    return false;
}

static void take_block(struct run *run, struct unit *unit)
{
    struct large *large = &run->large;
    struct span plain = span_of(unit->plain, unit->plain_size);
    bool differs;
    bool is_there = block_is_there(large, unit, &differs);

    if (differs) {
        large->is_stale = true;
        why_set(&large->stale_why, ERR_CONFLICT,
                "its content is another than before");
        return;
    }
    sha256_update(&large->sha256, plain);
    if (run->options.setup->with_sha512) {
        sha512_update(&large->sha512, plain);
    }
    large->names[unit->index] = unit->name;
    if (run->options.journal->fd >= 0 && !is_there) {
        journal_put_block(&run->options.journal->lines, large->number,
                          unit->index, &unit->name);
    }
    if (!is_there) {
        send_block(run, unit);
    }
    large->next_take++;
    run->sent_bytes += unit->plain_size;
}

void large_take(struct run *run, struct unit *unit)
{
    struct large *large = &run->large;

    unit->state = UNIT_IDLE;
    if (unit->err != ERR_OK && !large->is_stale) {
        large->is_stale = true;
        large->stale_why = unit->why;
        if (unit->err != ERR_CONFLICT) {
            large->attempts = SEALING_ATTEMPTS_MAX; /* no use in another one */
        }
    }
    if (!large->is_stale && !run_stopped(run)) {
        take_block(run, unit);
    }
    if (run_stopped(run)) {
        return;
    }
    if (large->is_stale && !workers_busy(run)) {
        start_over(run, large->stale_why.text);
    } else if (!large->is_stale &&
               large->next_take == large->plan.block_count) {
        large_finish(run, unit->sealer);
    }
}
