/* SPDX-License-Identifier: Apache-2.0 */
#include "core/alarms.h"
#include "core/clock.h"
#include "core/emit.h"
#include "core/hands.h"
#include "core/health.h"
#include "core/holdings.h"
#include "core/ledgers.h"
#include "core/node.h"
#include "core/own_rule.h"
#include "core/peer.h"
#include "core/proofs.h"
#include "core/repair.h"
#include "core/state.h"
#include "core/statements.h"
#include "core/wants.h"

/* Fewer than may stand in a message, so that all of it fits. */
#define LEDGERS_LISTED_MAX 160

static struct span copy_text(struct effects *effects, const char *text)
{
    return effects_copy(effects, span_str(text));
}

/* What this peer knows and holds, as it says itself. */
static void count_items(const struct node *node, size_t slot, uint64_t items,
                        struct status_peer *status)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->peer_size[slot] > 0) {
            status->items_known += ledger->peer_size[slot] - 1;
            status->items_held += ledger->peer_held[slot];
        }
    }
    status->behind =
        items > status->items_held ? items - status->items_held : 0;
}

/* What its newest statement says. */
static void count_stated(const struct node *node, size_t slot,
                         struct status_peer *status)
{
    const struct stated *stated = statements_find(node, (uint32_t)slot);

    if (stated == NULL) {
        return;
    }
    status->has_statement = true;
    status->statement_age_s = statements_age_s(node, stated);
    if (status->statement_age_s < STATEMENT_AGE_S_MAX &&
        !statements_fresh(node, stated)) {
        status->statement_age_s = UINT64_MAX;
    }
    status->items_claimed = holdings_claimed(node, (uint32_t)slot);
    status->free_bytes = stated->statement.free_bytes;
    if (node->peers[slot].role == NODE_LEAVING) {
        status->waiting = holdings_waiting(node, (uint32_t)slot);
    }
}

/* What our own challenges showed of it, and when it was heard of last. */
static void count_proofs(const struct node *node, uint32_t slot,
                         struct status_proofs *ret)
{
    const struct stated *stated = statements_find(node, slot);
    struct proof_numbers numbers = { 0 };

    proofs_numbers(node, slot, &numbers);
    ret->seen_s =
        node->peers[slot].connected ? node->clock_s : peer_seen_s(node, slot);
    if (stated != NULL && stated->statement.has_scrubbed) {
        ret->scrubbed_s = stated->statement.scrubbed;
    }
    ret->asked = numbers.asked;
    ret->good = numbers.good;
    ret->bad = numbers.bad;
    ret->silent = numbers.silent;
    ret->last_good_s = numbers.has_good ? numbers.good_time : 0;
}

static enum node_role_code role_code(enum node_role role)
{
    switch (role) {
    case NODE_STORE:
        return ROLE_STORE;
    case NODE_OBSERVER:
        return ROLE_OBSERVER;
    case NODE_LEAVING:
        return ROLE_LEAVING;
    }
    return ROLE_STORE;
}

static void fill_peer(const struct node *node, size_t slot, uint64_t now_ms,
                      uint64_t items, struct effects *effects,
                      struct status_peer *status)
{
    const struct peer *peer = &node->peers[slot];
    const struct roster_node *from =
        roster_find_node(node->roster, label_span(&peer->label));
    uint64_t since = peer->heard ? peer->heard_ms : peer->since_ms;

    status->node = copy_text(effects, peer->label.text);
    if (from != NULL) {
        status->member = copy_text(
            effects, roster_member_of(node->roster, from)->label.text);
        status->country = copy_text(effects, from->country);
    }
    status->role = role_code(peer->role);
    status->connected = peer->connected;
    status->heard = peer->heard;
    status->silent_s = now_ms > since ? (now_ms - since) / 1000 : 0;
    status->release = copy_text(effects, peer->release);
    count_items(node, slot, items, status);
    count_stated(node, slot, status);
    count_proofs(node, (uint32_t)slot, &status->proofs);
}

static void fill_peers(const struct node *node, uint64_t now_ms,
                       struct effects *effects, struct msg_status_reply *ret)
{
    struct status_peer *peers =
        effects_alloc(effects, NODE_COUNT_MAX * sizeof(*peers));
    bool places = !node->placed.placement.everywhere;
    uint64_t behind[NODE_COUNT_MAX];
    size_t count = 0;

