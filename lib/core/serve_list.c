/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "core/leaf.h"
#include "core/serve_parts.h"
#include "model/batch.h"
#include "wire/encode.h"

#define LOOKS_MAX 4096 /* leaves looked at for one answer */

struct lister {
    const struct source *source;
    const struct serve_ledger *ledgers;
    size_t ledgers_count;
    size_t max; /* entries */
    size_t looks;
    struct msg_list_reply reply;
    struct list_entry entries[RECORDS_BATCH_COUNT_MAX];
    size_t starts[RECORDS_BATCH_COUNT_MAX];
    struct buf leaves;
    struct buf held; /* the chunk at hand */
    bool has_chunk;
    uint32_t chunk_ledger;
    uint64_t chunk;
    struct record record;
    struct record inner;
};

static bool item_held(struct lister *lister, uint32_t ledger, uint64_t index)
{
    uint64_t chunk = index / HELD_CHUNK_BITS;
    uint64_t bit = index % HELD_CHUNK_BITS;

    if (!lister->has_chunk || lister->chunk_ledger != ledger ||
        lister->chunk != chunk) {
        buf_clear(&lister->held);
        if (lister->source->held(lister->source->ctx, ledger, chunk,
                                 &lister->held) != ERR_OK) {
            buf_clear(&lister->held);
        }
        lister->has_chunk = true;
        lister->chunk_ledger = ledger;
        lister->chunk = chunk;
    }
    return bit / 8 < lister->held.size &&
           (lister->held.data[bit / 8] >> (bit % 8) & 1) != 0;
}

/* Is the leaf at hand, which is no item, of a kind that is not known here, or
 * does it carry one? */
static bool leaf_unreadable(const struct lister *lister)
{
    return lister->record.kind == RECORD_UNREADABLE ||
           lister->record.kind == RECORD_CARRIED;
}

/* Look at one leaf, and list it when it is an item. ERR_TOO_BIG: no room. */
static enum err list_leaf(struct lister *lister,
                          const struct serve_ledger *ledger, uint64_t index)
{
    size_t start = lister->leaves.size;
    struct list_entry *entry = &lister->entries[lister->reply.count];
    struct deposit deposit;
    enum err err;

    err = lister->source->leaf(lister->source->ctx, ledger->number, index,
                               &lister->leaves);
    if (lister->leaves.err == ERR_TOO_BIG) {
        lister->leaves.size = start;
        lister->leaves.err = ERR_OK;
        return ERR_TOO_BIG;
    }
    if (err != ERR_OK || buf_failed(&lister->leaves)) {
        return err != ERR_OK ? err : ERR_NO_MEMORY;
    }
    lister->looks++;
    if (!leaf_deposit(
            span_of(lister->leaves.data + start, lister->leaves.size - start),
            &lister->record, &lister->inner, &deposit)) {
        lister->reply.unreadable += leaf_unreadable(lister);
        lister->leaves.size = start;
        return ERR_OK;
    }
    entry->origin = origin_span(&ledger->origin);
    entry->index = index;
    entry->held = item_held(lister, ledger->number, index);
    entry->leaf.size = lister->leaves.size - start;
    lister->starts[lister->reply.count] = start;
    lister->reply.count++;
    return ERR_OK;
}

static const struct serve_ledger *ledger_from(const struct lister *lister,
                                              uint64_t number)
{
    const struct serve_ledger *best = NULL;

    for (size_t i = 0; i < lister->ledgers_count; i++) {
        const struct serve_ledger *ledger = &lister->ledgers[i];

        if (ledger->number >= number &&
            (best == NULL || ledger->number < best->number)) {
            best = ledger;
        }
    }
    return best;
}

static enum err list_all(struct lister *lister, uint64_t number, uint64_t index)
{
    const struct serve_ledger *ledger = ledger_from(lister, number);

