/* SPDX-License-Identifier: Apache-2.0 */
#include "core/ledgers.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/commit.h"
#include "core/judged.h"
#include "core/seen.h"
#include "model/tally.h"

struct ledger *ledger_find(const struct node *node, const struct origin *origin)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL &&
            origin_equal(&node->ledgers[i]->origin, origin)) {
            return node->ledgers[i];
        }
    }
    return NULL;
}

struct ledger *ledger_by_number(const struct node *node, uint32_t number)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL && node->ledgers[i]->stored &&
            node->ledgers[i]->number == number) {
            return node->ledgers[i];
        }
    }
    return NULL;
}

struct ledger *ledger_add(struct node *node, const struct origin *origin)
{
    struct ledger *ledger;
    struct label owner;
    size_t slot = LEDGER_COUNT_MAX;
    size_t share = 0;
    size_t empty = 0; /* nobody knows yet under which roster */

    origin_node_copy(origin, &owner);
    for (size_t i = LEDGER_COUNT_MAX; i-- > 0;) {
        if (node->ledgers[i] == NULL) {
            slot = i;
        } else if (label_equal(&node->ledgers[i]->owner, &owner)) {
            share++;
            empty += node->ledgers[i]->frontier.size == 0;
        }
    }
    if (slot == LEDGER_COUNT_MAX || share >= LEDGERS_PER_OWNER_MAX ||
        empty >= LEDGERS_PER_NODE_MAX) {
        return NULL;
    }
    ledger = calloc(1, sizeof(*ledger));
    if (ledger == NULL) {
        return NULL;
    }
    ledger->slot = (uint32_t)slot;
    ledger->origin = *origin;
    ledger->owner = owner;
    ledger->own = label_equal(&owner, &node->label);
    frontier_init(&ledger->frontier);
    buf_init(&ledger->witness.note, NOTE_SIZE_MAX);
    node->ledgers[slot] = ledger;
    if (slot >= node->ledgers_end) {
        node->ledgers_end = slot + 1;
    }
    return ledger;
}

bool ledger_room(const struct node *node, const struct ledger *ledger,
                 const struct digest *roster)
{
    bool known = roster_chain_find(node->chain, roster) != NULL;
    size_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *other = node->ledgers[i];

        if (other == NULL || other == ledger || other->frontier.size == 0 ||
            !label_equal(&other->owner, &ledger->owner)) {
            continue;
        }
        /* All that name a roster that nobody knows share one room. */
        count +=
            known ? digest_equal(&other->open_roster, roster)
                  : roster_chain_find(node->chain, &other->open_roster) == NULL;
    }
    return count < LEDGERS_PER_NODE_MAX;
}

static void ledger_free(struct ledger *ledger)
{
    if (ledger != NULL) {
        judged_done(&ledger->judged);
        free(ledger->held);
        free(ledger->earlier);
        free(ledger->places.masks);
        for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
            free(ledger->claimed[i].bits);
        }
        buf_done(&ledger->witness.note);
        free(ledger);
    }
}

void ledger_drop(struct node *node, struct ledger *ledger)
{
    CHECK(!ledger->stored);
    CHECK(!ledger->asking);
    node->ledgers[ledger->slot] = NULL;
    ledger_free(ledger);
}

void ledgers_done(struct node *node)
{
    for (size_t i = 0; i < LEDGER_COUNT_MAX; i++) {
        ledger_free(node->ledgers[i]);
        node->ledgers[i] = NULL;
    }
}

struct sink_ctx {
    struct node *node;
    uint32_t number;
};

static void put_node(void *ctx, unsigned level, uint64_t index,
                     const struct digest *hash)
{
    struct sink_ctx *sink = ctx;
    struct batch_op op = { .kind = BATCH_NODE,
                           .ledger = sink->number,
                           .level = level,
                           .index = index };

    commit_add(sink->node, &op, span_of(NULL, 0),
               span_of(hash->bytes, sizeof(hash->bytes)));
}

static void add_item(struct node *node, const struct ledger *ledger,
                     uint64_t index, const struct deposit *deposit)
{
    struct batch_op op = { .kind = BATCH_ITEM,
                           .ledger = ledger->number,
                           .index = index };
    uint8_t value[64];

    memcpy(op.id, deposit->payload_root.bytes, sizeof(op.id));
    memcpy(value, deposit->header_id.bytes, 32);
    memcpy(value + 32, deposit->commitment.bytes, 32);
    commit_add(node, &op, span_of(NULL, 0), span_of(value, sizeof(value)));
}

