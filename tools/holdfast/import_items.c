/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/item_id.h"
#include "tools/holdfast/import_state.h"
#include "tools/holdfast/interrupt.h"

bool items_stopped(const struct items *items)
{
    return import_stopped(items->import) || interrupted();
}

static void stop(struct items *items, enum err err, const char *code,
                 const struct why *why)
{
    /* An observer holds ledgers; it is not told a second time. */
    if (strcmp(code, "NOT-A-STORE") == 0) {
        items->import->holds_no_blocks = true;
    }
    import_stop(items->import, err, code, why);
}

/* ---- replies ---- */

static void take_list(struct items *items, const struct msg_list_reply *reply)
{
    struct deposit deposit;
    struct why why = { "the node's list does not end" };

    items->list_asked = false;
    items->list_ended = !reply->more;
    if (reply->more && (reply->ledger < items->cursor.ledger ||
                        (reply->ledger == items->cursor.ledger &&
                         reply->index <= items->cursor.index))) {
        stop(items, ERR_MALFORMED, "", &why);
        return;
    }
    items->cursor.ledger = reply->ledger;
    items->cursor.index = reply->index;
    for (size_t i = 0; i < reply->count && items->todo_count < TODO_MAX; i++) {
        if (!reply->entries[i].held &&
            import_deposit(items->import, reply->entries[i].leaf, &deposit) &&
            import_has(items->import, &deposit)) {
            items->todo[(items->todo_first + items->todo_count) % TODO_MAX] =
                deposit;
            items->todo_count++;
        }
    }
}

static bool take_offer(struct window *window,
                       const struct msg_deposit_reply *reply)
{
    if (reply->lacks_count != window->count) {
        return false;
    }
    memcpy(window->lacks, reply->lacks, window->count);
    window->answered = true;
    return true;
}

static bool take_items(struct items *items, const struct asked *asked,
                       const struct msg_deposit_reply *reply)
{
    struct import *import = items->import;

    if (reply->results_count != asked->count) {
        return false;
    }
    for (size_t i = 0; i < asked->count; i++) {
        char id[ITEM_ID_TEXT_SIZE];
        char *text;

        if (reply->results[i].outcome != DEPOSIT_REFUSED) {
            import->items_done++;
            continue;
        }
        import->refused++;
        item_id_format(&asked->roots[i], id);
        text = visible(reply->results[i].text);
        import_left_out(import, id, text);
        free(text);
    }
    return true;
}

static bool take(struct items *items, const struct asked *asked,
                 const struct message *reply)
{
    switch (asked->kind) {
    case ASKED_LIST:
        take_list(items, &reply->list_reply);
        return true;
    case ASKED_OFFER:
        return take_offer(asked->window, &reply->deposit_reply);
    case ASKED_ITEMS:
        return take_items(items, asked, &reply->deposit_reply);
    case ASKED_BLOCKS:
        break;
    }
    return true;
}

void items_take_reply(struct items *items)
{
    const struct asked *asked = &items->asked[items->asked_first];
    struct message reply;
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };
    enum err err;

    CHECK(items->asked_count > 0);
    err = line_receive(items->import->line, &reply, &why);
    if (err == ERR_OK && reply.kind == MESSAGE_REFUSAL) {
        err = line_refused(&reply, code, &why);
    } else if (err == ERR_OK && !take(items, asked, &reply)) {
        err = why_set(&why, ERR_MALFORMED,
                      "the node's answer does not fit the request");
    }
    items->asked_first = (items->asked_first + 1) % LINE_IN_FLIGHT_MAX;
    items->asked_count--;
    items->heavy -= asked->kind == ASKED_BLOCKS || asked->kind == ASKED_ITEMS;
    if (err == ERR_TIMEOUT) {
        /* It took the request and waits, for room on its disk perhaps. */
        err = why_prefix(&why, ERR_BUSY,
                         "the node has it in hand and does not get on");
    }
    if (err != ERR_OK) {
        stop(items, err, code, &why);
    }
}

/* ---- requests ---- */

static void send(struct items *items, const struct message *request,
                 const struct asked *asked)
{
    struct why why = { "" };
    enum err err;

    while (!items_stopped(items) &&
           (items->heavy >= IMPORT_IN_FLIGHT ||
            items->asked_count == LINE_IN_FLIGHT_MAX ||
            (items->asked_count > 0 && line_ready(items->import->line)))) {
        items_take_reply(items);
    }
    if (items_stopped(items)) {
        return;
    }
    err = line_send(items->import->line, request, &why);
    if (err != ERR_OK) {
        stop(items, err, "", &why);
        return;
    }
    items->asked[(items->asked_first + items->asked_count) %
                 LINE_IN_FLIGHT_MAX] = *asked;
    items->asked_count++;
    items->heavy += asked->kind == ASKED_BLOCKS || asked->kind == ASKED_ITEMS;
}

void items_send(struct items *items, const struct msg_deposit *deposit,
                const struct asked *asked)
{
    struct message request = { .kind = MESSAGE_DEPOSIT, .deposit = *deposit };

    send(items, &request, asked);
}

void items_send_list(struct items *items)
{
    struct message request = { .kind = MESSAGE_LIST, .list = items->cursor };
    struct asked asked = { .kind = ASKED_LIST };

    items->list_asked = true;
    send(items, &request, &asked);
}

/* ---- the run ---- */

static void await_offer(struct items *items, const struct window *window)
{
    while (!window->answered && !items_stopped(items)) {
        items_take_reply(items);
    }
}

static void run(struct items *items)
{
    struct window *now = &items->windows[0];
    struct window *next = &items->windows[1];
    bool more = window_fill(items, now);

    if (more) {
        window_offer(items, now);
    }
    while (more && !items_stopped(items)) {
        struct window *swap = now;

        more = window_fill(items, next);
        if (more) {
            window_offer(items, next);
        }
        await_offer(items, now);
        if (!items_stopped(items)) {
            units_send(items, now);
            window_finish(items, now);
        }
        now = next;
        next = swap;
    }
    while (items->asked_count > 0 && !items_stopped(items)) {
        items_take_reply(items);
    }
}

void import_items(struct import *import)
{
    struct items *items = calloc(1, sizeof(*items));
    struct why why = { "out of memory" };

    if (items == NULL) {
        import_stop(import, ERR_NO_MEMORY, "", &why);
        return;
    }
    items->import = import;
    items->cursor.count = RECORDS_BATCH_COUNT_MAX;
    if (units_make(items)) {
        run(items);
    } else {
        import_stop(import, ERR_NO_MEMORY, "", &why);
    }
    units_free(items);
    import_item_free(items->current);
    window_clear(&items->windows[0]);
    window_clear(&items->windows[1]);
    free(items);
}
