/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define MAX_OPEN_FILES 256
#define MAX_OPEN_FILES_FEW 16
#define MAX_TOTAL_WAL_SIZE (32ULL << 20)
#define CACHE_SIZE (16ULL << 20)
#define FILTER_BITS 10
#define CHECKSUM_XXH3 4 /* Debian's CRC32C is slow; see research */
#define RECOVER_STRICTLY 0
#define NO_COMPRESSION 0
#define NO_DIARY_DIR "/dev/null" /* no folder: RocksDB goes without */

static const char *const family_names[FAMILY_COUNT] = {
    [FAMILY_DEFAULT] = "default", [FAMILY_BLOCKS] = "blocks",
    [FAMILY_YOUNG] = "young",     [FAMILY_HAVE] = "have",
    [FAMILY_HEADERS] = "headers", [FAMILY_RECORDS] = "records",
    [FAMILY_TREE] = "tree",       [FAMILY_PENDING] = "pending",
    [FAMILY_NOTES] = "notes",     [FAMILY_META] = "meta",
    [FAMILY_NAMES] = "names",     [FAMILY_ITEMS] = "items",
    [FAMILY_HELD] = "held",       [FAMILY_LEDGERS] = "ledgers",
};

/* Options of one open; RocksDB copies them, so they go when it is open. */
struct options {
    rocksdb_options_t *base;                   /* owned */
    rocksdb_options_t *families[FAMILY_COUNT]; /* owned */
    rocksdb_cache_t *cache;                    /* owned */
};

/* Looked up by a random name, often in vain? Then a filter saves a read. */
static bool has_filter(enum family family)
{
    return family == FAMILY_HAVE || family == FAMILY_HEADERS ||
           family == FAMILY_NAMES || family == FAMILY_PENDING;
}

static rocksdb_options_t *family_options(enum family family,
                                         rocksdb_cache_t *cache)
{
    rocksdb_options_t *options = rocksdb_options_create();
    rocksdb_block_based_table_options_t *table =
        rocksdb_block_based_options_create();

    rocksdb_block_based_options_set_checksum(table, CHECKSUM_XXH3);
    if (cache != NULL) {
        rocksdb_block_based_options_set_block_cache(table, cache);
    } else {
        rocksdb_block_based_options_set_no_block_cache(table, 1);
    }
    if (has_filter(family)) {
        rocksdb_block_based_options_set_filter_policy(
            table, rocksdb_filterpolicy_create_bloom(FILTER_BITS));
    }
    rocksdb_options_set_block_based_table_factory(options, table);
    rocksdb_block_based_options_destroy(table);
    rocksdb_options_set_compression(options, NO_COMPRESSION);
    rocksdb_options_set_max_write_buffer_number(options, 2);
    if (family == FAMILY_BLOCKS) {
        rocksdb_options_set_disable_auto_compactions(options, 1);
    }
    return options;
}

static void options_done(struct options *options)
{
    for (int family = 0; family < FAMILY_COUNT; family++) {
        if (options->families[family] != NULL) {
            rocksdb_options_destroy(options->families[family]);
        }
    }
    if (options->base != NULL) {
        rocksdb_options_destroy(options->base);
    }
    if (options->cache != NULL) {
        rocksdb_cache_destroy(options->cache);
    }
}

/* specs of the store, section 2. There is no setter for the tracking of WALs,
 * and a store that was ever opened with it must always be: without it even a
 * read-only open aborts the process. */
static enum err base_options(rocksdb_options_t **ret_options,
                             struct why *ret_why)
{
    rocksdb_options_t *plain = rocksdb_options_create();
    rocksdb_options_t *options = rocksdb_options_create();
    char *error = NULL;

    rocksdb_get_options_from_string(
        plain, "track_and_verify_wals_in_manifest=true", options, &error);
    rocksdb_options_destroy(plain);
    if (error != NULL) {
        rocksdb_options_destroy(options);
        return db_error(error, "setting RocksDB's options", ret_why);
    }
    *ret_options = options;
    return ERR_OK;
}

