/* SPDX-License-Identifier: Apache-2.0 */
#include "store/gate.h"

#include <inttypes.h>
#include <string.h>

#include "base/limits.h"
#include "base/reader.h"
#include "ledger/merkle.h"

struct tree {
    const struct db *db; /* borrowed */
    uint32_t ledger;
};

static enum err tree_get(void *ctx, unsigned level, uint64_t index,
                         struct digest *ret_hash)
{
    const struct tree *tree = ctx;
    rocksdb_pinnableslice_t *entry;
    struct span value;
    struct key key;
    enum err err;

    key_node(&key, tree->ledger, level, index);
    err = db_get(tree->db, FAMILY_TREE, key_span(&key), &entry, &value);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    if (value.size == DIGEST_SIZE) {
        memcpy(ret_hash->bytes, value.data, DIGEST_SIZE);
    } else {
        err = ERR_CORRUPT;
    }
    rocksdb_pinnableslice_destroy(entry);
    return err;
}

enum err gate_root(const struct db *db, uint32_t ledger, uint64_t size,
                   struct digest *ret_root)
{
    struct tree tree = { db, ledger };
    struct merkle_nodes nodes = { tree_get, &tree };

    return merkle_root_at(&nodes, size, ret_root);
}

static enum err meta_get(const struct db *db, struct span name,
                         rocksdb_pinnableslice_t **ret_entry,
                         struct span *ret_value, struct why *ret_why)
{
    enum err err = db_get(db, FAMILY_META, name, ret_entry, ret_value);

    if (err == ERR_NOT_FOUND) {
        err = ERR_CORRUPT;
    }
    if (err != ERR_OK) {
        return why_set(ret_why, err, "the family meta: %s", err_text(err));
    }
    return ERR_OK;
}

static enum err check_format(const struct db *db, struct why *ret_why)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    uint64_t version = 0;
    enum err err = meta_get(db, META_KEY(META_FORMAT), &entry, &value, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = decimal_parse(value, &version);
    rocksdb_pinnableslice_destroy(entry);
    if (err != ERR_OK || version < 1) {
        return why_set(ret_why, ERR_CORRUPT, "its format version is damaged");
    }
    if (version > STORE_FORMAT_VERSION) {
        return why_set(ret_why, ERR_NEWER,
                       "its format is version %" PRIu64
                       ", this release knows %d",
                       version, STORE_FORMAT_VERSION);
    }
    return ERR_OK;
}

static enum err check_node(const struct db *db, const char *node,
                           struct why *ret_why)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    enum err err = meta_get(db, META_KEY(META_NODE), &entry, &value, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (!span_is(value, node)) {
        err = why_set(
            ret_why, ERR_WRONG_KEY, "the database is that of node %.*s",
            (int)(value.size < LABEL_SIZE_MAX ? value.size : LABEL_SIZE_MAX),
            (const char *)value.data);
    }
    rocksdb_pinnableslice_destroy(entry);
    return err;
}

/* Number and name of every ledger. */
static enum err load_names(const struct db *db, struct table *table,
                           struct why *ret_why)
{
    rocksdb_iterator_t *iterator = db_iterator(db, FAMILY_LEDGERS);
    enum err err = ERR_OK;

    rocksdb_iter_seek_to_first(iterator);
    while (err == ERR_OK && rocksdb_iter_valid(iterator)) {
        struct reader reader;
        uint32_t ledger;

        reader_init(&reader, db_iterator_key(iterator));
        ledger = reader_u32(&reader);
        if (!reader_finish(&reader)) {
            err = ERR_CORRUPT;
        } else {
            err = table_enter(table, ledger, db_iterator_value(iterator));
        }
        if (err == ERR_RANGE || err == ERR_CONFLICT || err == ERR_CORRUPT) {
            err = why_set(ret_why, ERR_CORRUPT,
                          "the list of ledgers is "
                          "damaged");
        }
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "reading the ledgers", ret_why);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

/* The size of a ledger is its last leaf's index and one: no scan. */
static enum err last_leaf(rocksdb_iterator_t *iterator, uint32_t ledger,
                          uint64_t *ret_size)
{
    struct reader reader;
    struct key key;
    uint64_t size = 0;

    key_leaf(&key, ledger, UINT64_MAX);
    rocksdb_iter_seek_for_prev(iterator, (const char *)key.bytes, key.size);
    if (rocksdb_iter_valid(iterator)) {
        reader_init(&reader, db_iterator_key(iterator));
        if (reader_u32(&reader) == ledger) {
            size = reader_u64(&reader) + 1;
        }
        if (reader.failed) {
            return ERR_CORRUPT;
        }
    }
    *ret_size = size;
    return ERR_OK;
}

static enum err load_sizes(const struct db *db, struct table *table,
                           uint64_t *ret_sum, struct why *ret_why)
{
    rocksdb_iterator_t *iterator = db_iterator(db, FAMILY_RECORDS);
    enum err err = ERR_OK;

    *ret_sum = 0;
    for (size_t at = 0; err == ERR_OK && at < table->count; at++) {
        struct table_ledger *ledger = table_find(table, (uint32_t)at);

        if (ledger != NULL) {
            err = last_leaf(iterator, (uint32_t)at, &ledger->size);
            *ret_sum += ledger->size;
        }
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "reading the records", ret_why);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

static enum err load_counts(const struct db *db, struct counts *counts,
                            struct why *ret_why)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    enum err err = meta_get(db, META_KEY(META_COUNTS), &entry, &value, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = counts_decode(value, counts);
    rocksdb_pinnableslice_destroy(entry);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "the count of its records is damaged");
    }
    return ERR_OK;
}