    while (ledger != NULL) {
        if (ledger->number != number) {
            index = 0;
        }
        number = ledger->number;
        while (index < ledger->checkpoint_size) {
            enum err err = ERR_TOO_BIG;

            if (lister->reply.count < lister->max &&
                lister->looks < LOOKS_MAX) {
                err = list_leaf(lister, ledger, index);
            }
            if (err == ERR_TOO_BIG) {
                lister->reply.more = true;
                lister->reply.ledger = number;
                lister->reply.index = index;
                return ERR_OK;
            }
            if (err != ERR_OK) {
                return err;
            }
            index++;
        }
        ledger = ledger_from(lister, number + 1);
    }
    return ERR_OK;
}

static bool has_prefix(const struct payload_root *root,
                       const struct payload_root *prefix, size_t bits)
{
    size_t bytes = bits / 8;

    if (memcmp(root->bytes, prefix->bytes, bytes) != 0) {
        return false;
    }
    return bits % 8 == 0 ||
           (root->bytes[bytes] ^ prefix->bytes[bytes]) >> (8 - bits % 8) == 0;
}

/* By the first bits of payload roots. There is no cursor: when more match than
 * fit, `more` says that the prefix is too short. */
static enum err list_prefix(struct lister *lister, const struct msg_list *asked)
{
    struct payload_root prefix = { { 0 } };
    struct source_item found;
    size_t bits = asked->prefix_bits;
    uint32_t number = 0;
    uint64_t index = 0;
    struct payload_root from;

    memcpy(prefix.bytes, asked->prefix.data, asked->prefix.size);
    if (bits % 8 != 0) {
        prefix.bytes[bits / 8] &= (uint8_t)(0xff << (8 - bits % 8));
    }
    from = prefix;
    while (lister->source->item(lister->source->ctx, &from, number, index,
                                &found) == ERR_OK &&
           has_prefix(&found.root, &prefix, bits)) {
        const struct serve_ledger *ledger = ledger_from(lister, found.ledger);
        enum err err = ERR_OK;

        if (lister->reply.count == lister->max) {
            lister->reply.more = true;
            return ERR_OK;
        }
        if (ledger != NULL && ledger->number == found.ledger &&
            found.index < ledger->checkpoint_size) {
            err = list_leaf(lister, ledger, found.index);
        }
        if (err != ERR_OK) {
            lister->reply.more = true;
            return err == ERR_TOO_BIG ? ERR_OK : err;
        }
        from = found.root;
        number = found.ledger;
        index = found.index + 1;
    }
    return ERR_OK;
}

static enum err run(struct lister *lister, const struct msg_list *asked,
                    struct buf *to)
{
    struct message reply = { .kind = MESSAGE_LIST, .reply = true };
    enum err err;

    lister->max = asked->count < RECORDS_BATCH_COUNT_MAX
                      ? (size_t)asked->count
                      : RECORDS_BATCH_COUNT_MAX;
    if (asked->prefix.size > 0) {
        if (asked->prefix.size > DIGEST_SIZE || asked->prefix_bits == 0 ||
            asked->prefix_bits > 8 * asked->prefix.size) {
            return serve_refusal(to, ERR_RANGE, "no possible prefix");
        }
        err = list_prefix(lister, asked);
    } else {
        err = list_all(lister, asked->ledger, asked->index);
    }
    if (err != ERR_OK) {
        return err == ERR_NO_MEMORY
                   ? err
                   : serve_refusal(to, err, "a ledger cannot be read");
    }
    for (size_t i = 0; i < lister->reply.count; i++) {
        lister->entries[i].leaf.data = lister->leaves.data + lister->starts[i];
    }
    lister->reply.entries = lister->entries;
    reply.list_reply = lister->reply;
    return message_encode(&reply, to);
}

enum err serve_list(const struct source *source, const struct msg_list *asked,
                    const struct serve_ledger *ledgers, size_t ledgers_count,
                    struct buf *to)
{
    struct lister *lister = calloc(1, sizeof(*lister));
    enum err err;

    if (lister == NULL) {
        return ERR_NO_MEMORY;
    }
    lister->source = source;
    lister->ledgers = ledgers;
    lister->ledgers_count = ledgers_count;
    buf_init(&lister->leaves, RECORDS_BATCH_SIZE_MAX);
    buf_init(&lister->held, HELD_CHUNK_BITS / 8);
    err = run(lister, asked, to);
    buf_done(&lister->leaves);
    buf_done(&lister->held);
    free(lister);
    return err;
}
