/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/leaf.h"
#include "core/serve.h"
#include "core/serve_parts.h"
#include "ledger/merkle.h"
#include "ledger/proof.h"
#include "model/receipt.h"
#include "wire/encode.h"

#define NODES_CACHED 2048 /* a power of two */
#define TEXTS_SIZE_MAX BLOCK_SIZE_MAX

/* Each node of the tree is read once for a whole answer. */
struct cached_node {
    bool used;
    uint32_t level;
    uint64_t index;
    struct digest hash;
};

struct maker {
    const struct source *source;
    const struct serve_ledger *ledger; /* that note and nodes are of */
    struct buf note;
    bool has_checkpoint;
    struct checkpoint checkpoint;
    struct cached_node nodes[NODES_CACHED];
    struct buf leaf;
    struct buf texts;
    size_t ends[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    struct deposit_result results[DEPOSIT_ITEMS_PER_REQUEST_MAX];
    struct proof proof;
    struct record record;
    struct record inner;
};

static enum err get_cached(void *ctx, unsigned level, uint64_t index,
                           struct digest *ret_hash)
{
    struct maker *maker = ctx;
    struct cached_node *node =
        &maker->nodes[(index * 31 + level) & (NODES_CACHED - 1)];
    enum err err;

    if (!node->used || node->level != level || node->index != index) {
        err = maker->source->node(maker->source->ctx, maker->ledger->number,
                                  level, index, &node->hash);
        if (err != ERR_OK) {
            node->used = false;
            return err;
        }
        node->used = true;
        node->level = level;
        node->index = index;
    }
    *ret_hash = node->hash;
    return ERR_OK;
}

static const struct serve_ledger *find_ledger(
    const struct serve_ledger *ledgers, size_t count, uint32_t number)
{
    for (size_t i = 0; i < count; i++) {
        if (ledgers[i].number == number) {
            return &ledgers[i];
        }
    }
    return NULL;
}

/* Turn to this ledger: its newest checkpoint, an empty cache. */
static enum err turn_to(struct maker *maker, const struct serve_ledger *ledger)
{
    enum err err;

    if (maker->ledger == ledger) {
        return ERR_OK;
    }
    maker->ledger = ledger;
    maker->has_checkpoint = false;
    memset(maker->nodes, 0, sizeof(maker->nodes));
    buf_clear(&maker->note);
    err = serve_checkpoint(maker->source, &ledger->origin, &maker->note,
                           &maker->checkpoint);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    maker->has_checkpoint = err == ERR_OK;
    return err;
}

static enum err read_leaf(struct maker *maker,
                          const struct receipt_entry *entry)
{
    buf_clear(&maker->leaf);
    return maker->source->leaf(maker->source->ctx, entry->ledger, entry->index,
                               &maker->leaf);
}

/* A leaf that no checkpoint covers yet, or a deposit that is only kept. */
static enum err make_pending(struct maker *maker,
                             const struct receipt_entry *entry)
{
    struct deposit deposit = {
        .header_id = entry->item.header,
        .header_size = entry->item.header_bytes.size,
        .payload_root = entry->item.root,
        .payload_size = entry->item.size,
        .commitment = entry->item.commitment,
    };

    if (entry->item.size == 0) {
        enum err err = read_leaf(maker, entry);

        if (err != ERR_OK) {
            return err;
        }
        if (!leaf_deposit(buf_span(&maker->leaf), &maker->record, &maker->inner,
                          &deposit)) {
            return ERR_CORRUPT;
        }
    }
    receipt_format_pending(&maker->texts, &deposit);
    return maker->texts.err;
}

static enum err make_registered(struct maker *maker,
                                const struct receipt_entry *entry,
                                const struct digest *roster_hash)
{
    struct merkle_nodes nodes = { .get = get_cached, .ctx = maker };
    struct digest path[MERKLE_PATH_MAX];
    enum err err = read_leaf(maker, entry);

    if (err != ERR_OK) {
        return err;
    }
    err = merkle_inclusion(&nodes, entry->index, maker->checkpoint.size, path,
                           &maker->proof.path_count);
    if (err != ERR_OK) {
        return err;
    }
    if (maker->proof.path_count > TREE_PATH_MAX) {
        return ERR_RANGE;
    }
    memcpy(maker->proof.path, path, maker->proof.path_count * sizeof(path[0]));
    maker->proof.index = entry->index;
    maker->proof.has_extra = false;
    maker->proof.note = buf_span(&maker->note);
    return receipt_format(&maker->texts, roster_hash, buf_span(&maker->leaf),
                          &maker->proof);
}

static enum err make_one(struct maker *maker, const struct receipt_entry *entry,
                         const struct serve_ledger *ledgers,
                         size_t ledgers_count, const struct digest *roster_hash,
                         enum deposit_outcome *ret_outcome)
{
    const struct serve_ledger *ledger;
    enum err err;

