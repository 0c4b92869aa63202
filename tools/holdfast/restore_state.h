/* SPDX-License-Identifier: Apache-2.0 */
/* What restore_run.c, restore_small.c and restore_large.c share. Private to
 * them.
 *
 *   unit: IDLE -> WORKING [restore_smalls_take, restore_large_take_block]
 *         -> DONE [on the pool]
 *         small: DONE -> IDLE [restore_smalls_report]
 *         block: DONE -> HASHING [in its turn] -> IDLE [hashed, on the pool's
 *                return; or at once when its file is given up]
 *   slot: FREE -> OPENING [header asked, if needed] -> READING [file is open]
 *         -> FINISHING [all blocks hashed] -> FREE [reported]; from any of them
 *         to FREE when it is given up and nothing of it is on its way */
#ifndef HF_TOOLS_RESTORE_STATE_H
#define HF_TOOLS_RESTORE_STATE_H

#include "pool/pool.h"
#include "tools/holdfast/restore.h"
#include "tools/holdfast/restore_file.h"

#define UNIT_COUNT 8
#define SLOT_COUNT 12 /* large files at work, each with its lane */
#define WORKERS 4     /* two compute, the others wait for the disk */
#define SMALLS_MAX 16 /* of the smallest payloads in one reply */

_Static_assert(SLOT_COUNT <= POOL_LANE_COUNT_MAX, "a lane for each slot");

struct run;
struct slot;

enum unit_state {
    UNIT_IDLE,
    UNIT_WORKING,
    UNIT_DONE,
    UNIT_HASHING
};

enum unit_kind {
    UNIT_SMALLS,
    UNIT_BLOCK
};

/* A small item whole: its only block, and the header object if needed. */
struct small {
    uint32_t item;
    struct span object; /* both in the unit's bytes */
    struct span payload;
    struct restore_file file;
    struct outcome outcome;
};

/* One piece of work for a worker; keeps its memory and its cipher. */
struct unit {
    struct pool_job job;
    struct run *run;
    enum unit_state state;
    enum unit_kind kind;
    struct opener *opener;      /* owned */
    uint8_t *bytes;             /* owned; BLOCK_SIZE_MAX: what a reply holds */
    uint8_t *plain;             /* owned; BLOCK_PLAIN_SIZE */
    struct target_folder *near; /* owned */
    struct slot *slot;          /* UNIT_BLOCK */
    struct file_block block;
    size_t hashed; /* bytes of the output */
    size_t small_count;
    struct small smalls[SMALLS_MAX];
};

enum slot_state {
    SLOT_FREE,
    SLOT_OPENING,
    SLOT_READING,
    SLOT_FINISHING
};

/* A large file at work. */
struct slot {
    struct pool_job job; /* the last one: file_finish() */
    struct run *run;
    int lane;
    enum slot_state state;
    uint64_t serial; /* who began first goes first */
    uint64_t began_ms;
    uint32_t item;
    struct restore_file file;
    struct outcome outcome;
    bool is_given_up; /* the outcome is set */
    bool is_finished;
    uint64_t block_count;
    uint64_t next_ask;
    uint64_t next_hash;
    uint64_t hashed;
    struct block_id *names; /* owned; of one page */
    uint64_t page;
    bool has_page;
    bool is_page_asked;
    size_t waiting; /* requests on their way */
    size_t working; /* units */
};

enum ask_kind {
    ASK_SMALLS,
    ASK_HEADER,
    ASK_NAMES,
    ASK_BLOCK
};

/* A request on its way. */
struct ask {
    enum ask_kind kind;
    struct slot *slot;
    uint64_t index; /* of the block, or page */
    struct block_id name;
    size_t count; /* ASK_SMALLS */
    uint32_t items[SMALLS_MAX];
};

struct run {
    struct restore *restore;
    struct pool *pool; /* owned */
    int wake_fd;       /* eventfd: jobs have finished */
    struct unit units[UNIT_COUNT];
    struct slot slots[SLOT_COUNT];
    struct ask asks[RESTORE_IN_FLIGHT]; /* a ring */
    size_t ask_first;
    size_t ask_count;
    size_t next_small; /* cursors */
    size_t next_large;
    uint64_t serial;
    uint64_t done_bytes;
    uint64_t done_files;
    const char *current;        /* borrowed: a path at work */
    struct target_folder *near; /* owned */
};

/* restore_run.c */
/* The next place in the ring, or NULL when enough is on its way. It counts when
 * restore_asked() was called. */
struct ask *restore_next_ask(struct run *run);
void restore_asked(struct run *run);
struct unit *restore_idle_unit(struct run *run);
void restore_submit(struct run *run, struct pool_job *job);
/* An item is done with: count, tell. */
void restore_report(struct run *run, uint32_t item,
                    const struct outcome *outcome, uint64_t began_ms);

/* restore_small.c: items that fit in one reply. */
bool restore_small_fits(const struct restore *restore,
                        const struct restore_item *item);
/* Ask for some; false when there is nothing to ask for. */
bool restore_smalls_ask(struct run *run);
void restore_smalls_take(struct run *run, const struct ask *ask,
                         const struct msg_get_blocks_reply *reply,
                         struct unit *unit);
/* A done unit. */
void restore_smalls_report(struct run *run, struct unit *unit);

/* restore_large.c: all others, and those to be asked for again. */
bool restore_large_ask(struct run *run);
void restore_large_take_header(struct run *run, const struct ask *ask,
                               const struct msg_get_blocks_reply *reply);
void restore_large_take_names(struct run *run, const struct ask *ask,
                              const struct msg_get_names_reply *reply);
void restore_large_take_block(struct run *run, const struct ask *ask,
                              const struct msg_get_blocks_reply *reply,
                              struct unit *unit);
/* Done units go on to be hashed, done files are reported. */
void restore_large_step(struct run *run);
/* Drop what is open. Nothing may be on the pool. */
void restore_large_close(struct run *run);

#endif
