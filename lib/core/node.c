/* SPDX-License-Identifier: Apache-2.0 */
#include "core/node.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "core/access.h"
#include "core/carrying.h"
#include "core/challenges.h"
#include "core/clock.h"
#include "core/commit.h"
#include "core/cosigning.h"
#include "core/deposits.h"
#include "core/doubts.h"
#include "core/emit.h"
#include "core/forks.h"
#include "core/hands.h"
#include "core/health.h"
#include "core/health_list.h"
#include "core/history.h"
#include "core/holdings.h"
#include "core/isolated.h"
#include "core/lease.h"
#include "core/ledgers.h"
#include "core/membership.h"
#include "core/notes.h"
#include "core/own.h"
#include "core/own_rule.h"
#include "core/peer.h"
#include "core/placed.h"
#include "core/proofs.h"
#include "core/proving.h"
#include "core/push.h"
#include "core/quota.h"
#include "core/records.h"
#include "core/repair.h"
#include "core/sample.h"
#include "core/state.h"
#include "core/statements.h"
#include "core/stating.h"
#include "core/sync.h"
#include "core/twins.h"
#include "core/verify.h"
#include "core/wants.h"
#include "core/witness.h"

#define RELEASE_SIZE_MAX 63
#define MACHINE_ID_SIZE_MAX 256

static void take_mark(struct own *own, const struct node_options *options)
{
    own->has_mark = options->has_mark;
    own->mark_origin = options->mark_origin;
    own->mark_size = options->mark_size;
    own->mark_root = options->mark_root;
    own->mark_cosigned = options->mark_cosigned;
    own->mark_statement = options->mark_statement;
    own->moved = options->moved;
}

static void init(struct node *node, const struct node_options *options)
{
    node->label = options->label;
    node->roster = roster_chain_newest(options->chain);
    node->instance = options->instance;
    node->started_ms = options->now_ms;
    node->now_ms = options->now_ms;
    node->clock_s = options->clock_s;
    node->deadline_ms = options->now_ms;
    node->news = 1;
    node->news_big = 1;
    memcpy(node->ledger_id_seed, options->ledger_id_seed,
           sizeof(node->ledger_id_seed));
    rng_init(&node->rng, options->seed);
    commit_init(node, options->group_bytes);
    hands_init(node);
    wants_init(node);
    carrying_init(node);
    history_init(node);
    stating_init(node);
    sample_init(node);
    take_mark(&node->own, options);
    node->own.phase = OWN_WAITING;
#ifdef HF_SIM_FAULTS
    node->faults = options->faults;
#endif
}

enum err node_new(const struct node_options *options, struct node **ret_node,
                  struct why *ret_why)
{
    struct node *node;

    if (roster_find_node(roster_chain_newest(options->chain),
                         label_span(&options->label)) == NULL) {
        return why_set(ret_why, ERR_NOT_A_MEMBER,
                       "the roster has no node \"%s\"", options->label.text);
    }
    node = calloc(1, sizeof(*node));
    if (node == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "no memory for the node");
    }
    init(node, options);
    buf_init(&node->machine_id, MACHINE_ID_SIZE_MAX);
    buf_init(&node->release, RELEASE_SIZE_MAX);
    buf_put(&node->machine_id,
            span_part(options->machine_id, 0, MACHINE_ID_SIZE_MAX));
    buf_put(&node->release, span_part(options->release, 0, RELEASE_SIZE_MAX));
    if (buf_failed(&node->machine_id) || buf_failed(&node->release)) {
        node_free(node);
        return why_set(ret_why, ERR_NO_MEMORY, "no memory for the node");
    }
    node->chain = options->chain;
    membership_durable(node);
    peers_sync_roster(node);
    *ret_node = node;
    return ERR_OK;
}

void node_free(struct node *node)
{
    if (node == NULL) {
        return;
    }
    deposits_done(node);
    hands_done(node);
    carrying_done(node);
    history_done(node);
    commit_done(node);
    stating_done(node);
    statements_done(node);
    repair_done(node);
    ledgers_done(node);
    roster_chain_free(node->chain);
    buf_done(&node->machine_id);
    buf_done(&node->release);
    free(node);
}

/* ---- events ---- */

