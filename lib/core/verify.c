/* SPDX-License-Identifier: Apache-2.0 */
#include "core/verify.h"

#include <string.h>

#include "base/check.h"
#include "core/challenges.h"
#include "core/emit.h"
#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/peer.h"
#include "core/proofs.h"
#include "model/block.h"

#define ORDER_MS 20000
#define AT_ONCE 8 /* questions to one holder */

void verify_asked(struct node *node, const struct event *event)
{
    for (size_t i = 0; i < ORDERS_MAX; i++) {
        struct order *order = &node->proofs.orders[i];

        if (order->state == ORDER_FREE) {
            memset(order, 0, sizeof(*order));
            order->state = ORDER_NEW;
            order->request = event->asked.request;
            order->what = event->asked.message->verify;
            order->until_ms = node->now_ms + ORDER_MS;
            return;
        }
    }
    emit_refusal(node, event->asked.request, ERR_BUSY, "BUSY",
                 "other items are being verified; try again later");
}

static void end(struct node *node, struct order *order)
{
    order->state = ORDER_FREE;
    challenges_drop_order(node, (uint32_t)(order - node->proofs.orders));
}

void verify_hung_up(struct node *node, uint64_t request)
{
    for (size_t i = 0; i < ORDERS_MAX; i++) {
        struct order *order = &node->proofs.orders[i];

        if (order->state != ORDER_FREE && order->request == request) {
            end(node, order);
        }
    }
}

/* ---- finding it ---- */

static void find(struct node *node, struct order *order)
{
    struct prove_task *task = emit_alloc(node, sizeof(*task));
    struct effect *effect = task == NULL ? NULL : emit(node, EFFECT_LOAD);

    if (effect == NULL) {
        return;
    }
    task->kind = PROVE_ITEM;
    task->root = order->what.root;
    task->pick = order->what.read_from;
    task->held = node->self == NULL || node->self->role != NODE_OBSERVER;
    order->token = node_token(node);
    order->state = ORDER_FINDING;
    effect->load.token = order->token;
    effect->load.tasks = task;
    effect->load.tasks_count = 1;
}

static void add_holders(struct node *node, struct order *order,
                        const struct ledger *ledger, uint64_t index)
{
    order->held = order->held || ledger_held(ledger, index);
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct order_holder *holder = &order->holders[i];

        if (!holder->used && node->peers[i].used &&
            holdings_claims(ledger, i, index)) {
            holder->used = true;
            holder->here = challenges_reach(node, i);
            holder->ledger = ledger->slot;
            holder->index = index;
        }
    }
}

static void not_found(struct node *node, struct order *order)
{
    struct message *reply = emit_message(node, MESSAGE_VERIFY, true);

    if (reply != NULL) {
        emit_answer(node, order->request, reply);
    }
    end(node, order);
}

static void found(struct node *node, struct order *order,
                  const struct proved *proved)
{
    order->state = ORDER_ASKING;
    order->size = proved->size;
    order->read_to = proved->read_to;
    order->read_good = proved->good;
    order->read_bad = proved->bad;
    order->read_lacking = proved->lacking;
    for (size_t i = 0; i < proved->places_count; i++) {
        const struct ledger *ledger =
            ledger_by_number(node, proved->places[i].ledger);

        if (ledger != NULL) {
            add_holders(node, order, ledger, proved->places[i].index);
        }
    }
}

bool verify_loaded(struct node *node, const struct event *event)
{
    for (size_t i = 0; i < ORDERS_MAX; i++) {
        struct order *order = &node->proofs.orders[i];

        if (order->token == 0 || order->token != event->loaded.token) {
            continue;
        }
        order->token = 0;
        CHECK(event->loaded.proved_count == 1);
        if (order->state == ORDER_FINDING) {
            if (event->loaded.proved[0].err == ERR_OK) {
                found(node, order, &event->loaded.proved[0]);
            } else {
                not_found(node, order);
            }
        }
        return true;
    }
    return false;
}

/* ---- the answer ---- */

