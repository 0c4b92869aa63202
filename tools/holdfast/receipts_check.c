/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/receipts_check.h"

#include <stdlib.h>
#include <string.h>

#include "model/roster_chain.h"
#include "tools/holdfast/interrupt.h"

#define FIRST_LINE "holdfast receipt 1\n"

/* ---- One receipt --------------------------------------------------------- */

static bool set_sentence(struct checked_receipt *item, const struct why *why)
{
    free(item->sentence);
    item->sentence = strdup(why->text);
    return item->sentence != NULL;
}

enum err checked_judge_one(const struct receipt *receipt,
                           const struct roster_chain *chain,
                           struct checked_receipt *ret_item,
                           struct why *ret_why)
{
    struct receipt_result result;
    struct why why = { "" };
    enum err err;

    ret_item->deposit = receipt->deposit;
    ret_item->bytes = receipt->bytes;
    ret_item->x_lines = receipt->x_lines;
    if (receipt->is_pending) {
        ret_item->state = CHECKED_PENDING;
        return ERR_OK;
    }
    err = receipt_verify_chain(receipt, chain, &result, &why);
    if (err != ERR_OK) {
        *ret_why = why;
        return err;
    }
    ret_item->check = result.check;
    if (result.check != RECEIPT_GENUINE) {
        ret_item->state = CHECKED_WRONG;
        return set_sentence(ret_item, &why)
                   ? ERR_OK
                   : why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    ret_item->state = CHECKED_GENUINE;
    ret_item->origin = receipt->origin;
    origin_node_copy(&receipt->origin, &ret_item->node);
    ret_item->claimed_time = receipt->claimed_time;
    ret_item->index = result.index;
    ret_item->has_proven_time = result.has_proven_time;
    ret_item->proven_time = result.has_proven_time ? result.proven_time : 0;
    ret_item->cosigner_count = result.cosigner_count;
    ret_item->member_count = result.member_count;
    ret_item->needed = result.needed;
    return ERR_OK;
}

/* ---- The file ------------------------------------------------------------ */

/* The bytes from the front up to the next line that begins a receipt. */
static struct span cut_bad(struct span left)
{
    const char *line = "\n" FIRST_LINE;
    const uint8_t *next = NULL;

    if (left.size > 0) {
        next = memmem(left.data, left.size, line, strlen(line));
    }
    return next == NULL ? left
                        : span_part(left, 0, (size_t)(next - left.data) + 1);
}

static struct checked_receipt *item_add(struct checked_receipts *checks,
                                        size_t *io_room)
{
    if (checks->count == *io_room) {
        size_t room = *io_room == 0 ? 64 : *io_room * 2;
        struct checked_receipt *more =
            realloc(checks->items, room * sizeof(*more));

        if (more == NULL) {
            return NULL;
        }
        checks->items = more;
        *io_room = room;
    }
    memset(&checks->items[checks->count], 0, sizeof(*checks->items));
    return &checks->items[checks->count++];
}

bool checked_unproven(const struct checked_receipt *item)
{
    return item->state == CHECKED_GENUINE && !item->has_proven_time &&
           item->needed > 0;
}

static void count(struct checked_receipts *checks)
{
    checks->genuine = 0;
    checks->pending = 0;
    checks->wrong = 0;
    checks->unproven = 0;
    for (size_t i = 0; i < checks->count; i++) {
        switch (checks->items[i].state) {
        case CHECKED_GENUINE:
            checks->genuine++;
            checks->unproven += checked_unproven(&checks->items[i]);
            break;
        case CHECKED_PENDING:
            checks->pending++;
            break;
        case CHECKED_MALFORMED:
        case CHECKED_WRONG:
            checks->wrong++;
            break;
        }
    }
}

/* Take one from the front of *left. `receipt` is room for it. */
static enum err judge_next(struct span *left, struct receipt *receipt,
                           const struct roster_chain *chain,
                           struct checked_receipt *item, struct why *ret_why)
{
    struct why why = { "" };
    enum err err = receipt_parse(left, receipt, &why);

    if (err == ERR_OK) {
        err = checked_judge_one(receipt, chain, item, &why);
        if (err == ERR_OK) {
            return ERR_OK;
        }
        item->bytes = receipt->bytes;
    } else {
        item->bytes = cut_bad(*left);
        *left = span_part(*left, item->bytes.size, left->size);
    }
    if (err == ERR_NO_MEMORY) {
        return why_set(ret_why, err, "out of memory");
    }
    item->state = CHECKED_MALFORMED;
    return set_sentence(item, &why)
               ? ERR_OK
               : why_set(ret_why, ERR_NO_MEMORY, "out of memory");
}

enum err checked_judge(struct checked_receipts *checks,
                       const struct roster_chain *chain, struct why *ret_why)
{
    struct span left = buf_span(&checks->file);
    struct receipt *receipt = malloc(sizeof(*receipt));
    size_t room = 0;
    enum err err = ERR_OK;

    if (receipt == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    do {
        struct checked_receipt *item = item_add(checks, &room);

        if (item == NULL) {
            err = why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        } else if (interrupted()) {
            err = why_set(ret_why, ERR_CANCELLED, "interrupted");
        } else {
            err = judge_next(&left, receipt, chain, item, ret_why);
        }
    } while (err == ERR_OK && left.size > 0);
    free(receipt);
    count(checks);
    return err;
}

enum err checked_format(const struct checked_receipts *checks, struct buf *to)
{
    for (size_t i = 0; i < checks->count; i++) {
        buf_put(to, checks->items[i].bytes);
    }
    return to->err;
}

void checked_done(struct checked_receipts *checks)
{
    for (size_t i = 0; i < checks->count; i++) {
        free(checks->items[i].sentence);
        buf_done(&checks->items[i].completed);
    }
    free(checks->items);
    buf_done(&checks->file);
    memset(checks, 0, sizeof(*checks));
}
