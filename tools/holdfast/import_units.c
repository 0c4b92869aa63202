/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "model/block.h"
#include "model/item_id.h"
#include "tools/holdfast/import_state.h"
#include "tools/holdfast/interrupt.h"

#define WORKERS 2
#define UNIT_BYTES_MAX (IMPORT_BLOCKS_MAX * SLICE_SIZE)

_Static_assert(UNIT_BYTES_MAX >= BLOCK_SIZE_MAX, "a block fits in a unit");
_Static_assert(UNIT_BYTES_MAX + PROTOBUF_SIZE_MAX + MESSAGE_HEAD_SIZE <=
                   MESSAGE_SIZE_MAX,
               "a unit fits in a message");

void units_say_damaged(struct import *import, const struct piece *piece,
                       enum err err)
{
    char id[ITEM_ID_TEXT_SIZE];
    char what[ITEM_ID_TEXT_SIZE + 64];

    item_id_format(&piece->item->deposit.payload_root, id);
    (void)snprintf(what, sizeof(what), "block %" PRIu64 " of %s", piece->index,
                   id);
    import->blocks_damaged++;
    import_left_out(import, what,
                    err == ERR_WRONG_HASH
                        ? "its bytes in the copy are not those of its name"
                        : "it cannot be read in the copy");
}

/* On a worker. */
static void unit_work(void *ctx)
{
    struct unit *unit = ctx;

    buf_clear(&unit->bytes);
    for (size_t i = 0; i < unit->count; i++) {
        const struct piece *piece = unit->pieces[i];
        size_t before = unit->bytes.size;
        struct span block;
        enum err err =
            unit->source->block(unit->source->ctx, &piece->name, &unit->bytes);

        block = span_part(buf_span(&unit->bytes), before, unit->bytes.size);
        if (err == ERR_OK) {
            err = block_verify(block, &piece->name);
        }
        if (err != ERR_OK) {
            unit->bytes.size = before; /* out again */
            unit->bytes.err = ERR_OK;
        }
        unit->errs[i] = err;
        unit->ends[i] = unit->bytes.size;
    }
}

static void unit_done(void *ctx)
{
    ((struct unit *)ctx)->done = true;
}

bool units_make(struct items *items)
{
    struct pool_options options = { .worker_count = WORKERS,
                                    .capacity = IMPORT_UNITS };

    if (pool_new(&options, &items->pool) != ERR_OK) {
        return false;
    }
    for (size_t i = 0; i < IMPORT_UNITS; i++) {
        items->units[i].source = items->import->source;
        buf_init(&items->units[i].bytes, UNIT_BYTES_MAX);
    }
    return true;
}

void units_free(struct items *items)
{
    pool_free(items->pool);
    for (size_t i = 0; i < IMPORT_UNITS; i++) {
        buf_done(&items->units[i].bytes);
    }
}

/* Give the next free unit as many pieces from *at on as fit a request. */
static void unit_start(struct items *items, const struct window *window,
                       size_t *at)
{
    struct unit *unit =
        &items->units[(items->first_unit + items->busy_units) % IMPORT_UNITS];
    size_t bytes = 0;

    unit->count = 0;
    while (*at < window->count && unit->count < IMPORT_BLOCKS_MAX) {
        const struct piece *piece = &window->pieces[*at];

        if (window->lacks[*at] == 0) {
            items->import->bytes_passed += piece->size;
            (*at)++;
            continue;
        }
        if (unit->count > 0 && bytes + piece->size > UNIT_BYTES_MAX) {
            break;
        }
        bytes += piece->size;
        unit->pieces[unit->count] = piece;
        unit->count++;
        (*at)++;
    }
    if (unit->count == 0) {
        return;
    }
    unit->done = false;
    unit->job = (struct pool_job){
        .work = unit_work, .done = unit_done, .ctx = unit, .lane = POOL_NO_LANE
    };
    /* The pool has a place for each unit. */
    CHECK(pool_submit(items->pool, &unit->job) == ERR_OK);
    items->busy_units++;
}

/* What came out of it: the good blocks, in one request. */
static void unit_send(struct items *items, const struct unit *unit)
{
    struct import *import = items->import;
    struct block_id names[IMPORT_BLOCKS_MAX];
    struct span blocks[IMPORT_BLOCKS_MAX];
    struct msg_deposit deposit = { .names = names, .blocks = blocks };
    struct asked asked = { .kind = ASKED_BLOCKS };
    size_t from = 0;

    for (size_t i = 0; i < unit->count; i++) {
        const struct piece *piece = unit->pieces[i];

        import->bytes_passed += piece->size;
        if (unit->errs[i] == ERR_NOT_FOUND) {
            piece->item->incomplete = true;
        } else if (unit->errs[i] != ERR_OK) {
            piece->item->damaged = true;
            units_say_damaged(import, piece, unit->errs[i]);
        } else {
            names[deposit.blocks_count] = piece->name;
            blocks[deposit.blocks_count] =
                span_of(unit->bytes.data + from, unit->ends[i] - from);
            import->bytes_sent += unit->ends[i] - from;
            import->blocks_sent++;
            deposit.blocks_count++;
        }
        from = unit->ends[i];
    }
    if (deposit.blocks_count > 0) {
        items_send(items, &deposit, &asked);
    }
    import_progress(import);
}

void units_send(struct items *items, struct window *window)
{
    size_t at = 0;

    while (at < window->count || items->busy_units > 0) {
        struct unit *oldest = &items->units[items->first_unit];
        bool stop = items_stopped(items);

        while (!stop && at < window->count &&
               items->busy_units < IMPORT_UNITS) {
            unit_start(items, window, &at);
        }
        if (items->busy_units == 0) {
            break;
        }
        while (!oldest->done) {
            (void)pool_wait_some(items->pool);
        }
        if (!stop) {
            unit_send(items, oldest);
        }
        items->first_unit = (items->first_unit + 1) % IMPORT_UNITS;
        items->busy_units--;
    }
}
