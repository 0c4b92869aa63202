/* SPDX-License-Identifier: Apache-2.0 */
#include "core/records.h"

#include "base/check.h"
#include "core/checked.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/forks.h"
#include "core/leaf.h"
#include "core/ledgers.h"
#include "core/own_rule.h"
#include "core/peer.h"
#include "core/prefix.h"
#include "core/quota.h"
#include "core/twins.h"
#include "core/wants.h"
#include "core/witness.h"

#define RECORDS_PER_PEER 2
#define RECORDS_OUT_MAX 8
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000
#define LIAR_MS 60000

/* ---- what a peer offers ---- */

/* Than when we looked last: it lacks less than before, or has leaves by now
 * that we looked for when it had not. Not when it only has more that is new. */
static bool may_have_more(const struct ledger *ledger, uint32_t slot,
                          const struct head *head)
{
    uint64_t size = ledger->peer_size[slot];
    uint64_t held = ledger->peer_held[slot];

    return (held < size ? size - held : 0) >
               (head->held < head->size ? head->size - head->held : 0) ||
           (size < head->size && size < ledger->scan_from);
}

void records_offered(struct node *node, uint32_t slot, const struct head *head)
{
    struct peer *peer = &node->peers[slot];
    struct ledger *ledger = ledger_find(node, &head->origin);

    if (head->size == 0) {
        return;
    }
    if (ledger == NULL) {
        if (!checked_known_node(node, &head->origin)) {
            peer->told_strangers = true;
            return;
        }
        if (node->now_ms < peer->newcomer_at_ms) {
            peer->missed = true;
            return;
        }
        ledger = ledger_add(node, &head->origin);
        if (ledger == NULL) {
            return; /* its node opened more ledgers than we keep */
        }
    }
    if (ledger == node->own.current) {
        own_head(node, slot, head);
    } else if ((ledger->durable.checkpoint_size != 0 &&
                head->size == ledger->durable.checkpoint_size &&
                !digest_equal(&head->root, &ledger->durable.checkpoint_root)) ||
               forks_below(ledger, head->size, &head->root)) {
        ledger->checkpoint_wanted[slot] = true;
    }
    quota_told(ledger, slot, head->size);
    ledger->peer_lines[slot] = head->lines;
    ledger->peer_forked[slot] = head->forked;
    if (may_have_more(ledger, slot, head)) {
        wants_reopen(node, ledger);
    }
    ledger->peer_size[slot] = head->size;
    ledger->peer_held[slot] = head->held;
}

/* ---- asking ---- */

static void ask_records(struct node *node, struct ledger *ledger, uint32_t slot,
                        enum ask_purpose purpose)
{
    struct message *message;
    struct ask *ask =
        ask_begin(node, slot, purpose, MESSAGE_GET_RECORDS, &message);

    if (ask == NULL) {
        return;
    }
    ask->ledger = ledger->slot;
    ask->from = ledger->frontier.size;
    message->get_records.count = RECORDS_BATCH_COUNT_MAX;
    if (ledger->frozen &&
        ledger->frozen_size - ask->from < RECORDS_BATCH_COUNT_MAX) {
        message->get_records.count = ledger->frozen_size - ask->from;
    }
    if (purpose == ASK_PREFIX) {
        ask->from = prefix_from(ledger->durable.checkpoint_size);
        message->get_records.count = 1;
        ledger->prefix_wanted[slot] = false;
    }
    message->get_records.origin = ledger->origin;
    message->get_records.from = ask->from;
    ledger->asking = true;
    node->peers[slot].records_out++;
}

static void ask_note(struct node *node, struct ledger *ledger, uint32_t slot)
{
    struct message *message;
    struct note_ref *ref = emit_alloc(node, sizeof(*ref));
    struct ask *ask = ref == NULL ? NULL
                                  : ask_begin(node, slot, ASK_CHECKPOINT,
                                              MESSAGE_GET_NOTES, &message);

    if (ask == NULL) {
        return;
    }
    ask->ledger = ledger->slot;
    ref->kind = NOTE_CHECKPOINT;
    ref->name = effects_copy(node->out, origin_span(&ledger->origin));
    message->get_notes.refs = ref;
    message->get_notes.count = 1;
    ledger->checkpoint_wanted[slot] = false;
    ledger->asking = true;
    node->peers[slot].records_out++;
}

