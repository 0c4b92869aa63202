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

/* A checkpoint that may prove a record, with the roster that judges it. */
struct chosen {
    bool is_there;
    struct buf note;
    struct checkpoint checkpoint;
    struct digest roster;
};

struct maker {
    const struct source *source;
    const struct receipts_asked *asked;
    const struct serve_ledger *ledger; /* that checkpoints and nodes are of */
    struct chosen newest;
    struct chosen kept; /* of indices from here up to its size */
    uint64_t kept_from;
    bool kept_asked;
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

/* Which roster proves the earliest time with this note? Of equal ones the
 * newest; none at all: the newest with which it is good. */
static bool judge(struct maker *maker, struct chosen *chosen)
{
    bool proves = false;
    bool good = false;
    uint64_t earliest = 0;

    for (size_t i = 0; i < maker->asked->rosters_count; i++) {
        const struct serve_roster *roster = &maker->asked->rosters[i];
        struct note note;
        struct note_matches matches;
        struct checkpoint checkpoint;
        uint64_t time;

        if (roster->ledger != maker->ledger->number ||
            checkpoint_open(buf_span(&chosen->note), roster->keys.keys,
                            roster->keys.count, &note, &matches, &checkpoint,
                            NULL) != ERR_OK) {
            continue;
        }
        if (proven_time(&roster->keys, &matches, &time) &&
            (!proves || time < earliest)) {
            proves = true;
            earliest = time;
            chosen->roster = roster->hash;
        } else if (!good && !proves) {
            chosen->roster = roster->hash;
        }
        good = true;
    }
    return proves;
}

/* Turn to this ledger: its newest checkpoint, an empty cache. */
static enum err turn_to(struct maker *maker, const struct serve_ledger *ledger)
{
    enum err err;

    if (maker->ledger == ledger) {
        return ERR_OK;
    }
    maker->ledger = ledger;
    maker->newest.is_there = false;
    maker->kept_asked = false;
    memset(maker->nodes, 0, sizeof(maker->nodes));
    buf_clear(&maker->newest.note);
    err = serve_checkpoint(maker->source, &ledger->origin, &maker->newest.note,
                           &maker->newest.checkpoint);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    maker->newest.is_there = err == ERR_OK;
    maker->newest.roster = maker->asked->roster_hash;
    (void)judge(maker, &maker->newest);
    return err;
}

/* The smallest kept checkpoint that covers this leaf, when it still proves a
 * time. */
static enum err look_for_kept(struct maker *maker, uint64_t index)
{
    struct chosen *kept = &maker->kept;
    struct note parsed;
    enum err err;

    if (maker->kept_asked && index >= maker->kept_from &&
        (!kept->is_there || index < kept->checkpoint.size)) {
        return ERR_OK;
    }
    maker->kept_asked = true;
    maker->kept_from = index;
    kept->is_there = false;
    buf_clear(&kept->note);
    err = maker->source->note(maker->source->ctx, NOTE_COSIGNATURE,
                              origin_span(&maker->ledger->origin), index + 1,
                              &kept->note);
    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err == ERR_OK) {
        err = note_parse(buf_span(&kept->note), NOTE_SIZE_MAX, &parsed, NULL);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(parsed.text, &kept->checkpoint, NULL);
    }
    kept->is_there = err == ERR_OK && judge(maker, kept);
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
                                const struct chosen *chosen)
{
    struct merkle_nodes nodes = { .get = get_cached, .ctx = maker };
    struct digest path[MERKLE_PATH_MAX];
    enum err err = read_leaf(maker, entry);

    if (err != ERR_OK) {
        return err;
    }
    err = merkle_inclusion(&nodes, entry->index, chosen->checkpoint.size, path,
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
    maker->proof.note = buf_span(&chosen->note);
    return receipt_format(&maker->texts, &chosen->roster,
                          buf_span(&maker->leaf), &maker->proof);
}

static enum err make_one(struct maker *maker, const struct receipt_entry *entry,
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
    ledger = find_ledger(maker->asked->ledgers, maker->asked->ledgers_count,
                         entry->ledger);
    if (ledger == NULL) {
        return ERR_NOT_FOUND;
    }
    err = turn_to(maker, ledger);
    if (err != ERR_OK) {
        return err;
    }
    if (!maker->newest.is_there ||
        entry->index >= maker->newest.checkpoint.size) {
        *ret_outcome = DEPOSIT_PENDING;
        return make_pending(maker, entry);
    }
    err = look_for_kept(maker, entry->index);
    if (err != ERR_OK) {
        return err;
    }
    return make_registered(
        maker, entry, maker->kept.is_there ? &maker->kept : &maker->newest);
}

/* One result for each entry; one that cannot be made says so. */
static enum err make_all(struct maker *maker)
{
    for (size_t i = 0; i < maker->asked->entries_count; i++) {
        size_t before = maker->texts.size;
        enum deposit_outcome outcome;
        enum err err = make_one(maker, &maker->asked->entries[i], &outcome);

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

enum err serve_receipts(const struct source *source,
                        const struct receipts_asked *asked, struct buf *to)
{
    struct message reply = { .kind = asked->kind, .reply = true };
    struct maker *maker;
    size_t from = 0;
    enum err err;

    if (asked->entries_count > DEPOSIT_ITEMS_PER_REQUEST_MAX) {
        return serve_refusal(to, ERR_TOO_BIG, "too many items at once");
    }
    maker = calloc(1, sizeof(*maker));
    if (maker == NULL) {
        return ERR_NO_MEMORY;
    }
    maker->source = source;
    maker->asked = asked;
    buf_init(&maker->newest.note, NOTE_SIZE_MAX);
    buf_init(&maker->kept.note, NOTE_SIZE_MAX);
    buf_init(&maker->leaf, LEAF_SIZE_MAX);
    buf_init(&maker->texts, TEXTS_SIZE_MAX);
    err = make_all(maker);
    for (size_t i = 0; err == ERR_OK && i < asked->entries_count; i++) {
        maker->results[i].text =
            span_of(maker->texts.data + from, maker->ends[i] - from);
        from = maker->ends[i];
    }
    reply.deposit_reply.lacks = asked->lacks;
    reply.deposit_reply.lacks_count = asked->lacks_count;
    reply.deposit_reply.results = maker->results;
    reply.deposit_reply.results_count = asked->entries_count;
    reply.deposit_reply.heard = asked->heard;
    reply.deposit_reply.needed = asked->needed;
    if (err == ERR_OK) {
        err = message_encode(&reply, to);
    }
    buf_done(&maker->newest.note);
    buf_done(&maker->kept.note);
    buf_done(&maker->leaf);
    buf_done(&maker->texts);
    free(maker);
    return err;
}