void ledger_append(struct node *node, struct ledger *ledger, struct span leaf,
                   const struct digest *hash, const struct deposit *deposit)
{
    struct batch_op op = { .kind = BATCH_LEAF };
    struct sink_ctx ctx = { .node = node };
    struct merkle_sink sink = { .put = put_node, .ctx = &ctx };

    if (!ledger->stored) {
        struct batch_op first = { .kind = BATCH_LEDGER };

        ledger->number = node->numbers;
        ledger->stored = true;
        node->numbers++;
        first.ledger = ledger->number;
        commit_add(node, &first, span_of(NULL, 0),
                   origin_span(&ledger->origin));
    }
    op.ledger = ledger->number;
    op.index = ledger->frontier.size;
    ctx.number = ledger->number;
    commit_add(node, &op, span_of(NULL, 0), leaf);
    if (deposit != NULL) {
        add_item(node, ledger, ledger->frontier.size, deposit);
    }
    seen_leaf(node, ledger, ledger->frontier.size, leaf);
    frontier_append(&ledger->frontier, hash, &sink);
}

static void mark_now(struct node *node, struct ledger *ledger)
{
    ledger->now.seq = node->commit.seq;
    ledger->marks[node->commit.seq % LEDGER_MARKS] = ledger->now;
}

void ledger_grown(struct node *node, struct ledger *ledger)
{
    seen_save(node, ledger);
    ledger->now.size = ledger->frontier.size;
    frontier_root(&ledger->frontier, &ledger->now.root);
    if (!ledger_held_room(ledger, ledger->frontier.size)) {
        node->broken = true;
        return;
    }
    mark_now(node, ledger);
}

void ledger_checkpoint(struct node *node, struct ledger *ledger,
                       const struct ledger_mark *at, struct span note)
{
    commit_note(node, NOTE_CHECKPOINT, origin_span(&ledger->origin), 0, note);
    ledger->now.checkpoint_size = at->size;
    ledger->now.checkpoint_root = at->root;
    ledger->now.lines = 0;
    mark_now(node, ledger);
}

void ledger_lines(struct node *node, struct ledger *ledger, uint32_t lines,
                  struct span note)
{
    commit_note(node, NOTE_CHECKPOINT, origin_span(&ledger->origin), 0, note);
    ledger->now.lines = lines;
    mark_now(node, ledger);
}

void ledger_forked(struct node *node, struct ledger *ledger, struct span proof)
{
    commit_note(node, NOTE_FORK, origin_span(&ledger->origin), 0, proof);
    ledger->now.forked = true;
    mark_now(node, ledger);
}

void ledgers_persisted(struct node *node, uint64_t seq)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];
        const struct ledger_mark *mark;
        bool big;
        bool small;

        if (ledger == NULL) {
            continue;
        }
        mark = &ledger->marks[seq % LEDGER_MARKS];
        if (mark->seq != seq) {
            continue;
        }
        CHECK(mark->size >= ledger->durable.size);
        big = mark->checkpoint_size != ledger->durable.checkpoint_size ||
              mark->forked != ledger->durable.forked;
        small = mark->lines != ledger->durable.lines;
        ledger->durable = *mark;
        ledger->lines = mark->lines;
        ledger->has_fork = mark->forked;
        if (big || small) {
            news_changed(node, big);
        }
    }
}

bool ledger_held(const struct ledger *ledger, uint64_t index)
{
    return index / 8 < ledger->held_room &&
           (ledger->held[index / 8] >> (index % 8) & 1) != 0;
}

bool ledger_held_room(struct ledger *ledger, uint64_t size)
{
    size_t room = ledger->held_room < 64 ? 64 : ledger->held_room;
    uint8_t *held;

    while (room * 8 < size) {
        room *= 2;
    }
    if (room == ledger->held_room) {
        return true;
    }
    held = realloc(ledger->held, room);
    if (held == NULL) {
        return false;
    }
    memset(held + ledger->held_room, 0, room - ledger->held_room);
    ledger->held = held;
    ledger->held_room = room;
    return true;
}

void ledger_set_held(struct node *node, struct ledger *ledger, uint64_t index)
{
    if (ledger_held(ledger, index) || index / 8 >= ledger->held_room) {
        return;
    }
    ledger->held[index / 8] |= (uint8_t)(1u << (index % 8));
    ledger->held_count++;
    if (index < ledger->places.count &&
        (ledger->places.masks[index] & node->placed.self) == 0 &&
        ledger->places.masks[index] != UINT32_MAX) {
        CHECK(ledger->places.elsewhere > 0);
        ledger->places.elsewhere--; /* it was deposited here */
    }
    commit_held(node, ledger->slot, index / HELD_CHUNK_BITS);
    node->repair.look = true;
    if (index > 0 && index < ledger->durable.size) {
        news_changed(node, false); /* leaf 0 is no item */
    }
}

