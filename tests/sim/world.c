/* SPDX-License-Identifier: Apache-2.0 */
#include "world.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/faults.h"
#include "crypto/secret.h"
#include "flooded.h"

#define HEAL_MS (3 * HOUR_MS)
/* With faults blocks are lost on the way or wrong, and asked for again. */
#define TRAFFIC_MORE_MAX (4 << 20)

uint64_t world_between(struct world *world, uint64_t low, uint64_t high)
{
    return low + rng_below(&world->rng, high - low + 1);
}

bool world_chance(struct world *world, uint64_t one_in)
{
    return rng_below(&world->rng, one_in) == 0;
}

void world_later(struct world *world, enum happening what, size_t node,
                 size_t peer, uint64_t number, uint64_t wait_ms)
{
    struct occasion occasion = {
        .at_ms = world->now_ms + wait_ms,
        .what = what,
        .node = (uint32_t)node,
        .peer = (uint32_t)peer,
        .epoch = world->nodes[node].epoch,
        .number = number,
    };

    heap_put(&world->heap, &occasion);
}

void world_note(struct world *world, const char *text, uint64_t a, uint64_t b)
{
    sha256_update(&world->trace, span_str(text));
    if (world->options.verbose) {
        (void)printf("[%9.3f] -- %s %llu %llu\n", world->now_ms / 1000.0, text,
                     (unsigned long long)a, (unsigned long long)b);
    }
}

/* ---- nodes come and go ---- */

struct loader {
    struct world *world;
    struct sim_node *node;
    size_t versions;
};

static void load_ledger(void *ctx, const struct batch_op *op, struct span name,
                        struct span value)
{
    struct loader *loader = ctx;
    struct why why = { "" };

    (void)name;
    if (node_load_ledger(loader->node->core, op->ledger, value,
                         disk_size(loader->node->disk, op->ledger),
                         disk_source(loader->node->disk), &why) != ERR_OK) {
        check_fail(loader->world->check, "ledger: it does not load: %s",
                   why.text);
    }
}

static void load_pending(void *ctx, const struct batch_op *op, struct span name,
                         struct span value)
{
    struct loader *loader = ctx;

    (void)op;
    (void)name;
    CHECK(node_load_pending(loader->node->core, value, NULL) == ERR_OK);
}

static void count_roster(void *ctx, const struct batch_op *op, struct span name,
                         struct span value)
{
    struct loader *loader = ctx;

    (void)value;
    if (op->level == NOTE_ROSTER && name.size == 0 &&
        op->index > loader->versions) {
        loader->versions = op->index;
    }
}

static void make_core(struct world *world, size_t number, size_t versions)
{
    struct sim_node *node = &world->nodes[number];
    const struct disk_mark *mark = disk_mark(node->disk);
    struct node_options options = {
        .chain = members_chain(&world->members, versions),
        .seed = rng_next(&world->rng),
        .instance = rng_next(&world->rng) | 1,
        .now_ms = world->now_ms,
        .clock_s = 1800000000ULL + world->now_ms / 1000,
        .machine_id = span_str("simulated"),
        .release = span_str("0.1"),
        .group_bytes = 4 << 20,
        .has_mark = mark->has,
        .mark_origin = mark->origin,
        .mark_size = mark->size,
        .mark_root = mark->root,
        .mark_cosigned = mark->cosigned,
        .mark_statement = mark->statement,
        .moved = node->moved,
        .faults =
            world->options.faults | (node->flooder ? SIM_FAULT_NO_QUOTA : 0),
    };
    struct why why = { "" };

    members_label(number, &options.label);
    rng_fill(&world->rng, options.ledger_id_seed, 32);
    if (node_new(&options, &node->core, &why) != ERR_OK) {
        (void)fprintf(stderr, "n%zu: %s\n", number, why.text);
        CHECK(node->core != NULL);
    }
}