/* What lies beyond the mark was durable but not yet signed: it stays, and is
 * signed next. So every comparison is "at least". */
static enum err check_mark(const struct db *db, const struct mark *mark,
                           const struct gate_found *found, struct why *ret_why)
{
    const struct store_mark *spoken = &mark->spoken;
    uint64_t sequence = rocksdb_get_latest_sequence_number(db->handle);
    const struct table_ledger *ledger;
    struct digest root;
    uint32_t number;
    enum err err;

    if (sequence < mark->sequence) {
        return why_set(ret_why, ERR_CORRUPT,
                       "the database is older than the mark: sequence number "
                       "%" PRIu64 ", the mark has %" PRIu64,
                       sequence, mark->sequence);
    }
    if (found->counts.records < mark->records) {
        return why_set(ret_why, ERR_CORRUPT,
                       "the database holds %" PRIu64
                       " records, the mark speaks of %" PRIu64,
                       found->counts.records, mark->records);
    }
    if (!spoken->has_ledger) {
        return ERR_OK;
    }
    if (!table_find_origin(&found->table, &spoken->origin, &number)) {
        return why_set(ret_why, ERR_CORRUPT,
                       "the ledger that was signed last is not in it: %s",
                       spoken->origin.text);
    }
    ledger = table_find(&found->table, number);
    if (ledger->size < spoken->size) {
        return why_set(ret_why, ERR_CORRUPT,
                       "its ledger has %" PRIu64 " leaves, %" PRIu64
                       " were signed",
                       ledger->size, spoken->size);
    }
    err = gate_root(db, number, spoken->size, &root);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "computing the ledger's root: %s",
                       err_text(err));
    }
    if (!digest_equal(&root, &spoken->root)) {
        return why_set(ret_why, ERR_CORRUPT,
                       "its ledger does not have the root that was signed");
    }
    return ERR_OK;
}

static size_t count_block_files(const struct db *db)
{
    const rocksdb_livefiles_t *files = rocksdb_livefiles(db->handle);
    int count = rocksdb_livefiles_count(files);
    size_t blocks = 0;

    for (int index = 0; index < count; index++) {
        if (strcmp(rocksdb_livefiles_column_family_name(files, index),
                   "blocks") == 0) {
            blocks++;
        }
    }
    rocksdb_livefiles_destroy(files);
    return blocks;
}

/* *ret_sum: the leaves that are really there. */
static enum err load(const struct db *db, struct gate_found *found,
                     uint64_t *ret_sum, struct why *ret_why)
{
    enum err err = load_counts(db, &found->counts, ret_why);

    if (err == ERR_OK) {
        err = load_names(db, &found->table, ret_why);
    }
    if (err == ERR_OK) {
        err = load_sizes(db, &found->table, ret_sum, ret_why);
    }
    return err;
}

static enum err check_sum(const struct gate_found *found, uint64_t sum,
                          struct why *ret_why)
{
    if (sum != found->counts.records) {
        return why_set(ret_why, ERR_CORRUPT,
                       "records are missing: %" PRIu64 " of %" PRIu64
                       " are there",
                       sum, found->counts.records);
    }
    return ERR_OK;
}

enum err gate_look(const struct db *db, struct gate_found *ret_found,
                   struct why *ret_why)
{
    struct gate_found found = { .block_files = count_block_files(db) };
    uint64_t sum;
    enum err err = check_format(db, ret_why);

    table_init(&found.table);
    if (err == ERR_OK) {
        err = load(db, &found, &sum, ret_why);
    }
    if (err != ERR_OK) {
        table_done(&found.table);
        return err;
    }
    *ret_found = found;
    return ERR_OK;
}

enum err gate_check(const struct db *db, const struct mark *mark,
                    struct gate_found *ret_found, struct why *ret_why)
{
    struct gate_found found = { .block_files = count_block_files(db) };
    uint64_t sum = 0;
    enum err err = check_format(db, ret_why);

    table_init(&found.table);
    if (err == ERR_OK) {
        err = check_node(db, mark->node, ret_why);
    }
    if (err == ERR_OK) {
        err = load(db, &found, &sum, ret_why);
    }
    if (err == ERR_OK) {
        err = check_sum(&found, sum, ret_why);
    }
    if (err == ERR_OK) {
        err = check_mark(db, mark, &found, ret_why);
    }
    if (err != ERR_OK) {
        table_done(&found.table);
        return err;
    }
    *ret_found = found;
    return ERR_OK;
}
