/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "tools/holdfast/deposit_state.h"

static bool is_small(const struct file_entry *file)
{
    return !file->skipped && file->stamp.size <= SMALL_PLAIN_MAX;
}

static void smalls_work(void *ctx)
{
    struct unit *unit = ctx;
    uint8_t *to = unit->blocks;

    for (size_t i = 0; i < unit->small_count; i++) {
        struct small_item *small = &unit->smalls[i];

        small->blocks = to;
        sealing_small(unit->run->options.setup, unit->sealer, unit->plain,
                      small);
        for (size_t k = 0; small->err == ERR_OK && k < small->block_count;
             k++) {
            to += small->block_sizes[k];
        }
    }
}

static void smalls_done(void *ctx)
{
    struct unit *unit = ctx;

    unit->state = UNIT_DONE;
}

/* Was it all sent by an earlier run? Then it is not sealed again. */
static bool done_before(struct run *run, const struct file_entry *file)
{
    const struct journal_file *old =
        deposit_journal_find(run->options.journal, file);

    return old != NULL && old->done;
}

/* Files that fit into one request. A file that grew meanwhile is told by
 * sealing_small(), which never writes more than SMALL_SEALED_MAX. */
bool smalls_start(struct run *run, struct unit *unit)
{
    struct file_list *list = run->options.list;
    uint64_t bytes = 0;

    unit->small_count = 0;
    while (run->next_small < list->count && unit->small_count < SMALLS_MAX) {
        struct file_entry *file = &list->entries[run->next_small];
        struct deposit_plan plan;

        if (!is_small(file)) {
            run->next_small++;
            continue;
        }
        if (done_before(run, file)) {
            run->result.done_before++;
            run->sent_bytes += file->stamp.size;
            run->next_small++;
            continue;
        }
        CHECK(deposit_plan(file->stamp.size, &plan) == ERR_OK);
        if (unit->small_count > 0 &&
            bytes + plan.padded_size > REQUEST_BYTES_MAX) {
            break;
        }
        bytes += plan.padded_size;
        unit->smalls[unit->small_count].file = file;
        buf_init(&unit->smalls[unit->small_count].item.header, HEADER_SIZE_MAX);
        unit->small_count++;
        run->next_small++;
    }
    if (unit->small_count == 0) {
        return false;
    }
    unit->kind = UNIT_SMALLS;
    unit->state = UNIT_WORKING;
    unit->job = (struct pool_job){ .work = smalls_work,
                                   .done = smalls_done,
                                   .ctx = unit,
                                   .lane = POOL_NO_LANE };
    CHECK(pool_submit(run->pool, &unit->job) == ERR_OK);
    return true;
}

/* One request being put together. */
struct parcel {
    struct block_id names[SMALLS_MAX * SMALL_BLOCKS_MAX];
    struct span blocks[SMALLS_MAX * SMALL_BLOCKS_MAX];
    size_t block_count;
    struct deposit_item items[SMALLS_MAX];
    struct asked_item asked[SMALLS_MAX];
    size_t item_count;
    size_t bytes;
};

static void parcel_send(struct run *run, struct parcel *parcel)
{
    struct msg_deposit deposit = {
        .names = parcel->names,
        .blocks = parcel->blocks,
        .blocks_count = parcel->block_count,
        .items = parcel->items,
        .items_count = parcel->item_count,
    };

    if (parcel->item_count > 0) {
        run_send(run, &deposit, parcel->asked, parcel->item_count);
    }
    parcel->block_count = 0;
    parcel->item_count = 0;
    parcel->bytes = 0;
}

static void note_in_journal(struct run *run, const struct small_item *small,
                            uint64_t number)
{
    struct deposit_journal *journal = run->options.journal;
    struct journal_attempt attempt;

    memcpy(attempt.file_key, small->secrets.file_key, sizeof(attempt.file_key));
    memcpy(attempt.payload_nonce, small->secrets.payload_nonce,
           sizeof(attempt.payload_nonce));
    memcpy(attempt.salt, small->secrets.salt, sizeof(attempt.salt));
    journal_put_attempt(&journal->lines, number, &attempt);
    for (size_t i = 0; i < small->block_count; i++) {
        journal_put_block(&journal->lines, number, i, &small->names[i]);
    }
    journal_put_header(&journal->lines, number, &small->item.commitment,
                       &small->item.root, buf_span(&small->item.header));
}

static void parcel_add(struct run *run, struct parcel *parcel,
                       const struct small_item *small)
{
    size_t bytes = small->item.header.size;
    const uint8_t *block = small->blocks;
    uint64_t number =
        deposit_journal_number(run->options.journal, NULL, small->file);

    for (size_t i = 0; i < small->block_count; i++) {
        bytes += small->block_sizes[i];
    }
    if (parcel->bytes + bytes > REQUEST_BYTES_MAX) {
        parcel_send(run, parcel);
    }
    if (run->options.journal->fd >= 0) {
        note_in_journal(run, small, number);
    }
    for (size_t i = 0; i < small->block_count; i++) {
        parcel->names[parcel->block_count] = small->names[i];
        parcel->blocks[parcel->block_count] =
            span_of(block, small->block_sizes[i]);
        parcel->block_count++;
        block += small->block_sizes[i];
    }
    parcel->items[parcel->item_count] = (struct deposit_item){
        .root = small->item.root,
        .size = small->item.size,
        .header = small->item.header_id,
        .header_bytes = buf_span(&small->item.header),
        .commitment = small->item.commitment,
        .names = small->block_count > 1 ? small->names : NULL,
        .names_count = small->block_count > 1 ? small->block_count : 0,
    };
    parcel->asked[parcel->item_count] =
        (struct asked_item){ small->file, small->item.root, number };
    parcel->item_count++;
    parcel->bytes += bytes;
    run->sent_bytes += small->file->stamp.size;
    run->current = small->file->name;
}

void smalls_take(struct run *run, struct unit *unit)
{
    struct parcel parcel = { .bytes = 0 };

    for (size_t i = 0; i < unit->small_count; i++) {
        struct small_item *small = &unit->smalls[i];

        if (small->err != ERR_OK) {
            run_fail(run, small->file, small->why.text);
        } else if (!run_stopped(run)) {
            parcel_add(run, &parcel, small);
        }
    }
    if (!run_stopped(run)) {
        parcel_send(run, &parcel);
    }
    for (size_t i = 0; i < unit->small_count; i++) {
        secret_wipe(&unit->smalls[i].secrets, sizeof(unit->smalls[i].secrets));
        buf_done(&unit->smalls[i].item.header);
    }
    unit->state = UNIT_IDLE;
}
