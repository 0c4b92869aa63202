/* SPDX-License-Identifier: Apache-2.0 */
#include "core/placed.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/ledgers.h"

/* ---- following the roster ---- */

static void forget(struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL) {
            continue;
        }
        free(ledger->places.masks);
        memset(&ledger->places, 0, sizeof(ledger->places));
        ledger->scan = 0; /* more of it may belong here now */
        ledger->scan_from = 0;
        ledger->scan_pass = 0;
    }
    node->placed.token = 0;
    node->statements.changed = true;
}

static void follow_roster(struct node *node)
{
    struct placed *placed = &node->placed;
    struct placement placement;
    uint32_t self = 0;

    placement_init(&placement, node->roster);
    if (node->self != NULL && node->self->role == NODE_STORE) {
        self = 1u << roster_node_index(node->roster, node->self);
    }
    if (self != placed->self ||
        memcmp(&placement, &placed->placement, sizeof(placement)) != 0) {
        placed->self = self;
        placed->placement = placement;
        forget(node);
    }
    placed->roster = node->roster;
}

/* ---- the walk ---- */

static struct ledger *next_ledger(const struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->stored &&
            ledger->places.count < ledger->durable.size) {
            return ledger;
        }
    }
    return NULL;
}

static void emit_load(struct node *node, const struct ledger *ledger)
{
    struct placed *placed = &node->placed;
    uint64_t left = ledger->durable.size - ledger->places.count;
    size_t count = left < LOAD_ITEMS_MAX ? (size_t)left : LOAD_ITEMS_MAX;
    struct want *items = emit_alloc(node, count * sizeof(*items));
    struct placement *placement = emit_alloc(node, sizeof(*placement));
    struct effect *effect =
        items == NULL || placement == NULL ? NULL : emit(node, EFFECT_LOAD);

    if (effect == NULL) {
        return;
    }
    *placement = placed->placement;
    for (size_t i = 0; i < count; i++) {
        items[i].kind = WANT_PLACE;
        items[i].ledger = ledger->number;
        items[i].index = ledger->places.count + i;
    }
    placed->token = node_token(node);
    placed->ledger = ledger->number;
    placed->from = ledger->places.count;
    effect->load.token = placed->token;
    effect->load.items = items;
    effect->load.count = count;
    effect->load.placement = placement;
}

void placed_pump(struct node *node)
{
    struct placed *placed = &node->placed;
    struct ledger *ledger;

    if (placed->roster != node->roster) {
        follow_roster(node);
    }
    if (placed->placement.everywhere || placed->token != 0 || node->stopping ||
        node->broken) {
        return;
    }
    ledger = next_ledger(node);
    if (ledger != NULL) {
        emit_load(node, ledger);
    }
}

static bool make_room(struct places *places, uint64_t count)
{
    size_t room = places->room < 64 ? 64 : places->room;
    uint32_t *masks;

    while (room < count) {
        room *= 2;
    }
    if (room == places->room) {
        return true;
    }
    masks = realloc(places->masks, room * sizeof(*masks));
    if (masks == NULL) {
        return false;
    }
    places->masks = masks;
    places->room = room;
    return true;
}

bool placed_loaded(struct node *node, const struct event *event)
{
    struct placed *placed = &node->placed;
    struct ledger *ledger;

    if (placed->token == 0 || event->loaded.token != placed->token) {
        return false;
    }
    placed->token = 0;
    ledger = ledger_by_number(node, placed->ledger);
    CHECK(ledger != NULL);
    CHECK(ledger->places.count == placed->from);
    if (!make_room(&ledger->places, placed->from + event->loaded.items_count)) {
        node->broken = true;
        return true;
    }
    for (size_t i = 0; i < event->loaded.items_count; i++) {
        uint64_t index = placed->from + i;
        uint32_t mask = event->loaded.items[i].mask;

        ledger->places.masks[index] = mask;
        ledger->places.count++;
        if ((mask & placed->self) == 0 && mask != UINT32_MAX &&
            !ledger_held(ledger, index)) {
            ledger->places.elsewhere++;
        }
    }
    return true;
}

/* ---- what is known ---- */

uint64_t placed_known(const struct node *node, const struct ledger *ledger)
{
    return node->placed.placement.everywhere ? ledger->durable.size
                                             : ledger->places.count;
}

uint32_t placed_mask(const struct node *node, const struct ledger *ledger,
                     uint64_t index)
{
    if (node->placed.placement.everywhere) {
        return node->placed.placement.stores;
    }
    CHECK(index < ledger->places.count);
    return ledger->places.masks[index];
}

uint32_t placed_slots(const struct node *node, const struct ledger *ledger,
                      uint64_t index)
{
    uint32_t mask = placed_mask(node, ledger, index);
    uint32_t slots = 0;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct roster_node *on =
            !node->peers[i].used
                ? NULL
                : roster_find_node(node->roster,
                                   label_span(&node->peers[i].label));

        if (on != NULL &&
            (mask >> roster_node_index(node->roster, on) & 1) != 0) {
            slots |= 1u << i;
        }
    }
    return slots;
}

bool placed_here(const struct node *node, const struct ledger *ledger,
                 uint64_t index)
{
    return (placed_mask(node, ledger, index) & node->placed.self) != 0;
}