static void serve(struct node *node, const struct event *event)
{
    const struct message *message = event->asked.message;
    struct effect *effect;
    struct serve_ledger *ledgers;
    size_t count = 0;

    ledgers = emit_alloc(node, (node->ledgers_end + 1) * sizeof(*ledgers));
    effect = ledgers == NULL ? NULL : emit(node, EFFECT_SERVE);
    if (effect == NULL) {
        return;
    }
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || ledger->durable.size == 0) {
            continue;
        }
        if (message->kind == MESSAGE_LIST ||
            (message->kind == MESSAGE_GET_RECORDS &&
             origin_equal(&ledger->origin, &message->get_records.origin))) {
            ledger_serve(ledger, &ledgers[count]);
            count++;
        }
    }
    effect->serve.request = event->asked.request;
    effect->serve.ledgers = ledgers;
    effect->serve.ledgers_count = count;
}

static void answer_status(struct node *node, const struct event *event)
{
    struct message *message = emit_message(node, MESSAGE_STATUS, true);

    if (message != NULL) {
        health_look(node);
        node_status(node, node->now_ms, node->out, &message->status_reply);
        emit_answer(node, event->asked.request, message);
    }
}

static void reload(struct node *node, const struct event *event)
{
    struct effect *effect = emit(node, EFFECT_RELOAD);

    if (effect != NULL) {
        effect->reload.request = event->asked.request;
    }
}

static void doubt(struct node *node, const struct event *event)
{
    if (event->asked.caller.kind == CALLER_NODE) {
        doubts_asked(node, peer_find(node, &event->asked.caller.node),
                     event->asked.message);
    }
}

static void list(struct node *node, const struct event *event)
{
    if (event->asked.message->list.states != 0) {
        health_list_asked(node, event);
    } else {
        serve(node, event);
    }
}

/* What a caller may ask. */
static void asked_allowed(struct node *node, const struct event *event)
{
    switch (event->asked.message->kind) {
    case MESSAGE_SYNC:
        sync_asked(node, event);
        break;
    case MESSAGE_GET_NAMES:
    case MESSAGE_GET_BLOCKS:
        doubt(node, event);
        serve(node, event);
        break;
    case MESSAGE_LIST:
        list(node, event);
        break;
    case MESSAGE_GET_NOTES:
    case MESSAGE_GET_RECORDS:
    case MESSAGE_EVENTS:
        serve(node, event);
        break;
    case MESSAGE_DEPOSIT:
        deposits_asked(node, event);
        break;
    case MESSAGE_RECEIPTS:
        deposits_asked_receipts(node, event);
        break;
    case MESSAGE_STATUS:
        answer_status(node, event);
        break;
    case MESSAGE_RELOAD:
        reload(node, event);
        break;
    case MESSAGE_SCRUB:
        repair_asked(node, event);
        break;
    case MESSAGE_OPEN_LEDGER:
        own_asked_open(node, event);
        break;
    case MESSAGE_PUT_NOTES:
        notes_brought(node, event);
        break;
    case MESSAGE_PUT_RECORDS:
        records_brought(node, event);
        break;
    case MESSAGE_PUT_BLOCKS:
        leases_brought(node, event);
        break;
    case MESSAGE_CHALLENGE:
        proving_asked(node, event);
        break;
    case MESSAGE_PUT_PROOFS:
        challenges_brought(node, event);
        break;
    case MESSAGE_VERIFY:
        verify_asked(node, event);
        break;
    case MESSAGE_REFUSAL:
        CHECK(!access_supported(event->asked.message->kind));
    }
}

static void asked(struct node *node, const struct event *event)
{
    enum message_kind kind = event->asked.message->kind;
    uint64_t request = event->asked.request;

    if (event->asked.caller.kind == CALLER_NODE) {
        uint32_t slot = peer_find(node, &event->asked.caller.node);

        if (slot == SLOT_NONE) {
            emit_refusal(node, request, ERR_NOT_A_MEMBER, "NOT-ON-ROSTER",
                         "not on the roster that is in force here");
            return;
        }
        peer_heard(node, &node->peers[slot]);
    }
    if (!access_supported(kind)) {
        char text[RELEASE_SIZE_MAX + 64] = "not supported by release ";

        (void)strncat(text, (const char *)node->release.data,
                      node->release.size);
        emit_refusal(node, request, ERR_UNSUPPORTED, "NOT-SUPPORTED", text);
        return;
    }
    if (!access_allowed(event->asked.caller.kind, kind)) {
        emit_refusal(node, request, ERR_PERMISSION, "NOT-ALLOWED",
                     "this key may not ask that");
        return;
    }
    asked_allowed(node, event);
}

