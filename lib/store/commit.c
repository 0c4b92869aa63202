/* SPDX-License-Identifier: Apache-2.0 */
/* store_commit() and store_set_mark(): blocks durable before their record, the
 * record before its checkpoint, the mark before the signature leaves. */
#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "store/gate.h"
#include "store/group.h"
#include "store/impl.h"
#include "store/store.h"

#define NODE_LEVEL_MAX 62
#define ITEM_VALUE_SIZE 64

/* What the batch does to what the store remembers; becomes true with it. */
struct change {
    struct table table; /* owned */
    struct counts counts;
};

/* What a kind of change is about, and how large its value may be. */
static const struct rule {
    enum family family;
    bool gone; /* it deletes */
    size_t size_min;
    size_t size_max;
} RULES[] = {
    [BATCH_LEDGER] = { FAMILY_LEDGERS, false, 1, ORIGIN_TEXT_SIZE - 1 },
    [BATCH_LEAF] = { FAMILY_RECORDS, false, 1, LEAF_SIZE_MAX },
    [BATCH_NODE] = { FAMILY_TREE, false, DIGEST_SIZE, DIGEST_SIZE },
    [BATCH_ITEM] = { FAMILY_ITEMS, false, ITEM_VALUE_SIZE, ITEM_VALUE_SIZE },
    [BATCH_HELD] = { FAMILY_HELD, false, 0, HELD_CHUNK_BITS / 8 },
    [BATCH_HEADER] = { FAMILY_HEADERS, false, 1, HEADER_SIZE_MAX },
    [BATCH_NAMES] = { FAMILY_NAMES, false, 0, BLOCK_SIZE_MAX },
    [BATCH_PENDING] = { FAMILY_PENDING, false, PENDING_SIZE, PENDING_SIZE },
    [BATCH_PENDING_GONE] = { FAMILY_PENDING, true, 0, SIZE_MAX },
    [BATCH_NOTE] = { FAMILY_NOTES, false, 0, SIZE_MAX },
    [BATCH_NOTE_GONE] = { FAMILY_NOTES, true, 0, SIZE_MAX },
    [BATCH_META] = { FAMILY_META, false, 0, SIZE_MAX },
    [BATCH_BLOCK_ASIDE] = { FAMILY_HAVE, false, 0, 0 },
    [BATCH_BLOCK_BACK] = { FAMILY_HAVE, false, 0, 0 },
    [BATCH_HEADER_GONE] = { FAMILY_HEADERS, true, 0, 0 },
};

/* The key of a change. ERR_RANGE when it has none. */
static enum err op_key(const struct batch *batch, const struct batch_op *op,
                       struct key *key)
{
    struct span name = batch_name(batch, op);

    if (name.size > KEY_NAME_PART_MAX) {
        return ERR_RANGE;
    }
    switch (op->kind) {
    case BATCH_LEDGER:
        key_ledger(key, op->ledger);
        return ERR_OK;
    case BATCH_LEAF:
    case BATCH_HELD:
        key_leaf(key, op->ledger, op->index); /* the index may be a chunk's */
        return ERR_OK;
    case BATCH_NODE:
        if (op->level > NODE_LEVEL_MAX) {
            return ERR_RANGE;
        }
        key_node(key, op->ledger, op->level, op->index);
        return ERR_OK;
    case BATCH_ITEM:
        key_item(key, op->id, op->ledger, op->index);
        return ERR_OK;
    case BATCH_NAMES:
        if (op->index > UINT32_MAX) {
            return ERR_RANGE;
        }
        key_names(key, op->id, (uint32_t)op->index);
        return ERR_OK;
    case BATCH_BLOCK_ASIDE:
    case BATCH_BLOCK_BACK:
    case BATCH_HEADER_GONE:
    case BATCH_HEADER:
    case BATCH_PENDING:
    case BATCH_PENDING_GONE:
        key_id(key, op->id);
        return ERR_OK;
    case BATCH_NOTE:
    case BATCH_NOTE_GONE:
        key_note(key, op->level, name, op->index);
        return ERR_OK;
    case BATCH_META:
        if (name.size == 0 || name.data[0] == '\0') {
            return ERR_RANGE; /* names of ours begin with a zero byte */
        }
        key->size = name.size;
        memcpy(key->bytes, name.data, name.size);
        return ERR_OK;
    }
    return ERR_RANGE;
}

