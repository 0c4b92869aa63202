/* SPDX-License-Identifier: Apache-2.0 */
#include "core/peer.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "core/emit.h"
#include "core/lessee.h"

#define ALARM_PERIOD_MS 600000
#define SILENT_MS 300000

uint32_t peer_find(const struct node *node, const struct label *label)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (node->peers[i].used && label_equal(&node->peers[i].label, label)) {
            return i;
        }
    }
    return SLOT_NONE;
}

static void forget_slot(struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL) {
            ledger->peer_size[slot] = 0;
            ledger->told[slot] = 0;
            ledger->witness.by[slot].size = 0;
            ledger->peer_held[slot] = 0;
            ledger->retry_ms[slot] = 0;
            ledger->failures[slot] = 0;
            ledger->checkpoint_wanted[slot] = false;
            ledger->prefix_wanted[slot] = false;
            ledger->peer_lines[slot] = 0;
            ledger->peer_forked[slot] = false;
            ledger->push_ms[slot] = 0;
        }
    }
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        node->fetch.wants[i].tried &= ~(1u << slot);
    }
    lessee_forget(node, slot);
}

static bool slot_has_asks(const struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < ASK_COUNT_MAX; i++) {
        if (node->asks[i].purpose != ASK_FREE && node->asks[i].peer == slot) {
            return true;
        }
    }
    return false;
}

static void drop_missing(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];
        struct effect *effect;

        if (!peer->used ||
            roster_find_node(node->roster, label_span(&peer->label)) != NULL) {
            continue;
        }
        effect = emit(node, EFFECT_HANG_UP);
        if (effect != NULL) {
            effect->hang_up.node = peer->label;
        }
        forget_slot(node, i);
        memset(peer, 0, sizeof(*peer));
    }
}

/* A free slot to which no late answer can come any more. */
static struct peer *peer_add(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (!node->peers[i].used && !slot_has_asks(node, i)) {
            return &node->peers[i];
        }
    }
    return NULL;
}

void peers_sync_roster(struct node *node)
{
    const struct roster *roster = node->roster;

    drop_missing(node);
    node->self = roster_find_node(roster, label_span(&node->label));
    for (size_t i = 0; i < roster->node_count; i++) {
        const struct roster_node *from = &roster->nodes[i];
        uint32_t slot = peer_find(node, &from->label);
        struct peer *peer;

        if (from == node->self) {
            continue;
        }
        if (slot == SLOT_NONE) {
            peer = peer_add(node);
            if (peer == NULL) {
                continue; /* taken up with the next roster or reload */
            }
            memset(peer, 0, sizeof(*peer));
            peer->used = true;
            peer->label = from->label;
            peer->since_ms = node->now_ms;
            peer->lost_ms = node->now_ms;
        } else {
            peer = &node->peers[slot];
        }
        peer->member = from->member;
        peer->role = from->role;
        peer->listens = from->listens;
    }
}

static bool *share(struct peer *peer, enum ask_purpose purpose,
                   unsigned *ret_max, unsigned **ret_count)
{
    switch (purpose) {
    case ASK_SYNC:
        return &peer->sync_out;
    case ASK_BLOCKS:
    case ASK_PUT_BLOCKS:
        *ret_max = PEER_BLOCK_REQUESTS_MAX;
        *ret_count = &peer->blocks_out;
        break;
    case ASK_ROSTERS:
    case ASK_CLAIM:
    case ASK_CHECKPOINT:
    case ASK_RECORDS:
    case ASK_PREFIX:
    case ASK_CARRY:
    case ASK_HISTORY:
    case ASK_NAMES:
    case ASK_NOTES:
    case ASK_PUT_NOTES:
    case ASK_PUT_RECORDS:
    case ASK_CHALLENGE:
    case ASK_PUT_PROOFS:
        *ret_max = PEER_OTHER_REQUESTS_MAX;
        *ret_count = &peer->others_out;
        break;
    case ASK_FREE:
        CHECK(purpose != ASK_FREE);
    }
    return NULL;
}

unsigned peer_blocks_max(const struct node *node)
{
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_FLOOD) != 0) {
        return 4 * PEER_BLOCK_REQUESTS_MAX;
    }
#else
    (void)node;
