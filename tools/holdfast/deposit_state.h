/* SPDX-License-Identifier: Apache-2.0 */
/* What deposit_run.c, deposit_units.c and deposit_large.c share. Private to
 * them.
 *
 *   unit:  IDLE -> WORKING [units_start] -> DONE [on the pool] -> IDLE
 *          [units_take: sent]
 *   large: closed -> open [large_open] -> closed [large_finish, or failed] */
#ifndef HF_TOOLS_DEPOSIT_STATE_H
#define HF_TOOLS_DEPOSIT_STATE_H

#include "crypto/digest.h"
#include "pool/pool.h"
#include "tools/holdfast/deposit_types.h"

#define UNIT_COUNT 6
#define SMALLS_MAX 17             /* of the smallest payloads in one request */
#define REQUEST_BYTES_MAX 1180000 /* blocks and headers; the rest is names */

enum unit_kind {
    UNIT_SMALLS,
    UNIT_BLOCK
};
enum unit_state {
    UNIT_IDLE,
    UNIT_WORKING,
    UNIT_DONE
};

struct run;

/* One piece of work for a worker; keeps its memory and its cipher. */
struct unit {
    struct pool_job job;
    struct run *run;
    enum unit_state state;
    enum unit_kind kind;
    struct sealer *sealer; /* owned */
    uint8_t *plain;        /* owned; SMALL_PLAIN_MAX + 1 */
    uint8_t *blocks;       /* owned; REQUEST_BYTES_MAX + SMALL_SEALED_MAX */
    struct small_item smalls[SMALLS_MAX];
    size_t small_count;
    uint64_t index; /* UNIT_BLOCK: of the large file that is open */
    size_t plain_size;
    size_t block_size;
    struct block_id name;
    enum err err;
    struct why why;
};

/* The large file at work. */
struct large {
    struct file_entry *file; /* NULL: none is open */
    int fd;
    struct deposit_plan plan;
    struct sealing_secrets secrets;
    struct sha256 sha256;
    struct sha512 sha512;
    struct block_id *names;         /* owned */
    uint64_t next_start;            /* index of the next block to seal */
    uint64_t next_take;             /* and to send: in order, for the hash */
    const struct journal_file *old; /* borrowed; resuming this attempt */
    uint8_t *lacks; /* owned; for old->blocks: 1 = the node lacks it */
    uint64_t number;
    uint64_t sent_before; /* run->sent_count when it began */
    unsigned attempts;
    bool is_stale; /* changed: let the workers end, then begin anew */
    struct why stale_why;
};

/* A request on its way, and what it carries. */
struct asked_item {
    struct file_entry *file;
    struct payload_root root;
    uint64_t number; /* in the journal */
};

struct asked {
    size_t count;
    struct asked_item items[SMALLS_MAX];
};

struct run {
    struct deposit_run_options options;
    struct deposit_run_result result;
    struct pool *pool; /* owned */
    struct unit units[UNIT_COUNT];
    struct large large;
    size_t next_small; /* cursors in the list */
    size_t next_large;
    uint64_t sent_count;                    /* requests, all of them */
    struct asked asked[LINE_IN_FLIGHT_MAX]; /* a ring */
    size_t asked_first;
    size_t asked_count;
    uint64_t sent_bytes; /* plaintext */
    const char *current; /* name at work */
};

/* deposit_run.c */
/* This file is given up; the run goes on. */
void run_fail(struct run *run, const struct file_entry *file,
              const char *sentence);
/* The run ends. */
void run_stop(struct run *run, enum err err, const char *code,
              const struct why *why);
bool run_stopped(const struct run *run);
/* Write the journal, then send; takes replies when too much is on its way. */
/* On a line that is not ordered: wait until all requests behind the first
 * `sent_before` ones are answered, because the next one builds on them. */
void run_wait_since(struct run *run, uint64_t sent_before);
void run_send(struct run *run, const struct msg_deposit *deposit,
              const struct asked_item *items, size_t count);
/* Wait for every reply that is due. */
void run_drain(struct run *run);
void run_progress(struct run *run);

/* deposit_units.c: files up to SMALL_PLAIN_MAX. */
bool smalls_start(struct run *run, struct unit *unit);
void smalls_take(struct run *run, struct unit *unit);

/* deposit_large.c: all others. */
bool large_start(struct run *run, struct unit *unit);
/* Is this done unit the next one in order? */
bool large_is_next(const struct run *run, const struct unit *unit);
void large_take(struct run *run, struct unit *unit);
void large_close(struct run *run);

#endif