/* Ledgers only grow, and without a gap. */
static enum err apply(struct change *change, const struct batch *batch,
                      const struct batch_op *op)
{
    struct table_ledger *ledger;

    if (op->kind == BATCH_LEDGER) {
        return table_enter(&change->table, op->ledger, batch_value(batch, op));
    }
    if (op->kind != BATCH_LEAF) {
        return ERR_OK;
    }
    ledger = table_find(&change->table, op->ledger);
    if (ledger == NULL || op->index > ledger->size) {
        return ERR_RANGE;
    }
    if (op->index == ledger->size) {
        ledger->size++;
        change->counts.records++;
    }
    return ERR_OK;
}

/* The block at this place goes into quarantine, or comes out of it. */
static enum err turn_block(struct store *store, const struct batch_op *op,
                           rocksdb_writebatch_t *to)
{
    bool aside = op->kind == BATCH_BLOCK_ASIDE;
    uint8_t value[BLOCK_PLACE_SIZE];
    struct block_place place;
    struct block_id name;
    enum err err;

    memcpy(name.bytes, op->id, sizeof(name.bytes));
    err = store_find_block(store, &name, &place);
    if (err == ERR_NOT_FOUND ||
        (err == ERR_OK &&
         (place.file != op->index || place.position != op->level ||
          place.state != (aside ? BLOCK_GOOD : BLOCK_QUARANTINE)))) {
        return ERR_OK;
    }
    if (err != ERR_OK) {
        return err;
    }
    place.state = aside ? BLOCK_QUARANTINE : BLOCK_GOOD;
    block_place_encode(&place, value);
    db_put(to, &store->db, FAMILY_HAVE, span_of(name.bytes, sizeof(name.bytes)),
           span_of(value, sizeof(value)));
    return ERR_OK;
}

static enum err fill(struct store *store, const struct batch *batch,
                     struct change *change, rocksdb_writebatch_t *to,
                     struct why *ret_why)
{
    for (size_t at = 0; at < batch->count; at++) {
        const struct batch_op *op = &batch->ops[at];
        struct span value = batch_value(batch, op);
        struct key key;
        enum err err = op_key(batch, op, &key);
        const struct rule *rule = &RULES[op->kind];

        if (err == ERR_OK &&
            (value.size < rule->size_min || value.size > rule->size_max)) {
            err = ERR_RANGE;
        }
        if (err == ERR_OK) {
            err = apply(change, batch, op);
        }
        if (err != ERR_OK) {
            return why_set(ret_why, err,
                           "change %zu of the batch (kind %d, ledger %" PRIu32
                           ", index %" PRIu64 ") cannot be made: %s",
                           at, (int)op->kind, op->ledger, op->index,
                           err_text(err));
        }
        if (op->kind == BATCH_BLOCK_ASIDE || op->kind == BATCH_BLOCK_BACK) {
            err = turn_block(store, op, to);
            if (err != ERR_OK) {
                return why_set(ret_why, err, "setting a block aside: %s",
                               err_text(err));
            }
        } else if (rule->gone) {
            db_delete(to, &store->db, rule->family, key_span(&key));
        } else {
            db_put(to, &store->db, rule->family, key_span(&key), value);
        }
    }
    return ERR_OK;
}

/* Blocks are refused at the reserve, when they are appended. What was taken
 * until then, and what was signed, may use half of it. */
static enum err check_room(struct store *store, struct why *ret_why)
{
    return store_check_free(store, store->reserve / 2, ret_why);
}

static enum err write_all(struct store *store, struct store_group *group,
                          struct change *change, rocksdb_writebatch_t *to,
                          struct why *ret_why)
{
    uint8_t value[COUNTS_SIZE];
    enum err err = ERR_OK;

    if (group != NULL && store_group_size(group) > 0) {
        err = group_publish(group, ret_why);
        if (err != ERR_OK) {
            return err;
        }
        group_enter(group, to, &change->counts);
    }
    counts_encode(&change->counts, value);
    db_put(to, &store->db, FAMILY_META, META_KEY(META_COUNTS),
           span_of(value, sizeof(value)));
    err = db_write(&store->db, to, ret_why);
    if (err == ERR_OK && db_failed(&store->db)) {
        err = why_set(ret_why, ERR_IO,
                      "the database met an error in the background; db/LOG "
                      "says which");
    }
    return err == ERR_OK ? ERR_OK : store_poison(store, err);
}

