/* SPDX-License-Identifier: Apache-2.0 */
#include "core/carrying.h"

#include <string.h>

#include "core/checked.h"
#include "core/emit.h"
#include "core/hands.h"
#include "core/leaf.h"
#include "core/ledgers.h"
#include "core/own_rule.h"
#include "core/peer.h"
#include "core/prefix.h"
#include "ledger/merkle.h"

#define TURN_MS 60000
#define AGAIN_MS 600000
#define WHOLE_MS 3600000
#define BUSY_MS 1000

void carrying_init(struct node *node)
{
    buf_init(&node->carrying.leaf, LEAF_SIZE_MAX);
}

void carrying_done(struct node *node)
{
    buf_done(&node->carrying.leaf);
}

static struct ledger *in_hand(const struct node *node)
{
    return node->ledgers[node->carrying.ledger];
}

/* Leave the ledger in hand alone for a while. */
static void rest(struct node *node, uint64_t ms)
{
    in_hand(node)->carry.at_ms = node->now_ms + ms;
    node->carrying.state = CARRY_IDLE;
    node->carrying.searching = false;
}

static bool load(struct node *node, const struct want *what,
                 enum carrying_state state)
{
    struct want *want = emit_alloc(node, sizeof(*want));
    struct effect *effect = want == NULL ? NULL : emit(node, EFFECT_LOAD);

    if (effect == NULL) {
        return false;
    }
    *want = *what;
    node->carrying.state = state;
    node->carrying.token = node_token(node);
    effect->load.token = node->carrying.token;
    effect->load.items = want;
    effect->load.count = 1;
    return true;
}

/* ---- where the two sides part ---- */

/* The largest size that both may have. */
static uint64_t bound(const struct ledger *ledger)
{
    return ledger->durable.size < ledger->frozen_from ? ledger->durable.size
                                                      : ledger->frozen_from;
}

static void look_at(struct node *node, uint64_t size)
{
    struct want want = { .kind = WANT_ROOT,
                         .ledger = in_hand(node)->number,
                         .index = size };

    node->carrying.middle = size;
    (void)load(node, &want, CARRY_ROOT);
}

/* The next step between low and high, or it is found. */
static void halve(struct node *node)
{
    struct carrying *carrying = &node->carrying;
    struct ledger_carry *carry = &in_hand(node)->carry;

    carrying->state = CARRY_IDLE;
    if (carrying->high - carrying->low > 1) {
        look_at(node, carrying->low + (carrying->high - carrying->low) / 2);
        return;
    }
    carrying->searching = false;
    carry->known = true;
    carry->common = carrying->low;
    carry->next = carrying->low;
}

static void ask_peer(struct node *node)
{
    struct carrying *carrying = &node->carrying;
    struct ledger *ledger = in_hand(node);
    struct message *message;
    struct ask *ask = ask_begin(node, carrying->peer, ASK_CARRY,
                                MESSAGE_GET_RECORDS, &message);

    if (ask == NULL) {
        rest(node, BUSY_MS);
        return;
    }
    ask->ledger = carrying->ledger;
    /* When it has no more than that, its checkpoint alone says it. */
    ask->from = ledger->peer_size[carrying->peer] == carrying->middle
                    ? carrying->middle - 1
                    : prefix_from(carrying->middle);
    message->get_records.origin = ledger->origin;
    message->get_records.from = ask->from;
    message->get_records.count = 1;
    carrying->state = CARRY_ASKED;
}

/* Nothing that the peer says proves it (core/prefix.h). The fork proof does, at
 * its size; below that the two are taken to differ, at the worst in one leaf
 * that both have and that is carried for nothing. */
static bool root_unproven(const struct node *node, const struct ledger *ledger,
                          const struct checkpoint *checkpoint,
                          struct digest *ret_root)
{
    uint64_t middle = node->carrying.middle;

    if (middle == ledger->frozen_from &&
        checkpoint->size == ledger->frozen_size &&
        digest_equal(&checkpoint->root, &ledger->frozen_root)) {
        *ret_root = ledger->frozen_at;
        return true;
    }
    if (middle >= bound(ledger)) {
        return false;
    }
    merkle_empty(ret_root);
    return true;
}

