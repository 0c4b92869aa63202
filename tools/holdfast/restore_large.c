/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "model/block.h"
#include "tools/holdfast/restore_state.h"

static void give_up(struct slot *slot, const char *reason, const char *sentence)
{
    if (!slot->is_given_up) {
        slot->is_given_up = true;
        outcome_miss(&slot->outcome, reason, sentence);
    }
}

/* ---- Asking -------------------------------------------------------------- */

/* False when nothing was sent. */
static bool send_ask(struct run *run, struct slot *slot, struct ask *ask,
                     const struct message *request)
{
    ask->slot = slot;
    if (!restore_send(run->restore, request)) {
        return false;
    }
    slot->waiting++;
    restore_asked(run);
    return true;
}

static bool ask_header(struct run *run, struct slot *slot, struct ask *ask)
{
    const struct restore_item *item = &run->restore->items[slot->item];
    struct message request = { .kind = MESSAGE_GET_BLOCKS };

    ask->kind = ASK_HEADER;
    ask->name = block_id_of_header(&item->deposit.header_id);
    request.get_blocks.names = &ask->name;
    request.get_blocks.count = 1;
    return send_ask(run, slot, ask, &request);
}

static bool ask_names(struct run *run, struct slot *slot, struct ask *ask,
                      uint64_t page)
{
    const struct restore_item *item = &run->restore->items[slot->item];
    struct message request = { .kind = MESSAGE_GET_NAMES };

    ask->kind = ASK_NAMES;
    ask->index = page;
    request.get_names.root = item->deposit.payload_root;
    request.get_names.page = page;
    slot->is_page_asked = true;
    slot->has_page = false;
    slot->page = page;
    return send_ask(run, slot, ask, &request);
}

static bool ask_block(struct run *run, struct slot *slot, struct ask *ask)
{
    struct message request = { .kind = MESSAGE_GET_BLOCKS };

    ask->kind = ASK_BLOCK;
    ask->index = slot->next_ask;
    ask->name = slot->names[slot->next_ask % NAMES_PER_PAGE];
    request.get_blocks.names = &ask->name;
    request.get_blocks.count = 1;
    slot->next_ask++;
    run->current = slot->file.path;
    return send_ask(run, slot, ask, &request);
}

static bool slot_ask(struct run *run, struct slot *slot, struct ask *ask)
{
    if (slot->is_given_up || slot->next_ask == slot->block_count) {
        return false;
    }
    if (slot->state == SLOT_OPENING) {
        /* Its header is on the way; the names may come with it. */
        return !slot->has_page && !slot->is_page_asked &&
               ask_names(run, slot, ask, 0);
    }
    if (slot->state != SLOT_READING) {
        return false;
    }
    if (slot->next_ask / NAMES_PER_PAGE == slot->page && slot->has_page) {
        return ask_block(run, slot, ask);
    }
    return !slot->is_page_asked &&
           ask_names(run, slot, ask, slot->next_ask / NAMES_PER_PAGE);
}

/* Open the file; it is given up when that fails. */
static void slot_open(struct run *run, struct slot *slot, struct span object)
{
    if (file_open(&slot->file, &run->near, run->restore, slot->item, object,
                  &slot->outcome)) {
        slot->state = SLOT_READING;
    } else {
        slot->is_given_up = true;
    }
}

/* The next large item in a free slot, or NULL. */
static struct slot *slot_begin(struct run *run)
{
    struct restore *restore = run->restore;
    struct slot *slot = NULL;
    struct restore_item *item;