static enum verify_result result_of(const struct order *order,
                                    const struct order_holder *holder)
{
    return holder->bad > 0                      ? VERIFY_BAD
           : holder->denied > 0                 ? VERIFY_NOT_HELD
           : holder->good == order->what.pieces ? VERIFY_GOOD
                                                : VERIFY_NO_ANSWER;
}

static void fill_names(const struct node *node, const struct roster_node *from,
                       struct verify_holder *ret)
{
    if (from != NULL) {
        ret->node = effects_copy(node->out, label_span(&from->label));
        ret->member = effects_copy(
            node->out,
            label_span(&roster_member_of(node->roster, from)->label));
        ret->country = effects_copy(node->out, span_str(from->country));
    }
}

/* Our own copy comes first. */
static size_t fill_own(const struct node *node, const struct order *order,
                       struct verify_holder *ret)
{
    uint64_t read = order->read_to - order->what.read_from;

    if (!order->held) {
        return 0;
    }
    fill_names(node, node->self, ret);
    ret->own = true;
    ret->asked = read;
    ret->good = order->read_good;
    ret->result = order->read_bad       ? VERIFY_BAD
                  : order->read_lacking ? VERIFY_NOT_HELD
                                        : VERIFY_GOOD;
    return 1;
}

static void fill_peer(const struct node *node, const struct order *order,
                      uint32_t slot, struct verify_holder *ret)
{
    const struct order_holder *holder = &order->holders[slot];
    struct proof_numbers numbers;

    proofs_numbers(node, slot, &numbers);
    fill_names(
        node,
        roster_find_node(node->roster, label_span(&node->peers[slot].label)),
        ret);
    ret->result = result_of(order, holder);
    ret->asked = order->what.pieces;
    ret->good = holder->good;
    ret->last_good_s = numbers.has_good ? numbers.good_time : 0;
}

static void answer(struct node *node, struct order *order)
{
    struct message *message = emit_message(node, MESSAGE_VERIFY, true);
    struct verify_holder *holders =
        emit_alloc(node, (NODE_COUNT_MAX + 1) * sizeof(*holders));
    struct msg_verify_reply *reply;
    size_t count;

    if (message == NULL || holders == NULL) {
        return;
    }
    reply = &message->verify_reply;
    reply->found = true;
    reply->size = order->size;
    reply->blocks = payload_block_count(order->size);
    reply->read_to = order->held ? order->read_to : reply->blocks;
    count = fill_own(node, order, holders);
    for (uint32_t i = 0; i < NODE_COUNT_MAX && count < NODE_COUNT_MAX; i++) {
        if (order->holders[i].used && node->peers[i].used &&
            order->what.pieces > 0) {
            fill_peer(node, order, i, &holders[count]);
            count++;
        }
    }
    reply->holders = holders;
    reply->holders_count = count;
    emit_answer(node, order->request, message);
    end(node, order);
}

/* ---- the pump ---- */

/* True when nothing more is to come of it. */
static bool ask_holder(struct node *node, struct order *order, uint32_t slot)
{
    struct order_holder *holder = &order->holders[slot];

    if (!holder->used || !holder->here || holder->bad > 0 ||
        holder->denied > 0) {
        return true;
    }
    while (holder->asked < order->what.pieces &&
           holder->asked - holder->done < AT_ONCE &&
           challenges_ask(node, slot, holder->ledger, holder->index,
                          (uint32_t)(order - node->proofs.orders))) {
        holder->asked++;
    }
    return holder->done == order->what.pieces ||
           (holder->done > 0 && holder->good < holder->done);
}

void verify_pump(struct node *node)
{
    for (size_t i = 0; i < ORDERS_MAX; i++) {
        struct order *order = &node->proofs.orders[i];
        bool over = true;

        if (order->state == ORDER_NEW) {
            find(node, order);
        }
        if (order->state != ORDER_ASKING) {
            continue;
        }
        for (uint32_t j = 0; j < NODE_COUNT_MAX; j++) {
            over = ask_holder(node, order, j) && over;
        }
        if (over || node->now_ms >= order->until_ms) {
            answer(node, order);
        } else {
            node_due(node, order->until_ms);
        }
    }
}