#endif
    return PEER_BLOCK_REQUESTS_MAX;
}

static bool share_take(struct node *node, struct peer *peer,
                       enum ask_purpose purpose)
{
    unsigned max = 0;
    unsigned *count = NULL;
    bool *flag = share(peer, purpose, &max, &count);

    if (purpose == ASK_BLOCKS) {
        max = peer_blocks_max(node);
    }
    if (flag != NULL) {
        if (*flag) {
            return false;
        }
        *flag = true;
        return true;
    }
    if (*count >= max) {
        return false;
    }
    (*count)++;
    return true;
}

/* An entry of the table, and the effect that carries it out. */
static struct ask *begin(struct node *node, uint32_t peer,
                         enum ask_purpose purpose, enum effect_kind how,
                         enum message_kind kind, struct message **ret_message,
                         struct effect **ret_effect)
{
    struct peer *asked = &node->peers[peer];
    struct message *message;
    struct effect *effect;
    struct ask *ask = NULL;

    CHECK(peer < NODE_COUNT_MAX);
    for (size_t i = 0; i < ASK_COUNT_MAX && ask == NULL; i++) {
        if (node->asks[i].purpose == ASK_FREE) {
            ask = &node->asks[i];
        }
    }
    if (ask == NULL || !asked->connected || node->broken) {
        return NULL;
    }
    message = emit_message(node, kind, false);
    if (message == NULL || !share_take(node, asked, purpose)) {
        return NULL;
    }
    effect = emit(node, how);
    if (effect == NULL) {
        return NULL;
    }
    memset(ask, 0, sizeof(*ask));
    ask->purpose = purpose;
    ask->token = node_token(node);
    ask->peer = peer;
    ask->ledger = SLOT_NONE;
    if (purpose == ASK_BLOCKS) {
        node->fetch.blocks_out++;
    }
    *ret_message = message;
    *ret_effect = effect;
    return ask;
}

struct ask *ask_begin(struct node *node, uint32_t peer,
                      enum ask_purpose purpose, enum message_kind kind,
                      struct message **ret_message)
{
    struct effect *effect;
    struct ask *ask =
        begin(node, peer, purpose, EFFECT_ASK, kind, ret_message, &effect);

    if (ask != NULL) {
        effect->ask.node = node->peers[peer].label;
        effect->ask.token = ask->token;
        effect->ask.message = *ret_message;
    }
    return ask;
}

struct ask *push_begin(struct node *node, uint32_t peer,
                       enum ask_purpose purpose, enum message_kind kind,
                       struct message **ret_what, struct effect **ret_effect)
{
    struct ask *ask =
        begin(node, peer, purpose, EFFECT_PUSH, kind, ret_what, ret_effect);

    if (ask != NULL) {
        (*ret_effect)->push.node = node->peers[peer].label;
        (*ret_effect)->push.token = ask->token;
        (*ret_effect)->push.what = *ret_what;
    }
    return ask;
}

bool ask_end(struct node *node, uint64_t token, struct ask *ret_ask)
{
    for (size_t i = 0; i < ASK_COUNT_MAX; i++) {
        struct ask *ask = &node->asks[i];
        struct peer *peer = &node->peers[ask->peer];
        unsigned max;
        unsigned *count = NULL;
        bool *flag;

        if (ask->purpose == ASK_FREE || ask->token != token) {
            continue;
        }
        flag = share(peer, ask->purpose, &max, &count);
        if (flag != NULL) {
            *flag = false;
        } else if (*count > 0) {
            (*count)--;
        }
        if (ask->purpose == ASK_BLOCKS) {
            CHECK(node->fetch.blocks_out > 0);
            node->fetch.blocks_out--;
        }
        *ret_ask = *ask;
        ask->purpose = ASK_FREE;
        return true;
    }
    return false;
}

void peer_subject(const struct peer *peer, char text[static SUBJECT_SIZE])
{
    (void)snprintf(text, SUBJECT_SIZE, "node=%s", peer->label.text);
}

void peer_heard(struct node *node, struct peer *peer)
{
    char subject[SUBJECT_SIZE];

    peer->heard = true;
    peer->heard_ms = node->now_ms;
    if (peer->up) {
        return;
    }
    peer->up = true;
    peer->silent = false;
    peer_subject(peer, subject);
    emit_alarm(node, ALARM_INFO, "PEER-UP", subject,
               "it answers or asks again");
}

