/* SPDX-License-Identifier: Apache-2.0 */
/* store_open(): the steps of the specification, in order. A step that says no
 * ends the opening with its name and the operator's next command; up to and
 * with step 7 nothing has been changed. Step 12, asking the peers before the
 * first signature, is the core's. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dir.h"
#include "store/gate.h"
#include "store/impl.h"
#include "store/ladder.h"
#include "store/safety.h"
#include "store/store.h"
#include "store/sweep.h"

#define REASON_SIZE_MAX 260 /* so that the next command still fits */

struct opening {
    struct store *store; /* borrowed */
    struct store_opened opened;
    char *database;     /* owned; DIR/db */
    enum db_care care;  /* how far down the ladder */
    size_t block_files; /* in step 5 */
};

static enum err step_lock(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;

    return dir_lock(store->dir, &store->dir_fd, ret_why);
}

static enum err step_marker(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;
    struct marker marker;
    enum err err = marker_read(store->dir_fd, &marker, ret_why);

    if (err == ERR_NOT_FOUND) {
        return why_set(ret_why, err, "there is no store in %s", store->dir);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (strcmp(marker.node, store->node) != 0) {
        return why_set(ret_why, ERR_WRONG_KEY,
                       "%s is the store of node %s, not of %s", store->dir,
                       marker.node, store->node);
    }
    if (marker.unfinished) {
        return why_set(ret_why, ERR_NOT_FOUND,
                       "the store in %s was begun and never finished",
                       store->dir);
    }
    return ERR_OK;
}

static enum err step_mark(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;
    struct place place;
    enum err err =
        mark_open(store->dir_fd, &store->mark_fd, &store->mark, ret_why);

    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    if (strcmp(store->mark.node, store->node) != 0) {
        return why_set(ret_why, ERR_WRONG_KEY, "the mark is that of node %s",
                       store->mark.node);
    }
    if (place_of(store->mark_fd, &place) != ERR_OK) {
        return why_set(ret_why, ERR_IO, "asking where the mark lies: %s",
                       strerror(errno));
    }
    /* A node that has not signed anything has no ledger to leave. */
    if (store->mark.spoken.has_ledger &&
        !place_equal(&place, &store->mark.place)) {
        store->mark.moved = true;
    }
    store->mark.place = place;
    opening->opened.moved = store->mark.moved;
    opening->opened.mark = store->mark.spoken;
    return ERR_OK;
}

static enum err step_manifest(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;
    const struct mark *mark = &store->mark;
    struct manifest_state state;
    uint64_t number;
    enum err err = manifest_current(store->dir_fd, &number, ret_why);

    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    if (number > mark->manifest_number && mark->opening) {
        return ERR_OK; /* an opening got as far as a new MANIFEST */
    }
    if (number != mark->manifest_number) {
        return why_set(ret_why, ERR_CORRUPT,
                       "RocksDB's MANIFEST has number %" PRIu64
                       ", the mark has %" PRIu64,
                       number, mark->manifest_number);
    }
    err = manifest_prefix(store->dir_fd, mark->manifest_size, &state, ret_why);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    if (!digest_equal(&state.hash, &mark->manifest_hash)) {
        return why_set(ret_why, ERR_CORRUPT,
                       "RocksDB's MANIFEST has changed since the mark");
    }
    return ERR_OK;
}

/* Steps 5, 6 and 7: RocksDB looks, and changes nothing. */
static enum err step_look(struct opening *opening, struct why *ret_why)
{
    struct gate_found found;
    struct db db;
    enum err err = ladder_open(opening->database, DB_READ_ONLY, &opening->care,
                               &db, &opening->opened.note, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    err = gate_check(&db, &opening->store->mark, &found, ret_why);
    db_close(&db);
    if (err == ERR_OK) {
        opening->block_files = found.block_files;
        table_done(&found.table);
    }
    return err;
}

static enum err step_safety(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;
    enum err err;

    store->mark.opening = true;
    err = mark_write(store->mark_fd, &store->mark, ret_why);
    if (err == ERR_OK) {
        err = safety_keep(store->dir_fd, ret_why);
    }
    if (err == ERR_OK) {
        err = dir_make(store->dir_fd, DIR_BLOCKS, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    store->blocks_fd = openat(store->dir_fd, DIR_BLOCKS,
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (store->blocks_fd < 0) {
        return why_set(ret_why, ERR_IO, "opening " DIR_BLOCKS ": %s",
                       strerror(errno));
    }
    return ERR_OK;
}

static enum err step_open(struct opening *opening, struct why *ret_why)
{
    return db_open(opening->database, DB_READ_WRITE, opening->care,
                   &opening->store->db, ret_why);
}

static enum err step_check(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;
    struct gate_found found;
    enum err err = gate_check(&store->db, &store->mark, &found, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    store->table = found.table;
    store->counts = found.counts;
    if (found.block_files < opening->block_files) {
        return why_set(ret_why, ERR_CORRUPT,
                       "RocksDB dropped block files: %zu of %zu are left",
                       found.block_files, opening->block_files);
    }
    return ERR_OK;
}

static enum err step_renew(struct opening *opening, struct why *ret_why)
{
    struct store *store = opening->store;
    struct manifest_state state;
    enum err err = sweep(store, &opening->opened.note, ret_why);

    if (err == ERR_OK) {
        err = manifest_follow(&store->manifest, &state, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    store->mark.opening = false;
    store->mark.sequence = rocksdb_get_latest_sequence_number(store->db.handle);
    store->mark.records = store->counts.records;
    store->mark.manifest_number = state.number;
    store->mark.manifest_size = state.size;
    store->mark.manifest_hash = state.hash;
    err = mark_write(store->mark_fd, &store->mark, ret_why);
    if (err == ERR_OK) {
        err = safety_drop(store->dir_fd, ret_why);
    }
    return err;
}

struct step {
    const char *name;
    enum err (*go)(struct opening *opening, struct why *ret_why);
    bool changes; /* the directory is no longer as it was */
};

static const struct step STEPS[] = {
    { "step 1 (lock)", step_lock, false },
    { "step 2 (marker)", step_marker, false },
    { "step 3 (mark)", step_mark, false },
    { "step 4 (MANIFEST)", step_manifest, false },
    { "steps 5 to 7 (looking at the database)", step_look, false },
    { "step 8 (safety links)", step_safety, true },
    { "step 9 (opening the database)", step_open, true },
    { "step 10 (looking again)", step_check, true },
    { "step 11 (new mark)", step_renew, true },
};

/* What the operator does next. */
static const char *next_of(enum err err)
{
    if (err == ERR_BUSY) {
        return "stop the other one, then start again";
    }
    if (err == ERR_NOT_FOUND) {
        return "mount its disk, or make a store with: holdfast init";
    }
    if (err == ERR_WRONG_KEY) {
        return "check node and data in the configuration";
    }
    if (err == ERR_NEWER) {
        return "install the newer release of holdfast";
    }
    if (err == ERR_PERMISSION) {
        return "check whose the directory is: ls -ld";
    }
    if (err == ERR_CORRUPT) {
        return "keep this directory for holdfast rescue, and begin in an "
               "empty one with: holdfast init";
    }
    return "look at the disk (dmesg, df), then start again";
}

static enum err stop(const struct step *step, enum err err, struct why *ret_why)
{
    struct why reason;

    if (ret_why == NULL) {
        return err;
    }
    reason = *ret_why;
    return why_set(ret_why, err, "%s: %.*s; %s; next: %s", step->name,
                   REASON_SIZE_MAX, reason.text,
                   step->changes ? "the files as they were are in " DIR_SAFETY
                                 : "nothing was changed",
                   next_of(err));
}

void store_free(struct store *store)
{
    int fds[] = { store->mark_fd, store->blocks_fd, store->dir_fd };

    db_close(&store->db);
    table_done(&store->table);
    manifest_done(&store->manifest);
    for (size_t index = 0; index < sizeof(fds) / sizeof(fds[0]); index++) {
        if (fds[index] >= 0) {
            (void)close(fds[index]); /* the last one gives the lock back */
        }
    }
    (void)umask(store->umask_before);
    free(store->dir);
    free(store);
}

struct store *store_new(const char *dir, const char *node,
                        uint64_t min_free_bytes)
{
    struct store *store = calloc(1, sizeof(*store));

    if (store == NULL) {
        return NULL;
    }
    store->dir_fd = -1;
    store->blocks_fd = -1;
    store->mark_fd = -1;
    store->reserve = store_reserve(min_free_bytes);
    table_init(&store->table);
    manifest_init(&store->manifest, -1);
    atomic_init(&store->poisoned, false);
    atomic_init(&store->next_file, 1);
    doubts_init(&store->doubts);
    (void)snprintf(store->node, sizeof(store->node), "%s", node);
    store_source_init(store);
    /* RocksDB makes files whenever it likes, with the modes it likes. */
    store->umask_before = umask(077);
    (void)umask(store->umask_before | 077);
    store->dir = strdup(dir);
    return store;
}

enum err store_open(const char *dir, const char *node_label,
                    uint64_t min_free_bytes, struct store **ret_store,
                    struct store_opened *ret_opened, struct why *ret_why)
{
    struct opening opening = { .care = DB_STRICT };
    struct store *store = store_new(dir, node_label, min_free_bytes);
    struct why reason = { "" };
    size_t room = strlen(dir) + sizeof("/" DIR_DATABASE);
    enum err err = ERR_OK;

    if (store == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    opening.store = store;
    opening.database = malloc(room);
    if (store->dir == NULL || opening.database == NULL) {
        err = why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        goto out;
    }
    (void)snprintf(opening.database, room, "%s/" DIR_DATABASE, dir);
    for (size_t at = 0; at < sizeof(STEPS) / sizeof(STEPS[0]); at++) {
        err = STEPS[at].go(&opening, &reason);
        if (err != ERR_OK) {
            err = stop(&STEPS[at], err, &reason);
            (void)why_set(ret_why, err, "%s", reason.text);
            goto out;
        }
        store->manifest.dir_fd = store->dir_fd;
    }
    *ret_store = store;
    *ret_opened = opening.opened;
out:
    free(opening.database);
    if (err != ERR_OK) {
        store_free(store);
    }
    return err;
}

void store_close(struct store *store)
{
    if (store == NULL) {
        return;
    }
    if (!atomic_load(&store->poisoned) &&
        store_check_free(store, DB_WRITE_BUFFER_SIZE, NULL) == ERR_OK) {
        db_flush(&store->db);
    }
    store_free(store);
}
