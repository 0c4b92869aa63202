/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the simulator share: the nodes with their disks, the lines
 * between them, and what is under way. */
#ifndef HF_SIM_WORLD_H
#define HF_SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/rng.h"
#include "check.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/node.h"
#include "disk.h"
#include "heap.h"
#include "members.h"
#include "model/placement.h"
#include "sim.h"
#include "stated.h"
#include "traffic.h"
#include "wire/arena.h"

/* Until a node that deleted its blocks is exposed: an hour and a half until it
 * is asked, and what is left until the next statement. */
#define HOLLOW_MS (3 * HOUR_MS)

#define HOUR_MS 3600000ULL
#define REQUESTS_MAX 1024
#define CLIENT SIZE_MAX /* who asks a deposit */
#define CLIENT_ITEMS_MAX 4

/* A request under way. */
struct request {
    bool used;
    uint64_t number;
    size_t from; /* node, or CLIENT */
    size_t to;
    uint64_t from_epoch;
    uint64_t to_epoch;
    uint64_t session;
    uint64_t token;
    bool arrived;
    enum message_kind kind;
    struct buf bytes; /* owned: the request, then its answer */
    struct block_id names[BLOCKS_PER_REQUEST_MAX];
    bool headers[BLOCKS_PER_REQUEST_MAX];
    size_t names_count;
    struct deposit items[CLIENT_ITEMS_MAX];
    size_t items_count;
};

/* A session that one node has with another. */
struct line {
    bool up;
    bool refused; /* by a roster */
    uint64_t session;
    bool cut; /* nothing passes */
};

#define LOADS_MAX 6

struct load {
    struct placement placement;
    bool has_placement;
    uint64_t token;
    struct want items[LOAD_ITEMS_MAX];
    size_t count;
    struct prove_task tasks[PROVE_TASKS_MAX];
    size_t tasks_count;
};

/* A signature being made; of each kind one at most. */
struct signing {
    uint64_t token; /* 0: none */
    enum sign_kind kind;
    uint64_t time;
    struct buf text; /* owned */
};

#define SIGNINGS_MAX 3

struct sim_node {
    struct node *core; /* owned; NULL while it is down */
    uint64_t epoch;
    struct disk *disk;   /* owned */
    struct disk *backup; /* owned; NULL: none */
    bool moved;
    bool liar;
    bool exposed;  /* it stated a failure of the hollow one */
    bool flooder;  /* its own node knows no quota */
    bool has_file; /* its operator has the newest roster file */
    uint64_t tick_at;
    uint64_t persists[4]; /* tokens, oldest first */
    size_t persists_count;
    struct signing signings[SIGNINGS_MAX];
    struct stated_last stated;
    struct load loads[LOADS_MAX];
};

struct world {
    struct sim_options options;
    struct sim_result *result;
    struct rng rng;
    uint64_t now_ms;
    bool healed;
    bool may_crash;
    bool may_cut;
    bool may_lose;
    bool may_lie;
    bool may_wipe;
    bool may_restore;
    bool hollow;        /* the last node has deleted its blocks, */
    uint64_t hollow_ms; /* at that time */
    bool miser;         /* a liar that dials brings no block at all */
    bool may_grow;      /* a roster with one more node comes half-way */
    struct members members;
    size_t count;    /* nodes */
    size_t versions; /* of the roster that operators have read */
    struct sim_node nodes[MEMBERS_MAX];
    struct line lines[MEMBERS_MAX][MEMBERS_MAX]; /* from, to */
    struct request requests[REQUESTS_MAX];
    uint64_t number;
    struct heap heap;
    struct check *check;
    struct traffic *traffic;
    struct sha256 trace;
    struct arena arena;       /* of the message at hand */
    struct arena other_arena; /* of one that is looked at meanwhile */
    struct effects effects;   /* of the step at hand */
};

/* world.c */
void world_later(struct world *world, enum happening what, size_t node,
                 size_t peer, uint64_t number, uint64_t wait_ms);
uint64_t world_between(struct world *world, uint64_t low, uint64_t high);
/* true once in `one_in` */
bool world_chance(struct world *world, uint64_t one_in);
void world_note(struct world *world, const char *text, uint64_t a, uint64_t b);

/* plan.c */
void plan_run(struct world *world);

/* driver.c: the node's driver */
/* A tick when the node wants one, unless one comes before. */
void driver_wait(struct world *world, size_t node);
void driver_step(struct world *world, size_t node, struct event *event);
void driver_persisted(struct world *world, size_t node);
void driver_signed(struct world *world, size_t node, uint64_t token);
void driver_loaded(struct world *world, size_t node, uint64_t token);

/* net.c */
void net_ask(struct world *world, size_t node, const struct effect *effect);
void net_push(struct world *world, size_t node, const struct effect *effect);
/* The answer to a request is in `bytes`, which is taken. */
void net_answer(struct world *world, uint64_t number, struct buf *bytes);
struct request *net_find(struct world *world, uint64_t number);
struct request *net_request(struct world *world);
void net_forget(struct request *request);
void net_arrived(struct world *world, const struct occasion *occasion);
void net_replied(struct world *world, const struct occasion *occasion);
void net_timed_out(struct world *world, const struct occasion *occasion);
void net_connect(struct world *world, size_t from, size_t to);
void net_lost(struct world *world, size_t from, size_t to);
/* A node went down: its requests and sessions end. */
void net_down(struct world *world, size_t node);

/* client.c */
void client_deposit(struct world *world, size_t node);
void client_answered(struct world *world, struct request *request);

#endif
