/* SPDX-License-Identifier: Apache-2.0 */
#include "core/hands.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "core/commit.h"
#include "core/ledgers.h"
#include "core/quota.h"

#define HANDS_ROOM_MIN 64
#define RECENT_MAX 4096

static void queue_init(struct hand_queue *queue)
{
    queue->first = SLOT_NONE;
    queue->last = SLOT_NONE;
    queue->count = 0;
}

static void queue_put(struct intake *intake, struct hand_queue *queue,
                      uint32_t slot)
{
    intake->hands[slot].queue = SLOT_NONE;
    if (queue->last == SLOT_NONE) {
        queue->first = slot;
    } else {
        intake->hands[queue->last].queue = slot;
    }
    queue->last = slot;
    queue->count++;
}

static uint32_t queue_take(struct intake *intake, struct hand_queue *queue)
{
    uint32_t slot = queue->first;

    if (slot == SLOT_NONE) {
        return SLOT_NONE;
    }
    queue->first = intake->hands[slot].queue;
    if (queue->first == SLOT_NONE) {
        queue->last = SLOT_NONE;
    }
    queue->count--;
    return slot;
}

/* This one, which follows `before`, or is the first (SLOT_NONE). */
static void queue_remove(struct intake *intake, struct hand_queue *queue,
                         uint32_t before, uint32_t slot)
{
    if (before == SLOT_NONE) {
        (void)queue_take(intake, queue);
        return;
    }
    intake->hands[before].queue = intake->hands[slot].queue;
    if (queue->last == slot) {
        queue->last = before;
    }
    queue->count--;
}

void hands_init(struct node *node)
{
    struct intake *intake = &node->intake;

    intake->free = SLOT_NONE;
    queue_init(&intake->waiting);
    queue_init(&intake->committed);
    queue_init(&intake->recent);
}

static void drop_leaf(struct hand *hand)
{
    free(hand->leaf);
    hand->leaf = NULL;
    hand->leaf_size = 0;
}

void hands_done(struct node *node)
{
    for (size_t i = 0; i < node->intake.hands_room; i++) {
        if (node->intake.hands[i].state != HAND_FREE) {
            drop_leaf(&node->intake.hands[i]);
        }
    }
    free(node->intake.hands);
    free(node->intake.buckets);
}

/* ---- the hash table by payload root ---- */

static uint32_t *bucket_of(const struct intake *intake,
                           const struct payload_root *root)
{
    uint64_t key;

    memcpy(&key, root->bytes, sizeof(key));
    return &intake->buckets[key & (intake->buckets_count - 1)];
}

uint32_t hand_find(const struct node *node, const struct payload_root *root)
{
    const struct intake *intake = &node->intake;
    uint32_t slot;

    if (intake->buckets_count == 0) {
        return SLOT_NONE;
    }
    slot = *bucket_of(intake, root);
    while (
        slot != SLOT_NONE &&
        !payload_root_equal(&intake->hands[slot].deposit.payload_root, root)) {
        slot = intake->hands[slot].chain;
    }
    return slot;
}

static void chain_put(struct intake *intake, uint32_t slot)
{
    struct hand *hand = &intake->hands[slot];
    uint32_t *bucket = bucket_of(intake, &hand->deposit.payload_root);

    hand->chain = *bucket;
    *bucket = slot;
}

static void chain_remove(struct intake *intake, uint32_t slot)
{
    uint32_t *at = bucket_of(intake, &intake->hands[slot].deposit.payload_root);

    while (*at != slot) {
        CHECK(*at != SLOT_NONE);
        at = &intake->hands[*at].chain;
    }
    *at = intake->hands[slot].chain;
}

/* Twice the room, and as many buckets as hands. */
static bool grow(struct intake *intake)
{
    size_t room =
        intake->hands_room == 0 ? HANDS_ROOM_MIN : intake->hands_room * 2;
    struct hand *hands = realloc(intake->hands, room * sizeof(*hands));
    uint32_t *buckets;

    if (hands == NULL) {
        return false;
    }
    intake->hands = hands;
    buckets = malloc(room * sizeof(*buckets));
    if (buckets == NULL) {
        return false;
    }
    for (size_t i = intake->hands_room; i < room; i++) {
        hands[i].state = HAND_FREE;
        hands[i].queue = intake->free;
        intake->free = (uint32_t)i;
    }
    free(intake->buckets);
    intake->buckets = buckets;
    intake->buckets_count = room;
    for (size_t i = 0; i < room; i++) {
        buckets[i] = SLOT_NONE;
    }
    for (size_t i = 0; i < intake->hands_room; i++) {
        if (hands[i].state != HAND_FREE) {
            chain_put(intake, (uint32_t)i);
        }
    }
    intake->hands_room = room;
    return true;
}

