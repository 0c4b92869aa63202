/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "core/fetch.h"
#include "core/picked.h"
#include "core/prove.h"
#include "core/serve.h"
#include "hollow.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "world.h"

#define CLOCK_START_S 1800000000ULL

static void persist(struct world *world, size_t number,
                    const struct effect *effect)
{
    struct sim_node *node = &world->nodes[number];

    check_bound(world->check, "PERSISTs outstanding", node->persists_count + 1,
                2);
    if (node->persists_count == 4) {
        return;
    }
    node->persists[node->persists_count] = effect->persist.token;
    node->persists_count++;
    check_bound(world->check, "operations of a batch",
                effect->persist.batch->count, 200000);
    if (effect->persist.keep_group) {
        disk_submit_alone(node->disk, effect->persist.batch);
    } else {
        disk_submit(node->disk, effect->persist.batch);
    }
    world_later(world, HAPPEN_PERSISTED, number, number, 0,
                world_between(world, 1, 40));
}

/* The mark is durable some time before the signature exists. */
static void sign(struct world *world, size_t number,
                 const struct effect *effect)
{
    struct sim_node *node = &world->nodes[number];
    struct signing *signing = &node->signings[effect->sign.kind];

    if (effect->sign.kind == SIGN_CHECKPOINT) {
        check_signed(world->check, number, node->disk, &effect->sign.origin,
                     effect->sign.size, &effect->sign.root);
        node->moved = false; /* the new mark has the new place */
    }
    if (effect->sign.kind == SIGN_STATEMENT) {
        hollow_stated(world, number, effect->sign.text);
    }
    if (effect->sign.kind == SIGN_STATEMENT &&
        (!world->hollow || number + 1 < world->count)) {
        stated_check(world->check, number, node->disk, effect->sign.text,
                     &node->stated);
    }
    if (effect->sign.kind == SIGN_COSIGNATURE) {
        world_note(world, "cosign", number, effect->sign.size);
        check_cosigned(world->check, number, node->disk, &effect->sign.origin,
                       effect->sign.size, &effect->sign.root);
    }
    disk_mark_move(disk_mark(node->disk), effect);
    signing->token = effect->sign.token;
    signing->kind = effect->sign.kind;
    signing->time = effect->sign.time;
    buf_clear(&signing->text);
    buf_put(&signing->text, effect->sign.text);
    world_later(world, HAPPEN_SIGNED, number, number, effect->sign.token,
                world_between(world, 1, 8));
}

static void load(struct world *world, size_t number,
                 const struct effect *effect)
{
    struct sim_node *node = &world->nodes[number];

    for (size_t i = 0; i < LOADS_MAX; i++) {
        struct load *load = &node->loads[i];

        if (load->token == 0) {
            load->token = effect->load.token;
            load->count = effect->load.count;
            load->has_placement = effect->load.placement != NULL;
            if (load->has_placement) {
                load->placement = *effect->load.placement;
            }
            if (load->count > 0) {
                memcpy(load->items, effect->load.items,
                       load->count * sizeof(load->items[0]));
            }
            load->tasks_count = effect->load.tasks_count;
            if (load->tasks_count > 0) {
                memcpy(load->tasks, effect->load.tasks,
                       load->tasks_count * sizeof(load->tasks[0]));
            }
            world_later(world, HAPPEN_LOADED, number, number, load->token,
                        world_between(world, 1, 10));
            return;
        }
    }
    check_fail(world->check, "bound: too many loads outstanding");
}

static void serve(struct world *world, size_t number,
                  const struct effect *effect)
{
    struct request *request = net_find(world, effect->serve.request);
    struct message message;
    struct buf answer;
    struct why why;

    if (request == NULL) {
        return;
    }
    arena_reset(&world->other_arena);
    CHECK(message_decode_request(buf_span(&request->bytes), &world->other_arena,
                                 &message, &why) == ERR_OK);
    buf_init(&answer, MESSAGE_SIZE_MAX);
    if (effect->serve.picked != NULL) {
        CHECK(serve_picked(disk_source(world->nodes[number].disk),
                           effect->serve.picked, &answer) == ERR_OK);
    } else {
        CHECK(serve_answer(disk_source(world->nodes[number].disk), &message,
                           effect->serve.ledgers, effect->serve.ledgers_count,
                           &effect->serve.names, &answer) == ERR_OK);
    }
    net_answer(world, effect->serve.request, &answer);
}

static void give_receipts(struct world *world, size_t number,
                          const struct effect *effect)
{
    struct receipts_asked asked = {
        .kind = MESSAGE_DEPOSIT,
        .entries = effect->receipts.entries,
        .entries_count = effect->receipts.entries_count,
        .ledgers = effect->receipts.ledgers,
        .ledgers_count = effect->receipts.ledgers_count,
        .rosters = effect->receipts.rosters,
        .rosters_count = effect->receipts.rosters_count,
        .roster_hash = effect->receipts.roster_hash,
        .heard = effect->receipts.heard,
        .needed = effect->receipts.needed,
    };
    struct buf answer;

    buf_init(&answer, MESSAGE_SIZE_MAX);
    CHECK(serve_receipts(disk_source(world->nodes[number].disk), &asked,
                         &answer) == ERR_OK);
    net_answer(world, effect->receipts.request, &answer);
}

static void answer(struct world *world, const struct effect *effect)
{
    struct buf bytes;

    buf_init(&bytes, MESSAGE_SIZE_MAX);
    CHECK(message_encode(effect->answer.message, &bytes) == ERR_OK);
    net_answer(world, effect->answer.request, &bytes);
}

