/* SPDX-License-Identifier: Apache-2.0 */
#include "store/ladder.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/reader.h"
#include "store/keys.h"
#include "store/sst.h"

#define PATH_SIZE 4096
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

/* Does the file's frame have the hash that its entry says? true when that
 * cannot be found out. */
static bool frame_good(const struct db *db, const char *path, uint64_t number)
{
    rocksdb_pinnableslice_t *pinned;
    struct file_entry entry;
    struct digest frame;
    struct span value;
    struct key key;
    struct sst sst;
    enum err err;
    int fd;

    key_block_file(&key, number);
    if (db_get(db, FAMILY_META, key_span(&key), &pinned, &value) != ERR_OK) {
        return true;
    }
    err = file_entry_decode(value, &entry);
    rocksdb_pinnableslice_destroy(pinned);
    if (err != ERR_OK || !entry.has_frame) {
        return true;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return false;
    }
    err = sst_open(&sst, fd, number, entry.blocks, true);
    while (err == ERR_OK) {
        err = sst_next(&sst, &value);
    }
    if (err == ERR_NOT_FOUND) {
        err = sst_frame(&sst, &frame);
    }
    sst_close(&sst);
    return err == ERR_OK && digest_equal(&frame, &entry.frame);
}

/* RocksDB does not always say which file it means: then the block files say it
 * themselves. */
static bool find_damaged(const struct db *db, const char *folder,
                         char name[static NAME_SIZE])
{
    const rocksdb_livefiles_t *files = rocksdb_livefiles(db->handle);
    int count = rocksdb_livefiles_count(files);
    bool found = false;

    for (int index = 0; index < count && !found; index++) {
        const char *live = rocksdb_livefiles_name(files, index);
        size_t size = 0;
        const char *first = rocksdb_livefiles_smallestkey(files, index, &size);
        char path[PATH_SIZE];
        struct reader reader;

        if (strcmp(rocksdb_livefiles_column_family_name(files, index),
                   "blocks") != 0) {
            continue;
        }
        reader_init(&reader, span_of(first, size));
        (void)snprintf(path, sizeof(path), "%s%s", folder, live);
        if (!frame_good(db, path, reader_u64(&reader))) {
            found = true;
            (void)snprintf(name, NAME_SIZE, "%s", live);
        }
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
    bool is_named;
    struct why first;
    enum err err = db_open(path, mode, DB_STRICT, ret_db, &first);

    if (err == ERR_OK) {
        *ret_care = DB_STRICT;
        return ERR_OK;
    }
    is_named = named_file(first.text, name);
    for (size_t at = 0; at < 2 && (is_named || err == ERR_CORRUPT); at++) {
        struct db db;

        if (db_open(path, mode, LOWER[at], &db, NULL) != ERR_OK) {
            continue;
        }
        if (is_named ? !is_block_file(&db, name)
                     : !find_damaged(&db, path, name)) {
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
