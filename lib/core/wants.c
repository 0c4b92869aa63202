/* SPDX-License-Identifier: Apache-2.0 */
#include "core/wants.h"

#include <inttypes.h>
#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/lessee.h"
#include "core/peer.h"
#include "core/placed.h"
#include "core/rarest.h"

#define NEWS_WAIT_MS 250
#define CAUGHT_UP_ITEMS 64
#define CAUGHT_UP_MS 30000
#define RELOAD_BELOW 64 /* wants left of an item that lacks more */

void wants_init(struct node *node)
{
    node->fetch.wants_free = WANT_COUNT_MAX;
    node->fetch.items_free = ITEM_COUNT_MAX;
}

bool wants_active(const struct node *node)
{
    return node->self != NULL && node->self->role == NODE_STORE &&
           !node->stopping && !node->broken && !node->fetch.full &&
           !node->repair.paused;
}

bool wants_peer_could(const struct node *node, uint32_t slot,
                      const struct ledger *ledger, uint64_t index)
{
    const struct peer *peer = &node->peers[slot];

    return peer->used && peer->connected && peer->role != NODE_OBSERVER &&
           ledger->peer_size[slot] > index;
}

/* Leaves of this ledger that somebody could give now: those below. */
static uint64_t reach(const struct node *node, const struct ledger *ledger)
{
    uint64_t size = 0;

    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (ledger->peer_size[i] > size &&
            wants_peer_could(node, i, ledger, ledger->peer_size[i] - 1)) {
            size = ledger->peer_size[i];
        }
    }
    return size;
}

void wants_reopen_all(struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            wants_reopen(node, node->ledgers[i]);
        }
    }
}

void wants_reopen(struct node *node, struct ledger *ledger)
{
    uint64_t soon = node->now_ms + NEWS_WAIT_MS;

    ledger->scan_backoff_ms = 0;
    if (ledger->scan_again_ms > soon) {
        ledger->scan_again_ms = soon;
    }
}

/* ---- the tables ---- */

void want_free(struct node *node, size_t slot)
{
    struct want_slot *want = &node->fetch.wants[slot];
    struct item_slot *item = &node->fetch.items[want->item];

    CHECK(want->state != WANT_FREE);
    CHECK(item->wants > 0);
    item->wants--;
    node->fetch.open_bytes -= want->want.size;
    want->state = WANT_FREE;
    node->fetch.wants_free++;
}

static void item_free(struct node *node, uint32_t slot)
{
    struct item_slot *item = &node->fetch.items[slot];

    CHECK(item->wants == 0);
    node->ledgers[item->ledger]->in_work--;
    item->used = false;
    node->fetch.items_free++;
}

/* Give up what is not under way. */
static void drop_open(struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        if (node->fetch.wants[i].state == WANT_OPEN &&
            node->fetch.wants[i].item == slot) {
            want_free(node, i);
        }
    }
}

/* One that was never missed before is looked for again soon, however long
 * others have been missed. */
static void missed(struct ledger *ledger, uint64_t index)
{
    ledger->scan_missed = true;
    if (index >= ledger->scan_walked) {
        ledger->scan_backoff_ms = 0;
        ledger->scan_again_ms = 0;
    }
}

void item_look(struct node *node, uint32_t slot)
{
    struct item_slot *item = &node->fetch.items[slot];
    struct ledger *ledger = node->ledgers[item->ledger];

    if (item->failed && item->wants > 0) {
        drop_open(node, slot);
    }
    if (item->wants > 0 || item->loading) {
        return;
    }
    if (item->failed) {
        missed(ledger, item->index);
    } else if (item->more) {
        return;
    } else {
        ledger_set_held(node, ledger, item->index);
    }
    item_free(node, slot);
}

void wants_suspect(struct node *node, const struct ledger *ledger,
                   uint64_t index)
{
    for (uint32_t i = 0; ledger->in_work > 0 && i < ITEM_COUNT_MAX; i++) {
        struct item_slot *item = &node->fetch.items[i];

        if (item->used && item->ledger == ledger->slot &&
            item->index == index) {
            item->failed = true;
            item_look(node, i);
            return;
        }
    }
}

static void want_add(struct node *node, uint32_t item,
                     const struct want *wanted)
{
    struct fetch *fetch = &node->fetch;

    CHECK(fetch->wants_free > 0);
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &fetch->wants[i];

        if (want->state == WANT_FREE) {
            memset(want, 0, sizeof(*want));
            want->state = WANT_OPEN;
            want->want = *wanted;
            want->item = item;
            break;
        }
    }
    if (wanted->kind == WANT_NAMES) {
        fetch->items[item].after = UINT64_MAX;
    }
    fetch->wants_free--;
    fetch->items[item].wants++;
    fetch->open_bytes += wanted->size;
    fetch->seen_bytes += wanted->size;
}

/* ---- looking at items ---- */