/* A hand from the free ones, which are not empty, in the hash table. */
static uint32_t take_free(struct intake *intake, const struct deposit *deposit)
{
    uint32_t slot = intake->free;
    struct hand *hand = &intake->hands[slot];

    intake->free = hand->queue;
    memset(hand, 0, sizeof(*hand));
    hand->state = HAND_NEW;
    hand->deposit = *deposit;
    chain_put(intake, slot);
    intake->hands_count++;
    return slot;
}

uint32_t hand_add(struct node *node, const struct deposit *deposit)
{
    struct intake *intake = &node->intake;
    uint32_t slot;

    if (intake->waiting.count + intake->committed.count >=
            DEPOSITS_PENDING_MAX ||
        (intake->free == SLOT_NONE && !grow(intake))) {
        return SLOT_NONE;
    }
    slot = take_free(intake, deposit);
    intake->hands[slot].state = HAND_NEW;
    intake->hands[slot].seq = node->commit.seq;
    queue_put(intake, &intake->waiting, slot);
    intake->new_count++;
    return slot;
}

void hand_keep_leaf(struct node *node, struct hand *hand, uint64_t index,
                    struct span leaf)
{
    uint8_t *copy = malloc(leaf.size);

    if (copy == NULL) {
        node->broken = true;
        return;
    }
    memcpy(copy, leaf.data, leaf.size);
    drop_leaf(hand);
    hand->leaf = copy;
    hand->leaf_size = leaf.size;
    hand->leaf_index = index;
}

bool hand_add_carried(struct node *node, const struct deposit *deposit,
                      uint64_t index, struct span leaf)
{
    struct intake *intake = &node->intake;
    uint32_t slot = hand_find(node, &deposit->payload_root) == SLOT_NONE
                        ? hand_add(node, deposit)
                        : SLOT_NONE;

    if (slot == SLOT_NONE) {
        return false;
    }
    intake->new_count--;
    intake->hands[slot].state = HAND_PENDING;
    intake->carried_count++;
    hand_keep_leaf(node, &intake->hands[slot], index, leaf);
    return !node->broken;
}

bool hand_add_leaf(struct node *node, const struct deposit *deposit,
                   uint32_t ledger, uint64_t index, struct span leaf)
{
    struct intake *intake = &node->intake;
    uint32_t slot = hand_find(node, &deposit->payload_root);
    struct hand *hand;

    if (slot != SLOT_NONE) {
        return true; /* of two ledgers that were left */
    }
    if (intake->free == SLOT_NONE && !grow(intake)) {
        return false;
    }
    slot = take_free(intake, deposit);
    hand = &intake->hands[slot];
    hand->state = HAND_LEAF;
    hand->ledger = ledger;
    hand->index = index;
    hand_keep_leaf(node, hand, index, leaf);
    queue_put(intake, &intake->committed, slot);
    return !node->broken;
}

/* ---- kept as pending ---- */

static void write_pending(struct node *node, const struct deposit *deposit)
{
    struct batch_op op = { .kind = BATCH_PENDING };
    uint8_t value[PENDING_SIZE];

    memcpy(op.id, deposit->header_id.bytes, sizeof(op.id));
    memcpy(value, deposit->payload_root.bytes, 32);
    bytes_put_u64(value + 32, deposit->payload_size);
    bytes_put_u64(value + 40, deposit->header_size);
    memcpy(value + 48, deposit->commitment.bytes, 32);
    memcpy(value + 80, deposit->header_id.bytes, 32);
    commit_add(node, &op, span_of(NULL, 0), span_of(value, sizeof(value)));
}

void hands_keep(struct node *node)
{
    struct intake *intake = &node->intake;

    if (intake->new_count == 0) {
        return;
    }
    for (uint32_t slot = intake->waiting.first; slot != SLOT_NONE;
         slot = intake->hands[slot].queue) {
        struct hand *hand = &intake->hands[slot];

        if (hand->state != HAND_NEW) {
            continue;
        }
        write_pending(node, &hand->deposit);
        commit_needs_group(node);
        commit_urgent(node);
        hand->state = HAND_KEEPING;
        hand->kept = true;
        hand->seq = node->commit.seq;
        intake->keeping_count++;
    }
    intake->new_count = 0;
}

