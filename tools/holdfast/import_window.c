/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "model/batch.h"
#include "model/block.h"
#include "model/item_id.h"
#include "tools/holdfast/import_state.h"
#include "tools/holdfast/interrupt.h"

#define ITEMS_BYTES_MAX 1180000 /* headers and names in one request */

void import_item_free(struct import_item *item)
{
    if (item != NULL) {
        buf_done(&item->names);
        free(item);
    }
}

void window_clear(struct window *window)
{
    for (size_t i = 0; i < window->item_count; i++) {
        import_item_free(window->items[i]);
    }
    window->count = 0;
    window->item_count = 0;
    window->answered = false;
}

static void no_memory(struct items *items)
{
    struct why why = { "out of memory" };

    import_stop(items->import, ERR_NO_MEMORY, "", &why);
}

static void say_item(struct items *items, const struct import_item *item,
                     const char *reason)
{
    char id[ITEM_ID_TEXT_SIZE];

    item_id_format(&item->deposit.payload_root, id);
    import_left_out(items->import, id, reason);
}

/* ---- filling ---- */

static enum err read_roots(struct items *items, const struct import_item *item,
                           struct buf *roots)
{
    const struct source *source = items->import->source;

    buf_clear(roots);
    if (payload_page_count(item->deposit.payload_size) == 1) {
        return ERR_OK;
    }
    return source->names(source->ctx, &item->deposit.payload_root,
                         NAMES_PAGE_ROOTS, roots);
}

/* A page of the copy, verified. */
static enum err read_page(struct items *items, const struct import_item *item,
                          size_t page, struct buf *roots, struct buf *names)
{
    const struct source *source = items->import->source;
    enum err err = read_roots(items, item, roots);

    buf_clear(names);
    if (err == ERR_OK) {
        err = source->names(source->ctx, &item->deposit.payload_root,
                            (uint32_t)page, names);
    }
    if (err == ERR_OK) {
        err = names_page_verify(
            &item->deposit.payload_root, item->deposit.payload_size, page,
            (const struct block_id *)names->data, names->size / 32,
            (const struct digest *)roots->data, roots->size / 32);
    }
    return err;
}

/* The names of the blocks that come next are in item->names; false: the copy
 * does not have them, or not as they should be. */
static bool load_names(struct items *items, struct import_item *item)
{
    struct buf roots;
    enum err err;

    if (payload_block_count(item->deposit.payload_size) == 1 ||
        item->next % NAMES_PER_PAGE != 0) {
        return true;
    }
    buf_init(&roots, NAME_PAGES_MAX * 32);
    err = read_page(items, item, (size_t)(item->next / NAMES_PER_PAGE), &roots,
                    &item->names);
    buf_done(&roots);
    if (err == ERR_NOT_FOUND) {
        item->incomplete = true;
    } else if (err != ERR_OK) {
        item->damaged = true;
        say_item(items, item,
                 "the names of its blocks in the copy are damaged");
    }
    return err == ERR_OK;
}

static void add_piece(struct window *window, struct import_item *item)
{
    struct piece *piece = &window->pieces[window->count];
    uint64_t size = item->deposit.payload_size;

    if (payload_block_count(size) == 1) {
        memcpy(piece->name.bytes, item->deposit.payload_root.bytes,
               sizeof(piece->name.bytes));
    } else {
        memcpy(piece->name.bytes,
               item->names.data + item->next % NAMES_PER_PAGE * 32,
               sizeof(piece->name.bytes));
    }
    piece->size = payload_block_size(size, item->next);
    piece->index = item->next;
    piece->item = item;
    window->count++;
    item->next++;
}

/* As many of its blocks as fit. True: all of them are in windows now. */
static bool add_item(struct items *items, struct window *window,
                     struct import_item *item)
{
    uint64_t blocks = payload_block_count(item->deposit.payload_size);

    while (item->next < blocks) {
        if (window->count == WINDOW_PIECES) {
            return false;
        }
        if (!load_names(items, item)) {
            for (uint64_t i = item->next; i < blocks; i++) {
                items->import->bytes_passed +=
                    payload_block_size(item->deposit.payload_size, i);
            }
            return true;
        }
        add_piece(window, item);
    }
    return true;
}

static struct import_item *next_item(struct items *items)
{
    struct import_item *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        no_memory(items);
        return NULL;
    }
    item->deposit = items->todo[items->todo_first];
    buf_init(&item->names, NAMES_PER_PAGE * 32);
    items->todo_first = (items->todo_first + 1) % TODO_MAX;
    items->todo_count--;
    return item;
}

/* Something is in the list of what is to be done, or there is no more. */
static bool todo_ready(struct items *items)
{
    for (;;) {
        if (!items->list_ended && !items->list_asked &&
            items->todo_count + RECORDS_BATCH_COUNT_MAX <= TODO_MAX) {
            items_send_list(items);
        }
        if (items->todo_count > 0) {
            return true;
        }
        if (items->list_ended || items_stopped(items)) {
            return false;
        }
        items_take_reply(items);
    }
}

bool window_fill(struct items *items, struct window *window)
{
    window_clear(window);
    while (window->count < WINDOW_PIECES &&
           window->item_count < WINDOW_PIECES) {
        if (items_stopped(items)) {
            return false;
        }
        if (items->current == NULL && todo_ready(items)) {
            items->current = next_item(items);
        }
        if (items->current == NULL ||
            !add_item(items, window, items->current)) {
            break;
        }
        window->items[window->item_count] = items->current;
        window->item_count++;
        items->current = NULL;
    }
    return window->count > 0 || window->item_count > 0;
}

