/* SPDX-License-Identifier: Apache-2.0 */
/* A node's disk in memory: what is durable, the open group, and what was
 * submitted and is not synced yet. A crash loses the last two. The mark is a
 * thing of its own, durable at once. */
#ifndef HF_SIM_DISK_H
#define HF_SIM_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/effect.h"
#include "crypto/digest.h"
#include "model/batch.h"
#include "model/id.h"
#include "model/source.h"

struct disk;

struct disk_mark {
    bool has;
    struct origin origin;
    uint64_t size;
    struct digest root;
    struct digest cosigned; /* zeros: none yet */
    uint64_t statement;     /* 0: none yet */
};

/* The mark after this EFFECT_SIGN. */
void disk_mark_move(struct disk_mark *mark, const struct effect *effect);

struct disk *disk_new(void);
void disk_free(struct disk *disk);
/* A copy of what is durable, mark included: a backup. */
struct disk *disk_copy(const struct disk *disk);

/* What is durable. */
const struct source *disk_source(struct disk *disk);
/* The same, but `have` also counts blocks that are not durable yet. */
const struct source *disk_intake(struct disk *disk);

/* A block into the open group. */
void disk_group_add(struct disk *disk, const struct block_id *name,
                    struct span bytes);
/* Close the open group; with the batch, which is taken, it waits for sync. */
void disk_submit(struct disk *disk, struct batch *batch);
/* The batch alone, before the open group, which stays open. */
void disk_submit_alone(struct disk *disk, struct batch *batch);
/* The oldest one becomes durable; false when none waits. */
bool disk_sync(struct disk *disk);
void disk_crash(struct disk *disk);
/* A note without a name, durable at once: what a driver writes before it makes
 * the core. */
void disk_put_note(struct disk *disk, uint32_t kind, uint64_t number,
                   struct span note);
/* One byte of this block or header object changes. */
void disk_rot(struct disk *disk, const struct block_id *name);
struct disk_mark *disk_mark(struct disk *disk);
/* All blocks are gone, as if somebody deleted them; the records stay, and what
 * they say is held. */
void disk_hollow(struct disk *disk);

/* Everything of one kind that is durable, in key order. BATCH_LEDGER and the
 * rest; DISK_BLOCK for blocks. */
#define DISK_BLOCK 100
typedef void (*disk_each_fn)(void *ctx, const struct batch_op *op,
                             struct span name, struct span value);
void disk_each(const struct disk *disk, int kind, disk_each_fn fn, void *ctx);
/* Leaves of a ledger. */
uint64_t disk_size(const struct disk *disk, uint32_t ledger);
size_t disk_count(const struct disk *disk, int kind);
/* Submitted and not yet synced. */
size_t disk_waiting(const struct disk *disk);
/* Entries that became durable by the last disk_sync(). */
void disk_each_synced(const struct disk *disk, disk_each_fn fn, void *ctx);

#endif
