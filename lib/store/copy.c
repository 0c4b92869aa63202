/* SPDX-License-Identifier: Apache-2.0 */
/* Opening what somebody copied. The order at open of store_open() guards what
 * this node has said; a copy was never ours to speak for, so only what reading
 * needs is asked: no daemon in it, a format that we know, a database that holds
 * together. The mark is not looked at. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "store/dir.h"
#include "store/gate.h"
#include "store/impl.h"
#include "store/ladder.h"
#include "store/mark.h"
#include "store/store.h"

#define REASON_SIZE_MAX 160 /* so that what to do still fits */

static enum err read_marker(struct store *store, struct marker *ret_marker,
                            struct why *ret_why)
{
    enum err err = marker_read(store->dir_fd, ret_marker, ret_why);

    if (err == ERR_NOT_FOUND) {
        return why_set(ret_why, err,
                       "there is no store in %s; the data directory is the "
                       "one with the file " DIR_MARKER,
                       store->dir);
    }
    if (err == ERR_OK && ret_marker->unfinished) {
        return why_set(ret_why, ERR_NOT_FOUND,
                       "the store in %s was begun and never finished",
                       store->dir);
    }
    return err;
}

/* A directory that is copied while its daemon writes is a mix of moments: the
 * list of files names some that were not copied any more, or not yet. */
static enum err torn(struct store *store, enum err err,
                     const struct why *reason, struct why *ret_why)
{
    if (err != ERR_CORRUPT && err != ERR_IO) {
        return why_set(ret_why, err, "%s", reason->text);
    }
    return why_set(ret_why, err,
                   "%s does not hold together: it was copied while its node "
                   "was running, or its disk is damaged (%.*s); stop "
                   "holdfastd there, or freeze the disk by a snapshot, and "
                   "copy again: rsync moves only what differs",
                   store->dir, REASON_SIZE_MAX, reason->text);
}

static enum err open_database(struct store *store, struct why *ret_note,
                              struct why *ret_why)
{
    size_t room = strlen(store->dir) + sizeof("/" DIR_DATABASE);
    char *path = malloc(room);
    struct gate_found found;
    struct why reason = { "" };
    enum db_care care;
    enum err err;

    if (path == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    (void)snprintf(path, room, "%s/" DIR_DATABASE, store->dir);
    err = ladder_open(path, DB_READ_COPY, &care, &store->db, ret_note, &reason);
    free(path);
    if (err == ERR_OK) {
        err = gate_look(&store->db, &found, &reason);
    }
    if (err != ERR_OK) {
        return torn(store, err, &reason, ret_why);
    }
    store->table = found.table;
    store->counts = found.counts;
    return ERR_OK;
}

/* A log that was not copied, or not all of it, leaves no hole that RocksDB
 * could see; what its node had marked as said tells. */
static void look_for_loss(struct store *store, struct why *note)
{
    uint64_t held = store->counts.records;
    struct mark mark;

    if (mark_read(store->dir_fd, &mark, NULL) != ERR_OK ||
        rocksdb_get_latest_sequence_number(store->db.handle) >= mark.sequence) {
        return;
    }
    (void)why_set(note, ERR_CORRUPT,
                  "the end of this copy is missing (%" PRIu64 " of %" PRIu64
                  " records are in it): it was copied while its "
                  "node was running; copy again from the stopped node for the "
                  "rest",
                  held, mark.records);
}

enum err store_open_copy(const char *dir, struct store **ret_store,
                         struct store_copied *ret_copied, struct why *ret_why)
{
    struct store *store = store_new(dir, "", 0);
    struct store_copied copied = { .node = "" };
    struct marker marker;
    enum err err;

    if (store == NULL || store->dir == NULL) {
        err = why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        goto out;
    }
    (void)store_poison(store, ERR_OK); /* nothing is ever written to it */
    err = dir_lock_shared(dir, &store->dir_fd, ret_why);
    if (err == ERR_OK) {
        err = read_marker(store, &marker, ret_why);
    }
    if (err == ERR_OK) {
        err = open_database(store, &copied.note, ret_why);
    }
    if (err != ERR_OK) {
        goto out;
    }
    if (copied.note.text[0] == '\0') {
        look_for_loss(store, &copied.note);
    }
    memcpy(copied.node, marker.node, sizeof(copied.node));
    memcpy(store->node, marker.node, sizeof(store->node));
    *ret_store = store;
    *ret_copied = copied;
    return ERR_OK;
out:
    store_close(store);
    return err;
}