void peer_complain(struct node *node, struct peer *peer, enum complaint what,
                   const char *format, ...)
{
    static const char *const codes[COMPLAINT_COUNT] = {
        [COMPLAINT_BLOCK] = "PEER-WRONG-BLOCK",
        [COMPLAINT_RECORDS] = "PEER-WRONG-RECORDS",
        [COMPLAINT_CLAIM] = "PEER-WRONG-CLAIM",
        [COMPLAINT_ROSTER] = "PEER-WRONG-ROSTER",
        [COMPLAINT_PROOF] = "PEER-WRONG-PROOF",
    };
    char subject[SUBJECT_SIZE];
    char text[WHY_SIZE];
    va_list args;

    if (peer->complained[what] &&
        node->now_ms - peer->complained_ms[what] < ALARM_PERIOD_MS) {
        return;
    }
    peer->complained[what] = true;
    peer->complained_ms[what] = node->now_ms;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    peer_subject(peer, subject);
    emit_alarm(node, ALARM_WARNING, codes[what], subject, "%s", text);
}

enum message_kind ask_kind(enum ask_purpose purpose)
{
    switch (purpose) {
    case ASK_SYNC:
        return MESSAGE_SYNC;
    case ASK_ROSTERS:
    case ASK_CLAIM:
    case ASK_CHECKPOINT:
    case ASK_NOTES:
    case ASK_HISTORY:
        return MESSAGE_GET_NOTES;
    case ASK_PUT_NOTES:
        return MESSAGE_PUT_NOTES;
    case ASK_PUT_RECORDS:
        return MESSAGE_PUT_RECORDS;
    case ASK_PUT_BLOCKS:
        return MESSAGE_PUT_BLOCKS;
    case ASK_RECORDS:
    case ASK_PREFIX:
    case ASK_CARRY:
        return MESSAGE_GET_RECORDS;
    case ASK_NAMES:
        return MESSAGE_GET_NAMES;
    case ASK_BLOCKS:
        return MESSAGE_GET_BLOCKS;
    case ASK_CHALLENGE:
        return MESSAGE_CHALLENGE;
    case ASK_PUT_PROOFS:
        return MESSAGE_PUT_PROOFS;
    case ASK_FREE:
        break;
    }
    return MESSAGE_REFUSAL;
}

uint64_t peer_seen_s(const struct node *node, uint32_t slot)
{
    const struct peer *peer = &node->peers[slot];
    const struct stated *stated = &node->statements.of[slot];
    uint64_t stated_s = stated->used ? stated->statement.time : 0;
    uint64_t silent_s = (node->now_ms - peer->heard_ms) / 1000;
    uint64_t heard_s = 0;

    if (stated_s > node->clock_s) {
        stated_s = node->clock_s;
    }
    if (peer->heard && silent_s < node->clock_s) {
        heard_s = node->clock_s - silent_s;
    }
    return heard_s > stated_s ? heard_s : stated_s;
}

void peer_pump(struct node *node)
{
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];
        uint64_t last = peer->heard ? peer->heard_ms : peer->since_ms;
        char subject[SUBJECT_SIZE];

        if (!peer->used || peer->silent) {
            continue;
        }
        if (node->now_ms - last < SILENT_MS) {
            node_due(node, last + SILENT_MS);
            continue;
        }
        peer->silent = true;
        peer->up = false;
        peer_subject(peer, subject);
        emit_alarm(node, ALARM_WARNING, "PEER-SILENT", subject,
                   "nothing heard for %" PRIu64 " s; trying on",
                   (node->now_ms - last) / 1000);
    }
}

uint64_t backoff_next(uint64_t backoff_ms, uint64_t min_ms, uint64_t max_ms)
{
    if (backoff_ms < min_ms) {
        return min_ms;
    }
    return backoff_ms * 2 > max_ms ? max_ms : backoff_ms * 2;
}

uint64_t backoff_at(struct node *node, uint64_t backoff_ms)
{
    return node->now_ms + backoff_ms +
           rng_below(&node->rng, backoff_ms / 4 + 1);
}