/* The root of the peer's tree at `middle`. */
static bool root_there(const struct node *node, const struct ledger *ledger,
                       const struct ask *ask,
                       const struct msg_get_records_reply *reply,
                       struct digest *ret_root)
{
    uint64_t middle = node->carrying.middle;
    struct checkpoint checkpoint;
    struct prefix prefix;

    if (reply == NULL || reply->leaves_count == 0 || reply->from != ask->from ||
        !checked_checkpoint(node, &ledger->origin, reply->checkpoint,
                            &checkpoint, NULL)) {
        return false;
    }
    if (checkpoint.size == middle) {
        *ret_root = checkpoint.root;
        return true;
    }
    if (prefix_blind(middle, checkpoint.size)) {
        return root_unproven(node, ledger, &checkpoint, ret_root);
    }
    if (ask->from != prefix_from(middle) ||
        !prefix_prove(middle, reply->leaves[0], checkpoint.size,
                      &checkpoint.root, reply->path, reply->path_count,
                      &prefix)) {
        return false;
    }
    *ret_root = prefix.root;
    return true;
}

void carrying_answered(struct node *node, const struct ask *ask,
                       const struct msg_get_records_reply *reply)
{
    struct carrying *carrying = &node->carrying;
    struct ledger *ledger = in_hand(node);
    struct digest root;

    if (carrying->state != CARRY_ASKED || ask->ledger != carrying->ledger) {
        return;
    }
    if (!root_there(node, ledger, ask, reply, &root)) {
        ledger->carry.tried |= 1u << ask->peer;
        rest(node, BUSY_MS);
    } else if (!digest_equal(&root, &carrying->root)) {
        carrying->high = carrying->middle;
        halve(node);
    } else if (carrying->middle == bound(ledger)) {
        /* On our side, or it has all that we have. */
        ledger->carry.tried |= 1u << ask->peer;
        rest(node, BUSY_MS);
    } else {
        carrying->low = carrying->middle;
        halve(node);
    }
}

/* Somebody who may be on the other side; SLOT_NONE: nobody is here. */
static uint32_t find_other_side(const struct node *node,
                                const struct ledger *ledger)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (peer->used && peer->connected &&
            ledger->peer_size[i] >= bound(ledger) &&
            (ledger->carry.tried >> i & 1) == 0) {
            return i;
        }
    }
    return SLOT_NONE;
}

static void search(struct node *node, struct ledger *ledger)
{
    struct carrying *carrying = &node->carrying;

    carrying->peer = find_other_side(node, ledger);
    if (carrying->peer == SLOT_NONE) {
        ledger->carry.tried = 0;
        rest(node, AGAIN_MS);
        return;
    }
    carrying->searching = true;
    carrying->low = 0;
    carrying->high = bound(ledger);
    look_at(node, carrying->high);
}

/* ---- the leaves ---- */

static void next_leaf(struct node *node)
{
    in_hand(node)->carry.next++;
    node->carrying.state = CARRY_IDLE;
}

static void walk(struct node *node, struct ledger *ledger)
{
    struct ledger_carry *carry = &ledger->carry;
    struct want want = { .kind = WANT_LEAF, .ledger = ledger->number };

    while (carry->next < ledger->durable.size &&
           !ledger_held(ledger, carry->next)) {
        carry->skipped = true;
        carry->next++;
    }
    if (carry->next < ledger->durable.size) {
        want.index = carry->next;
        (void)load(node, &want, CARRY_LEAF);
        return;
    }
    carry->done =
        !carry->skipped && ledger->frontier.size == ledger->durable.size;
    carry->skipped = false;
    carry->next = carry->common;
    rest(node, WHOLE_MS);
}

static void look_elsewhere(struct node *node, uint32_t ledger, uint64_t index)
{
    struct want want = { .kind = WANT_ITEM, .ledger = ledger, .index = index };

    memcpy(want.name.bytes, node->carrying.payload.bytes,
           sizeof(want.name.bytes));
    (void)load(node, &want, CARRY_ITEM);
}

