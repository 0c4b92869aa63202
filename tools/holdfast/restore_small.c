/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "model/block.h"
#include "tools/holdfast/restore_state.h"

/* Bytes of a reply. */
static uint64_t reply_size(const struct restore *restore,
                           const struct restore_item *item)
{
    return item->deposit.payload_size +
           (file_needs_header(restore) ? item->deposit.header_size : 0);
}

bool restore_small_fits(const struct restore *restore,
                        const struct restore_item *item)
{
    return !item->alone &&
           payload_block_count(item->deposit.payload_size) == 1 &&
           reply_size(restore, item) <= BLOCK_SIZE_MAX;
}

/* ---- Asking -------------------------------------------------------------- */

static struct restore_item *next_small(struct run *run)
{
    struct restore *restore = run->restore;

    while (run->next_small < restore->count) {
        struct restore_item *item = &restore->items[run->next_small];

        if (item->state == RESTORE_PLANNED &&
            restore_small_fits(restore, item)) {
            return item;
        }
        run->next_small++;
    }
    return NULL;
}

bool restore_smalls_ask(struct run *run)
{
    struct ask *ask = restore_next_ask(run);
    struct block_id names[2 * SMALLS_MAX];
    struct message request = { .kind = MESSAGE_GET_BLOCKS };
    bool with_header = file_needs_header(run->restore);
    struct restore_item *item;
    uint64_t size = 0;
    size_t count = 0;

    if (ask == NULL) {
        return false;
    }
    ask->kind = ASK_SMALLS;
    ask->slot = NULL;
    ask->count = 0;
    while (ask->count < SMALLS_MAX && (item = next_small(run)) != NULL) {
        const struct deposit *deposit = &item->deposit;

        size += reply_size(run->restore, item);
        if (size > BLOCK_SIZE_MAX) {
            break;
        }
        if (with_header) {
            names[count++] = block_id_of_header(&deposit->header_id);
        }
        memcpy(names[count++].bytes, deposit->payload_root.bytes,
               sizeof(names[0].bytes)); /* one block: its name is the root */
        ask->items[ask->count++] = (uint32_t)run->next_small++;
        item->state = RESTORE_AT_WORK;
        run->current = item->path;
    }
    if (ask->count == 0) {
        return false;
    }
    request.get_blocks.names = names;
    request.get_blocks.count = count;
    if (restore_send(run->restore, &request)) {
        restore_asked(run);
    }
    return true;
}

/* ---- On a worker --------------------------------------------------------- */

/* Until it is written under its temporary name. */
static bool write_one(struct unit *unit, struct small *small)
{
    struct restore_file *file = &small->file;
    struct file_block *block = &unit->block;

    if (small->payload.size == 0 ||
        (small->object.size == 0 && file_needs_header(unit->run->restore))) {
        small->outcome.state = RESTORE_PLANNED; /* ask again, by itself */
        return false;
    }
    if (!file_open(file, &unit->near, unit->run->restore, small->item,
                   small->object, &small->outcome)) {
        return false;
    }
    block->index = 0;
    memcpy(block->name.bytes, file->item->deposit.payload_root.bytes,
           sizeof(block->name.bytes));
    block->bytes = small->payload;
    block->plain = unit->plain;
    file_block(file, unit->opener, block);
    if (block->err != ERR_OK) {
        outcome_write_failed(&small->outcome, block->err, &block->why);
        return false;
    }
    unit->hashed += file_hash(file, block);
    return true;
}

/* First all are written and on their way to the disk, then each is waited for:
 * the first wait commits most of what the others need. */
static void smalls_work(void *ctx)
{
    struct unit *unit = ctx;
    bool written[SMALLS_MAX];

    unit->hashed = 0;
    for (size_t i = 0; i < unit->small_count; i++) {
        struct small *small = &unit->smalls[i];

        memset(&small->file, 0, sizeof(small->file));
        memset(&small->outcome, 0, sizeof(small->outcome));
        written[i] = write_one(unit, small);
    }
    for (size_t i = 0; i < unit->small_count; i++) {
        struct small *small = &unit->smalls[i];

        if (written[i]) {
            file_finish(&small->file, &small->outcome);
        }
        file_drop(&small->file);
    }
}

static void smalls_done(void *ctx)
{
    struct unit *unit = ctx;

    unit->state = UNIT_DONE;
}

/* ---- Replies ------------------------------------------------------------- */

/* Copy a block to the unit's bytes: a reply lives until the next one. */
static struct span keep(struct unit *unit, size_t *used, struct span block)
{
    struct span kept = span_of(unit->bytes + *used, block.size);

    if (block.size == 0 || block.size > BLOCK_SIZE_MAX - *used) {
        return span_of(NULL, 0);
    }
    memcpy(unit->bytes + *used, block.data, block.size);
    *used += block.size;
    return kept;
}

void restore_smalls_take(struct run *run, const struct ask *ask,
                         const struct msg_get_blocks_reply *reply,
                         struct unit *unit)
{
    bool with_header = file_needs_header(run->restore);
    size_t used = 0;
    size_t at = 0;

    for (size_t i = 0; i < ask->count; i++) {
        struct small *small = &unit->smalls[i];

        small->item = ask->items[i];
        small->object = with_header ? keep(unit, &used, reply->blocks[at++])
                                    : span_of(NULL, 0);
        small->payload = keep(unit, &used, reply->blocks[at++]);
    }
    unit->small_count = ask->count;
    unit->kind = UNIT_SMALLS;
    unit->slot = NULL;
    unit->state = UNIT_WORKING;
    unit->job.work = smalls_work;
    unit->job.done = smalls_done;
    unit->job.lane = POOL_NO_LANE;
    restore_submit(run, &unit->job);
}

void restore_smalls_report(struct run *run, struct unit *unit)
{
    for (size_t i = 0; i < unit->small_count; i++) {
        struct small *small = &unit->smalls[i];
        struct restore_item *item = &run->restore->items[small->item];

        if (small->outcome.state == RESTORE_PLANNED) {
            item->state = RESTORE_PLANNED;
            item->alone = true;
            if (small->item < run->next_large) {
                run->next_large = small->item;
            }
        } else {
            restore_report(run, small->item, &small->outcome, 0);
        }
    }
    run->done_bytes += unit->hashed;
    unit->state = UNIT_IDLE;
}