    if (places) {
        holdings_behind(node, behind);
    }
    for (size_t i = 0; i < NODE_COUNT_MAX && peers != NULL; i++) {
        if (node->peers[i].used) {
            fill_peer(node, i, now_ms, ret->items, effects, &peers[count]);
            if (places) {
                peers[count].behind = behind[i];
            }
            count++;
        }
    }
    ret->peers = peers;
    ret->peers_count = count;
}

static void fill_ledgers(const struct node *node, struct effects *effects,
                         struct msg_status_reply *ret)
{
    struct status_ledger *ledgers =
        effects_alloc(effects, LEDGERS_LISTED_MAX * sizeof(*ledgers));
    size_t count = 0;

    for (size_t i = 0; i < node->ledgers_end && ledgers != NULL; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || ledger->durable.size == 0) {
            continue;
        }
        ret->items += ledger_items(ledger);
        ret->held += ledger_items_held(ledger);
        ret->placed += ledger_items(ledger) - ledger->places.elsewhere;
        if (count == LEDGERS_LISTED_MAX) {
            continue;
        }
        ledgers[count].origin =
            effects_copy(effects, origin_span(&ledger->origin));
        ledgers[count].size = ledger->durable.size;
        ledgers[count].items = ledger_items(ledger);
        ledgers[count].held = ledger_items_held(ledger);
        ledgers[count].own = ledger->own;
        ledgers[count].current = ledger == node->own.current;
        count++;
    }
    ret->ledgers = ledgers;
    ret->ledgers_count = count;
}

/* How many members hold how many items, and how many are to. */
static void fill_copies(const struct node *node, struct effects *effects,
                        struct msg_status_reply *ret)
{
    size_t members = roster_count_other_members(node->roster, NULL, true);
    uint32_t *copies = effects_alloc(effects, (members + 1) * sizeof(*copies));

    if (copies != NULL) {
        holdings_count(node, copies, members + 1);
        ret->copies = copies;
        ret->copies_count = members + 1;
    }
    ret->rule_copies = node->roster->copies;
    ret->rule_countries = node->roster->jurisdictions;
    ret->rule_members = members;
}

/* What this node is to hold, and whether it may go. */
static void fill_role(const struct node *node, struct msg_status_reply *ret)
{
    ret->role = ROLE_OBSERVER; /* not on the roster: it is to hold nothing */
    if (node->self != NULL) {
        ret->role = role_code(node->self->role);
    }
    if (node->placed.self == 0) {
        ret->placed = ret->held;
    }
    if (ret->role == ROLE_LEAVING) {
        ret->waiting = holdings_waiting(node, STATED_OWN);
    }
}

void node_status(const struct node *node, uint64_t now_ms,
                 struct effects *effects, struct msg_status_reply *ret_status)
{
    struct msg_status_reply status = { 0 };

    status.node = copy_text(effects, node->label.text);
    if (node->self != NULL) {
        status.member = copy_text(
            effects, roster_member_of(node->roster, node->self)->label.text);
        status.country = copy_text(effects, node->self->country);
    }
    status.consortium = copy_text(effects, node->chain->cid.text);
    status.release = effects_copy(effects, buf_span(&node->release));
    status.roster_version = node->roster->version;
    status.roster_hash = node->roster->hash;
    status.phase = node->own.phase;
    own_heard(node, &status.heard, &status.needed);
    status.uptime_s =
        now_ms > node->started_ms ? (now_ms - node->started_ms) / 1000 : 0;
    status.pending = hands_pending(node);
    status.wanted_bytes = wants_bytes(node);
    status.free_bytes = node->fetch.free_bytes;
    status.reserve_bytes = node->fetch.reserve_bytes;
    status.full = node->fetch.full;
    fill_ledgers(node, effects, &status);
    fill_peers(node, now_ms, effects, &status);
    fill_copies(node, effects, &status);
    fill_role(node, &status);
    alarms_status(node, now_ms, effects, &status);
    health_status(node, effects, &status);
    clock_status(node, &status);
    repair_status(node, &status.health);
    *ret_status = status;
}
