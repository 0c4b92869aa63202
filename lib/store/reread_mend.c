/* SPDX-License-Identifier: Apache-2.0 */
/* Leaving a damaged file, in this order: its good blocks are in a new file and
 * durable; one synced batch says so and takes the entry of the old one away;
 * the old one goes to quarantine/, or, when nothing of it is missing, away. A
 * crash in between leaves a file without an entry, which the next opening
 * drops. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/block.h"
#include "store/block_file.h"
#include "store/dir.h"
#include "store/reread_parts.h"
#include "store/sweep.h"

#define MOVES_MIN 64

struct move {
    struct block_id name;
    uint32_t position; /* in the old file */
    bool is_done;
};

struct mend {
    struct store *store; /* borrowed */
    uint64_t file;
    struct move *moves; /* owned; the good ones, by position */
    size_t count;
    size_t room;
    size_t aside;                /* blocks of it in quarantine */
    struct block_file *to;       /* owned */
    uint32_t put;                /* blocks in it */
    rocksdb_writebatch_t *batch; /* owned */
};

static enum err take_place(void *ctx, const struct block_id *name,
                           const struct block_place *place, bool *ret_stop)
{
    struct mend *mend = ctx;

    (void)ret_stop;
    if (place->file != mend->file) {
        return ERR_OK;
    }
    if (place->state != BLOCK_GOOD) {
        mend->aside++;
        return ERR_OK;
    }
    if (mend->count == mend->room) {
        size_t room = mend->room < MOVES_MIN ? MOVES_MIN : mend->room * 2;
        struct move *moves = realloc(mend->moves, room * sizeof(*moves));

        if (moves == NULL) {
            return ERR_NO_MEMORY;
        }
        mend->moves = moves;
        mend->room = room;
    }
    mend->moves[mend->count] = (struct move){ *name, place->position, false };
    mend->count++;
    return ERR_OK;
}

static int compare(const void *a, const void *b)
{
    const struct move *left = a;
    const struct move *right = b;

    return left->position < right->position ? -1
                                            : left->position > right->position;
}

/* Bytes that were verified: into the new file, and the place into the batch. */
static enum err put(struct mend *mend, struct move *move, struct span bytes,
                    struct why *ret_why)
{
    struct block_place place = { .state = BLOCK_GOOD,
                                 .file = block_file_number(mend->to),
                                 .position = mend->put };
    uint8_t value[BLOCK_PLACE_SIZE];
    enum err err = block_file_put(mend->to, bytes, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    block_place_encode(&place, value);
    db_put(mend->batch, &mend->store->db, FAMILY_HAVE,
           span_of(move->name.bytes, sizeof(move->name.bytes)),
           span_of(value, sizeof(value)));
    mend->put++;
    move->is_done = true;
    return ERR_OK;
}

/* In the order of the disk, past RocksDB. */
static enum err copy_in_order(struct mend *mend, uint32_t blocks,
                              struct why *ret_why)
{
    char name[BLOCK_FILE_NAME_SIZE];
    struct sst sst;
    size_t at = 0;
    enum err err;
    int fd;

    block_file_name(name, mend->file, BLOCK_FILE_SUFFIX);
    fd =
        openat(mend->store->blocks_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return ERR_OK;
    }
    err = sst_open(&sst, fd, mend->file, blocks, false);
    while (err == ERR_OK && at < mend->count) {
        struct span bytes;

        /* Where it breaks off, the others are asked for one by one. */
        if (sst_next(&sst, &bytes) != ERR_OK) {
            break;
        }
        if (mend->moves[at].position == sst.position - 1) {
            if (block_verify(bytes, &mend->moves[at].name) == ERR_OK) {
                err = put(mend, &mend->moves[at], bytes, ret_why);
            }
            at++;
        }
    }
    sst_close(&sst);
    return err == ERR_IO && !atomic_load(&mend->store->poisoned) ? ERR_OK : err;
}

static enum err copy_one(struct mend *mend, struct move *move,
                         struct why *ret_why)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    struct key key;
    enum err err;

    key_place(&key, mend->file, move->position);
    err =
        db_get(&mend->store->db, FAMILY_BLOCKS, key_span(&key), &entry, &value);
    if (err != ERR_OK) {
        return ERR_BUSY; /* it is counted, and cannot be read: not yet */
    }
    err = block_verify(value, &move->name) == ERR_OK
              ? put(mend, move, value, ret_why)
              : ERR_BUSY;
    rocksdb_pinnableslice_destroy(entry);
    return err;
}

static enum err copy_all(struct mend *mend, struct why *ret_why)
{
    uint32_t blocks;
    enum err err;

    if (mend->count == 0) {
        return ERR_OK;
    }
    qsort(mend->moves, mend->count, sizeof(*mend->moves), compare);
    blocks = mend->moves[mend->count - 1].position + 1;
    err = block_file_open(mend->store, &mend->to, ret_why);
    if (err == ERR_OK) {
        err = copy_in_order(mend, blocks, ret_why);
    }
    for (size_t at = 0; err == ERR_OK && at < mend->count; at++) {
        if (!mend->moves[at].is_done) {
            err = copy_one(mend, &mend->moves[at], ret_why);
        }
    }
    return err;
}