static void start(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];
    struct loader loader = { world, node, 1 };
    struct event event = { .kind = EVENT_TICKED };

    if (node->core != NULL) {
        return;
    }
    world_note(world, "start", number, 0);
    check_started(world->check, number, node->disk);
    disk_each(node->disk, BATCH_NOTE, count_roster, &loader);
    while (node->has_file && loader.versions < world->versions) {
        loader.versions++; /* read and kept before the first step */
        disk_put_note(node->disk, NOTE_ROSTER, loader.versions,
                      buf_span(&world->members.notes[loader.versions - 1]));
    }
    node->tick_at = 0;
    make_core(world, number, loader.versions);
    disk_each(node->disk, BATCH_LEDGER, load_ledger, &loader);
    disk_each(node->disk, BATCH_PENDING, load_pending, &loader);
    node_load_notes(node->core, disk_source(node->disk));
    driver_step(world, number, &event);
    for (size_t i = 0; i < world->count; i++) {
        if (i != number) {
            world_later(world, HAPPEN_CONNECT, number, i, 0,
                        world_between(world, 1, 2000));
            world_later(world, HAPPEN_CONNECT, i, number, 0,
                        world_between(world, 1, 5000));
        }
    }
}

static void crash(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];

    if (node->core == NULL) {
        return;
    }
    world_note(world, "crash", number, 0);
    world->result->crashes++;
    node_free(node->core);
    node->core = NULL;
    node->epoch++;
    node->persists_count = 0;
    for (size_t i = 0; i < SIGNINGS_MAX; i++) {
        node->signings[i].token = 0;
    }
    memset(node->loads, 0, sizeof(node->loads));
    disk_crash(node->disk);
    net_down(world, number);
}

/* An older copy of the directory is put back: its place is another one. */
static void restore(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];

    if (node->backup == NULL) {
        return;
    }
    world_note(world, "restore", number, 0);
    crash(world, number);
    disk_free(node->disk);
    node->disk = node->backup;
    node->backup = NULL;
    node->moved = true;
    check_replaced(world->check, number, node->disk);
    world_later(world, HAPPEN_START, number, number, 0, 1000);
}

static void wipe(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];

    world_note(world, "wipe", number, 0);
    crash(world, number);
    disk_free(node->disk);
    node->disk = disk_new();
    node->moved = false;
    check_replaced(world->check, number, node->disk);
    world_later(world, HAPPEN_START, number, number, 0, 1000);
}

static void cut(struct world *world, size_t a, size_t b, bool is_cut)
{
    world_note(world, is_cut ? "cut" : "joined", a, b);
    world->lines[a][b].cut = is_cut;
    world->lines[b][a].cut = is_cut;
    if (is_cut) {
        world_later(world, HAPPEN_LOST, a, b, 0,
                    world_between(world, 1000, 90000));
        world_later(world, HAPPEN_LOST, b, a, 0,
                    world_between(world, 1000, 90000));
    } else {
        world_later(world, HAPPEN_CONNECT, a, b, 0, 500);
        world_later(world, HAPPEN_CONNECT, b, a, 0, 900);
    }
}

static void read_roster(struct world *world, size_t number)
{
    struct event event = { .kind = EVENT_ROSTER };
    struct buf file;

    if (world->versions < world->members.versions) {
        world->versions = world->members.versions;
        world->count = world->members.count;
        for (size_t i = 0; i < world->count; i++) {
            world->nodes[i].has_file = i >= world->options.nodes;
            world_later(world, HAPPEN_START, i, i, 0, 5000);
        }
    }
    world->nodes[number].has_file = true;
    if (world->nodes[number].core == NULL) {
        world_later(world, HAPPEN_ROSTER, number, number, 0, 60000);
        return;
    }
    world_note(world, "roster", number, world->versions);
    buf_init(&file, 1 << 20);
    members_file(&world->members, world->versions, &file);
    event.roster.chain = buf_span(&file);
    driver_step(world, number, &event);
    buf_done(&file);
}

static void heal(struct world *world)
{
    world_note(world, "heal", 0, 0);
    world->healed = true;
    for (size_t i = 0; i < world->count; i++) {
        if (world->nodes[i].liar) {
            crash(world, i); /* its software is replaced */
        }
        start(world, i);
        for (size_t j = i + 1; j < world->count; j++) {
            cut(world, i, j, false);
        }
    }
}

/* ---- what happens ---- */

static bool stale(const struct world *world, const struct occasion *occasion)
{
    return occasion->epoch != world->nodes[occasion->node].epoch ||
           world->nodes[occasion->node].core == NULL;
}

static void tick(struct world *world, const struct occasion *occasion)
{
    struct event event = { .kind = EVENT_TICKED };

    if (stale(world, occasion)) {
        return;
    }
    if (node_deadline_ms(world->nodes[occasion->node].core) <= world->now_ms) {
        driver_step(world, occasion->node, &event);
    } else {
        driver_wait(world, occasion->node); /* it was put off */
    }
}

