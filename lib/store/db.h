/* SPDX-License-Identifier: Apache-2.0 */
/* The RocksDB database below everything else: its families, its options (the
 * same in every open, for ever), reading one entry, and RocksDB's errors as
 * ours. Reads from any thread; one writer. */
#ifndef HF_STORE_DB_H
#define HF_STORE_DB_H

#include <rocksdb/c.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"

#define DB_WRITE_BUFFER_SIZE (64ULL << 20)

enum family {
    FAMILY_DEFAULT, /* RocksDB insists on it; always empty */
    FAMILY_BLOCKS,
    FAMILY_YOUNG,
    FAMILY_HAVE,
    FAMILY_HEADERS,
    FAMILY_RECORDS,
    FAMILY_TREE,
    FAMILY_PENDING,
    FAMILY_NOTES,
    FAMILY_META,
    FAMILY_NAMES,
    FAMILY_ITEMS,
    FAMILY_HELD,
    FAMILY_LEDGERS,
    FAMILY_COUNT
};

enum db_mode {
    DB_READ_ONLY, /* RocksDB still begins a new file of its diary, LOG */
    DB_READ_COPY, /* read-only without a trace, for what is not ours */
    DB_READ_WRITE,
    DB_CREATE, /* init and rescue only */
};

/* How much must be right for an open to succeed: the ladder. */
enum db_care {
    DB_STRICT,
    DB_FEW_FILES, /* most files are opened only when they are read */
    DB_LENIENT,   /* and a file that is missing or short is no reason */
};

struct db {
    rocksdb_t *handle; /* owned; NULL: not open */
    bool writable;
    rocksdb_column_family_handle_t *families[FAMILY_COUNT]; /* owned */
    rocksdb_readoptions_t *read;       /* owned; small things */
    rocksdb_readoptions_t *read_block; /* owned; leaves the cache alone */
    rocksdb_writeoptions_t *write;     /* owned; synced */
    rocksdb_options_t *block_options;  /* owned; for files of ours */
};

/* ERR_NO_MEMORY, or ERR_IO or ERR_CORRUPT with RocksDB's own words. On failure
 * *ret_db is untouched. */
MUST_USE enum err db_open(const char *path, enum db_mode mode,
                          enum db_care care, struct db *ret_db,
                          struct why *ret_why);
/* What is only in the log goes into tables, so that the next open has nothing
 * to replay: it does so twice, and records of 10^6 items take seconds. All of
 * it is durable already, so failing costs nothing but that time. No-op when
 * open for reading. */
void db_flush(const struct db *db);
/* Everything in it was ended before. A struct db of zeros is fine. */
void db_close(struct db *db);

/* What RocksDB says, as ours; frees the message. Never ERR_OK. */
enum err db_error(char *message, const char *doing, struct why *ret_why);
/* Has RocksDB met an error in the background? Then no further write. */
bool db_failed(const struct db *db);

/* One entry. ERR_NOT_FOUND, ERR_CORRUPT, ERR_IO. The caller ends *ret_entry
 * with rocksdb_pinnableslice_destroy(); the value is borrowed from it. */
MUST_USE enum err db_get(const struct db *db, enum family family,
                         struct span key, rocksdb_pinnableslice_t **ret_entry,
                         struct span *ret_value);
/* An iterator that checks what it reads. The caller destroys it. */
rocksdb_iterator_t *db_iterator(const struct db *db, enum family family);
struct span db_iterator_key(const rocksdb_iterator_t *iterator);
struct span db_iterator_value(const rocksdb_iterator_t *iterator);
/* Did it stop because of an error? */
MUST_USE enum err db_iterator_error(const rocksdb_iterator_t *iterator,
                                    const char *doing, struct why *ret_why);

static inline void db_put(rocksdb_writebatch_t *batch, const struct db *db,
                          enum family family, struct span key,
                          struct span value)
{
    rocksdb_writebatch_put_cf(batch, db->families[family],
                              (const char *)key.data, key.size,
                              (const char *)value.data, value.size);
}

static inline void db_delete(rocksdb_writebatch_t *batch, const struct db *db,
                             enum family family, struct span key)
{
    rocksdb_writebatch_delete_cf(batch, db->families[family],
                                 (const char *)key.data, key.size);
}

/* Carry the batch out, durable when it returns. Any error: fail-stop. */
MUST_USE enum err db_write(const struct db *db, rocksdb_writebatch_t *batch,
                           struct why *ret_why);

#endif