/* The new file, the places and the end of the old entry, durable. */
static enum err enter(struct mend *mend, struct why *ret_why)
{
    struct key key;
    enum err err;

    if (mend->put > 0) {
        err = block_file_publish(mend->to, ret_why);
        if (err != ERR_OK) {
            return err;
        }
        block_file_enter(mend->to, mend->batch);
    }
    key_block_file(&key, mend->file);
    db_delete(mend->batch, &mend->store->db, FAMILY_META, key_span(&key));
    err = db_write(&mend->store->db, mend->batch, ret_why);
    return err == ERR_OK ? ERR_OK : store_poison(mend->store, err);
}

/* The old file keeps its bytes under a name that nobody reads. */
static enum err set_aside(struct mend *mend, struct why *ret_why)
{
    struct store *store = mend->store;
    char name[BLOCK_FILE_NAME_SIZE];
    char to[sizeof(DIR_QUARANTINE) + 1 + BLOCK_FILE_NAME_SIZE];
    int result;
    enum err err;

    block_file_name(name, mend->file, BLOCK_FILE_SUFFIX);
    if (mend->aside > 0) {
        err = dir_make(store->dir_fd, DIR_QUARANTINE, ret_why);
        if (err != ERR_OK) {
            return err;
        }
        (void)snprintf(to, sizeof(to), DIR_QUARANTINE "/%s", name);
        result = renameat(store->blocks_fd, name, store->dir_fd, to);
    } else {
        result = unlinkat(store->blocks_fd, name, 0);
    }
    if ((result != 0 && errno != ENOENT) || fsync(store->blocks_fd) != 0) {
        return why_set(ret_why, ERR_IO, "setting " DIR_BLOCKS "/%s aside: %s",
                       name, strerror(errno));
    }
    return sweep_drop(store, mend->file, ret_why);
}

enum err mend_file(struct store *store, uint64_t file, struct why *ret_why)
{
    static const struct block_id FIRST;
    struct mend mend = { .store = store, .file = file };
    enum err err = store_refuse_poisoned(store, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    mend.batch = rocksdb_writebatch_create();
    err = have_each(store, &FIRST, take_place, &mend);
    if (err == ERR_IO || err == ERR_CORRUPT) {
        err = ERR_BUSY; /* the walk over `have` says what is wrong with it */
    }
    if (err == ERR_OK) {
        err = copy_all(&mend, ret_why);
    }
    if (err == ERR_OK) {
        err = enter(&mend, ret_why);
        if (err == ERR_OK) {
            err = set_aside(&mend, ret_why);
        }
        if (err != ERR_OK) {
            (void)store_poison(store, err);
        }
    }
    block_file_free(mend.to);
    rocksdb_writebatch_destroy(mend.batch);
    free(mend.moves);
    return err;
}

/* ---- quarantine/ ---- */

struct tidy {
    struct store *store;
    uint64_t *files; /* owned; of which a block is in quarantine */
    size_t count;
    size_t room;
};

static enum err take_aside(void *ctx, const struct block_id *name,
                           const struct block_place *place, bool *ret_stop)
{
    struct tidy *tidy = ctx;

    (void)name;
    (void)ret_stop;
    if (place->state != BLOCK_QUARANTINE ||
        (tidy->count > 0 && tidy->files[tidy->count - 1] == place->file)) {
        return ERR_OK;
    }
    if (tidy->count == tidy->room) {
        size_t room = tidy->room < MOVES_MIN ? MOVES_MIN : tidy->room * 2;
        uint64_t *files = realloc(tidy->files, room * sizeof(*files));

        if (files == NULL) {
            return ERR_NO_MEMORY;
        }
        tidy->files = files;
        tidy->room = room;
    }
    tidy->files[tidy->count] = place->file;
    tidy->count++;
    return ERR_OK;
}

static enum err tidy_one(void *ctx, int dir_fd, const char *name,
                         struct why *ret_why)
{
    const struct tidy *tidy = ctx;
    uint64_t file = block_file_name_parse(name, BLOCK_FILE_SUFFIX);

    for (size_t at = 0; at < tidy->count; at++) {
        if (tidy->files[at] == file) {
            return ERR_OK;
        }
    }
    if (file != 0 && unlinkat(dir_fd, name, 0) != 0 && errno != ENOENT) {
        return why_set(ret_why, ERR_IO, "removing " DIR_QUARANTINE "/%s: %s",
                       name, strerror(errno));
    }
    return ERR_OK;
}

enum err mend_tidy(struct store *store, struct why *ret_why)
{
    static const struct block_id FIRST;
    struct tidy tidy = { .store = store };
    enum err err = ERR_OK;

    if (faccessat(store->dir_fd, DIR_QUARANTINE, F_OK, 0) != 0) {
        return ERR_OK;
    }
    err = have_each(store, &FIRST, take_aside, &tidy);
    if (err == ERR_OK) {
        err = dir_each(store->dir_fd, DIR_QUARANTINE, tidy_one, &tidy, ret_why);
    }
    free(tidy.files);
    return err;
}