static void set_base(rocksdb_options_t *o, enum db_mode mode, enum db_care care)
{
    bool create = mode == DB_CREATE;
    int files = care == DB_STRICT ? MAX_OPEN_FILES : MAX_OPEN_FILES_FEW;

    rocksdb_options_set_create_if_missing(o, create);
    rocksdb_options_set_create_missing_column_families(o, create);
    rocksdb_options_set_wal_recovery_mode(o, RECOVER_STRICTLY);
    rocksdb_options_set_paranoid_checks(o, care != DB_LENIENT);
    rocksdb_options_set_max_open_files(o, files);
    rocksdb_options_set_max_background_jobs(o, 2);
    rocksdb_options_set_max_total_wal_size(o, MAX_TOTAL_WAL_SIZE);
    rocksdb_options_set_db_write_buffer_size(o, DB_WRITE_BUFFER_SIZE);
    rocksdb_options_set_max_write_buffer_number(o, 2);
    rocksdb_options_set_compression(o, NO_COMPRESSION);
    rocksdb_options_set_recycle_log_file_num(o, 0);
    rocksdb_options_set_WAL_ttl_seconds(o, 0);
    rocksdb_options_set_manual_wal_flush(o, 0);
    rocksdb_options_set_unordered_write(o, 0);
    rocksdb_options_set_enable_pipelined_write(o, 0);
    rocksdb_options_set_allow_mmap_reads(o, 0);
    rocksdb_options_set_allow_mmap_writes(o, 0);
    rocksdb_options_set_skip_stats_update_on_db_open(o, 1);
    rocksdb_options_set_keep_log_file_num(o, 3);
    rocksdb_options_set_max_log_file_size(o, 1 << 20);
    rocksdb_options_set_is_fd_close_on_exec(o, 1);
    if (mode == DB_READ_COPY) {
        rocksdb_options_set_db_log_dir(o, NO_DIARY_DIR);
    }
}

static enum err options_make(enum db_mode mode, enum db_care care,
                             struct options *ret_options, struct why *ret_why)
{
    struct options options = { .base = NULL };
    enum err err = base_options(&options.base, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    set_base(options.base, mode, care);
    options.cache = rocksdb_cache_create_lru(CACHE_SIZE);
    for (int family = 0; family < FAMILY_COUNT; family++) {
        options.families[family] =
            family_options((enum family)family, options.cache);
    }
    *ret_options = options;
    return ERR_OK;
}

static void db_prepare(struct db *db)
{
    db->read = rocksdb_readoptions_create();
    rocksdb_readoptions_set_verify_checksums(db->read, 1);
    db->read_block = rocksdb_readoptions_create();
    rocksdb_readoptions_set_verify_checksums(db->read_block, 1);
    rocksdb_readoptions_set_fill_cache(db->read_block, 0);
    db->write = rocksdb_writeoptions_create();
    rocksdb_writeoptions_set_sync(db->write, 1);
    db->block_options = family_options(FAMILY_BLOCKS, NULL);
}

enum err db_open(const char *path, enum db_mode mode, enum db_care care,
                 struct db *ret_db, struct why *ret_why)
{
    struct options options;
    struct db db = { .handle = NULL };
    const rocksdb_options_t *families[FAMILY_COUNT];
    char *error = NULL;
    enum err err = options_make(mode, care, &options, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    for (int family = 0; family < FAMILY_COUNT; family++) {
        families[family] = options.families[family];
    }
    if (mode == DB_READ_ONLY || mode == DB_READ_COPY) {
        db.handle = rocksdb_open_for_read_only_column_families(
            options.base, path, FAMILY_COUNT, family_names, families,
            db.families, 0, &error);
    } else {
        db.handle = rocksdb_open_column_families(options.base, path,
                                                 FAMILY_COUNT, family_names,
                                                 families, db.families, &error);
    }
    options_done(&options);
    if (error != NULL) {
        return db_error(error, "opening the database", ret_why);
    }
    db_prepare(&db);
    db.writable = mode == DB_READ_WRITE || mode == DB_CREATE;
    *ret_db = db;
    return ERR_OK;
}

void db_flush(const struct db *db)
{
    rocksdb_flushoptions_t *options;
    char *error = NULL;

    if (db->handle == NULL || !db->writable) {
        return;
    }
    options = rocksdb_flushoptions_create();
    rocksdb_flushoptions_set_wait(options, 1);
    for (int family = 0; family < FAMILY_COUNT && error == NULL; family++) {
        rocksdb_flush_cf(db->handle, options, db->families[family], &error);
    }
    if (error != NULL) {
        rocksdb_free(error);
    }
    rocksdb_flushoptions_destroy(options);
}

void db_close(struct db *db)
{
    if (db->handle == NULL) {
        return;
    }
    /* Before the database, or an assertion inside RocksDB aborts. */
    for (int family = 0; family < FAMILY_COUNT; family++) {
        rocksdb_column_family_handle_destroy(db->families[family]);
    }
    rocksdb_close(db->handle);
    rocksdb_readoptions_destroy(db->read);
    rocksdb_readoptions_destroy(db->read_block);
    rocksdb_writeoptions_destroy(db->write);
    rocksdb_options_destroy(db->block_options);
    *db = (struct db){ .handle = NULL };
}

enum err db_error(char *message, const char *doing, struct why *ret_why)
{
    struct span text = span_str(message);
    enum err err = ERR_IO;

