/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_open.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "crypto/secret.h"
#include "model/block.h"
#include "pool/pool.h"
#include "seal/open.h"
#include "tools/holdfast/interrupt.h"

#define WORKERS 2
#define BATCH_COUNT 6
#define SAY_FROM 1000 /* items: it takes a while, so show how far it is */

/* Header objects of one reply, for a worker. */
struct batch {
    struct pool_job job;
    struct restore *restore;
    bool is_working;
    size_t count;
    uint32_t items[BLOCKS_PER_REQUEST_MAX];
    struct span objects[BLOCKS_PER_REQUEST_MAX]; /* in bytes */
    uint8_t *bytes;                              /* owned; BLOCK_SIZE_MAX */
};

/* A request on its way. */
struct asked {
    size_t count;
    uint32_t items[BLOCKS_PER_REQUEST_MAX];
};

struct opening {
    struct restore *restore;
    struct pool *pool; /* owned */
    struct batch batches[BATCH_COUNT];
    struct asked asked[RESTORE_IN_FLIGHT]; /* a ring */
    size_t asked_first;
    size_t asked_count;
    size_t next; /* index of the next item to ask for */
    bool again;  /* the second turn: what has to go alone */
    uint64_t done;
    uint64_t done_bytes;
    struct progress progress;
};

/* ---- On a worker --------------------------------------------------------- */

static bool case_wanted(const struct restore *restore,
                        const struct item *opened)
{
    return restore->scope != RESTORE_CASE ||
           span_is(opened->metadata.case_name, restore->case_name);
}

static char *name_copy(struct span name)
{
    return strndup((const char *)name.data, name.size);
}

/* What the description says about the file. */
static void take_metadata(const struct restore *restore,
                          struct restore_item *item, const struct item *opened)
{
    const struct metadata *metadata = &opened->metadata;

    item->path = name_copy(metadata->name);
    item->has_modified = metadata->has_modified;
    item->modified = metadata->modified;
    item->deposited = metadata->deposited;
    memcpy(item->payload_nonce, opened->payload_nonce,
           sizeof(item->payload_nonce));
    item->head_size = opened->age_header_size + AGE_NONCE_SIZE;
    item->plain_size = metadata->size;
    item->sha256 = metadata->sha256;
    if (metadata->has_sha512) {
        item->sha512 = malloc(sizeof(*item->sha512));
        if (item->sha512 != NULL) {
            *item->sha512 = metadata->sha512;
        }
    }
    item->size = restore->mode == RESTORE_EXPORT
                     ? item->head_size + metadata->sealed_size
                     : metadata->size;
    item->state = RESTORE_PLANNED;
    if (item->path == NULL || (metadata->has_sha512 && item->sha512 == NULL)) {
        restore_miss(item, RESTORE_STOPPED, "out of memory");
    }
}

static void take_opened(struct restore *restore, uint32_t index,
                        const struct item *opened)
{
    struct restore_item *item = &restore->items[index];
    struct item_facts facts = {
        .cid = restore->has_cid ? &restore->cid : NULL,
        .deposit = &item->deposit,
        .chain = restore->chain,
    };
    item_checks failed = item_judge(opened, &facts);
    struct buf text;

    item->opened = true;
    item->failed = failed;
    memcpy(restore_file_key(restore, index), secret_data(opened->file_key),
           AGE_FILE_KEY_SIZE);
    if (opened->has_metadata && !case_wanted(restore, opened)) {
        item->state = RESTORE_PASSED_OVER;
        return;
    }
    if (opened->has_metadata && (failed & item_check_bit(ITEM_RECORD)) == 0) {
        take_metadata(restore, item, opened);
        return;
    }
    /* Nothing can be fetched that would fit. */
    buf_init(&text, WHY_SIZE);
    item_checks_format(failed, &text);
    if (opened->why.text[0] != '\0') {
        buf_printf(&text, ": %s", opened->why.text);
    }
    buf_put_byte(&text, 0);
    restore_miss(item, RESTORE_CHECK_FAILED,
                 buf_failed(&text) ? NULL : (const char *)text.data);
    buf_done(&text);
}