void window_offer(struct items *items, struct window *window)
{
    struct asked asked = { .kind = ASKED_OFFER, .window = window };
    struct msg_deposit deposit = { .offer_count = window->count };
    struct block_id names[WINDOW_PIECES];

    if (window->count == 0) {
        window->answered = true;
        return;
    }
    for (size_t i = 0; i < window->count; i++) {
        names[i] = window->pieces[i].name;
    }
    deposit.offer = names;
    items_send(items, &deposit, &asked);
}

/* ---- the items themselves ---- */

/* Header objects and names of items, for one request. */
struct deposits {
    struct items *items;
    struct asked asked;
    struct deposit_item sent[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    const struct import_item *from[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    size_t ends[DEPOSIT_ITEMS_PER_REQUEST_MAX]; /* of header objects */
    struct buf headers;                         /* owned */
    size_t bytes;
};

static void deposits_send(struct deposits *batch)
{
    struct msg_deposit deposit = { .items = batch->sent,
                                   .items_count = batch->asked.count };
    size_t at = 0;

    for (size_t i = 0; i < batch->asked.count; i++) {
        batch->sent[i].header_bytes =
            span_of(batch->headers.data + at, batch->ends[i] - at);
        at = batch->ends[i];
    }
    if (batch->asked.count > 0) {
        items_send(batch->items, &deposit, &batch->asked);
    }
    batch->asked.count = 0;
    batch->bytes = 0;
    buf_clear(&batch->headers);
}

/* The header object, verified; at the end of `headers`. */
static enum err read_header(struct items *items, const struct import_item *item,
                            struct buf *headers)
{
    const struct source *source = items->import->source;
    struct block_id name = block_id_of_header(&item->deposit.header_id);
    size_t before = headers->size;
    enum err err = source->block(source->ctx, &name, headers);

    if (err == ERR_OK) {
        err = block_verify(span_part(buf_span(headers), before, headers->size),
                           &name);
    }
    if (err != ERR_OK) {
        headers->size = before;
        headers->err = ERR_OK;
    }
    return err;
}

/* Pages ahead of an item of several; answered when they are durable. */
static void send_pages(struct items *items, const struct import_item *item)
{
    size_t pages = payload_page_count(item->deposit.payload_size);
    struct asked asked = { .kind = ASKED_BLOCKS };
    struct deposit_page parts[2] = {
        { .root = item->deposit.payload_root, .page = NAMES_PAGE_ROOTS },
        { .root = item->deposit.payload_root, .page = 0 },
    };
    struct msg_deposit deposit = { .pages = parts, .pages_count = 2 };
    struct buf roots;
    struct buf names;

    buf_init(&roots, NAME_PAGES_MAX * 32);
    buf_init(&names, NAMES_PER_PAGE * 32);
    for (size_t page = 0; page < pages && !items_stopped(items); page++) {
        if (read_page(items, item, page, &roots, &names) != ERR_OK) {
            break; /* it was right before; the item will be refused */
        }
        parts[0].names = (const struct block_id *)roots.data;
        parts[0].names_count = roots.size / 32;
        parts[1].page = page;
        parts[1].names = (const struct block_id *)names.data;
        parts[1].names_count = names.size / 32;
        items_send(items, &deposit, &asked);
    }
    buf_done(&roots);
    buf_done(&names);
    while (items->asked_count > 0 && !items_stopped(items)) {
        items_take_reply(items);
    }
}

static void deposits_add(struct deposits *batch, struct import_item *item)
{
    const struct deposit *deposit = &item->deposit;
    size_t names =
        payload_page_count(deposit->payload_size) == 1 ? item->names.size : 0;
    struct deposit_item *sent;
    enum err err;

    if (batch->asked.count == DEPOSIT_ITEMS_PER_REQUEST_MAX ||
        batch->bytes + (size_t)deposit->header_size + names > ITEMS_BYTES_MAX) {
        deposits_send(batch);
    }
    err = read_header(batch->items, item, &batch->headers);
    if (err == ERR_NOT_FOUND) {
        item->incomplete = true;
        return;
    }
    if (err != ERR_OK) {
        item->damaged = true;
        say_item(batch->items, item,
                 "its header object in the copy is damaged");
        return;
    }
    sent = &batch->sent[batch->asked.count];
    *sent = (struct deposit_item){ .root = deposit->payload_root,
                                   .size = deposit->payload_size,
                                   .header = deposit->header_id,
                                   .commitment = deposit->commitment };
    sent->names = names > 0 ? (const struct block_id *)item->names.data : NULL;
    sent->names_count = names / 32;
    batch->asked.roots[batch->asked.count] = deposit->payload_root;
    batch->ends[batch->asked.count] = batch->headers.size;
    batch->asked.count++;
    batch->bytes += (size_t)deposit->header_size + names;
}

static void finish_item(struct deposits *batch, struct import_item *item)
{
    struct import *import = batch->items->import;

    if (!item->damaged && !item->incomplete) {
        if (payload_page_count(item->deposit.payload_size) > 1) {
            deposits_send(batch);
            send_pages(batch->items, item);
        }
        deposits_add(batch, item);
    }
    import->items_damaged += item->damaged;
    import->items_partly += !item->damaged && item->incomplete;
}

void window_finish(struct items *items, struct window *window)
{
    struct deposits *batch = calloc(1, sizeof(*batch));

    if (batch == NULL) {
        no_memory(items);
        return;
    }
    batch->items = items;
    batch->asked.kind = ASKED_ITEMS;
    buf_init(&batch->headers, MESSAGE_SIZE_MAX);
    for (size_t i = 0; i < window->item_count && !items_stopped(items); i++) {
        finish_item(batch, window->items[i]);
    }
    if (!items_stopped(items)) {
        deposits_send(batch);
    }
    buf_done(&batch->headers);
    free(batch);
    window_clear(window);
}