static const struct message *answer_of(const struct event *event)
{
    return event == NULL ? NULL : event->answered.message;
}

/* One of ours ended; event NULL: without an answer that can be used. */
static void ask_ended(struct node *node, const struct ask *ask,
                      const struct event *event)
{
    const struct message *message = answer_of(event);
    const struct msg_get_notes_reply *notes =
        message == NULL ? NULL : &message->get_notes_reply;
    const struct msg_get_records_reply *records =
        message == NULL ? NULL : &message->get_records_reply;
    const struct msg_put_reply *put =
        message == NULL ? NULL : &message->put_reply;

    switch (ask->purpose) {
    case ASK_SYNC:
        sync_answered(node, ask, message == NULL ? NULL : &message->sync_reply);
        break;
    case ASK_ROSTERS:
        membership_answered(node, ask, notes);
        break;
    case ASK_CLAIM:
        own_claim_answered(node, ask, notes);
        break;
    case ASK_CHECKPOINT:
        records_note_answered(node, ask, notes);
        break;
    case ASK_RECORDS:
        records_answered(node, ask, records);
        break;
    case ASK_PREFIX:
        records_prefix_answered(node, ask, records);
        break;
    case ASK_CARRY:
        carrying_answered(node, ask, records);
        break;
    case ASK_HISTORY:
        history_answered(node, ask, notes);
        break;
    case ASK_NAMES:
        wants_names_answered(
            node, ask, message == NULL ? NULL : &message->get_names_reply);
        break;
    case ASK_BLOCKS:
        wants_blocks_answered(node, ask, event);
        break;
    case ASK_NOTES:
        notes_answered(node, ask, notes);
        break;
    case ASK_PUT_NOTES:
        notes_put_answered(node, ask, put);
        break;
    case ASK_PUT_RECORDS:
        push_records_answered(node, ask, put);
        break;
    case ASK_PUT_BLOCKS:
        push_blocks_answered(node, ask, put);
        break;
    case ASK_CHALLENGE:
    case ASK_PUT_PROOFS: /* whoever asked for it has it, or asks again */
        challenges_answered(node, ask, message);
        break;
    case ASK_FREE:
        CHECK(ask->purpose != ASK_FREE);
    }
}

static void answered(struct node *node, const struct event *event)
{
    struct ask ask;
    bool fits;

    if (!ask_end(node, event->answered.token, &ask)) {
        return;
    }
    if (node->peers[ask.peer].used) {
        peer_heard(node, &node->peers[ask.peer]);
    }
    fits = event->answered.message->reply &&
           event->answered.message->kind == ask_kind(ask.purpose);
    ask_ended(node, &ask, fits ? event : NULL);
}

static void unanswered(struct node *node, const struct event *event)
{
    struct ask ask;

    if (ask_end(node, event->unanswered.token, &ask)) {
        ask_ended(node, &ask, NULL);
    }
}

static void persisted(struct node *node, const struct event *event)
{
    uint64_t seq;

    if (!commit_persisted(node, event->persisted.token, &seq)) {
        return;
    }
    ledgers_persisted(node, seq);
    membership_persisted(node);
    statements_persisted(node);
    repair_persisted(node);
    wants_persisted(node);
    hands_persisted(node);
    own_persisted(node);
}

static void loaded(struct node *node, const struct event *event)
{
    const struct loaded_item *first =
        event->loaded.items_count > 0 ? &event->loaded.items[0] : NULL;

    if (!wants_loaded(node, event) && !placed_loaded(node, event) &&
        !doubts_loaded(node, event) && !carrying_loaded(node, event) &&
        !history_loaded(node, event) && !health_list_loaded(node, event) &&
        !challenges_loaded(node, event) && !verify_loaded(node, event)) {
        (void)own_root_loaded(node, event->loaded.token, first);
    }
}

static void link_changed(struct node *node, const struct event *event)
{
    uint32_t slot = peer_find(node, &event->link.node);

    if (slot == SLOT_NONE) {
        return; /* dropped by a roster meanwhile */
    }
    if (event->kind == EVENT_CONNECTED) {
        sync_connected(node, slot);
    } else {
        sync_lost(node, slot);
    }
}