static void hang_up(struct world *world, size_t number,
                    const struct effect *effect)
{
    for (size_t i = 0; i < MEMBERS_MAX; i++) {
        struct label label;

        members_label(i, &label);
        if (label_equal(&label, &effect->hang_up.node)) {
            world->lines[number][i].refused = true;
            world_later(world, HAPPEN_LOST, number, i, 0, 1);
        }
    }
}

static void alarm(struct world *world, size_t number,
                  const struct effect *effect)
{
    sha256_update(&world->trace, span_str(effect->alarm.code));
    if (world->options.verbose) {
        (void)printf("[%9.3f] n%zu %s %s %s\n", world->now_ms / 1000.0, number,
                     effect->alarm.code, effect->alarm.subject,
                     effect->alarm.text);
    }
}

static void carry_out(struct world *world, size_t number,
                      const struct effect *effect)
{
    switch (effect->kind) {
    case EFFECT_ASK:
        net_ask(world, number, effect);
        break;
    case EFFECT_PUSH:
        net_push(world, number, effect);
        break;
    case EFFECT_ANSWER:
        answer(world, effect);
        break;
    case EFFECT_SERVE:
        serve(world, number, effect);
        break;
    case EFFECT_RECEIPTS:
        give_receipts(world, number, effect);
        break;
    case EFFECT_PERSIST:
        persist(world, number, effect);
        break;
    case EFFECT_SIGN:
        sign(world, number, effect);
        break;
    case EFFECT_LOAD:
        load(world, number, effect);
        break;
    case EFFECT_HANG_UP:
        hang_up(world, number, effect);
        break;
    case EFFECT_ALARM:
        alarm(world, number, effect);
        break;
    case EFFECT_ROSTER:
        for (size_t i = 0; i < world->count; i++) {
            if (i != number) {
                world_later(world, HAPPEN_CONNECT, number, i, 0, 100);
            }
        }
        break;
    case EFFECT_RELOAD:
        break;
    }
}

void driver_wait(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];
    uint64_t at = node_deadline_ms(node->core);

    if (at == UINT64_MAX ||
        (node->tick_at > world->now_ms && node->tick_at <= at)) {
        return;
    }
    node->tick_at = at > world->now_ms ? at : world->now_ms + 1;
    world_later(world, HAPPEN_TICK, number, number, 0,
                node->tick_at - world->now_ms);
}

void driver_step(struct world *world, size_t number, struct event *event)
{
    struct sim_node *node = &world->nodes[number];
    struct effects *effects = &world->effects;
    uint64_t line[3] = { world->now_ms, number, (uint64_t)event->kind };

    CHECK(node->core != NULL);
    event->now_ms = world->now_ms;
    event->clock_s = CLOCK_START_S + world->now_ms / 1000;
    sha256_update(&world->trace, span_of(line, sizeof(line)));
    world->result->steps++;
    node_step(node->core, event, effects);
    for (size_t i = 0; i < effects->count; i++) {
        carry_out(world, number, &effects->items[i]);
    }
    effects_clear(effects);
    driver_wait(world, number);
}

void driver_persisted(struct world *world, size_t number)
{
    struct sim_node *node = &world->nodes[number];
    struct event event = { .kind = EVENT_PERSISTED };

    /* A forgetful disk answers first, and writes with the next one. */
    if (!world->options.forgetful_disk || disk_waiting(node->disk) > 1) {
        CHECK(disk_sync(node->disk));
        check_synced(world->check, number, node->disk);
    }
    event.persisted.token = node->persists[0];
    node->persists_count--;
    memmove(&node->persists[0], &node->persists[1],
            node->persists_count * sizeof(node->persists[0]));
    driver_step(world, number, &event);
}

void driver_signed(struct world *world, size_t number, uint64_t token)
{
    struct sim_node *node = &world->nodes[number];
    struct event event = { .kind = EVENT_SIGNED };

    for (size_t i = 0; i < SIGNINGS_MAX; i++) {
        struct signing *signing = &node->signings[i];

        if (token == 0 || signing->token != token) {
            continue;
        }
        signing->token = 0;
        event.signed_.token = token;
        members_sign(number, signing->kind, signing->time,
                     buf_span(&signing->text), &event.signed_.signature);
        driver_step(world, number, &event);
        return;
    }
}

void driver_loaded(struct world *world, size_t number, uint64_t token)
{
    struct sim_node *node = &world->nodes[number];
    struct event event = { .kind = EVENT_LOADED };
    struct loaded_item items[LOAD_ITEMS_MAX];
    struct want wants[LOAD_WANTS_MAX];
    struct proved proved[PROVE_TASKS_MAX];
    struct buf leaf;

    buf_init(&leaf, LEAF_SIZE_MAX);
    for (size_t i = 0; i < LOADS_MAX; i++) {
        struct load *load = &node->loads[i];

        if (load->token != token) {
            continue;
        }
        fetch_load(disk_source(node->disk),
                   load->has_placement ? &load->placement : NULL, load->items,
                   load->count, items, wants, &event.loaded.wants_count, &leaf);
        event.loaded.leaf = buf_span(&leaf);
        event.loaded.token = token;
        event.loaded.items = items;
        event.loaded.items_count = load->count;
        event.loaded.wants = wants;
        prove_tasks(disk_source(node->disk), load->tasks, load->tasks_count,
                    proved);
        event.loaded.proved = proved;
        event.loaded.proved_count = load->tasks_count;
        load->token = 0;
        driver_step(world, number, &event);
        break;
    }
    buf_done(&leaf);
}