/* ---- on the way into the ledger ---- */

/* Which one is next; the quota counts it. SLOT_NONE: none. */
static uint32_t next_hand(struct node *node)
{
    struct intake *intake = &node->intake;
    uint32_t before = SLOT_NONE;
    uint32_t slot = intake->waiting.first;

    if (slot != SLOT_NONE && intake->hands[slot].leaf == NULL &&
        quota_take_own(node, &intake->hands[slot].deposit)) {
        return queue_take(intake, &intake->waiting);
    }
    if (intake->carried_count == 0) {
        return SLOT_NONE;
    }
    while (intake->hands[slot].leaf == NULL) {
        before = slot;
        slot = intake->hands[slot].queue;
        CHECK(slot != SLOT_NONE);
    }
    intake->carried_count--;
    quota_count_carried(node, &intake->hands[slot].deposit);
    queue_remove(intake, &intake->waiting, before, slot);
    return slot;
}

struct hand *hands_take(struct node *node)
{
    struct intake *intake = &node->intake;
    uint32_t slot = next_hand(node);
    struct hand *hand;

    if (slot == SLOT_NONE) {
        return NULL;
    }
    hand = &intake->hands[slot];
    if (hand->kept) {
        struct batch_op op = { .kind = BATCH_PENDING_GONE };

        memcpy(op.id, hand->deposit.header_id.bytes, sizeof(op.id));
        commit_add(node, &op, span_of(NULL, 0), span_of(NULL, 0));
        hand->kept = false;
    }
    intake->new_count -= hand->state == HAND_NEW;
    intake->keeping_count -= hand->state == HAND_KEEPING;
    hand->state = HAND_LEAF;
    hand->seq = node->commit.seq;
    queue_put(intake, &intake->committed, slot);
    return hand;
}

void hands_uncommit(struct node *node)
{
    struct intake *intake = &node->intake;
    const struct ledger *current = node->own.current;
    struct hand_queue committed = intake->committed;
    struct hand_queue rest = intake->waiting;
    uint32_t slot;

    queue_init(&intake->committed);
    queue_init(&intake->waiting);
    for (slot = queue_take(intake, &committed); slot != SLOT_NONE;
         slot = queue_take(intake, &committed)) {
        struct hand *hand = &intake->hands[slot];

        if (current != NULL && hand->ledger == current->number) {
            queue_put(intake, &intake->committed, slot);
            continue;
        }
        if (hand->seq <= node->commit.durable_seq) {
            hand->state = HAND_PENDING; /* the old leaf keeps it */
        } else {
            hand->state = HAND_NEW;
            intake->new_count++;
        }
        intake->carried_count += hand->leaf != NULL;
        queue_put(intake, &intake->waiting, slot);
    }
    for (slot = queue_take(intake, &rest); slot != SLOT_NONE;
         slot = queue_take(intake, &rest)) {
        queue_put(intake, &intake->waiting, slot);
    }
}

static void forget_old(struct intake *intake)
{
    while (intake->recent.count > RECENT_MAX) {
        uint32_t slot = intake->recent.first;

        if (intake->hands[slot].refs > 0) {
            return; /* soon answered */
        }
        (void)queue_take(intake, &intake->recent);
        chain_remove(intake, slot);
        intake->hands[slot].state = HAND_FREE;
        intake->hands[slot].queue = intake->free;
        intake->free = slot;
        intake->hands_count--;
    }
}

void hands_persisted(struct node *node)
{
    struct intake *intake = &node->intake;
    const struct ledger *current = node->own.current;

    for (uint32_t slot = intake->waiting.first;
         slot != SLOT_NONE && intake->keeping_count > 0;
         slot = intake->hands[slot].queue) {
        struct hand *hand = &intake->hands[slot];

        if (hand->state == HAND_KEEPING &&
            hand->seq <= node->commit.durable_seq) {
            hand->state = HAND_PENDING;
            intake->keeping_count--;
        }
    }
    while (current != NULL && intake->committed.first != SLOT_NONE) {
        struct hand *hand = &intake->hands[intake->committed.first];

        if (hand->index >= current->durable.checkpoint_size) {
            break;
        }
        hand->state = HAND_REGISTERED;
        drop_leaf(hand);
        queue_put(intake, &intake->recent,
                  queue_take(intake, &intake->committed));
    }
    forget_old(intake);
}

uint64_t hands_pending(const struct node *node)
{
    return node->intake.waiting.count + node->intake.committed.count;
}
