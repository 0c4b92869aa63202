/* SPDX-License-Identifier: Apache-2.0 */
#include "core/doubts.h"

#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/statements.h"

static void add(struct doubts *doubts, const struct doubt *doubt)
{
    if (doubts->count < DOUBTS_MAX) {
        doubts->ring[(doubts->first + doubts->count) % DOUBTS_MAX] = *doubt;
        doubts->count++;
    }
}

static struct doubt take_first(struct doubts *doubts)
{
    struct doubt doubt = doubts->ring[doubts->first];

    CHECK(doubts->count > 0);
    doubts->first = (doubts->first + 1) % DOUBTS_MAX;
    doubts->count--;
    return doubt;
}

static bool claims_anything(const struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL &&
            node->ledgers[i]->claimed[slot].size > 1) {
            return true;
        }
    }
    return false;
}

void doubts_asked(struct node *node, uint32_t slot,
                  const struct message *message)
{
    const struct stated *stated = statements_find(node, slot);
    struct doubt doubt = { .peer = slot };

    if (stated == NULL || !claims_anything(node, slot)) {
        return;
    }
    doubt.number = stated->statement.number;
    if (message->kind == MESSAGE_GET_NAMES) {
        memcpy(doubt.name.bytes, message->get_names.root.bytes,
               sizeof(doubt.name.bytes));
        add(&node->doubts, &doubt);
        return;
    }
    if (message->kind == MESSAGE_CHALLENGE) {
        for (size_t i = 0; i < message->challenge.count; i++) {
            const struct challenge *question = &message->challenge.questions[i];

            memcpy(doubt.name.bytes, question->root.bytes,
                   sizeof(doubt.name.bytes));
            if (question->shows) {
                add(&node->doubts, &doubt);
            }
        }
        return;
    }
    for (size_t i = 0; i < message->get_blocks.count; i++) {
        doubt.name = message->get_blocks.names[i];
        add(&node->doubts, &doubt);
    }
}

/* Its claim, when it still is the one that it had then. */
static void withdraw(struct node *node, const struct doubt *doubt,
                     const struct loaded_item *found)
{
    const struct stated *stated = statements_find(node, doubt->peer);
    struct ledger *ledger = ledger_by_number(node, found->ledger);

    if (stated != NULL && ledger != NULL &&
        stated->statement.number == doubt->number) {
        holdings_withdraw(ledger, doubt->peer, found->index);
    }
}

bool doubts_loaded(struct node *node, const struct event *event)
{
    struct doubts *doubts = &node->doubts;

    if (doubts->token == 0 || event->loaded.token != doubts->token) {
        return false;
    }
    doubts->token = 0;
    CHECK(doubts->load_count <= doubts->count);
    for (size_t i = 0; i < doubts->load_count; i++) {
        struct doubt doubt = take_first(doubts);
        const struct loaded_item *found = &event->loaded.items[i];

        if (i >= event->loaded.items_count || found->err != ERR_OK) {
            continue;
        }
        withdraw(node, &doubt, found);
        /* It may stand in other ledgers too. */
        doubt.ledger = found->ledger;
        doubt.index = found->index + 1;
        add(doubts, &doubt);
    }
    return true;
}

void doubts_pump(struct node *node)
{
    struct doubts *doubts = &node->doubts;
    size_t count =
        doubts->count < LOAD_ITEMS_MAX ? doubts->count : LOAD_ITEMS_MAX;
    struct want *items;
    struct effect *effect;

    if (count == 0 || doubts->token != 0 || node->stopping || node->broken) {
        return;
    }
    items = emit_alloc(node, count * sizeof(*items));
    effect = items == NULL ? NULL : emit(node, EFFECT_LOAD);
    if (effect == NULL) {
        return;
    }
    for (size_t i = 0; i < count; i++) {
        const struct doubt *doubt =
            &doubts->ring[(doubts->first + i) % DOUBTS_MAX];

        items[i].kind = WANT_ITEM;
        items[i].name = doubt->name;
        items[i].ledger = doubt->ledger;
        items[i].index = doubt->index;
    }
    doubts->token = node_token(node);
    doubts->load_count = count;
    effect->load.token = doubts->token;
    effect->load.items = items;
    effect->load.count = count;
}
