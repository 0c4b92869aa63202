/* SPDX-License-Identifier: Apache-2.0 */
/* The node's store: one RocksDB database, block files with their own hard
 * links, and the mark beside it, in one data directory that a kernel lock
 * guards. Never created by opening: store_create() does (init). Options,
 * families and the order at open: specs of the store in lib/store/README.md.
 *
 * Threads: store_create, _open, _close, _mark: one thread at a time, nobody
 * else in the store. A group belongs to one thread at a time; appending to one
 * group and committing another may overlap; commits one at a time. Reads (the
 * source) from any thread. All of it may block.
 *
 * After an ERR_IO or ERR_CORRUPT from a write the store is poisoned: every
 * later write and mark returns ERR_IO; close, exit 75, let the checks at the
 * next open decide. Nothing is ever retried. */
#ifndef HF_STORE_STORE_H
#define HF_STORE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/text.h"
#include "base/why.h"
#include "model/batch.h"
#include "model/id.h"
#include "model/source.h"

struct store;
struct store_group;

struct store_mark {  /* what the last signature spoke of */
    bool has_ledger; /* false until the first ledger is opened */
    struct origin origin;
    uint64_t size;
    struct digest root;
    uint64_t signatures; /* made in all; grows with each mark */
    uint64_t roster_version;
    struct digest roster_hash;
    struct digest cosigned; /* of the heads cosigned last; zeros: none yet */
    uint64_t statement;     /* number of the newest statement; 0: none yet */
};

struct store_opened { /* what opening found */
    bool moved;       /* the mark's place differs: open a new ledger */
    struct store_mark mark;
    struct why note; /* for the operator; empty when all is well */
};

/* Make the data directory of a node: lock, marker file, README, empty
 * database, first mark without origin. Refuses (ERR_CONFLICT) a directory that
 * holds anything but this node's own unfinished creation; safe to repeat after
 * a crash. `readme` is the text of the plain-words file. */
MUST_USE enum err store_create(const char *dir, const char *node_label,
                               struct span readme, struct why *ret_why);

/* Open for reading and writing by the steps of the specification (README.md of
 * this folder); the sentence names the step and the next command. Until
 * store_close() the process's umask is at least 077. ERR_BUSY: in
 * use; ERR_NOT_FOUND: no store there; ERR_NEWER: made by a newer release;
 * ERR_WRONG_KEY: another node's; ERR_CORRUPT: a check failed, nothing was
 * changed. min_free_bytes: the reserve, 0 = the default. */
MUST_USE enum err store_open(const char *dir, const char *node_label,
                             uint64_t min_free_bytes, struct store **ret_store,
                             struct store_opened *ret_opened,
                             struct why *ret_why);
/* ---- somebody's copy ---- */

struct store_copied {
    char node[LABEL_SIZE_MAX + 1]; /* whose it was */
    struct why note; /* for the operator; empty when all is well */
};

/* Open a copy of another node's data directory for reading: its source, its
 * scans; every write is refused. Nothing below `dir` is changed, so it may lie
 * on a disk that is mounted read-only; what is gone or damaged in it, and that
 * its mark speaks of another place, is no reason. The copy proves nothing:
 * whoever uses it verifies every byte. ERR_NOT_FOUND: no store there; ERR_BUSY:
 * a daemon has it open; ERR_NEWER; ERR_PERMISSION; ERR_CORRUPT: it does not
 * hold together; ERR_IO, ERR_NO_MEMORY. Ended by store_close(). */
MUST_USE enum err store_open_copy(const char *dir, struct store **ret_store,
                                  struct store_copied *ret_copied,
                                  struct why *ret_why);

/* NULL is fine. Every group was committed or freed before. Takes as long as it
 * takes to write what RocksDB has in memory, at most 64 MiB. */
void store_close(struct store *store);

/* Reads, from any thread, valid until store_close. */
const struct source *store_source(struct store *store);

/* ---- writing ---- */

/* An empty group. */
struct store_group *store_group_new(struct store *store);
/* Drop a group that was not committed. NULL is fine. */
void store_group_free(struct store_group *group);
/* Append a block whose name the caller has verified. Already held, or already
 * in this group: nothing happens, ERR_OK. Bytes are written on, not kept in
 * memory, once the group is larger than GROUP_YOUNG_SIZE_MAX. ERR_FULL below
 * the reserve. */
MUST_USE enum err store_group_add(struct store_group *group,
                                  const struct block_id *name,
                                  struct span bytes, struct why *ret_why);
/* Bytes of blocks in it. */
uint64_t store_group_size(const struct store_group *group);
/* Make the group's blocks (group may be NULL: none) and the batch durable:
 * file, ingest, one synced write. ERR_FULL: less than half of the reserve is
 * free; nothing was written, the group is still the caller's, and the same
 * call may succeed later. In every other case the group is freed. */
MUST_USE enum err store_commit(struct store *store, struct store_group *group,
                               const struct batch *batch, struct why *ret_why);
/* Write the mark, durable when it returns; before each signature. The store
 * adds its own fields (sequence number, MANIFEST, counts) and counts
 * `signatures` up by itself: the caller's number is not looked at. Nothing is
 * written on ERR_NOT_FOUND (no such ledger), ERR_RANGE (more leaves than it
 * has), ERR_CONFLICT (fewer than were marked), ERR_FORKED (another root for
 * the same size). A root that the tree does not have is ERR_CORRUPT and
 * poisons. */
MUST_USE enum err store_set_mark(struct store *store,
                                 const struct store_mark *mark,
                                 struct why *ret_why);

/* ---- start-up scans; callback returns false to stop ---- */

typedef bool (*store_ledger_fn)(void *ctx, uint32_t ledger, struct span origin,
                                uint64_t size);
/* Every ledger, with the number of its leaves. */
MUST_USE enum err store_each_ledger(struct store *store, store_ledger_fn fn,
                                    void *ctx, struct why *ret_why);
typedef bool (*store_entry_fn)(void *ctx, struct span key, struct span value);
/* Every pending deposit; key = header id. */
MUST_USE enum err store_each_pending(struct store *store, store_entry_fn fn,
                                     void *ctx, struct why *ret_why);
/* The held bitmap of a ledger; key = 8-byte chunk number. */
MUST_USE enum err store_each_held(struct store *store, uint32_t ledger,
                                  store_entry_fn fn, void *ctx,
                                  struct why *ret_why);
/* Leaves [from, to) of a ledger; key = 8-byte index. Any thread. */
MUST_USE enum err store_each_leaf(struct store *store, uint32_t ledger,
                                  uint64_t from, uint64_t to, store_entry_fn fn,
                                  void *ctx, struct why *ret_why);

/* Every note of a kind; key = name | number (8). Any thread. */
MUST_USE enum err store_each_note(struct store *store, uint32_t kind,
                                  store_entry_fn fn, void *ctx,
                                  struct why *ret_why);

/* ---- space ---- */

struct store_space {
    uint64_t free_bytes;
    uint64_t reserve_bytes;
    uint64_t total_bytes;
};
MUST_USE enum err store_space(struct store *store,
                              struct store_space *ret_space);

#endif