/* One question about this ledger to this peer, if there is one. */
static void ask_peer(struct node *node, struct ledger *ledger, uint32_t slot)
{
    const struct peer *peer = &node->peers[slot];
    bool lacks_note = ledger->durable.size == ledger->frontier.size &&
                      ledger->durable.checkpoint_size < ledger->durable.size &&
                      ledger->peer_size[slot] == ledger->durable.size;

    if (!peer->used || !peer->connected || ledger->peer_size[slot] == 0 ||
        peer->records_out >= RECORDS_PER_PEER) {
        return;
    }
    if (node->now_ms < ledger->retry_ms[slot]) {
        if (ledger->checkpoint_wanted[slot] || ledger->prefix_wanted[slot] ||
            ledger->peer_size[slot] > ledger->frontier.size) {
            node_due(node, ledger->retry_ms[slot]);
        }
        return;
    }
    if (ledger->checkpoint_wanted[slot] || lacks_note) {
        ask_note(node, ledger, slot);
    } else if (ledger->prefix_wanted[slot] &&
               ledger->durable.checkpoint_size > 0) {
        ask_records(node, ledger, slot, ASK_PREFIX);
    } else if (ledger->peer_size[slot] > ledger->frontier.size) {
        ask_records(node, ledger, slot, ASK_RECORDS);
    }
}

/* Forked, and we have as much of it as the proof speaks of. */
static bool is_ended(const struct ledger *ledger)
{
    return ledger->frozen && ledger->frontier.size >= ledger->frozen_size;
}

static unsigned records_out(const struct node *node)
{
    unsigned count = 0;

    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        count += node->peers[i].records_out;
    }
    return count;
}

/* A ledger without a leaf that nobody who is here offers any more. */
static bool abandoned(const struct node *node, const struct ledger *ledger)
{
    if (ledger->stored || ledger->asking) {
        return false;
    }
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (node->peers[i].used && node->peers[i].connected &&
            ledger->peer_size[i] > 0) {
            return false;
        }
    }
    return true;
}

void records_pump(struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || ledger == node->own.current) {
            continue;
        }
        if (abandoned(node, ledger)) {
            ledger_drop(node, ledger);
            continue;
        }
        if (node->stopping || !commit_room(node)) {
            return;
        }
        for (uint32_t j = 0; j < NODE_COUNT_MAX; j++) {
            /* Another peer each time: no single one can hold a ledger up. */
            uint32_t slot = (uint32_t)((j + node->token) % NODE_COUNT_MAX);

            if (ledger->asking || is_ended(ledger) ||
                quota_holds_back(node, ledger) ||
                records_out(node) >= RECORDS_OUT_MAX) {
                break;
            }
            ask_peer(node, ledger, slot);
        }
    }
}

/* ---- proving a batch ---- */

/* Every leaf by itself: its ledger's, and `open` exactly at the start. */
static bool leaves_good(struct node *node, const struct ledger *ledger,
                        const struct msg_get_records_reply *reply)
{
    for (size_t i = 0; i < reply->leaves_count; i++) {
        struct record *record = &node->record;
        bool first = reply->from + i == 0;

        if (record_parse(reply->leaves[i], record, NULL) != ERR_OK ||
            !origin_equal(&record->origin, &ledger->origin) ||
            (record->kind == RECORD_OPEN) != first) {
            return false;
        }
        record_leaf_hash(reply->leaves[i], &node->hashes[i]);
    }
    return true;
}

/* Do these leaves, after ours, begin the tree of the checkpoint? */
static bool batch_fits(const struct node *node, const struct ledger *ledger,
                       const struct msg_get_records_reply *reply,
                       const struct checkpoint *checkpoint)
{
    struct frontier frontier = ledger->frontier;
    struct digest root;

    for (size_t i = 0; i < reply->leaves_count; i++) {
        frontier_append(&frontier, &node->hashes[i], NULL);
    }
    frontier_root(&frontier, &root);
    return frontier.size <= checkpoint->size &&
           merkle_verify_consistency(frontier.size, checkpoint->size, &root,
                                     &checkpoint->root, reply->path,
                                     reply->path_count) == ERR_OK;
}