static uint32_t item_add(struct node *node, struct ledger *ledger,
                         uint64_t index)
{
    for (uint32_t i = 0; i < ITEM_COUNT_MAX; i++) {
        struct item_slot *item = &node->fetch.items[i];

        if (!item->used) {
            memset(item, 0, sizeof(*item));
            item->used = true;
            item->ledger = ledger->slot;
            item->index = index;
            item->claimed = holdings_claimants(ledger, index);
            item->placed = placed_slots(node, ledger, index);
            ledger->in_work++;
            node->fetch.items_free--;
            node->fetch.seen_items++;
            return i;
        }
    }
    CHECK(node->fetch.items_free == 0);
    return SLOT_NONE;
}

/* Items that lack more than the table took. */
static void gather_more(struct node *node)
{
    struct fetch *fetch = &node->fetch;

    for (uint32_t i = 0;
         i < ITEM_COUNT_MAX && fetch->load_count < LOAD_ITEMS_MAX; i++) {
        struct item_slot *item = &fetch->items[i];

        if (item->used && item->more && !item->failed && !item->loading &&
            item->wants < RELOAD_BELOW &&
            item->after <= node->commit.durable_seq) {
            fetch->load_items[fetch->load_count] = i;
            fetch->load_count++;
        }
    }
}

/* The walk of this ledger came to its end: begin again when something was
 * missed, later each time. True when it does so now. */
static bool scan_again(struct node *node, struct ledger *ledger)
{
    if (!ledger->scan_missed || ledger->in_work > 0) {
        return false;
    }
    if (ledger->scan_again_ms == 0) {
        ledger->scan_backoff_ms = backoff_next(
            ledger->scan_backoff_ms, WANT_BACKOFF_MIN_MS, WANT_BACKOFF_MAX_MS);
        ledger->scan_again_ms = backoff_at(node, ledger->scan_backoff_ms);
    }
    if (node->now_ms < ledger->scan_again_ms) {
        node_due(node, ledger->scan_again_ms);
        return false;
    }
    if (ledger->scan_from > ledger->scan_walked) {
        ledger->scan_walked = ledger->scan_from;
    }
    ledger->scan = 0;
    ledger->scan_from = 0;
    ledger->scan_pass = 0;
    ledger->scan_missed = false;
    ledger->scan_again_ms = 0;
    return true;
}

static void fall_behind(struct node *node)
{
    struct fetch *fetch = &node->fetch;

    if (!fetch->behind) {
        fetch->behind = true;
        fetch->behind_ms = node->now_ms;
        fetch->behind_items = 0;
    }
    fetch->behind_items++;
}

static void gather_new(struct node *node, struct ledger *ledger)
{
    struct fetch *fetch = &node->fetch;
    uint64_t end =
        lessee_anybody(node) ? ledger->durable.size : reach(node, ledger);
    struct rarest rarest;

    rarest_begin(node, ledger, end, &rarest);
    while (fetch->load_count < LOAD_ITEMS_MAX && fetch->items_free > 0) {
        uint64_t index;

        if (rarest_next(node, &rarest, &index)) {
            fetch->load_items[fetch->load_count] =
                item_add(node, ledger, index);
            fetch->load_count++;
            fall_behind(node);
        } else if (scan_again(node, ledger)) {
            rarest_begin(node, ledger, end, &rarest);
        } else {
            return;
        }
    }
}

static void emit_load(struct node *node)
{
    struct fetch *fetch = &node->fetch;
    struct want *items = emit_alloc(node, fetch->load_count * sizeof(*items));
    struct effect *effect = items == NULL ? NULL : emit(node, EFFECT_LOAD);

    if (effect == NULL) {
        return;
    }
    fetch->load_token = node_token(node);
    for (size_t i = 0; i < fetch->load_count; i++) {
        struct item_slot *item = &fetch->items[fetch->load_items[i]];

        item->loading = true;
        items[i].kind = WANT_BLOCK;
        items[i].ledger = node->ledgers[item->ledger]->number;
        items[i].index = item->index;
        items[i].page = item->next;
    }
    effect->load.token = fetch->load_token;
    effect->load.items = items;
    effect->load.count = fetch->load_count;
}

/* What was found bad is not durable yet: the disk would still say that it is
 * there. */
static bool unsettled(const struct node *node)
{
    return node->repair.seq > node->commit.durable_seq;
}

static void load_pump(struct node *node)
{
    struct fetch *fetch = &node->fetch;

    if (fetch->load_token != 0 || fetch->wants_free < LOAD_WANTS_MAX ||
        unsettled(node)) {
        return;
    }
    fetch->load_count = 0;
    gather_more(node);
    for (size_t i = 0; i < node->ledgers_end; i++) {
        size_t slot = (fetch->turn + i) % node->ledgers_end;

        if (node->ledgers[slot] != NULL && node->ledgers[slot]->stored) {
            gather_new(node, node->ledgers[slot]);
        }
    }
    if (fetch->load_count > 0) {
        fetch->turn++;
        emit_load(node);
    }
}

