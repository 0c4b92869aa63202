/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ladder.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define NAME_SIZE 32 /* of one of RocksDB's files, with slash and NUL */

/* The file that RocksDB complains of, "/000123.sst", as it lists it. Of one
 * that is missing it says that it is not there under its old name, .ldb. */
static bool named_file(const char *message, char name[static NAME_SIZE])
{
    const char *end = strstr(message, ".sst");
    const char *start;

    if (end == NULL) {
        end = strstr(message, ".ldb");
    }
    if (end == NULL) {
        return false;
    }
    start = end;
    while (start > message && start[-1] >= '0' && start[-1] <= '9') {
        start--;
    }
    if (start == end || (size_t)(end - start) + 6 > NAME_SIZE) {
        return false;
    }
    (void)snprintf(name, NAME_SIZE, "/%.*s.sst", (int)(end - start), start);
    return true;
}

static bool is_block_file(const struct db *db, const char *name)
{
    const rocksdb_livefiles_t *files = rocksdb_livefiles(db->handle);
    int count = rocksdb_livefiles_count(files);
    bool found = false;

    for (int index = 0; index < count; index++) {
        found =
            found || (strcmp(rocksdb_livefiles_name(files, index), name) == 0 &&
                      strcmp(rocksdb_livefiles_column_family_name(files, index),
                             "blocks") == 0);
    }
    rocksdb_livefiles_destroy(files);
    return found;
}

enum err ladder_open(const char *path, enum db_mode mode,
                     enum db_care *ret_care, struct db *ret_db,
                     struct why *ret_note, struct why *ret_why)
{
    static const enum db_care LOWER[] = { DB_FEW_FILES, DB_LENIENT };
    char name[NAME_SIZE];
    struct why first;
    enum err err = db_open(path, mode, DB_STRICT, ret_db, &first);

    if (err == ERR_OK) {
        *ret_care = DB_STRICT;
        return ERR_OK;
    }
    for (size_t at = 0; at < 2 && named_file(first.text, name); at++) {
        struct db db;

        if (db_open(path, mode, LOWER[at], &db, NULL) != ERR_OK) {
            continue;
        }
        if (!is_block_file(&db, name)) {
            db_close(&db);
            break;
        }
        (void)why_set(ret_note, ERR_CORRUPT,
                      "the block file db%s is damaged or missing: its blocks "
                      "cannot be read, everything else is served",
                      name);
        *ret_care = LOWER[at];
        *ret_db = db;
        return ERR_OK;
    }
    return why_set(ret_why, err, "%s", first.text);
}
