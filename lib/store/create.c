/* SPDX-License-Identifier: Apache-2.0 */
/* store_create(): for `init` and `rescue` only. The marker says "unfinished"
 * until everything else is durable, so a crash at any point leaves something
 * that opening refuses and creating begins anew. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/db.h"
#include "store/dir.h"
#include "store/keys.h"
#include "store/manifest.h"
#include "store/mark.h"
#include "store/store.h"

/* Makes backup programs leave the directory alone: a store that comes back
 * from a backup knows less than the node has said since. */
static const char CACHE_TAG[] =
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# The peers of this holdfast node are its backup. Do not restore this\n"
    "# directory; keep the node key, the roster and the configuration.\n";

/* What our own unfinished creation may have left. */
static const char *const OWN_NAMES[] = {
    DIR_MARKER,   DIR_MARKER DIR_NEW_SUFFIX,
    DIR_README,   DIR_README DIR_NEW_SUFFIX,
    DIR_TAG,      DIR_TAG DIR_NEW_SUFFIX,
    DIR_MARK,     DIR_MANIFEST_COPY,
    DIR_DATABASE, DIR_MANIFEST_COPY DIR_NEW_SUFFIX,
    DIR_BLOCKS,   "lost+found", /* the root of a file system */
};

struct creation {
    const char *dir;
    const char *node;
    int dir_fd;
    bool begun; /* our own marker, unfinished, is there */
};

static enum err check_entry(void *ctx, int dir_fd, const char *name,
                            struct why *ret_why)
{
    const struct creation *creation = ctx;

    (void)dir_fd;
    for (size_t at = 0; at < sizeof(OWN_NAMES) / sizeof(OWN_NAMES[0]); at++) {
        bool is_own = strcmp(name, OWN_NAMES[at]) == 0;

        if (is_own && (creation->begun || strcmp(name, "lost+found") == 0 ||
                       strcmp(name, DIR_MARKER DIR_NEW_SUFFIX) == 0)) {
            return ERR_OK;
        }
    }
    return why_set(ret_why, ERR_CONFLICT,
                   "%s is not empty: it holds %s; choose an empty directory",
                   creation->dir, name);
}

static enum err check_empty(struct creation *creation, struct why *ret_why)
{
    struct marker marker;
    enum err err = marker_read(creation->dir_fd, &marker, ret_why);

    if (err == ERR_OK &&
        (!marker.unfinished || strcmp(marker.node, creation->node) != 0)) {
        return why_set(ret_why, ERR_CONFLICT,
                       "%s holds the store of node %s already", creation->dir,
                       marker.node);
    }
    if (err == ERR_NEWER || err == ERR_CORRUPT) {
        return why_set(ret_why, ERR_CONFLICT,
                       "%s holds the store of another release, or a damaged "
                       "one; choose an empty directory",
                       creation->dir);
    }
    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    creation->begun = err == ERR_OK;
    return dir_each(creation->dir_fd, ".", check_entry, creation, ret_why);
}

/* Nothing of an unfinished store was ever spoken of. */
static enum err remove_rest(const struct creation *creation,
                            struct why *ret_why)
{
    enum err err = dir_remove(creation->dir_fd, DIR_DATABASE, ret_why);

    if (err == ERR_OK) {
        err = dir_remove(creation->dir_fd, DIR_BLOCKS, ret_why);
    }
    return err;
}

static enum err make_files(const struct creation *creation, struct span readme,
                           struct why *ret_why)
{
    enum err err = file_write(creation->dir_fd, DIR_README, readme, ret_why);

    if (err == ERR_OK) {
        err =
            file_write(creation->dir_fd, DIR_TAG, span_str(CACHE_TAG), ret_why);
    }
    if (err == ERR_OK) {
        err = dir_make(creation->dir_fd, DIR_DATABASE, ret_why);
    }
    if (err == ERR_OK) {
        err = dir_make(creation->dir_fd, DIR_BLOCKS, ret_why);
    }
    return err;
}