static enum err commit(struct store *store, struct store_group *group,
                       const struct batch *batch, struct why *ret_why)
{
    struct change change = { .counts = { 0, 0 } };
    rocksdb_writebatch_t *to;
    enum err err = store_refuse_poisoned(store, ret_why);

    if (err == ERR_OK && batch->err != ERR_OK) {
        err =
            why_set(ret_why, batch->err, "the batch: %s", err_text(batch->err));
    }
    if (err == ERR_OK) {
        err = check_room(store, ret_why);
    }
    if (err == ERR_OK && group != NULL && group_young_size(group) > 0) {
        err = store_spill_young(store, ret_why);
    }
    if (err == ERR_OK) {
        err = table_copy(&store->table, &change.table);
    }
    if (err != ERR_OK) {
        return err;
    }
    change.counts = store->counts;
    to = rocksdb_writebatch_create();
    err = fill(store, batch, &change, to, ret_why);
    if (err == ERR_OK) {
        err = write_all(store, group, &change, to, ret_why);
    }
    rocksdb_writebatch_destroy(to);
    if (err != ERR_OK) {
        table_done(&change.table);
        return err;
    }
    table_done(&store->table);
    store->table = change.table;
    store->counts = change.counts;
    return ERR_OK;
}

enum err store_commit(struct store *store, struct store_group *group,
                      const struct batch *batch, struct why *ret_why)
{
    enum err err = commit(store, group, batch, ret_why);

    if (err != ERR_FULL) {
        store_group_free(group);
    }
    return err;
}

/* A checkpoint of this size and root: does the store hold it, and was no other
 * one spoken of? The root is computed a second time, from what can be read
 * back. Two roots for one size must never be signed. */
static enum err check_spoken(struct store *store, const struct store_mark *mark,
                             struct why *ret_why)
{
    const struct store_mark *before = &store->mark.spoken;
    const struct table_ledger *ledger;
    struct digest root;
    uint32_t number;
    enum err err;

    if (!mark->has_ledger) {
        return before->has_ledger ? why_set(ret_why, ERR_CONFLICT,
                                            "a mark without a ledger after "
                                            "one with a ledger")
                                  : ERR_OK;
    }
    if (!table_find_origin(&store->table, &mark->origin, &number)) {
        return why_set(ret_why, ERR_NOT_FOUND, "no such ledger: %s",
                       mark->origin.text);
    }
    ledger = table_find(&store->table, number);
    if (mark->size > ledger->size) {
        return why_set(ret_why, ERR_RANGE,
                       "a mark of size %" PRIu64 ", but the ledger has %" PRIu64
                       " leaves",
                       mark->size, ledger->size);
    }
    if (before->has_ledger && origin_equal(&before->origin, &mark->origin)) {
        if (mark->size < before->size) {
            return why_set(ret_why, ERR_CONFLICT,
                           "a mark of size %" PRIu64 " after one of %" PRIu64,
                           mark->size, before->size);
        }
        if (mark->size == before->size &&
            !digest_equal(&mark->root, &before->root)) {
            return why_set(ret_why, ERR_FORKED,
                           "another root of size %" PRIu64
                           " was signed already",
                           mark->size);
        }
    }
    err = gate_root(&store->db, number, mark->size, &root);
    if (err != ERR_OK || !digest_equal(&root, &mark->root)) {
        return store_poison(
            store, why_set(ret_why, err != ERR_OK ? err : ERR_CORRUPT,
                           "the ledger read back does not have this root"));
    }
    return ERR_OK;
}

enum err store_set_mark(struct store *store, const struct store_mark *mark,
                        struct why *ret_why)
{
    struct mark next = store->mark;
    struct manifest_state manifest;
    enum err err = store_refuse_poisoned(store, ret_why);

    if (err == ERR_OK) {
        err = check_spoken(store, mark, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    err = manifest_follow(&store->manifest, &manifest, ret_why);
    if (err != ERR_OK) {
        return store_poison(store, ERR_IO);
    }
    next.spoken = *mark;
    next.spoken.signatures = store->mark.spoken.signatures + 1;
    if (mark->has_ledger &&
        (!store->mark.spoken.has_ledger ||
         !origin_equal(&store->mark.spoken.origin, &mark->origin))) {
        next.moved = false; /* the new ledger that the move called for */
    }
    next.sequence = rocksdb_get_latest_sequence_number(store->db.handle);
    next.records = store->counts.records;
    next.manifest_number = manifest.number;
    next.manifest_size = manifest.size;
    next.manifest_hash = manifest.hash;
    err = mark_write(store->mark_fd, &next, ret_why);
    if (err != ERR_OK) {
        return store_poison(store, ERR_IO);
    }
    store->mark = next;
    return ERR_OK;
}
