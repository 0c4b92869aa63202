/* SPDX-License-Identifier: Apache-2.0 */
#include "core/sync.h"

#include <string.h>

#include "core/challenges.h"
#include "core/clock.h"
#include "core/cosigned.h"
#include "core/emit.h"
#include "core/lease.h"
#include "core/ledgers.h"
#include "core/membership.h"
#include "core/notes.h"
#include "core/own_rule.h"
#include "core/peer.h"
#include "core/proving.h"
#include "core/push.h"
#include "core/recall.h"
#include "core/records.h"
#include "core/statements.h"
#include "core/summary.h"
#include "core/wants.h"

#define WAKE_PERIOD_MS 250
#define SYNC_QUICK 20
#define SYNC_PAUSE_MS 200
#define VOUCH_PERIOD_MS 2000
#define SYNC_BACKOFF_MIN_MS 1000
#define SYNC_BACKOFF_MAX_MS 30000

static const struct head *copy_heads(struct node *node,
                                     const struct label *owner,
                                     size_t *ret_count)
{
    struct head heads[SYNC_HEADS_MAX];
    size_t count = ledger_heads(node, owner, heads);

    *ret_count = count;
    return (const struct head *)effects_copy(
               node->out, span_of(heads, count * sizeof(*heads)))
        .data;
}

/* ---- answering ---- */

static void put_others(struct node *node, struct msg_sync_reply *reply)
{
    struct digest others[SYNC_OTHERS_MAX];
    size_t count = membership_others(node, others);

    reply->others = (const struct digest *)effects_copy(
                        node->out, span_of(others, count * sizeof(*others)))
                        .data;
    reply->others_count = reply->others == NULL ? 0 : count;
}

static void put_statements(struct node *node, struct msg_sync_reply *reply)
{
    struct statement_ref refs[SYNC_STATEMENTS_MAX];
    size_t count = statements_told(node, refs);

    reply->statements = (const struct statement_ref *)effects_copy(
                            node->out, span_of(refs, count * sizeof(*refs)))
                            .data;
    reply->statements_count = reply->statements == NULL ? 0 : count;
}

/* What this asker is to bring. */
static void put_leases(struct node *node, uint32_t slot,
                       struct msg_sync_reply *reply)
{
    struct lease leases[SYNC_LEASES_MAX];
    size_t count = leases_give(node, slot, leases);

    reply->leases = (const struct lease *)effects_copy(
                        node->out, span_of(leases, count * sizeof(*leases)))
                        .data;
    reply->leases_count = reply->leases == NULL ? 0 : count;
}

/* And what it is to prove. */
static void put_challenges(struct node *node, uint32_t slot,
                           struct msg_sync_reply *reply)
{
    struct challenge questions[CHALLENGES_PER_REQUEST_MAX];
    size_t count = challenges_give(node, slot, questions);

    reply->challenges =
        (const struct challenge *)effects_copy(
            node->out, span_of(questions, count * sizeof(*questions)))
            .data;
    reply->challenges_count = reply->challenges == NULL ? 0 : count;
}

/* The nodes that dial us and said that they hold nothing newer. */
static void put_vouched(struct node *node, const struct peer *asker,
                        struct msg_sync_reply *reply)
{
    struct label *labels = emit_alloc(node, NODE_COUNT_MAX * sizeof(*labels));
    size_t count = 0;

    for (size_t i = 0; i < NODE_COUNT_MAX && labels != NULL; i++) {
        const struct peer *peer = &node->peers[i];

        if (peer->used && peer != asker && peer->nothing_newer &&
            peer->inbound_ms != 0 &&
            node->now_ms - peer->inbound_ms < PIPE_SILENT_MS) {
            labels[count] = peer->label;
            count++;
        }
    }
    reply->vouched = labels;
    reply->vouched_count = count;
}