void ledger_clear_held(struct node *node, struct ledger *ledger, uint64_t index)
{
    if (!ledger_held(ledger, index)) {
        return;
    }
    ledger->held[index / 8] &= (uint8_t) ~(1u << (index % 8));
    CHECK(ledger->held_count > 0);
    ledger->held_count--;
    if (index < ledger->places.count &&
        (ledger->places.masks[index] & node->placed.self) == 0 &&
        ledger->places.masks[index] != UINT32_MAX) {
        ledger->places.elsewhere++;
    }
    commit_unheld(node, ledger->slot, index / HELD_CHUNK_BITS);
    if (index > 0 && index < ledger->durable.size) {
        news_changed(node, false);
    }
}

uint64_t ledger_items(const struct ledger *ledger)
{
    return ledger->durable.size > 0 ? ledger->durable.size - 1 : 0;
}

uint64_t ledger_items_held(const struct ledger *ledger)
{
    uint64_t held = ledger->held_count > 0 ? ledger->held_count - 1 : 0;
    uint64_t items = ledger_items(ledger);

    return held < items ? held : items;
}

uint64_t ledgers_items(const struct node *node)
{
    uint64_t items = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            items += ledger_items(node->ledgers[i]);
        }
    }
    return items;
}

uint64_t ledger_words(const struct ledger *ledger)
{
    return (ledger->durable.size + 63) / 64;
}

uint64_t ledger_items_word(const struct ledger *ledger, uint64_t word)
{
    return bits_below(ledger->durable.size, word) &
           (word == 0 ? ~(uint64_t)1 : UINT64_MAX);
}

void news_changed(struct node *node, bool big)
{
    node->news++;
    if (big) {
        node->news_big = node->news;
    }
    node->summary_fresh = false;
}

static int compare_heads(const void *a, const void *b)
{
    const struct head *first = a;
    const struct head *second = b;

    return origin_compare(&first->origin, &second->origin);
}

size_t ledger_heads(const struct node *node, const struct label *owner,
                    struct head heads[static SYNC_HEADS_MAX])
{
    size_t count = 0;

    for (size_t i = 0; i < node->ledgers_end && count < SYNC_HEADS_MAX; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || ledger->durable.checkpoint_size == 0 ||
            (owner != NULL && !label_equal(&ledger->owner, owner))) {
            continue;
        }
        heads[count].origin = ledger->origin;
        heads[count].size = ledger->durable.checkpoint_size;
        heads[count].root = ledger->durable.checkpoint_root;
        heads[count].held = ledger_items_held(ledger);
        if (heads[count].held >= heads[count].size) {
            heads[count].held = heads[count].size - 1;
        }
        heads[count].lines = ledger->lines;
        heads[count].forked = ledger->has_fork;
        count++;
    }
    qsort(heads, count, sizeof(heads[0]), compare_heads);
    return count;
}

/* ---- which one is later ---- */

bool ledger_names(const struct ledger *ledger, const struct ledger *other)
{
    for (size_t i = 0; i < ledger->earlier_count; i++) {
        if (origin_equal(&ledger->earlier[i], &other->origin)) {
            return true;
        }
    }
    return false;
}

/* Can `to` be reached from `from` by what open records name? */
static bool reaches(const struct node *node, const struct ledger *from,
                    const struct ledger *to)
{
    const struct ledger *reached[LEDGERS_PER_NODE_MAX] = { from };
    size_t count = 1;

    for (size_t i = 0; i < count; i++) {
        if (ledger_names(reached[i], to)) {
            return true;
        }
        for (size_t j = 0; j < node->ledgers_end; j++) {
            const struct ledger *ledger = node->ledgers[j];
            bool known = ledger == NULL || !ledger_names(reached[i], ledger);

            for (size_t k = 0; k < count && !known; k++) {
                known = reached[k] == ledger;
            }
            if (!known && count < LEDGERS_PER_NODE_MAX) {
                reached[count] = ledger;
                count++;
            }
        }
    }
    return false;
}

bool ledger_later(const struct node *node, const struct ledger *a,
                  const struct ledger *b)
{
    if (a == b) {
        return false;
    }
    if (reaches(node, a, b)) {
        return true;
    }
    if (reaches(node, b, a)) {
        return false;
    }
    if (a->open_time != b->open_time) {
        return a->open_time > b->open_time;
    }
    return origin_compare(&a->origin, &b->origin) > 0;
}

bool ledger_left(const struct node *node, const struct ledger *ledger)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *other = node->ledgers[i];

        if (other != NULL && other != ledger &&
            label_equal(&other->owner, &ledger->owner) &&
            ledger_names(other, ledger)) {
            return true;
        }
    }
    return false;
}

void ledger_serve(const struct ledger *ledger, struct serve_ledger *ret)
{
    ret->origin = ledger->origin;
    ret->number = ledger->number;
    ret->size = ledger->durable.size;
    ret->checkpoint_size = ledger->durable.checkpoint_size;
}