/* The first entries; *ret_sequence is what the mark has to know. */
static enum err first_write(const struct db *db, const char *node,
                            uint64_t *ret_sequence, struct why *ret_why)
{
    rocksdb_writebatch_t *batch = rocksdb_writebatch_create();
    struct counts counts = { 0, 0 };
    uint8_t value[COUNTS_SIZE];
    char version[16];
    enum err err;

    (void)snprintf(version, sizeof(version), "%d", STORE_FORMAT_VERSION);
    counts_encode(&counts, value);
    db_put(batch, db, FAMILY_META, META_KEY(META_FORMAT), span_str(version));
    db_put(batch, db, FAMILY_META, META_KEY(META_NODE), span_str(node));
    db_put(batch, db, FAMILY_META, META_KEY(META_COUNTS),
           span_of(value, sizeof(value)));
    err = db_write(db, batch, ret_why);
    rocksdb_writebatch_destroy(batch);
    *ret_sequence = rocksdb_get_latest_sequence_number(db->handle);
    return err;
}

static enum err make_database(const struct creation *creation,
                              uint64_t *ret_sequence, struct why *ret_why)
{
    size_t room = strlen(creation->dir) + sizeof("/" DIR_DATABASE);
    char *path = malloc(room);
    struct db db;
    enum err err;

    if (path == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    (void)snprintf(path, room, "%s/" DIR_DATABASE, creation->dir);
    err = db_open(path, DB_CREATE, DB_STRICT, &db, ret_why);
    free(path);
    if (err != ERR_OK) {
        return err;
    }
    err = first_write(&db, creation->node, ret_sequence, ret_why);
    db_close(&db);
    return err;
}

static enum err make_mark(const struct creation *creation, uint64_t sequence,
                          struct why *ret_why)
{
    struct mark mark = { .sequence = sequence };
    struct manifest manifest;
    struct manifest_state state;
    int fd = -1;
    enum err err;

    manifest_init(&manifest, creation->dir_fd);
    err = manifest_follow(&manifest, &state, ret_why);
    manifest_done(&manifest);
    if (err == ERR_OK) {
        err = mark_create(creation->dir_fd, &fd, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    (void)snprintf(mark.node, sizeof(mark.node), "%s", creation->node);
    mark.manifest_number = state.number;
    mark.manifest_size = state.size;
    mark.manifest_hash = state.hash;
    err = place_of(fd, &mark.place);
    if (err != ERR_OK) {
        err = why_set(ret_why, err, "asking where the mark lies: %s",
                      strerror(errno));
    }
    /* Both slots, so that one bad slot never means none. */
    for (int slot = 0; err == ERR_OK && slot < MARK_SLOTS; slot++) {
        err = mark_write(fd, &mark, ret_why);
    }
    (void)close(fd);
    if (err == ERR_OK) {
        err = dir_sync(creation->dir_fd, NULL, ret_why);
    }
    return err;
}

static enum err create(struct creation *creation, struct span readme,
                       struct why *ret_why)
{
    struct marker marker = { .unfinished = true };
    uint64_t sequence = 0;
    enum err err = check_empty(creation, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (fchmod(creation->dir_fd, 0700) != 0) {
        return why_set(ret_why, err_of_errno(errno), "chmod 0700 %s: %s",
                       creation->dir, strerror(errno));
    }
    memcpy(marker.node, creation->node, strlen(creation->node) + 1);
    err = marker_write(creation->dir_fd, &marker, ret_why);
    if (err == ERR_OK) {
        err = remove_rest(creation, ret_why);
    }
    if (err == ERR_OK) {
        err = make_files(creation, readme, ret_why);
    }
    if (err == ERR_OK) {
        err = make_database(creation, &sequence, ret_why);
    }
    if (err == ERR_OK) {
        err = make_mark(creation, sequence, ret_why);
    }
    if (err == ERR_OK) {
        marker.unfinished = false;
        err = marker_write(creation->dir_fd, &marker, ret_why);
    }
    return err;
}

enum err store_create(const char *dir, const char *node_label,
                      struct span readme, struct why *ret_why)
{
    struct creation creation = { .dir = dir, .node = node_label, .dir_fd = -1 };
    mode_t umask_before;
    enum err err;

    if (!label_valid(span_str(node_label))) {
        return why_set(ret_why, ERR_MALFORMED, "%s is no label of a node",
                       node_label);
    }
    if (mkdir(dir, 0700) != 0 && errno != EEXIST) {
        return why_set(ret_why, err_of_errno(errno), "making %s: %s", dir,
                       strerror(errno));
    }
    err = dir_lock(dir, &creation.dir_fd, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    umask_before = umask(077);
    err = create(&creation, readme, ret_why);
    (void)umask(umask_before);
    (void)close(creation.dir_fd);
    return err;
}