static void open_one(struct restore *restore, uint32_t index,
                     struct span object, bool was_alone)
{
    struct restore_item *item = &restore->items[index];
    struct block_id name = block_id_of_header(&item->deposit.header_id);
    struct item *opened = NULL;
    struct why why = { "" };
    enum err err;

    if (object.size == 0) {
        /* Perhaps there was no room for it in the reply. */
        item->alone = true;
        if (was_alone) {
            restore_miss(item, RESTORE_NOT_HELD,
                         "the node does not have its description");
        }
        return;
    }
    if (block_verify(object, &name) != ERR_OK) {
        restore_miss(item, RESTORE_DAMAGED,
                     "the node sent another description than the registered "
                     "one");
        return;
    }
    err = item_open(object, restore->identities, restore->identity_count,
                    &opened, &why);
    if (err == ERR_OK) {
        take_opened(restore, index, opened);
    } else if (err == ERR_WRONG_KEY || err == ERR_UNSUPPORTED) {
        item->state = RESTORE_LOCKED;
    } else {
        restore_miss(item, RESTORE_DAMAGED, why.text);
    }
    item_free(opened);
}

static void batch_work(void *ctx)
{
    struct batch *batch = ctx;

    for (size_t i = 0; i < batch->count; i++) {
        open_one(batch->restore, batch->items[i], batch->objects[i],
                 batch->count == 1);
    }
}

static void batch_done(void *ctx)
{
    struct batch *batch = ctx;

    batch->is_working = false;
}

/* ---- Asking -------------------------------------------------------------- */

/* The next items whose headers fit in one reply. */
static void ask_next(struct opening *opening)
{
    struct restore *restore = opening->restore;
    struct asked *asked =
        &opening->asked[(opening->asked_first + opening->asked_count) %
                        RESTORE_IN_FLIGHT];
    struct block_id names[BLOCKS_PER_REQUEST_MAX];
    struct message request = { .kind = MESSAGE_GET_BLOCKS };
    uint64_t size = 0;

    asked->count = 0;
    while (opening->next < restore->count &&
           asked->count < BLOCKS_PER_REQUEST_MAX) {
        const struct restore_item *item = &restore->items[opening->next];

        if (item->state != RESTORE_LISTED) {
            opening->next++;
            continue;
        }
        if (asked->count > 0 &&
            (opening->again ||
             size + item->deposit.header_size > BLOCK_SIZE_MAX)) {
            break;
        }
        size += item->deposit.header_size;
        names[asked->count] = block_id_of_header(&item->deposit.header_id);
        asked->items[asked->count++] = (uint32_t)opening->next++;
    }
    if (asked->count == 0) {
        return;
    }
    request.get_blocks.names = names;
    request.get_blocks.count = asked->count;
    if (restore_send(restore, &request)) {
        opening->asked_count++;
    }
}

static void take_reply(struct opening *opening, struct batch *batch)
{
    const struct asked *asked = &opening->asked[opening->asked_first];
    struct message reply;
    size_t used = 0;

    opening->asked_first = (opening->asked_first + 1) % RESTORE_IN_FLIGHT;
    opening->asked_count--;
    if (!restore_receive(opening->restore, &reply)) {
        return;
    }
    if (reply.get_blocks_reply.count != asked->count) {
        struct why why = { "the node's answer does not fit the request" };

        restore_stop(opening->restore, ERR_MALFORMED, "", &why);
        return;
    }
    for (size_t i = 0; i < asked->count; i++) {
        struct span object = reply.get_blocks_reply.blocks[i];

        if (object.size > BLOCK_SIZE_MAX - used) {
            object.size = 0; /* more than a reply may hold */
        }
        if (object.size > 0) {
            memcpy(batch->bytes + used, object.data, object.size);
        }
        batch->objects[i] = span_of(batch->bytes + used, object.size);
        batch->items[i] = asked->items[i];
        used += object.size;
    }
    batch->count = asked->count;
    batch->is_working = true;
    opening->done += batch->count;
    opening->done_bytes += used;
    /* There is room: as many jobs as batches. */
    CHECK(pool_submit(opening->pool, &batch->job) == ERR_OK);
}