static void answer(struct node *node, uint64_t request,
                   const struct msg_sync *asked, const struct peer *peer)
{
    struct message *message = emit_message(node, MESSAGE_SYNC, true);
    struct digest digest = summary_digest(node);
    struct msg_sync_reply *reply;

    if (message == NULL) {
        return;
    }
    reply = &message->sync_reply;
    reply->instance = node->instance;
    reply->news = node->news;
    reply->clock_s = node->clock_s;
    reply->release = effects_copy(node->out, buf_span(&node->release));
    if (asked->first && peer != NULL) {
        reply->first = true;
        reply->yours = copy_heads(node, &peer->label, &reply->yours_count);
        reply->cosigned = cosigned_by(node, (uint32_t)(peer - node->peers),
                                      &reply->cosigned_count);
    }
    if (!digest_equal(&digest, &asked->digest) &&
        (asked->instance != node->instance || asked->news != node->news)) {
        reply->has_summary = true;
        reply->roster_version = node->roster->version;
        reply->roster_hash = node->roster->hash;
        reply->heads = copy_heads(node, NULL, &reply->heads_count);
        put_statements(node, reply);
        put_others(node, reply);
    }
    if (peer != NULL) {
        put_leases(node, (uint32_t)(peer - node->peers), reply);
    }
    if (peer != NULL) {
        put_challenges(node, (uint32_t)(peer - node->peers), reply);
    }
    if (peer != NULL && asked->vouch) {
        put_vouched(node, peer, reply);
    }
    emit_answer(node, request, message);
}

static void unpark(struct node *node, struct peer *peer)
{
    struct msg_sync asked = { .instance = peer->parked_instance,
                              .news = peer->parked_news,
                              .digest = peer->parked_digest };

    if (peer->parked) {
        peer->parked = false;
        peer->woken_ms = node->now_ms;
        answer(node, peer->parked_request, &asked, peer);
    }
}

/* What a peer holds of our own ledgers, from the first Sync of a session. */
static void take_yours(struct node *node, uint32_t slot,
                       const struct head *heads, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (origin_of_node(&heads[i].origin, &node->chain->cid, &node->label)) {
            records_offered(node, slot, &heads[i]);
        }
    }
    own_told(node, slot, heads, count);
}

static void take_release(struct peer *peer, struct span release)
{
    size_t size = release.size < sizeof(peer->release) - 1
                      ? release.size
                      : sizeof(peer->release) - 1;

    if (size > 0) {
        memcpy(peer->release, release.data, size);
    }
    peer->release[size] = '\0';
}

void sync_asked(struct node *node, const struct event *event)
{
    const struct msg_sync *asked = &event->asked.message->sync;
    uint32_t slot = SLOT_NONE;
    struct peer *peer;

    if (event->asked.caller.kind == CALLER_NODE) {
        slot = peer_find(node, &event->asked.caller.node);
    }
    if (slot == SLOT_NONE) {
        answer(node, event->asked.request, asked, NULL);
        return;
    }
    peer = &node->peers[slot];
    unpark(node, peer); /* one a caller: the older one is answered */
    if (peer->inbound_ms == 0 || asked->first ||
        node->now_ms - peer->inbound_ms > PIPE_SILENT_MS) {
        wants_reopen_all(node); /* what only it can bring is leased to it */
    }
    peer->inbound_ms = node->now_ms;
    peer->brings = asked->brings;
    peer->nothing_newer = asked->nothing_newer;
    peer->told_all = peer->told_all || asked->nothing_newer;
    take_release(peer, asked->release);
    clock_told(node, slot, asked->clock_s);
    if (asked->first) {
        take_yours(node, slot, asked->yours, asked->yours_count);
        recall_told(node, slot, asked->cosigned, asked->cosigned_count);
    }
    if (asked->first || !asked->wait) {
        answer(node, event->asked.request, asked, peer);
        return;
    }
    peer->parked = true;
    peer->parked_request = event->asked.request;
    peer->parked_until_ms = node->now_ms + SYNC_WAIT_MS;
    peer->parked_instance = asked->instance;
    peer->parked_news = asked->news;
    peer->parked_digest = asked->digest;
}

void sync_hung_up(struct node *node, uint64_t request)
{
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (node->peers[i].parked && node->peers[i].parked_request == request) {
            node->peers[i].parked = false;
        }
    }
}