static void fault_happens(struct world *world, const struct occasion *occasion)
{
    size_t node = occasion->node;

    if (world->healed && !world->options.calm) {
        return;
    }
    if (occasion->what == HAPPEN_CRASH) {
        crash(world, node);
        world_later(world, HAPPEN_START, node, node, 0,
                    world_between(world, 100, 600000));
    } else if (occasion->what == HAPPEN_CUT) {
        cut(world, node, occasion->peer, occasion->number == 1);
    } else if (occasion->what == HAPPEN_BACKUP) {
        disk_free(world->nodes[node].backup);
        world->nodes[node].backup = disk_copy(world->nodes[node].disk);
    } else if (occasion->what == HAPPEN_RESTORE) {
        restore(world, node);
    } else if (occasion->what == HAPPEN_WIPE) {
        wipe(world, node);
    }
}

static void hollow_begin(struct world *world)
{
    size_t node = world->count - 1;

    world_note(world, "hollow", node, 0);
    disk_hollow(world->nodes[node].disk);
    world->hollow = true;
    world->hollow_ms = world->now_ms;
}

static void happen(struct world *world, const struct occasion *occasion)
{
    switch (occasion->what) {
    case HAPPEN_TICK:
        tick(world, occasion);
        break;
    case HAPPEN_CONNECT:
        net_connect(world, occasion->node, occasion->peer);
        break;
    case HAPPEN_LOST:
        net_lost(world, occasion->node, occasion->peer);
        break;
    case HAPPEN_REQUEST:
        net_arrived(world, occasion);
        break;
    case HAPPEN_REPLY:
        net_replied(world, occasion);
        break;
    case HAPPEN_TIMEOUT:
        net_timed_out(world, occasion);
        break;
    case HAPPEN_PERSISTED:
        if (!stale(world, occasion)) {
            driver_persisted(world, occasion->node);
        }
        break;
    case HAPPEN_SIGNED:
        if (!stale(world, occasion)) {
            driver_signed(world, occasion->node, occasion->number);
        }
        break;
    case HAPPEN_LOADED:
        if (!stale(world, occasion)) {
            driver_loaded(world, occasion->node, occasion->number);
        }
        break;
    case HAPPEN_DEPOSIT:
        if (world->nodes[occasion->node].core != NULL) {
            client_deposit(world, occasion->node);
        }
        break;
    case HAPPEN_START:
        start(world, occasion->node);
        break;
    case HAPPEN_HEAL:
        heal(world);
        break;
    case HAPPEN_ROSTER:
        read_roster(world, occasion->node);
        break;
    case HAPPEN_HOLLOW:
        hollow_begin(world);
        break;
    case HAPPEN_CRASH:
    case HAPPEN_CUT:
    case HAPPEN_BACKUP:
    case HAPPEN_RESTORE:
    case HAPPEN_WIPE:
        fault_happens(world, occasion);
        break;
    }
}

/* ---- a run ---- */

/* No block crosses twice without a reason: a loss, a crash, a liar. */
static void check_traffic(struct world *world)
{
    uint64_t needed = traffic_needed(world->traffic);
    uint64_t most = world->options.calm
                        ? needed + needed / 20
                        : needed + needed / 2 + TRAFFIC_MORE_MAX;

    check_bound(world->check, "bytes of blocks that moved",
                traffic_moved(world->traffic), most);
}

/* --verbose: what each node says of itself in the end. */
static void print_end(struct world *world, size_t number)
{
    const struct node *core = world->nodes[number].core;
    struct msg_status_reply status;
    struct effects effects;

    if (core == NULL) {
        (void)printf("n%zu is down\n", number);
        return;
    }
    effects_init(&effects);
    node_status(core, world->now_ms, &effects, &status);
    (void)printf("n%zu roster %" PRIu64 " pending %" PRIu64 " items %" PRIu64
                 " held %" PRIu64 " sessions",
                 number, status.roster_version, status.pending, status.items,
                 status.held);
    for (size_t i = 0; i < world->count; i++) {
        (void)printf(" %d", world->lines[number][i].up);
    }
    for (size_t i = 0; i < status.ledgers_count; i++) {
        (void)printf("\n    %.*s %" PRIu64, (int)status.ledgers[i].origin.size,
                     (const char *)status.ledgers[i].origin.data,
                     status.ledgers[i].size);
    }
    (void)printf("\n");
    effects_done(&effects);
}