    *ret_outcome = entry->outcome;
    if (entry->outcome == DEPOSIT_REFUSED) {
        buf_put_str(&maker->texts, entry->refusal);
        return maker->texts.err;
    }
    if (entry->outcome == DEPOSIT_PENDING) {
        return make_pending(maker, entry);
    }
    ledger = find_ledger(ledgers, ledgers_count, entry->ledger);
    if (ledger == NULL) {
        return ERR_NOT_FOUND;
    }
    err = turn_to(maker, ledger);
    if (err != ERR_OK) {
        return err;
    }
    if (!maker->has_checkpoint || entry->index >= maker->checkpoint.size) {
        *ret_outcome = DEPOSIT_PENDING;
        return make_pending(maker, entry);
    }
    return make_registered(maker, entry, roster_hash);
}

/* One result for each entry; one that cannot be made says so. */
static enum err make_all(struct maker *maker,
                         const struct receipt_entry *entries, size_t count,
                         const struct serve_ledger *ledgers,
                         size_t ledgers_count, const struct digest *roster_hash)
{
    for (size_t i = 0; i < count; i++) {
        size_t before = maker->texts.size;
        enum deposit_outcome outcome;
        enum err err = make_one(maker, &entries[i], ledgers, ledgers_count,
                                roster_hash, &outcome);

        if (err == ERR_NO_MEMORY || buf_failed(&maker->texts)) {
            return maker->texts.err != ERR_OK ? maker->texts.err : err;
        }
        if (err != ERR_OK) {
            maker->texts.size = before;
            outcome = DEPOSIT_REFUSED;
            buf_printf(&maker->texts, "the receipt cannot be made now: %s",
                       err_text(err));
        }
        maker->results[i].outcome = outcome;
        maker->ends[i] = maker->texts.size;
    }
    return maker->texts.err;
}

enum err serve_receipts(const struct source *source, enum message_kind kind,
                        const struct receipt_entry *entries,
                        size_t entries_count,
                        const struct serve_ledger *ledgers,
                        size_t ledgers_count, const struct digest *roster_hash,
                        uint64_t heard, uint64_t needed, const uint8_t *lacks,
                        size_t lacks_count, struct buf *to)
{
    struct message reply = { .kind = kind, .reply = true };
    struct maker *maker;
    size_t from = 0;
    enum err err;

    if (entries_count > DEPOSIT_ITEMS_PER_REQUEST_MAX) {
        return serve_refusal(to, ERR_TOO_BIG, "too many items at once");
    }
    maker = calloc(1, sizeof(*maker));
    if (maker == NULL) {
        return ERR_NO_MEMORY;
    }
    maker->source = source;
    buf_init(&maker->note, NOTE_SIZE_MAX);
    buf_init(&maker->leaf, LEAF_SIZE_MAX);
    buf_init(&maker->texts, TEXTS_SIZE_MAX);
    err = make_all(maker, entries, entries_count, ledgers, ledgers_count,
                   roster_hash);
    for (size_t i = 0; err == ERR_OK && i < entries_count; i++) {
        maker->results[i].text =
            span_of(maker->texts.data + from, maker->ends[i] - from);
        from = maker->ends[i];
    }
    reply.deposit_reply.lacks = lacks;
    reply.deposit_reply.lacks_count = lacks_count;
    reply.deposit_reply.results = maker->results;
    reply.deposit_reply.results_count = entries_count;
    reply.deposit_reply.heard = heard;
    reply.deposit_reply.needed = needed;
    if (err == ERR_OK) {
        err = message_encode(&reply, to);
    }
    buf_done(&maker->note);
    buf_done(&maker->leaf);
    buf_done(&maker->texts);
    free(maker);
    return err;
}
