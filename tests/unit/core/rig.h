/* SPDX-License-Identifier: Apache-2.0 */
/* Some nodes with disks, wired to each other without delay: everything that
 * they want done is done in the order in which they asked for it, and written
 * down as one line each. A test tells what happens and compares the lines. */
#ifndef HF_CORE_RIG_H
#define HF_CORE_RIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/node.h"
#include "ledger/note.h"
#include "model/placement.h"
#include "model/record.h"
#include "sim/disk.h"
#include "sim/members.h"
#include "wire/message.h"

#define RIG_NODES 4
#define RIG_QUEUE 512
#define RIG_CLIENT 99    /* who asks, beside the nodes */
#define RIG_LINGER_MS 50 /* a small group waits a moment for more */

enum rig_what {
    RIG_REQUEST,
    RIG_REPLY,
    RIG_PERSIST,
    RIG_SIGN,
    RIG_LOAD,
    RIG_NOTHING /* an EFFECT_PUSH that found nothing to bring */
};

struct rig_thing {
    enum rig_what what;
    size_t from; /* who asked, or whose disk */
    size_t to;
    uint64_t token;
    uint64_t request;
    enum message_kind kind;
    struct buf bytes; /* owned */
    struct block_id names[BLOCKS_PER_REQUEST_MAX];
    bool headers[BLOCKS_PER_REQUEST_MAX];
    size_t names_count;
    struct placement placement; /* LOAD */
    bool has_placement;
    struct want items[LOAD_ITEMS_MAX];
    size_t items_count;
    struct prove_task tasks[PROVE_TASKS_MAX];
    size_t tasks_count;
    struct disk_mark mark;
    enum sign_kind sign;
    uint64_t time;
};

struct rig_node {
    struct node *core;
    struct disk *disk;
    struct disk_mark said; /* the mark once all under way is durable */
    bool moved;
    size_t file; /* versions in its roster file */
    unsigned starts;
    int64_t ahead_s; /* its clock is wrong by so much */
};

struct rig {
    struct members members;
    size_t count;
    struct rig_node nodes[RIG_NODES];
    uint64_t now_ms;
    uint64_t request;
    struct rig_thing queue[RIG_QUEUE];
    size_t queued;
    struct rig_thing parked[RIG_QUEUE]; /* requests not answered yet */
    size_t parked_count;
    struct buf trace;
    bool hold_disk;      /* PERSISTs stay in the queue */
    bool shows_proofs;   /* else challenges leave no lines */
    unsigned hold_after; /* so many more, then hold_disk; 0: no matter */
    /* Requests to this one are not heard; they end with their line. */
    bool drop[RIG_NODES];
    /* Called with each reply before it is delivered; may change it. */
    void (*meddle)(struct rig *rig, struct rig_thing *reply);
    /* The same with each request. */
    void (*meddle_request)(struct rig *rig, struct rig_thing *request);
    /* The last answers to the test's own requests. */
    struct buf answer;
    enum message_kind answer_kind;
};

void rig_init(struct rig *rig, size_t members, size_t nodes);
/* Nodes from `listeners` on can only dial. */
void rig_init_dialling(struct rig *rig, size_t nodes, size_t listeners);
/* The rule wants so many copies of each item. */
void rig_init_copies(struct rig *rig, size_t nodes, size_t copies);
void rig_done(struct rig *rig);
/* Start, or start again with what is on the disk. */
void rig_start(struct rig *rig, size_t node);
void rig_stop(struct rig *rig, size_t node);
uint64_t rig_clock_s(const struct rig *rig, size_t node);
/* One event, and all that follows from it. */
void rig_step(struct rig *rig, size_t node, struct event *event);
void rig_run(struct rig *rig);
/* The next thing alone; there must be one. */
void rig_turn(struct rig *rig);
void rig_link(struct rig *rig, size_t from, size_t to);
void rig_unlink(struct rig *rig, size_t from, size_t to);
/* Links of all with all. */
void rig_link_all(struct rig *rig);
/* Time passes; every deadline on the way is kept. */
void rig_pass(struct rig *rig, uint64_t ms);
/* A request of a local client, and a moment; its answer comes to rig->answer
 * when there is one. */
void rig_ask(struct rig *rig, size_t node, const struct message *message,
             const struct deposit_facts *facts, uint64_t appended);
/* A request as if it came from that node; its answer comes to rig->answer. */
void rig_ask_as(struct rig *rig, size_t from, size_t to,
                const struct message *message);
/* Deposit an item of one block made from this number. Gives what it is. */
struct deposit rig_deposit(struct rig *rig, size_t node, unsigned number);
/* The outcome of the first item in rig->answer; 0: no answer. */
enum deposit_outcome rig_outcome(struct rig *rig);
/* The lines since the last call; valid until the next. */
const char *rig_lines(struct rig *rig);
/* Throw the lines away. */
void rig_quiet(struct rig *rig);
void rig_status(struct rig *rig, size_t node, struct msg_status_reply *ret);
/* How often does this text stand in the lines? Throws none away. */
size_t rig_count(struct rig *rig, const char *text);

/* This request ends without an answer: its line was lost. */
void rig_unanswered(struct rig *rig, struct rig_thing *request);

/* ---- what is looked up (rig_load.c) ---- */

void rig_load_keep(struct rig_thing *thing, const struct effect *effect);
void rig_load(struct rig *rig, struct rig_thing *thing);

/* ---- n0's ledger, by what is on a disk (rig_look.c) ---- */

/* Its origin: of several, the last one on n0's disk. */
struct origin rig_origin(struct rig *rig);
/* How many of its checkpoints this node keeps. */
size_t rig_kept(struct rig *rig, size_t node);
/* Its newest checkpoint note here, read into bytes, which the caller ends. */
struct span rig_newest(struct rig *rig, size_t node, struct buf *bytes,
                       struct note *ret_note);
/* The signature lines under that. */
size_t rig_signatures(struct rig *rig, size_t node);

/* ---- one line for each thing that a node wants done (rig_lines.c) ---- */

void rig_say(struct rig *rig, size_t node, const char *format, ...)
    PRINTF_LIKE(3, 4);
void rig_say_ask(struct rig *rig, size_t node, const struct effect *effect);
void rig_say_push(struct rig *rig, size_t node, const struct effect *effect);
void rig_say_answer(struct rig *rig, size_t node,
                    const struct message *message);
void rig_say_persist(struct rig *rig, size_t node, const struct batch *batch);
void rig_say_sign(struct rig *rig, size_t node, const struct effect *effect);
void rig_say_load(struct rig *rig, size_t node, const struct effect *effect);
void rig_say_receipts(struct rig *rig, size_t node,
                      const struct effect *effect);

#endif