/* Of a batch that was proven as a whole: its leaves, from the first on, as far
 * as its member's quota goes. False: not even one. */
static bool append_batch(struct node *node, struct ledger *ledger,
                         const struct msg_get_records_reply *reply)
{
    size_t count = 0;

    for (; count < reply->leaves_count; count++) {
        struct deposit deposit;
        bool is_item = leaf_deposit(reply->leaves[count], &node->record,
                                    &node->inner, &deposit);

        if (!quota_take(node, ledger, reply->from + count,
                        is_item ? &deposit : NULL)) {
            break;
        }
        ledger_append(node, ledger, reply->leaves[count], &node->hashes[count],
                      is_item ? &deposit : NULL);
    }
    quota_save(node);
    return count > 0;
}

static void store_batch(struct node *node, struct ledger *ledger,
                        const struct msg_get_records_reply *reply,
                        const struct checkpoint *checkpoint, struct span note)
{
    bool first = ledger->frontier.size == 0;
    uint64_t last_s;

    if (!append_batch(node, ledger, reply)) {
        return;
    }
    ledger_grown(node, ledger);
    if (checkpoint->size == ledger->now.size) {
        witness_checkpoint(node, ledger, &ledger->now, note, reply->checkpoint);
    }
    commit_urgent(node);
    last_s = node->record.kind == RECORD_UNREADABLE ? 0 : node->record.time;
    if (first && ledger->own) {
        own_saw_open(node, ledger, reply->leaves[0]);
    } else if (first) {
        own_keep_open(node, ledger, reply->leaves[0]);
    }
    twins_grew(node, ledger, last_s, checkpoint->size == ledger->now.size);
}

static void note_seen(struct ledger *ledger,
                      const struct checkpoint *checkpoint)
{
    if (checkpoint->size > ledger->seen_size) {
        ledger->seen_size = checkpoint->size;
        ledger->seen_root = checkpoint->root;
    }
}

/* A node key opens at most LEDGERS_PER_NODE_MAX under one roster. */
static bool opens_one_more(struct node *node, const struct ledger *ledger,
                           const struct msg_get_records_reply *reply)
{
    return reply->leaves_count > 0 &&
           record_parse(reply->leaves[0], &node->record, NULL) == ERR_OK &&
           node->record.kind == RECORD_OPEN &&
           ledger_room(node, ledger, &node->record.roster);
}

static enum err judge_batch(struct node *node, struct ledger *ledger,
                            const struct ask *ask,
                            const struct msg_get_records_reply *reply,
                            struct checkpoint *ret_checkpoint,
                            struct buf *ret_note)
{
    if (!origin_equal(&reply->origin, &ledger->origin) ||
        reply->from != ask->from || reply->from != ledger->frontier.size ||
        reply->leaves_count > RECORDS_BATCH_COUNT_MAX) {
        return ERR_MALFORMED;
    }
    if (!checked_checkpoint(node, &ledger->origin, reply->checkpoint,
                            ret_checkpoint, ret_note)) {
        return ERR_WRONG_SIGNATURE;
    }
    if (!leaves_good(node, ledger, reply) ||
        (ledger->frozen &&
         reply->leaves_count > ledger->frozen_size - ledger->frontier.size)) {
        return ERR_MALFORMED;
    }
    if (ledger->frontier.size == 0 && !opens_one_more(node, ledger, reply)) {
        return ERR_REFUSED;
    }
    note_seen(ledger, ret_checkpoint);
    if (!batch_fits(node, ledger, reply, ret_checkpoint)) {
        return ERR_WRONG_HASH;
    }
    return ERR_OK;
}