static void wake(struct node *node, struct peer *peer)
{
    uint32_t slot = (uint32_t)(peer - node->peers);
    bool behind = peer->parked_instance != node->instance ||
                  peer->parked_news > node->news ||
                  peer->parked_news < node->news_big;

    if (behind || node->stopping || leases_waiting(node, slot) ||
        challenges_waiting(node, slot) ||
        node->now_ms >= peer->parked_until_ms) {
        unpark(node, peer);
        return;
    }
    node_due(node, peer->parked_until_ms);
    if (peer->parked_news == node->news) {
        return;
    }
    if (node->now_ms - peer->woken_ms >= WAKE_PERIOD_MS) {
        unpark(node, peer);
    } else {
        node_due(node, peer->woken_ms + WAKE_PERIOD_MS);
    }
}

/* ---- asking ---- */

void sync_connected(struct node *node, uint32_t slot)
{
    struct peer *peer = &node->peers[slot];

    peer->connected = true;
    peer->connected_ms = node->now_ms;
    peer->summary_heard = false;
    peer->first_out = true;
    peer->answered = false;
    /* What it told before may have been dropped since: hear all of it again. */
    peer->instance = 0;
    peer->sync_at_ms = node->now_ms;
    peer->sync_backoff_ms = 0;
    peer->sync_quick = SYNC_QUICK;
    peer->sync_quick_ms = node->now_ms;
    peer->blocks_at_ms = node->now_ms;
    peer->blocks_backoff_ms = 0;
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            node->ledgers[i]->retry_ms[slot] = node->now_ms;
            wants_reopen(node, node->ledgers[i]);
        }
    }
}

void sync_lost(struct node *node, uint32_t slot)
{
    node->peers[slot].connected = false;
    node->peers[slot].lost_ms = node->now_ms;
    node->peers[slot].answered = false;
}

/* A peer that answers each Sync at once must not keep us busy: SYNC_QUICK may
 * follow without a pause, then one in SYNC_PAUSE_MS. */
static bool may_ask(struct node *node, struct peer *peer)
{
    uint64_t more = (node->now_ms - peer->sync_quick_ms) / SYNC_PAUSE_MS;

    if (more > 0) {
        peer->sync_quick_ms = node->now_ms;
        peer->sync_quick = more >= SYNC_QUICK - peer->sync_quick
                               ? SYNC_QUICK
                               : peer->sync_quick + (unsigned)more;
    }
    if (peer->sync_quick == 0) {
        node_due(node, peer->sync_quick_ms + SYNC_PAUSE_MS);
        return false;
    }
    peer->sync_quick--;
    return true;
}

/* A node that listens hears all others by itself. */
static bool wants_vouchers(const struct node *node)
{
    return !node->own.rule_met && node->self != NULL && !node->self->listens;
}

/* Is no head here newer than what its last summary told? */
static bool nothing_newer(const struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL &&
            ledger->durable.checkpoint_size > ledger->peer_size[slot]) {
            return false;
        }
    }
    return node->peers[slot].summary_heard;
}

static void ask_sync(struct node *node, uint32_t slot)
{
    struct peer *peer = &node->peers[slot];
    struct message *message;
    struct ask *ask = ask_begin(node, slot, ASK_SYNC, MESSAGE_SYNC, &message);
    struct msg_sync *sync;

    if (ask == NULL) {
        return;
    }
    sync = &message->sync;
    ask->digest = summary_digest(node);
    if (peer->missed && node->now_ms >= peer->newcomer_at_ms) {
        peer->missed = false;
        peer->instance = 0;
    }
    sync->instance = peer->instance;
    sync->news = peer->news;
    sync->digest = ask->digest;
    sync->clock_s = node->clock_s;
    sync->release = effects_copy(node->out, buf_span(&node->release));
    sync->first = peer->first_out;
    sync->vouch = wants_vouchers(node) && !peer->first_out;
    sync->wait = !peer->first_out && !sync->vouch;
    sync->nothing_newer = nothing_newer(node, slot);
    sync->brings = node->self != NULL && node->self->role != NODE_OBSERVER;
    if (sync->first) {
        sync->yours = copy_heads(node, &peer->label, &sync->yours_count);
        sync->cosigned = cosigned_by(node, slot, &sync->cosigned_count);
    }
}

