/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/reader.h"
#include "store/block_file.h"
#include "store/dir.h"

#define SEEN_MIN 64      /* of the first allocation */
#define PATH_MAX_LIVE 64 /* db/ and a name of RocksDB's */

/* Where a file number was met; several facts make one number's story. */
enum where {
    SEEN_ENTERED = 1, /* in meta */
    SEEN_LIVE = 2,    /* in the database */
    SEEN_LINKED = 4,  /* blocks/N.sst */
    SEEN_PART = 8,    /* blocks/N.part */
};

struct seen {
    uint64_t number;
    unsigned where;
    int live; /* index in RocksDB's list, with SEEN_LIVE */
};

struct list {
    struct seen *seen; /* owned */
    size_t count;
    size_t room;
};

static enum err add(struct list *list, uint64_t number, enum where where,
                    int live)
{
    if (list->count == list->room) {
        size_t room = list->room < SEEN_MIN ? SEEN_MIN : list->room * 2;
        struct seen *seen = realloc(list->seen, room * sizeof(*seen));

        if (seen == NULL) {
            return ERR_NO_MEMORY;
        }
        list->seen = seen;
        list->room = room;
    }
    list->seen[list->count] = (struct seen){ number, (unsigned)where, live };
    list->count++;
    return ERR_OK;
}

static enum err add_entered(void *ctx, uint64_t number, struct span entry)
{
    (void)entry;
    return add(ctx, number, SEEN_ENTERED, -1);
}

static enum err add_live(const rocksdb_livefiles_t *files, struct list *list)
{
    int count = rocksdb_livefiles_count(files);
    enum err err = ERR_OK;

    for (int index = 0; err == ERR_OK && index < count; index++) {
        const char *family = rocksdb_livefiles_column_family_name(files, index);
        size_t size = 0;
        const char *key = rocksdb_livefiles_smallestkey(files, index, &size);
        struct reader reader;
        uint64_t number;

        if (strcmp(family, "blocks") != 0) {
            continue;
        }
        reader_init(&reader, span_of(key, size));
        number = reader_u64(&reader);
        if (!reader.failed) {
            err = add(list, number, SEEN_LIVE, index);
        }
    }
    return err;
}

static enum err add_linked(void *ctx, int dir_fd, const char *name,
                           struct why *ret_why)
{
    uint64_t number = block_file_name_parse(name, BLOCK_FILE_SUFFIX);

    (void)dir_fd;
    (void)ret_why;
    if (number != 0) {
        return add(ctx, number, SEEN_LINKED, -1);
    }
    number = block_file_name_parse(name, BLOCK_FILE_PART);
    return number != 0 ? add(ctx, number, SEEN_PART, -1) : ERR_OK;
}

static int compare(const void *a, const void *b)
{
    const struct seen *left = a;
    const struct seen *right = b;

    return left->number < right->number ? -1 : left->number > right->number;
}

/* One fact per number. */
static void merge(struct list *list)
{
    size_t kept = 0;

    if (list->count > 0) {
        qsort(list->seen, list->count, sizeof(*list->seen), compare);
    }
    for (size_t index = 0; index < list->count; index++) {
        struct seen seen = list->seen[index];

        if (kept > 0 && list->seen[kept - 1].number == seen.number) {
            list->seen[kept - 1].where |= seen.where;
            if (seen.live >= 0) {
                list->seen[kept - 1].live = seen.live;
            }
        } else {
            list->seen[kept] = seen;
            kept++;
        }
    }
    list->count = kept;
}

static enum err remove_name(struct store *store, uint64_t number,
                            const char *suffix, struct why *ret_why)
{
    char name[BLOCK_FILE_NAME_SIZE];

    block_file_name(name, number, suffix);
    if (unlinkat(store->blocks_fd, name, 0) != 0 && errno != ENOENT) {
        return why_set(ret_why, ERR_IO, "removing " DIR_BLOCKS "/%s: %s", name,
                       strerror(errno));
    }
    return ERR_OK;
}

enum err sweep_drop(struct store *store, uint64_t number, struct why *ret_why)
{
    struct key first;
    struct key last;
    char *error = NULL;

    key_place(&first, number, 0);
    key_place(&last, number, UINT32_MAX);
    rocksdb_delete_file_in_range_cf(
        store->db.handle, store->db.families[FAMILY_BLOCKS],
        (const char *)first.bytes, first.size, (const char *)last.bytes,
        last.size, &error);
    if (error != NULL) {
        return db_error(error, "dropping a block file", ret_why);
    }
    return ERR_OK;
}

