/* SPDX-License-Identifier: Apache-2.0 */
/* EFFECT_LOAD: kept until its turn comes, then carried out on the disk. */
#include <string.h>

#include "core/fetch.h"
#include "core/prove.h"
#include "rig.h"

void rig_load_keep(struct rig_thing *thing, const struct effect *effect)
{
    thing->token = effect->load.token;
    thing->items_count = effect->load.count;
    thing->has_placement = effect->load.placement != NULL;
    if (thing->has_placement) {
        thing->placement = *effect->load.placement;
    }
    if (effect->load.count > 0) {
        memcpy(thing->items, effect->load.items,
               effect->load.count * sizeof(thing->items[0]));
    }
    thing->tasks_count = effect->load.tasks_count;
    if (thing->tasks_count > 0) {
        memcpy(thing->tasks, effect->load.tasks,
               thing->tasks_count * sizeof(thing->tasks[0]));
    }
}

void rig_load(struct rig *rig, struct rig_thing *thing)
{
    struct event event = { .kind = EVENT_LOADED };
    struct loaded_item items[LOAD_ITEMS_MAX];
    struct want wants[LOAD_WANTS_MAX];
    struct proved proved[PROVE_TASKS_MAX];
    struct buf leaf;

    buf_init(&leaf, LEAF_SIZE_MAX);
    fetch_load(disk_source(rig->nodes[thing->from].disk),
               thing->has_placement ? &thing->placement : NULL, thing->items,
               thing->items_count, items, wants, &event.loaded.wants_count,
               &leaf);
    event.loaded.leaf = buf_span(&leaf);
    event.loaded.token = thing->token;
    event.loaded.items = items;
    event.loaded.items_count = thing->items_count;
    event.loaded.wants = wants;
    prove_tasks(disk_source(rig->nodes[thing->from].disk), thing->tasks,
                thing->tasks_count, proved);
    event.loaded.proved = proved;
    event.loaded.proved_count = thing->tasks_count;
    rig_step(rig, thing->from, &event);
    buf_done(&leaf);
}