/* An answer without a summary: the peer's summary was equal to the one whose
 * digest we sent, or we had seen this news already. False when ours moved
 * meanwhile: then the cursor is dropped, and all of it is asked for. */
static bool take_equal(struct node *node, const struct ask *ask,
                       const struct msg_sync_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];
    struct digest digest = summary_digest(node);

    if (peer->instance == reply->instance && peer->news == reply->news) {
        return true;
    }
    if (!digest_equal(&digest, &ask->digest)) {
        return false;
    }
    peer->roster_version = node->roster->version;
    peer->roster_hash = node->roster->hash;
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->durable.checkpoint_size > 0) {
            ledger->peer_size[ask->peer] = ledger->durable.checkpoint_size;
            ledger->peer_held[ask->peer] = ledger_items_held(ledger);
        }
    }
    notes_equal(node, ask->peer);
    return true;
}

static void take_summary(struct node *node, uint32_t slot,
                         const struct msg_sync_reply *reply)
{
    node->peers[slot].roster_version = reply->roster_version;
    node->peers[slot].roster_hash = reply->roster_hash;
    notes_told(node, slot, reply);
    if (reply->heads_count < SYNC_HEADS_MAX) {
        push_told(node, slot, reply->heads, reply->heads_count);
    }
    for (size_t i = 0; i < reply->heads_count; i++) {
        records_offered(node, slot, &reply->heads[i]);
    }
}

/* Whoever has nothing newer than this peer is known to hold no more than what
 * this peer told. */
static void take_vouched(struct node *node, uint32_t slot,
                         const struct msg_sync_reply *reply)
{
    for (size_t i = 0; i < reply->vouched_count; i++) {
        uint32_t vouched = peer_find(node, &reply->vouched[i]);

        own_vouched(node, slot, &reply->vouched[i]);
        if (vouched != SLOT_NONE && node->peers[slot].told_all) {
            node->peers[vouched].told_all = true;
        }
    }
}

void sync_answered(struct node *node, const struct ask *ask,
                   const struct msg_sync_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];

    if (!peer->used) {
        return;
    }
    if (reply == NULL) {
        peer->sync_backoff_ms = backoff_next(
            peer->sync_backoff_ms, SYNC_BACKOFF_MIN_MS, SYNC_BACKOFF_MAX_MS);
        peer->sync_at_ms = backoff_at(node, peer->sync_backoff_ms);
        return;
    }
    peer->sync_backoff_ms = 0;
    peer->sync_at_ms = node->now_ms;
    take_release(peer, reply->release);
    take_vouched(node, ask->peer, reply);
    if (wants_vouchers(node) && !reply->first) {
        peer->sync_at_ms = node->now_ms + VOUCH_PERIOD_MS;
    }
    push_leased(node, ask->peer, reply->leases, reply->leases_count);
    proving_given(node, ask->peer, reply->challenges, reply->challenges_count);
    clock_told(node, ask->peer, reply->clock_s);
    if (reply->has_summary) {
        take_summary(node, ask->peer, reply);
    }
    if (reply->has_summary || take_equal(node, ask, reply)) {
        peer->instance = reply->instance;
        peer->news = reply->news;
        peer->told_all = true;
    } else {
        peer->instance = 0;
    }
    if (reply->first) {
        peer->first_out = false;
        peer->answered = true;
        take_yours(node, ask->peer, reply->yours, reply->yours_count);
        recall_told(node, ask->peer, reply->cosigned, reply->cosigned_count);
    }
}

void sync_pump(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];

        if (!peer->used) {
            continue;
        }
        if (peer->parked) {
            wake(node, peer);
        }
        if (!peer->connected || peer->sync_out || node->stopping) {
            continue;
        }
        if (node->now_ms < peer->sync_at_ms) {
            node_due(node, peer->sync_at_ms);
            continue;
        }
        if (may_ask(node, peer)) {
            ask_sync(node, i);
        }
    }
}