    for (size_t i = 0; i < SLOT_COUNT && slot == NULL; i++) {
        slot = run->slots[i].state == SLOT_FREE ? &run->slots[i] : NULL;
    }
    while (run->next_large < restore->count &&
           (restore->items[run->next_large].state != RESTORE_PLANNED ||
            restore_small_fits(restore, &restore->items[run->next_large]))) {
        run->next_large++;
    }
    if (slot == NULL || run->next_large == restore->count) {
        return NULL;
    }
    item = &restore->items[run->next_large];
    item->state = RESTORE_AT_WORK;
    *slot = (struct slot){ .run = run, .lane = slot->lane };
    slot->state = SLOT_OPENING;
    slot->serial = run->serial++;
    slot->began_ms = now_ms();
    slot->item = (uint32_t)run->next_large++;
    slot->block_count = payload_block_count(item->deposit.payload_size);
    slot->names = malloc(payload_page_names(item->deposit.payload_size, 0) *
                         sizeof(*slot->names));
    if (slot->names == NULL) {
        give_up(slot, RESTORE_STOPPED, "out of memory");
    } else if (slot->block_count == 1) {
        /* One block: its name is the root. */
        memcpy(slot->names[0].bytes, item->deposit.payload_root.bytes,
               sizeof(slot->names[0].bytes));
        slot->has_page = true;
    }
    if (!slot->is_given_up && !file_needs_header(restore)) {
        slot_open(run, slot, span_of(NULL, 0));
    }
    return slot;
}

/* Says whether there is more to do at once: something was sent, or given up. */
bool restore_large_ask(struct run *run)
{
    struct ask *ask = restore_next_ask(run);
    uint64_t last = 0; /* serials below it had their turn */
    struct slot *slot;

    if (ask == NULL) {
        return false;
    }
    slot = slot_begin(run);
    if (slot != NULL && (slot->is_given_up || slot->state == SLOT_OPENING)) {
        return slot->is_given_up || ask_header(run, slot, ask);
    }
    do {
        slot = NULL;
        for (size_t i = 0; i < SLOT_COUNT; i++) {
            struct slot *other = &run->slots[i];

            if (other->state != SLOT_FREE && other->serial >= last &&
                (slot == NULL || other->serial < slot->serial)) {
                slot = other;
            }
        }
        if (slot != NULL && slot_ask(run, slot, ask)) {
            return true;
        }
        last = slot == NULL ? 0 : slot->serial + 1;
    } while (slot != NULL);
    return false;
}

/* ---- Replies ------------------------------------------------------------- */

void restore_large_take_header(struct run *run, const struct ask *ask,
                               const struct msg_get_blocks_reply *reply)
{
    struct slot *slot = ask->slot;

    slot->waiting--;
    if (slot->is_given_up) {
        return;
    }
    slot_open(run, slot, reply->blocks[0]);
}

void restore_large_take_names(struct run *run, const struct ask *ask,
                              const struct msg_get_names_reply *reply)
{
    struct slot *slot = ask->slot;
    const struct deposit *deposit = &run->restore->items[slot->item].deposit;

    slot->waiting--;
    slot->is_page_asked = false;
    if (slot->is_given_up) {
        return;
    }
    if (!reply->found) {
        give_up(slot, RESTORE_NOT_HELD,
                "the node does not have the names of its blocks");
    } else if (ask->index != reply->page ||
               names_page_verify(&deposit->payload_root, deposit->payload_size,
                                 (size_t)ask->index, reply->names,
                                 reply->names_count, reply->page_roots,
                                 reply->page_roots_count) != ERR_OK) {
        give_up(slot, RESTORE_DAMAGED,
                "the names of its blocks are not those of the registered "
                "payload");
    } else {
        /* Verified: exactly as many as the page has, and page 0 has most. */
        memcpy(slot->names, reply->names,
               reply->names_count * sizeof(*slot->names));
        slot->has_page = true;
    }
}

static void block_work(void *ctx)
{
    struct unit *unit = ctx;

    file_block(&unit->slot->file, unit->opener, &unit->block);
}

static void block_done(void *ctx)
{
    struct unit *unit = ctx;

    unit->state = UNIT_DONE;
}

void restore_large_take_block(struct run *run, const struct ask *ask,
                              const struct msg_get_blocks_reply *reply,
                              struct unit *unit)
{
    struct slot *slot = ask->slot;
    struct span bytes = reply->blocks[0];