static uint32_t find_loaded(const struct node *node, const struct want *want)
{
    const struct fetch *fetch = &node->fetch;

    for (size_t i = 0; i < fetch->load_count; i++) {
        const struct item_slot *item = &fetch->items[fetch->load_items[i]];

        if (item->index == want->index &&
            node->ledgers[item->ledger]->number == want->ledger) {
            return fetch->load_items[i];
        }
    }
    return SLOT_NONE;
}

bool wants_loaded(struct node *node, const struct event *event)
{
    struct fetch *fetch = &node->fetch;

    if (fetch->load_token == 0 || event->loaded.token != fetch->load_token) {
        return false;
    }
    fetch->load_token = 0;
    for (size_t i = 0; i < fetch->load_count; i++) {
        struct item_slot *item = &fetch->items[fetch->load_items[i]];
        const struct loaded_item *loaded = &event->loaded.items[i];

        item->loading = false;
        if (i >= event->loaded.items_count || loaded->err != ERR_OK) {
            item->failed = true;
            continue;
        }
        item->more = loaded->more;
        item->next = loaded->next;
        item->after = 0;
    }
    for (size_t i = 0; i < event->loaded.wants_count; i++) {
        uint32_t slot = find_loaded(node, &event->loaded.wants[i]);

        if (slot != SLOT_NONE && fetch->wants_free > 0) {
            want_add(node, slot, &event->loaded.wants[i]);
        }
    }
    for (size_t i = 0; i < fetch->load_count; i++) {
        item_look(node, fetch->load_items[i]);
    }
    return true;
}

void wants_persisted(struct node *node)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if (want->state == WANT_ARRIVED &&
            want->seq <= node->commit.durable_seq) {
            node->fetch.arrived--;
            want_free(node, i);
            item_look(node, want->item);
        }
    }
}

/* ---- space, and being done ---- */

void wants_space(struct node *node, const struct event *event)
{
    struct fetch *fetch = &node->fetch;

    fetch->free_bytes = event->space.free_bytes;
    fetch->reserve_bytes = event->space.reserve_bytes;
    if (fetch->full == event->space.full) {
        return;
    }
    fetch->full = event->space.full;
    if (fetch->full) {
        emit_alarm(node, ALARM_ERROR, "STORE-FULL", NULL,
                   "%" PRIu64 " bytes free, %" PRIu64
                   " must stay free: no deposits, no copying until there is "
                   "room; what is held is served",
                   fetch->free_bytes, fetch->reserve_bytes);
    } else {
        emit_alarm(node, ALARM_INFO, "STORE-ROOM", NULL,
                   "%" PRIu64 " bytes free: deposits and copying go on",
                   fetch->free_bytes);
    }
}

static bool all_held(const struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL) {
            continue;
        }
        if (ledger->asking || ledger->held_count + ledger->places.elsewhere <
                                  ledger->frontier.size) {
            return false;
        }
        for (size_t j = 0; j < NODE_COUNT_MAX; j++) {
            if (!ledger->frozen && ledger != node->own.current &&
                ledger->peer_size[j] > ledger->frontier.size) {
                return false;
            }
        }
    }
    return true;
}

/* Not after every single deposit elsewhere: only after a start, or when there
 * was something to catch up with. */
static void say_caught_up(struct node *node)
{
    struct fetch *fetch = &node->fetch;

    fetch->behind = false;
    if (fetch->caught_up && fetch->behind_items < CAUGHT_UP_ITEMS &&
        node->now_ms - fetch->behind_ms < CAUGHT_UP_MS) {
        return;
    }
    fetch->caught_up = true;
    emit_alarm(node, ALARM_INFO, "CAUGHT-UP", NULL,
               "all items of all known ledgers that belong here are here");
}

/* Statements changed: does one claim what was missed? */
static void look_at_claims(struct node *node)
{
    node->fetch.claims_news = node->statements.claims_news;
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->scan_missed &&
            holdings_offer(node, ledger)) {
            wants_reopen(node, ledger);
        }
    }
}

void wants_pump(struct node *node)
{
    struct fetch *fetch = &node->fetch;

    if (!wants_active(node)) {
        return;
    }
    if (fetch->claims_news != node->statements.claims_news) {
        look_at_claims(node);
    }
    load_pump(node);
    if (fetch->behind && fetch->items_free == ITEM_COUNT_MAX &&
        all_held(node)) {
        say_caught_up(node);
    }
}

uint64_t wants_bytes(const struct node *node)
{
    const struct fetch *fetch = &node->fetch;
    uint64_t lacking = 0;
    uint64_t in_table = ITEM_COUNT_MAX - fetch->items_free;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        uint64_t here =
            ledger == NULL ? 0 : ledger->held_count + ledger->places.elsewhere;

        if (ledger != NULL && ledger->durable.size > here) {
            lacking += ledger->durable.size - here;
        }
    }
    if (lacking <= in_table || fetch->seen_items == 0) {
        return fetch->open_bytes;
    }
    return fetch->open_bytes +
           (lacking - in_table) * (fetch->seen_bytes / fetch->seen_items);
}