static enum err link_again(struct store *store, uint64_t number,
                           const char *live_name, struct why *ret_why)
{
    char from[PATH_MAX_LIVE];
    char name[BLOCK_FILE_NAME_SIZE];

    (void)snprintf(from, sizeof(from), DIR_DATABASE "%s", live_name);
    block_file_name(name, number, BLOCK_FILE_SUFFIX);
    if (linkat(store->dir_fd, from, store->blocks_fd, name, 0) != 0 &&
        errno != ENOENT) {
        return why_set(ret_why, ERR_IO, "linking " DIR_BLOCKS "/%s: %s", name,
                       strerror(errno));
    }
    return ERR_OK;
}

static enum err settle(struct store *store, const struct seen *seen,
                       const rocksdb_livefiles_t *files, size_t *lost,
                       struct why *ret_why)
{
    enum err err = ERR_OK;

    if ((seen->where & SEEN_PART) != 0) {
        err = remove_name(store, seen->number, BLOCK_FILE_PART, ret_why);
    }
    if ((seen->where & SEEN_ENTERED) != 0) {
        if ((seen->where & SEEN_LIVE) == 0) {
            (*lost)++;
        } else if ((seen->where & SEEN_LINKED) == 0 && err == ERR_OK) {
            err =
                link_again(store, seen->number,
                           rocksdb_livefiles_name(files, seen->live), ret_why);
        }
        return err;
    }
    if ((seen->where & SEEN_LIVE) != 0 && err == ERR_OK) {
        err = sweep_drop(store, seen->number, ret_why);
    }
    if ((seen->where & SEEN_LINKED) != 0 && err == ERR_OK) {
        err = remove_name(store, seen->number, BLOCK_FILE_SUFFIX, ret_why);
    }
    return err;
}

static enum err collect(struct store *store, const rocksdb_livefiles_t *files,
                        struct list *list, struct why *ret_why)
{
    enum err err = block_file_each_entry(store, add_entered, list, ret_why);

    if (err == ERR_OK) {
        err = add_live(files, list);
    }
    if (err == ERR_OK) {
        err = dir_each(store->dir_fd, DIR_BLOCKS, add_linked, list, ret_why);
    }
    merge(list);
    return err;
}

/* RocksDB's own name of the file is gone; ours is not. */
static enum err link_live(struct store *store, uint64_t number,
                          const char *live_name, struct why *ret_why)
{
    char to[PATH_MAX_LIVE];
    char name[BLOCK_FILE_NAME_SIZE];

    (void)snprintf(to, sizeof(to), DIR_DATABASE "%s", live_name);
    block_file_name(name, number, BLOCK_FILE_SUFFIX);
    if (linkat(store->blocks_fd, name, store->dir_fd, to, 0) != 0 &&
        errno != ENOENT && errno != EEXIST) {
        return why_set(ret_why, ERR_IO, "linking %s: %s", to, strerror(errno));
    }
    return ERR_OK;
}

enum err sweep_links(struct store *store, struct why *ret_why)
{
    const rocksdb_livefiles_t *files = rocksdb_livefiles(store->db.handle);
    struct list list = { NULL, 0, 0 };
    enum err err = add_live(files, &list);

    for (size_t index = 0; err == ERR_OK && index < list.count; index++) {
        const struct seen *seen = &list.seen[index];
        const char *live = rocksdb_livefiles_name(files, seen->live);
        char name[BLOCK_FILE_NAME_SIZE];

        block_file_name(name, seen->number, BLOCK_FILE_SUFFIX);
        if (faccessat(store->blocks_fd, name, F_OK, 0) != 0) {
            err = link_again(store, seen->number, live, ret_why);
        } else {
            err = link_live(store, seen->number, live, ret_why);
        }
    }
    rocksdb_livefiles_destroy(files);
    free(list.seen);
    return err;
}

enum err sweep(struct store *store, struct why *ret_note, struct why *ret_why)
{
    const rocksdb_livefiles_t *files = rocksdb_livefiles(store->db.handle);
    struct list list = { NULL, 0, 0 };
    size_t lost = 0;
    uint64_t last = 0;
    enum err err = collect(store, files, &list, ret_why);

    for (size_t index = 0; err == ERR_OK && index < list.count; index++) {
        err = settle(store, &list.seen[index], files, &lost, ret_why);
        last = list.seen[index].number;
    }
    rocksdb_livefiles_destroy(files);
    free(list.seen);
    if (err == ERR_OK && fsync(store->blocks_fd) != 0) {
        err = why_set(ret_why, ERR_IO, "making " DIR_BLOCKS " durable: %s",
                      strerror(errno));
    }
    if (err != ERR_OK) {
        return err;
    }
    if (lost > 0) {
        (void)why_set(ret_note, ERR_CORRUPT,
                      "%zu block files are missing from the database; their "
                      "blocks are read as damaged",
                      lost);
    }
    atomic_store(&store->next_file, last + 1);
    return ERR_OK;
}
