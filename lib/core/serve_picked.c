/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "base/buf.h"
#include "base/limits.h"
#include "core/leaf.h"
#include "core/picked.h"
#include "wire/encode.h"

struct finisher {
    struct record record;
    struct record inner;
    struct list_entry entries[LIST_DETAILS_MAX];
    size_t starts[LIST_DETAILS_MAX];
    size_t count;
    struct buf leaves;
};

/* Add one item; false when its leaf finds no room. */
static bool add(struct finisher *finisher, const struct source *source,
                const struct picked_item *item)
{
    struct list_entry *entry = &finisher->entries[finisher->count];
    struct buf *leaves = &finisher->leaves;
    size_t start = leaves->size;
    struct deposit deposit;
    enum err err = source->leaf(source->ctx, item->ledger, item->index, leaves);

    if (leaves->err == ERR_TOO_BIG) {
        leaves->size = start;
        leaves->err = ERR_OK;
        return false;
    }
    if (err != ERR_OK || buf_failed(leaves) ||
        !leaf_deposit(span_of(leaves->data + start, leaves->size - start),
                      &finisher->record, &finisher->inner, &deposit)) {
        leaves->size = start;
        return true;
    }
    entry->origin = origin_span(&item->origin);
    entry->index = item->index;
    entry->held = item->held;
    entry->leaf.size = leaves->size - start;
    entry->state = item->state;
    entry->state.reasons = item->reasons;
    finisher->starts[finisher->count] = start;
    finisher->count++;
    return true;
}

static enum err finish(struct finisher *finisher, const struct source *source,
                       const struct picked *picked, struct buf *to)
{
    struct message message = { .kind = MESSAGE_LIST, .reply = true };
    struct msg_list_reply *reply = &message.list_reply;
    size_t taken = 0;

    while (taken < picked->count &&
           add(finisher, source, &picked->items[taken])) {
        taken++;
    }
    if (finisher->leaves.err != ERR_OK) {
        return finisher->leaves.err;
    }
    for (size_t i = 0; i < finisher->count; i++) {
        finisher->entries[i].leaf.data =
            finisher->leaves.data + finisher->starts[i];
    }
    reply->entries = finisher->entries;
    reply->count = finisher->count;
    reply->more = picked->more || taken < picked->count;
    reply->ledger =
        taken < picked->count ? picked->items[taken].ledger : picked->ledger;
    reply->index =
        taken < picked->count ? picked->items[taken].index : picked->index;
    reply->members = picked->members;
    reply->members_count = picked->members_count;
    reply->nodes = picked->nodes;
    reply->nodes_count = picked->nodes_count;
    return message_encode(&message, to);
}

enum err serve_picked(const struct source *source, const struct picked *picked,
                      struct buf *to)
{
    struct finisher *finisher = calloc(1, sizeof(*finisher));
    enum err err;

    if (finisher == NULL) {
        return ERR_NO_MEMORY;
    }
    buf_init(&finisher->leaves, RECORDS_BATCH_SIZE_MAX);
    err = finish(finisher, source, picked, to);
    buf_done(&finisher->leaves);
    free(finisher);
    return err;
}