static void take_leaf(struct node *node, struct span leaf)
{
    struct carrying *carrying = &node->carrying;
    struct deposit deposit;

    buf_clear(&carrying->leaf);
    buf_put(&carrying->leaf, leaf);
    if (buf_failed(&carrying->leaf) ||
        !leaf_deposit(leaf, &node->record, &node->inner, &deposit)) {
        next_leaf(node);
        return;
    }
    carrying->payload = deposit.payload_root;
    look_elsewhere(node, 0, 0);
}

/* Does this leaf keep the item for good? */
static bool counts(const struct node *node, const struct loaded_item *item)
{
    const struct ledger *ledger = ledger_by_number(node, item->ledger);

    return ledger != NULL && !ledger->frozen &&
           (item->index < ledger->durable.checkpoint_size ||
            ledger == node->own.current);
}

static void carry(struct node *node)
{
    struct carrying *carrying = &node->carrying;
    struct ledger *ledger = in_hand(node);
    struct span leaf = buf_span(&carrying->leaf);
    struct deposit deposit;

    if (leaf_deposit(leaf, &node->record, &node->inner, &deposit) &&
        hand_find(node, &deposit.payload_root) == SLOT_NONE &&
        !hand_add_carried(node, &deposit, ledger->carry.next, leaf)) {
        rest(node, BUSY_MS); /* too much in hand */
        return;
    }
    next_leaf(node);
}

bool carrying_loaded(struct node *node, const struct event *event)
{
    struct carrying *carrying = &node->carrying;
    const struct loaded_item *item = event->loaded.items;

    if (carrying->state == CARRY_IDLE || carrying->state == CARRY_ASKED ||
        event->loaded.token != carrying->token) {
        return false;
    }
    if (event->loaded.items_count != 1 ||
        (item->err != ERR_OK && item->err != ERR_NOT_FOUND)) {
        rest(node, AGAIN_MS);
    } else if (carrying->state == CARRY_ITEM) {
        if (item->err == ERR_NOT_FOUND) {
            carry(node);
        } else if (counts(node, item)) {
            next_leaf(node);
        } else {
            look_elsewhere(node, item->ledger, item->index + 1);
        }
    } else if (item->err != ERR_OK) {
        rest(node, AGAIN_MS);
    } else if (carrying->state == CARRY_ROOT) {
        carrying->root = item->root;
        ask_peer(node);
    } else {
        take_leaf(node, event->loaded.leaf);
    }
    return true;
}

/* ---- the pump ---- */

/* When it is our turn: the owner's node first, then in the roster's order. */
static uint64_t turn_ms(struct node *node, const struct ledger *ledger)
{
    size_t place = 0;

    if (ledger->own) {
        return node->now_ms;
    }
    for (size_t i = 0; i < node->roster->node_count; i++) {
        if (&node->roster->nodes[i] == node->self) {
            place = i + 1;
        }
    }
    return node->now_ms + place * TURN_MS + rng_below(&node->rng, TURN_MS / 2);
}

static bool is_due(struct node *node, struct ledger *ledger)
{
    if (ledger == NULL || !ledger->frozen || !ledger->stored ||
        ledger->frozen_from == 0 || ledger->carry.done) {
        return false;
    }
    if (!ledger->carry.begun) {
        ledger->carry.begun = true;
        ledger->carry.at_ms = turn_ms(node, ledger);
    }
    if (node->now_ms < ledger->carry.at_ms) {
        node_due(node, ledger->carry.at_ms);
        return false;
    }
    return true;
}

void carrying_pump(struct node *node)
{
    struct carrying *carrying = &node->carrying;

    if (carrying->state != CARRY_IDLE || node->self == NULL || node->stopping ||
        !own_soon(node) || node->own.current == NULL) {
        return;
    }
    for (uint32_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (!is_due(node, ledger)) {
            continue;
        }
        carrying->ledger = i;
        if (ledger->carry.known) {
            walk(node, ledger);
        } else {
            search(node, ledger);
        }
        return;
    }
}