static void dispatch(struct node *node, const struct event *event)
{
    switch (event->kind) {
    case EVENT_TICKED:
        break;
    case EVENT_CONNECTED:
    case EVENT_LOST:
        link_changed(node, event);
        break;
    case EVENT_ASKED:
        asked(node, event);
        break;
    case EVENT_HUNG_UP:
        sync_hung_up(node, event->asked.request);
        deposits_hung_up(node, event->asked.request);
        verify_hung_up(node, event->asked.request);
        repair_hung_up(node, event->asked.request);
        break;
    case EVENT_ANSWERED:
        answered(node, event);
        break;
    case EVENT_UNANSWERED:
        unanswered(node, event);
        break;
    case EVENT_APPENDED:
        commit_appended(node, event->appended.bytes);
        break;
    case EVENT_PERSISTED:
        persisted(node, event);
        break;
    case EVENT_SIGNED:
        own_signed(node, event);
        (void)stating_signed(node, event);
        cosigning_signed(node, event);
        break;
    case EVENT_LOADED:
        loaded(node, event);
        break;
    case EVENT_SPACE:
        wants_space(node, event);
        break;
    case EVENT_REREAD:
        repair_reread(node, event);
        break;
    case EVENT_ROSTER:
        membership_file(node, event);
        break;
    case EVENT_STOPPING:
        node->stopping = true;
        break;
    }
}

/* Whatever can be done now is done, in this order; each pump also says when it
 * wants to be asked again. */
static void pump(struct node *node)
{
    node->deadline_ms = UINT64_MAX;
    membership_pump(node);
    quota_pump(node);
    own_rule_pump(node);
    own_pump(node);
    deposits_pump(node);
    records_pump(node);
    statements_pump(node);
    isolated_pump(node);
    placed_pump(node);
    proofs_pump(node);
    holdings_pump(node);
    health_pump(node);
    repair_pump(node);
    stating_pump(node);
    clock_pump(node);
    forks_pump(node);
    carrying_pump(node);
    twins_pump(node);
    witness_pump(node);
    history_pump(node);
    cosigning_pump(node);
    wants_pump(node);
    wants_ask_pump(node);
    leases_pump(node);
    notes_pump(node);
    push_pump(node);
    doubts_pump(node);
    verify_pump(node);
    challenges_pump(node);
    proving_pump(node);
    sync_pump(node);
    peer_pump(node);
    if (node->stopping) {
        commit_urgent(node);
    }
    commit_pump(node);
}

void node_step(struct node *node, const struct event *event,
               struct effects *effects)
{
    bool broken = node->broken;

    node->out = effects;
    if (event->now_ms > node->now_ms) {
        node->now_ms = event->now_ms;
    }
    node->clock_s = event->clock_s;
    if (!node->started) {
        node->started = true;
        own_start(node);
        cosigning_start(node);
    }
    dispatch(node, event);
    pump(node);
    if (node->broken && !broken) {
        emit_alarm(node, ALARM_ERROR, "NO-MEMORY", NULL,
                   "out of memory: nothing more is written until a restart");
    }
    node->out = NULL;
}

uint64_t node_deadline_ms(const struct node *node)
{
    return node->deadline_ms;
}

const struct roster_chain *node_roster(const struct node *node)
{
    return node->chain;
}

enum expected node_expects(struct node *node, const struct caller *caller,
                           const struct block_id *name)
{
    return lease_expects(node, caller, name);
}

void node_scrub(const struct node *node, struct node_scrub *ret_scrub)
{
    const struct repair *repair = &node->repair;

    *ret_scrub = (struct node_scrub){
        .paused = repair->paused,
        .ordered = repair->ordered,
        .hurried = repair->hurried,
        .began = repair->began,
        .scrubbed = repair->scrubbed,
        .at = span_of(repair->at, repair->at_size),
    };
}

bool node_idle(const struct node *node)
{
    bool soon = own_soon(node) && !quota_own_waits(node);

    return node->stopping && commit_idle(node) && own_idle(node) &&
           stating_idle(node) && node->intake.waits == NULL &&
           node->intake.new_count == 0 && node->intake.keeping_count == 0 &&
           (!soon || (node->intake.waiting.count == 0 &&
                      node->intake.committed.count == 0));
}