static void retry_later(struct node *node, struct ledger *ledger, uint32_t slot,
                        uint64_t min_ms)
{
    uint32_t failures = ledger->failures[slot];
    uint64_t wait = (uint64_t)RETRY_MIN_MS << (failures < 6 ? failures : 6);

    if (failures < 6) {
        ledger->failures[slot]++;
    }
    if (wait > RETRY_MAX_MS) {
        wait = RETRY_MAX_MS;
    }
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_GIVE_UP) != 0 && min_ms == 0) {
        wait = UINT64_MAX / 4;
    }
#endif
    ledger->retry_ms[slot] = backoff_at(node, wait > min_ms ? wait : min_ms);
}

static void refused(struct node *node, struct ledger *ledger, uint32_t slot,
                    enum err err)
{
    struct peer *peer = &node->peers[slot];

    if (ledger->frozen) {
        ledger->retry_ms[slot] = UINT64_MAX; /* it is on the other side */
        return;
    }
    /* A batch that does not fit may also be the owner's doing. */
    if (err == ERR_WRONG_HASH && ledger->durable.checkpoint_size > 0 &&
        ledger->durable.checkpoint_size == ledger->frontier.size) {
        ledger->prefix_wanted[slot] = true;
        ledger->retry_ms[slot] = node->now_ms;
        return;
    }
    peer_complain(node, peer, COMPLAINT_RECORDS,
                  "records of %s refused: %s; asking others, this one again in "
                  "%d s",
                  ledger->origin.text, err_text(err), LIAR_MS / 1000);
    retry_later(node, ledger, slot, LIAR_MS);
    if (!ledger->stored) {
        peer->newcomer_at_ms = node->now_ms + LIAR_MS;
        peer->missed = true;
        ledger->peer_size[slot] = 0;
    }
}

/* The ledger of an answered request, or NULL when it is gone. */
static struct ledger *answered_ledger(struct node *node, const struct ask *ask)
{
    struct ledger *ledger = node->ledgers[ask->ledger];

    if (node->peers[ask->peer].records_out > 0) {
        node->peers[ask->peer].records_out--;
    }
    CHECK(ledger != NULL);
    ledger->asking = false;
    return ledger;
}

void records_answered(struct node *node, const struct ask *ask,
                      const struct msg_get_records_reply *reply)
{
    struct ledger *ledger = answered_ledger(node, ask);
    struct checkpoint checkpoint;
    struct buf note;
    enum err err;

    if (reply == NULL || reply->leaves_count == 0) {
        retry_later(node, ledger, ask->peer, 0);
        return;
    }
    if (ledger == node->own.current || is_ended(ledger) ||
        ask->from != ledger->frontier.size) {
        return; /* somebody brought them meanwhile */
    }
    buf_init(&note, NOTE_SIZE_MAX);
    err = judge_batch(node, ledger, ask, reply, &checkpoint, &note);
    if (err == ERR_OK) {
        ledger->failures[ask->peer] = 0;
        store_batch(node, ledger, reply, &checkpoint, buf_span(&note));
    } else {
        refused(node, ledger, ask->peer, err);
    }
    buf_done(&note);
}

/* ---- whose fault is it? ---- */

void records_prefix_answered(struct node *node, const struct ask *ask,
                             const struct msg_get_records_reply *reply)
{
    struct ledger *ledger = answered_ledger(node, ask);
    struct checkpoint checkpoint;
    struct prefix prefix;

    if (reply == NULL || reply->leaves_count == 0 ||
        ledger->now.checkpoint_size != ledger->durable.checkpoint_size) {
        retry_later(node, ledger, ask->peer, 0);
        return;
    }
    if (reply->from != ask->from ||
        !checked_checkpoint(node, &ledger->origin, reply->checkpoint,
                            &checkpoint, NULL)) {
        refused(node, ledger, ask->peer, ERR_MALFORMED);
        return;
    }
    if (prefix_blind(ledger->durable.checkpoint_size, checkpoint.size)) {
        /* It asks for our checkpoint, or is brought it, and can prove. */
        ledger->blind |= 1u << ask->peer;
        node->peers[ask->peer].notes_look = true;
        retry_later(node, ledger, ask->peer, LIAR_MS);
        return;
    }
    if (ask->from != prefix_from(ledger->durable.checkpoint_size) ||
        !prefix_prove(ledger->durable.checkpoint_size, reply->leaves[0],
                      checkpoint.size, &checkpoint.root, reply->path,
                      reply->path_count, &prefix) ||
        digest_equal(&prefix.root, &ledger->durable.checkpoint_root)) {
        refused(node, ledger, ask->peer, ERR_MALFORMED);
        return;
    }
    forks_found(node, ledger, buf_span(&ledger->witness.note),
                reply->checkpoint, &prefix.root, prefix.path,
                prefix.path_count);
}