    if (span_starts(text, "Corruption") ||
        strstr(message, "No such file") != NULL) {
        err = ERR_CORRUPT;
    }
    (void)why_set(ret_why, err, "%s: %s", doing, message);
    rocksdb_free(message);
    return err;
}

bool db_failed(const struct db *db)
{
    uint64_t errors = 0;

    return rocksdb_property_int(db->handle, "rocksdb.background-errors",
                                &errors) != 0 ||
           errors > 0;
}

enum err db_get(const struct db *db, enum family family, struct span key,
                rocksdb_pinnableslice_t **ret_entry, struct span *ret_value)
{
    bool is_block = family == FAMILY_BLOCKS || family == FAMILY_YOUNG;
    rocksdb_pinnableslice_t *entry;
    const char *value;
    size_t size = 0;
    char *error = NULL;

    entry = rocksdb_get_pinned_cf(
        db->handle, is_block ? db->read_block : db->read, db->families[family],
        (const char *)key.data, key.size, &error);
    if (error != NULL) {
        return db_error(error, "reading", NULL);
    }
    if (entry == NULL) {
        return ERR_NOT_FOUND;
    }
    value = rocksdb_pinnableslice_value(entry, &size);
    *ret_entry = entry;
    *ret_value = span_of(value, size);
    return ERR_OK;
}

rocksdb_iterator_t *db_iterator(const struct db *db, enum family family)
{
    /* A walk over block values reads every one of them: `have` is for that. */
    CHECK(family != FAMILY_BLOCKS);
    return rocksdb_create_iterator_cf(db->handle, db->read,
                                      db->families[family]);
}

struct span db_iterator_key(const rocksdb_iterator_t *iterator)
{
    size_t size = 0;
    const char *data = rocksdb_iter_key(iterator, &size);

    return span_of(data, size);
}

struct span db_iterator_value(const rocksdb_iterator_t *iterator)
{
    size_t size = 0;
    const char *data = rocksdb_iter_value(iterator, &size);

    return span_of(data, size);
}

enum err db_iterator_error(const rocksdb_iterator_t *iterator,
                           const char *doing, struct why *ret_why)
{
    char *error = NULL;

    rocksdb_iter_get_error(iterator, &error);
    if (error != NULL) {
        return db_error(error, doing, ret_why);
    }
    return ERR_OK;
}

enum err db_write(const struct db *db, rocksdb_writebatch_t *batch,
                  struct why *ret_why)
{
    char *error = NULL;

    rocksdb_write(db->handle, db->write, batch, &error);
    if (error != NULL) {
        return db_error(error, "writing to the database", ret_why);
    }
    return ERR_OK;
}