static struct batch *idle_batch(struct opening *opening)
{
    for (size_t i = 0; i < BATCH_COUNT; i++) {
        if (!opening->batches[i].is_working) {
            return &opening->batches[i];
        }
    }
    return NULL;
}

static void show(struct opening *opening)
{
    struct progress_at at = { opening->done, opening->done_bytes,
                              "looking through the descriptions" };

    if (opening->restore->count >= SAY_FROM) {
        progress_update(&opening->progress, &at);
    }
}

/* Ask for all that is LISTED, open what comes. */
static void turn(struct opening *opening)
{
    struct restore *restore = opening->restore;

    opening->next = 0;
    while (restore->err == ERR_OK) {
        size_t before = opening->asked_count;
        struct batch *batch;

        (void)pool_reap(opening->pool);
        if (interrupted()) {
            struct why why = { "interrupted" };

            restore_stop(restore, ERR_CANCELLED, "", &why);
            break;
        }
        if (opening->asked_count < restore_in_flight_max(restore) &&
            opening->next < restore->count) {
            ask_next(opening);
        }
        if (opening->asked_count > before) {
            continue;
        }
        if (opening->asked_count == 0) {
            break;
        }
        batch = idle_batch(opening);
        if (batch != NULL) {
            take_reply(opening, batch);
        } else {
            (void)pool_wait_some(opening->pool);
        }
        show(opening);
    }
    pool_drain(opening->pool);
}

/* ---- The way in ---------------------------------------------------------- */

static bool prepare(struct opening *opening)
{
    struct restore *restore = opening->restore;
    struct pool_options options = { .worker_count = WORKERS,
                                    .capacity = BATCH_COUNT };

    if (restore_file_keys_new(restore) != ERR_OK ||
        pool_new(&options, &opening->pool) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < BATCH_COUNT; i++) {
        struct batch *batch = &opening->batches[i];

        batch->restore = restore;
        batch->job = (struct pool_job){ .work = batch_work,
                                        .done = batch_done,
                                        .ctx = batch,
                                        .lane = POOL_NO_LANE };
        batch->bytes = malloc(BLOCK_SIZE_MAX);
        if (batch->bytes == NULL) {
            return false;
        }
    }
    return true;
}

static void start_progress(struct opening *opening)
{
    uint64_t bytes = 0;

    for (size_t i = 0; i < opening->restore->count; i++) {
        bytes += opening->restore->items[i].deposit.header_size;
    }
    if (opening->restore->count >= SAY_FROM) {
        progress_start(&opening->progress, &opening->restore->tool->output,
                       opening->restore->count, bytes);
    }
}

enum err restore_open(struct restore *restore)
{
    struct opening *opening = calloc(1, sizeof(*opening));
    struct why why = { "out of memory" };

    if (opening == NULL) {
        restore_stop(restore, ERR_NO_MEMORY, "", &why);
        return restore->err;
    }
    opening->restore = restore;
    if (prepare(opening)) {
        start_progress(opening);
        turn(opening);
        opening->again = true;
        turn(opening);
        if (restore->count >= SAY_FROM) {
            progress_clear(&opening->progress);
        }
    } else {
        restore_stop(restore, ERR_NO_MEMORY, "", &why);
    }
    pool_free(opening->pool);
    for (size_t i = 0; i < BATCH_COUNT; i++) {
        free(opening->batches[i].bytes);
    }
    free(opening);
    return restore->err;
}