    slot->waiting--;
    if (slot->is_given_up) {
        return;
    }
    if (bytes.size == 0 || bytes.size > BLOCK_SIZE_MAX) {
        give_up(slot, RESTORE_NOT_HELD, "the node does not have all of it");
        return;
    }
    memcpy(unit->bytes, bytes.data, bytes.size);
    unit->kind = UNIT_BLOCK;
    unit->slot = slot;
    unit->state = UNIT_WORKING;
    unit->block = (struct file_block){
        .index = ask->index,
        .name = ask->name,
        .bytes = span_of(unit->bytes, bytes.size),
        .plain = unit->plain,
    };
    unit->job.work = block_work;
    unit->job.done = block_done;
    unit->job.lane = POOL_NO_LANE;
    slot->working++;
    restore_submit(run, &unit->job);
}

/* ---- Blocks that are written --------------------------------------------- */

static void hash_work(void *ctx)
{
    struct unit *unit = ctx;

    unit->hashed = file_hash(&unit->slot->file, &unit->block);
}

static void hash_done(void *ctx)
{
    struct unit *unit = ctx;
    struct slot *slot = unit->slot;

    slot->hashed++;
    slot->working--;
    slot->run->done_bytes += unit->hashed;
    unit->state = UNIT_IDLE;
}

/* Says whether something moved. */
static bool block_step(struct run *run, struct unit *unit)
{
    struct slot *slot = unit->slot;

    if (unit->block.err != ERR_OK && !slot->is_given_up) {
        slot->is_given_up = true;
        outcome_write_failed(&slot->outcome, unit->block.err, &unit->block.why);
    }
    if (slot->is_given_up) {
        slot->working--;
        unit->state = UNIT_IDLE;
        return true;
    }
    if (unit->block.index != slot->next_hash) {
        return false;
    }
    slot->next_hash++;
    unit->state = UNIT_HASHING;
    unit->job.work = hash_work;
    unit->job.done = hash_done;
    unit->job.lane = slot->lane;
    restore_submit(run, &unit->job);
    return true;
}

/* ---- Files that are whole ------------------------------------------------ */

static void finish_work(void *ctx)
{
    struct slot *slot = ctx;

    file_finish(&slot->file, &slot->outcome);
}

static void finish_done(void *ctx)
{
    struct slot *slot = ctx;

    slot->is_finished = true;
}

static void slot_step(struct run *run, struct slot *slot)
{
    if (slot->state == SLOT_READING && !slot->is_given_up &&
        slot->hashed == slot->block_count) {
        slot->state = SLOT_FINISHING;
        slot->job = (struct pool_job){ .work = finish_work,
                                       .done = finish_done,
                                       .ctx = slot,
                                       .lane = POOL_NO_LANE };
        restore_submit(run, &slot->job);
        return;
    }
    if (slot->is_finished ||
        (slot->is_given_up && slot->waiting == 0 && slot->working == 0)) {
        file_drop(&slot->file);
        restore_report(run, slot->item, &slot->outcome, slot->began_ms);
        free(slot->names);
        slot->names = NULL;
        slot->state = SLOT_FREE;
    }
}

void restore_large_step(struct run *run)
{
    bool moved;

    do {
        moved = false;
        for (size_t i = 0; i < UNIT_COUNT; i++) {
            struct unit *unit = &run->units[i];

            if (unit->state == UNIT_DONE && unit->kind == UNIT_BLOCK) {
                moved = block_step(run, unit) || moved;
            }
        }
    } while (moved);
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        if (run->slots[i].state != SLOT_FREE) {
            slot_step(run, &run->slots[i]);
        }
    }
}

void restore_large_close(struct run *run)
{
    for (size_t i = 0; i < SLOT_COUNT; i++) {
        struct slot *slot = &run->slots[i];

        if (slot->state != SLOT_FREE) {
            file_drop(&slot->file);
            free(slot->names);
            slot->names = NULL;
            slot->state = SLOT_FREE;
        }
    }
}
