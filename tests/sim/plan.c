/* SPDX-License-Identifier: Apache-2.0 */
/* What a run of this seed will see: who starts when, deposits, faults. */
#include "world.h"

#define QUIET_MS 900000 /* calm: until the disk is lost */
#define HOLLOW_AT_MS 1800000

static size_t some_node(struct world *world)
{
    return world_between(world, 0, world->count - 1);
}

static void plan_faults(struct world *world, uint64_t end)
{
    uint64_t hours = world->options.hours;

    for (uint64_t i = 0; world->may_crash && i < 4 * hours; i++) {
        world_later(world, HAPPEN_CRASH, some_node(world), 0, 0,
                    world_between(world, 1000, end));
    }
    for (uint64_t i = 0; world->may_cut && world->count > 1 && i < 4 * hours;
         i++) {
        size_t a = some_node(world);
        size_t b =
            (a + world_between(world, 1, world->count - 1)) % world->count;
        uint64_t at = world_between(world, 1000, end);

        world_later(world, HAPPEN_CUT, a, b, 1, at);
        world_later(world, HAPPEN_CUT, a, b, 0,
                    at + world_between(world, 1000, 1200000));
    }
    if (world->may_restore) {
        size_t node = some_node(world);
        uint64_t at = world_between(world, 1000, end - 1000);

        world_later(world, HAPPEN_BACKUP, node, 0, 0, at);
        world_later(world, HAPPEN_RESTORE, node, 0, 0,
                    world_between(world, at, end));
    }
    if (world->may_wipe) {
        world_later(world, HAPPEN_WIPE, some_node(world), 0, 0,
                    world_between(world, 1000, end));
    }
    if (world->may_grow) {
        members_change(&world->members, world->count + 1);
        world_later(world, HAPPEN_ROSTER, some_node(world), 0, 0,
                    world_between(world, 1000, end));
    }
}

/* Which faults this run has, and who lies. */
static void choose_faults(struct world *world)
{
    size_t liar = world->count - 1;

    if (world->options.calm || world->options.hollow) {
        return;
    }
    world->may_crash = world_chance(world, 2);
    world->may_cut = world_chance(world, 2);
    world->may_lose = world_chance(world, 2);
    if (world->options.flood) {
        return;
    }
    world->may_lie = world_chance(world, 2);
    world->may_wipe = world_chance(world, 3);
    world->may_restore = world_chance(world, 3);
    world->may_grow = world_chance(world, 3) && world->count < MEMBERS_MAX;
    if (world->options.dial > 0) {
        world->miser = world_chance(world, 3);
        liar -= world_chance(world, 3) ? world->options.dial : 0;
    }
    world->nodes[liar].liar = world->may_lie;
}

static void plan_deposits(struct world *world, uint64_t end)
{
    for (uint64_t i = 0; i < 20 * world->options.hours; i++) {
        uint64_t at = world_between(world, 1000, end);
        size_t node = some_node(world);

        /* Some come at once, some crash in the middle of it. */
        for (uint64_t j = world_between(world, 1, 3); j > 0; j--) {
            world_later(world, HAPPEN_DEPOSIT, node, 0, 0, at);
        }
        if (world->may_crash && world_chance(world, 8)) {
            world_later(world, HAPPEN_CRASH, node, 0, 0,
                        at + world_between(world, 1, 60));
        }
    }
    for (uint64_t i = 0, at = world_between(world, 60000, end); i < 30; i++) {
        world_later(world, HAPPEN_DEPOSIT, 0, 0, 0, at);
    }
    for (uint64_t i = 0; world->options.flood && i < 100; i++) {
        world_later(world, HAPPEN_DEPOSIT, world->count - 1, 0, 0,
                    world_between(world, 1000, end));
    }
}

void plan_run(struct world *world)
{
    uint64_t end = world->options.hours * HOUR_MS;

    choose_faults(world);
    world->nodes[world->count - 1].flooder = world->options.flood;
    for (size_t i = 0; i < world->count; i++) {
        world_later(world, HAPPEN_START, i, i, 0,
                    world_between(world, 0, 20000));
    }
    if (world->options.hollow) {
        plan_deposits(world, HOLLOW_AT_MS / 2);
        world_later(world, HAPPEN_HOLLOW, 0, 0, 0, HOLLOW_AT_MS);
        return;
    }
    plan_deposits(world, world->options.calm ? end - QUIET_MS : end);
    plan_faults(world, end);
    world_later(world, HAPPEN_HEAL, 0, 0, 0, end);
    if (world->options.calm && world->count > 1) {
        world_later(world, HAPPEN_WIPE, 0, 0, 0, end + 1000);
    }
}