/* The newest checkpoint that the peer holds. */
void records_note_answered(struct node *node, const struct ask *ask,
                           const struct msg_get_notes_reply *reply)
{
    struct ledger *ledger = answered_ledger(node, ask);

    if (reply == NULL || reply->count != 1) {
        retry_later(node, ledger, ask->peer, 0);
        return;
    }
    switch (
        reply->notes[0].size == 0
            ? NOTE_REFUSED
            : witness_take(node, ask->peer, &ledger->origin, reply->notes[0])) {
    case NOTE_TAKEN:
        break;
    case NOTE_KNOWN:
        retry_later(node, ledger, ask->peer, 0);
        break;
    case NOTE_REFUSED:
        refused(node, ledger, ask->peer, ERR_WRONG_SIGNATURE);
        break;
    }
}

/* ---- what is brought ---- */

/* Who brings leaves holds them. */
static void told_by(struct node *node, struct ledger *ledger,
                    const struct event *event)
{
    const struct msg_get_records_reply *put =
        &event->asked.message->put_records;
    uint32_t slot = peer_find(node, &event->asked.caller.node);

    if (slot != SLOT_NONE) {
        quota_told(ledger, slot, put->from + put->leaves_count);
    }
}

static struct ledger *ledger_brought(struct node *node,
                                     const struct origin *origin)
{
    struct ledger *ledger = ledger_find(node, origin);

    if (ledger == NULL && checked_known_node(node, origin)) {
        ledger = ledger_add(node, origin);
    }
    return ledger;
}

/* The batch, or the note alone when it is the leaves' that are here. */
static enum put_result take_brought(struct node *node, struct ledger *ledger,
                                    const struct msg_get_records_reply *put)
{
    struct ask as_asked = { .from = ledger->frontier.size };
    struct checkpoint checkpoint;
    enum put_result result = PUT_TAKEN;
    struct buf note;

    if (put->from < ledger->frontier.size) {
        return witness_take(node, SLOT_NONE, &ledger->origin,
                            put->checkpoint) == NOTE_REFUSED
                   ? PUT_REFUSED
                   : PUT_TAKEN;
    }
    buf_init(&note, NOTE_SIZE_MAX);
    if (put->leaves_count == 0 || judge_batch(node, ledger, &as_asked, put,
                                              &checkpoint, &note) != ERR_OK) {
        result = PUT_REFUSED;
    } else {
        store_batch(node, ledger, put, &checkpoint, buf_span(&note));
        if (ledger->frontier.size == put->from) {
            result = PUT_REFUSED; /* the quota: later, not at once */
        }
    }
    buf_done(&note);
    return result;
}

void records_brought(struct node *node, const struct event *event)
{
    const struct msg_get_records_reply *put =
        &event->asked.message->put_records;
    struct message *reply = emit_message(node, MESSAGE_PUT_RECORDS, true);
    uint8_t *result = emit_alloc(node, 1);
    struct ledger *ledger;

    if (reply == NULL || result == NULL) {
        return;
    }
    *result = PUT_REFUSED;
    ledger = ledger_brought(node, &put->origin);
    if (node->stopping || !commit_room(node)) {
        *result = PUT_NO_ROOM;
    } else if (ledger != NULL && ledger != node->own.current &&
               !is_ended(ledger)) {
        told_by(node, ledger, event);
        *result = (uint8_t)take_brought(node, ledger, put);
    }
    reply->put_reply.results = result;
    reply->put_reply.count = 1;
    reply->put_reply.size = ledger == NULL ? 0 : ledger->frontier.size;
    emit_answer(node, event->asked.request, reply);
}