/* Of all that are no flooder; their number is returned. */
static size_t check_flood(struct world *world, size_t flooder)
{
    for (size_t i = 0; i < flooder; i++) {
        flooded_check(world->check, i, world->nodes[i].disk, flooder,
                      world->now_ms);
    }
    check_flooder(world->check, flooder);
    return flooder;
}

/* Who only dials cannot ask another who only dials. */
static void hollow_check(struct world *world)
{
    size_t hollow = world->count - 1;
    size_t listeners = world->count - world->options.dial;

    CHECK(world->hollow && world->now_ms - world->hollow_ms >= HOLLOW_MS);
    for (size_t i = 0; i < hollow; i++) {
        if ((i < listeners || hollow < listeners) && !world->nodes[i].exposed) {
            check_fail(world->check,
                       "hollow: n%zu states no failure of n%zu, which deleted "
                       "its blocks",
                       i, hollow);
        }
    }
}

static void finish(struct world *world)
{
    struct disk *disks[MEMBERS_MAX];
    const char *violation;
    size_t count = world->count;

    for (size_t i = 0; i < world->count; i++) {
        disks[i] = world->nodes[i].disk;
        if (world->options.verbose) {
            print_end(world, i);
        }
    }
    if (check_violation(world->check) == NULL) {
        struct roster_chain *chain =
            members_chain(&world->members, world->versions);
        struct placement placement;

        placement_init(&placement, roster_chain_newest(chain));
        if (world->options.flood) {
            count = check_flood(world, count - 1);
        }
        if (world->options.hollow) {
            hollow_check(world);
            count--;
        }
        check_agree(world->check, disks, count, &placement);
        roster_chain_free(chain);
        check_traffic(world);
    }
    violation = check_violation(world->check);
    if (violation != NULL) {
        world->result->broken = true;
        (void)snprintf(world->result->violation,
                       sizeof(world->result->violation), "%s", violation);
    }
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        if (world->requests[i].used) {
            net_forget(&world->requests[i]);
        }
    }
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        node_free(world->nodes[i].core);
        disk_free(world->nodes[i].disk);
        disk_free(world->nodes[i].backup);
        for (size_t j = 0; j < SIGNINGS_MAX; j++) {
            buf_done(&world->nodes[i].signings[j].text);
        }
    }
    world->result->moved = traffic_moved(world->traffic);
    world->result->needed = traffic_needed(world->traffic);
    sha256_final(&world->trace, &world->result->trace);
    heap_done(&world->heap);
    effects_done(&world->effects);
    check_free(world->check);
    traffic_free(world->traffic);
    members_done(&world->members);
    arena_done(&world->arena);
    arena_done(&world->other_arena);
    free(world);
}

static void make_members(struct world *world)
{
    const struct sim_options *options = &world->options;

    if (options->flood) {
        members_init_quota(&world->members, options->nodes, FLOOD_QUOTA_BYTES,
                           FLOOD_QUOTA_RECORDS);
    } else {
        members_init_with(&world->members, options->nodes,
                          options->nodes - options->dial, options->copies);
    }
}

void sim_run(const struct sim_options *options, struct sim_result *ret_result)
{
    struct world *world = calloc(1, sizeof(*world));
    struct occasion occasion;

    CHECK(world != NULL && options->nodes >= 1 &&
          options->nodes < MEMBERS_MAX && options->hours >= 1 &&
          options->dial < options->nodes);
    memset(ret_result, 0, sizeof(*ret_result));
    CHECK(crypto_init() == ERR_OK);
    world->options = *options;
    world->result = ret_result;
    world->count = options->nodes;
    world->versions = 1;
    world->check = check_new();
    world->traffic = traffic_new();
    rng_init(&world->rng, options->seed);
    sha256_init(&world->trace);
    CHECK(arena_init(&world->arena, ARENA_SIZE_MAX) == ERR_OK);
    CHECK(arena_init(&world->other_arena, ARENA_SIZE_MAX) == ERR_OK);
    make_members(world);
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        world->nodes[i].disk = disk_new();
        for (size_t j = 0; j < SIGNINGS_MAX; j++) {
            buf_init(&world->nodes[i].signings[j].text, NOTE_SIZE_MAX);
        }
    }
    effects_init(&world->effects);
    plan_run(world);
    while (check_violation(world->check) == NULL &&
           heap_take(&world->heap, &occasion) &&
           occasion.at_ms <= options->hours * HOUR_MS + HEAL_MS) {
        world->now_ms = occasion.at_ms;
        happen(world, &occasion);
    }
    finish(world);
}
