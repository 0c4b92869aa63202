/* SPDX-License-Identifier: Apache-2.0 */
#include "core/own.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/hands.h"
#include "core/ledgers.h"
#include "core/own_rule.h"
#include "core/quota.h"
#include "core/twins.h"
#include "core/witness.h"
#include "ledger/checkpoint.h"

#define GROUP_LEAVES_MAX 8192

/* ---- which one is current ---- */

/* Another ledger of ours that says it comes after this one. */
static bool left_elsewhere(const struct node *node,
                           const struct ledger *current)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || !ledger->own || ledger == current ||
            ledger->durable.checkpoint_size == 0) {
            continue;
        }
        for (size_t j = 0; j < ledger->earlier_count; j++) {
            if (origin_equal(&ledger->earlier[j], &current->origin)) {
                return true;
            }
        }
    }
    return false;
}

/* The mark speaks of more than the store has, or of something else. */
static bool mark_ahead(const struct node *node, const struct ledger *ledger)
{
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_TWO_ROOTS) != 0) {
        return false;
    }
#endif
    return node->own.rolled_back || ledger->durable.size < node->own.mark_size;
}

/* The mark's ledger, when it may go on; else why not. */
static struct ledger *find_current(struct node *node)
{
    struct own *own = &node->own;
    struct ledger *ledger =
        own->has_mark ? ledger_find(node, &own->mark_origin) : NULL;

    own->open_wanted = true;
    if (!own->has_mark) {
        own->open_reason = OPEN_RESCUED;
    } else if (ledger == NULL || mark_ahead(node, ledger)) {
        own->open_reason = OPEN_ROLLED_BACK;
    } else if (own->moved) {
        own->open_reason = OPEN_MOVED;
    } else {
        own->open_wanted = false;
        return ledger;
    }
    return NULL;
}

void own_start(struct node *node)
{
    struct own *own = &node->own;
    struct ledger *ledger = find_current(node);

    own->phase = OWN_WAITING;
    own->current = ledger;
    hands_uncommit(node);
    if (ledger == NULL) {
        return;
    }
    own->said_ready = true;
    own->signed_size = ledger->durable.checkpoint_size;
    if (own->signed_size > 0) {
        own_signed_root(node, own->signed_size,
                        &ledger->durable.checkpoint_root);
    }
    if (left_elsewhere(node, ledger)) {
        own->phase = OWN_STOPPED;
        emit_alarm(node, ALARM_ERROR, "OPENED-ELSEWHERE", NULL,
                   "another ledger of this node comes after %s; nothing more "
                   "is registered here until `holdfast ledger open`",
                   ledger->origin.text);
    }
}

/* ---- opening ---- */

static bool named_by_another(const struct node *node,
                             const struct ledger *named)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || !ledger->own || ledger->seen_size == 0) {
            continue;
        }
        for (size_t j = 0; j < ledger->earlier_count; j++) {
            if (origin_equal(&ledger->earlier[j], &named->origin)) {
                return true;
            }
        }
    }
    return false;
}

static int compare_earlier(const void *a, const void *b)
{
    const struct ledger_head *first = a;
    const struct ledger_head *second = b;

    return origin_compare(&first->origin, &second->origin);
}

/* A ledger of ours without any checkpoint was never shown to anybody, and
 * stays unnamed. */
static void list_earlier(const struct node *node, struct record_open *open)
{
    open->earlier_count = 0;
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL || !ledger->own || ledger->seen_size == 0 ||
            named_by_another(node, ledger) ||
            open->earlier_count == EARLIER_COUNT_MAX) {
            continue;
        }
        open->earlier[open->earlier_count].origin = ledger->origin;
        open->earlier[open->earlier_count].size = ledger->seen_size;
        open->earlier[open->earlier_count].root = ledger->seen_root;
        open->earlier_count++;
    }
    qsort(open->earlier, open->earlier_count, sizeof(open->earlier[0]),
          compare_earlier);
}

/* LID = SHA-256(32 random bytes, machine id, time), first 16 bytes; the random
 * ones follow from the start's seed, our label and a count. */
static void make_origin(struct node *node, struct origin *ret_origin)
{
    uint8_t count[8];
    uint8_t clock[8];
    struct digest random;
    struct digest hash;
    struct lid lid;

    node->own.open_count++;
    bytes_put_u64(count, node->own.open_count);
    bytes_put_u64(clock, node->clock_s);
    random = digest_of_parts(
        (const struct span[]){
            span_of(node->ledger_id_seed, sizeof(node->ledger_id_seed)),
            label_span(&node->label), span_of(count, sizeof(count)) },
        3);
    hash = digest_of_parts(
        (const struct span[]){ span_of(random.bytes, sizeof(random.bytes)),
                               buf_span(&node->machine_id),
                               span_of(clock, sizeof(clock)) },
        3);
    memcpy(lid.bytes, hash.bytes, sizeof(lid.bytes));
    origin_make(&node->chain->cid, &node->label, &lid, ret_origin);
}

static void write_open(struct node *node, struct ledger *ledger,
                       struct buf *leaf)
{
    struct record *record = &node->record;

    record->kind = RECORD_OPEN;
    record->origin = ledger->origin;
    record->time = node->clock_s;
    record->has_roster = true;
    record->roster = node->roster->hash;
    record->x_lines = span_of(NULL, 0);
    list_earlier(node, &record->open);
    record->open.reason =
        record->open.earlier_count == 0 ? OPEN_NEW : node->own.open_reason;
    record_format(leaf, record);
}

static void open_ledger(struct node *node)
{
    struct own *own = &node->own;
    struct origin origin;
    struct ledger *ledger;
    struct digest hash;
    struct buf leaf;

    make_origin(node, &origin);
    ledger = ledger_add(node, &origin);
    if (ledger != NULL && !ledger_room(node, ledger, &node->roster->hash)) {
        ledger_drop(node, ledger);
        ledger = NULL;
    }
    if (ledger == NULL) {
        own->open_wanted = false;
        own->phase = OWN_STOPPED;
        emit_alarm(node, ALARM_ERROR, "LEDGERS-FULL", NULL,
                   "this node key has opened %d ledgers under this roster; a "
                   "new roster, best with a new key, is needed",
                   LEDGERS_PER_NODE_MAX);
        return;
    }
    buf_init(&leaf, LEAF_SIZE_MAX);
    write_open(node, ledger, &leaf);
    if (buf_failed(&leaf)) {
        node->broken = true;
        buf_done(&leaf);
        return;
    }
    record_leaf_hash(buf_span(&leaf), &hash);
    ledger_append(node, ledger, buf_span(&leaf), &hash, NULL);
    ledger_grown(node, ledger);
    own_keep_open(node, ledger, buf_span(&leaf));
    ledger_set_held(node, ledger, 0);
    buf_done(&leaf);
    commit_urgent(node);
    own->current = ledger;
    own->roots_count = 0;
    own->signed_size = 0;
    own->open_wanted = false;
    own->phase = OWN_OPENING;
    own->said_ready = false;
}

static void refuse_order(struct node *node, uint64_t request, const char *text)
{
    emit_refusal(node, request, ERR_REFUSED, "LEDGER-NOT-OPENED", text);
}

void own_asked_open(struct node *node, const struct event *event)
{
    struct own *own = &node->own;
    const struct msg_open_ledger *asked = &event->asked.message->open_ledger;

    if (!span_equal(asked->confirm, label_span(&node->label))) {
        refuse_order(node, event->asked.request,
                     "the name typed is not this node's");
        return;
    }
    if (!own->rule_met || !own_in_touch(node) || own->order || node->stopping) {
        refuse_order(node, event->asked.request,
                     "not before enough members said what they hold of this "
                     "node's ledgers; see holdfast status");
        return;
    }
    own->order = true;
    own->order_request = event->asked.request;
    memset(&own->order_left, 0, sizeof(own->order_left));
    if (own->current != NULL) {
        own->order_left = own->current->origin;
        own_leave(node, OPEN_ROLLED_BACK);
    } else {
        own->open_wanted = true;
        own->open_reason = OPEN_ROLLED_BACK;
    }
    own->phase = OWN_OPENING;
}

static void say_ready(struct node *node)
{
    struct own *own = &node->own;
    struct message *message;

    own->phase = OWN_READY;
    if (!own->said_ready) {
        own->said_ready = true;
        emit_alarm(node, ALARM_INFO, "LEDGER-OPENED", NULL, "%s",
                   own->current->origin.text);
    }
    if (!own->order) {
        return;
    }
    own->order = false;
    message = emit_message(node, MESSAGE_OPEN_LEDGER, true);
    if (message != NULL) {
        message->open_ledger_reply.left = own->order_left;
        message->open_ledger_reply.opened = own->current->origin;
        emit_answer(node, own->order_request, message);
    }
}

/* ---- appending ---- */

/* The leaf that it was, unchanged; one that was carried already is carried on
 * from where it came. */
static bool write_carried(struct node *node, const struct hand *hand)
{
    struct record *record = &node->record;
    struct record *old = &node->inner;

    if (record_parse(span_of(hand->leaf, hand->leaf_size), old, NULL) !=
        ERR_OK) {
        return false;
    }
    record->kind = RECORD_CARRIED;
    record->has_roster = false;
    if (old->kind == RECORD_CARRIED) {
        record->carried = old->carried;
        return true;
    }
    if (hand->leaf_size > sizeof(record->carried.leaf)) {
        return false;
    }
    record->carried.from = old->origin;
    record->carried.index = hand->leaf_index;
    record->carried.leaf_size = hand->leaf_size;
    memcpy(record->carried.leaf, hand->leaf, hand->leaf_size);
    return true;
}

static void append_deposit(struct node *node, struct hand *hand,
                           struct buf *leaf)
{
    struct ledger *ledger = node->own.current;
    struct record *record = &node->record;
    struct digest hash;

    if (hand->leaf == NULL || !write_carried(node, hand)) {
        record->kind = RECORD_DEPOSIT;
        record->has_roster = true;
        record->roster = node->roster->hash;
        record->deposit = hand->deposit;
    }
    record->origin = ledger->origin;
    record->time = node->clock_s;
    record->x_lines = span_of(NULL, 0);
    buf_clear(leaf);
    record_format(leaf, record);
    if (buf_failed(leaf)) {
        node->broken = true;
        return;
    }
    record_leaf_hash(buf_span(leaf), &hash);
    hand->ledger = ledger->number;
    hand->index = ledger->frontier.size;
    hand_keep_leaf(node, hand, hand->index, buf_span(leaf));
    ledger_append(node, ledger, buf_span(leaf), &hash, &hand->deposit);
}

/* All deposits in hand, up to a bound, as one group. */
static void append_group(struct node *node)
{
    struct ledger *ledger = node->own.current;
    uint64_t from = ledger->frontier.size;
    struct buf leaf;

    buf_init(&leaf, LEAF_SIZE_MAX);
    for (size_t i = 0; i < GROUP_LEAVES_MAX && !node->broken; i++) {
        struct hand *hand = hands_take(node);

        if (hand == NULL) {
            break;
        }
        append_deposit(node, hand, &leaf);
    }
    buf_done(&leaf);
    if (ledger->frontier.size == from) {
        return;
    }
    quota_save(node);
    ledger_grown(node, ledger);
    for (uint64_t i = from; i < ledger->frontier.size; i++) {
        ledger_set_held(node, ledger, i);
    }
    commit_needs_group(node);
    commit_urgent(node);
}

/* ---- signing ---- */

static void sign(struct node *node, const struct ledger_mark *at)
{
    struct own *own = &node->own;
    struct checkpoint checkpoint = { .size = at->size, .root = at->root };
    struct effect *effect;
    struct buf text;

    memcpy(checkpoint.origin, own->current->origin.text,
           sizeof(checkpoint.origin));
    buf_init(&text, NOTE_SIZE_MAX);
    checkpoint_format(&text, &checkpoint);
    effect = buf_failed(&text) ? NULL : emit(node, EFFECT_SIGN);
    if (effect != NULL) {
        own->signing = true;
        own->sign_token = node_token(node);
        own->sign_mark = *at;
        effect->sign.token = own->sign_token;
        effect->sign.kind = SIGN_CHECKPOINT;
        effect->sign.origin = own->current->origin;
        effect->sign.size = at->size;
        effect->sign.root = at->root;
        effect->sign.text = effects_copy(node->out, buf_span(&text));
    }
    buf_done(&text);
}

/* The note: text, empty line, em dash, name, key id and signature. */
static void write_note(struct node *node, const struct signature *signature,
                       struct buf *note)
{
    struct own *own = &node->own;
    struct checkpoint checkpoint = { .size = own->sign_mark.size,
                                     .root = own->sign_mark.root };
    struct note_key key;
    uint8_t blob[4 + sizeof(signature->bytes)];

    memcpy(checkpoint.origin, own->current->origin.text,
           sizeof(checkpoint.origin));
    key_of_ledger(&own->current->origin, node->self->ledger.bytes, &key);
    memcpy(blob, key.id, sizeof(key.id));
    memcpy(blob + 4, signature->bytes, sizeof(signature->bytes));
    checkpoint_format(note, &checkpoint);
    buf_printf(note, "\n\xe2\x80\x94 %s ", key.name);
    buf_put_base64(note, span_of(blob, sizeof(blob)));
    buf_put_str(note, "\n");
}

/* A signature that does not verify never leaves: the key is not the roster's,
 * or memory is bad. */
static bool signature_good(struct node *node, struct span note)
{
    struct note_key key;
    struct note parsed;
    struct note_matches matches;
    struct checkpoint checkpoint;

    key_of_ledger(&node->own.current->origin, node->self->ledger.bytes, &key);
    return checkpoint_open(note, &key, 1, &parsed, &matches, &checkpoint,
                           NULL) == ERR_OK;
}

void own_signed(struct node *node, const struct event *event)
{
    struct own *own = &node->own;
    struct buf note;

    if (!own->signing || event->signed_.token != own->sign_token) {
        return; /* of a ledger that we left meanwhile */
    }
    own->signing = false;
    if (node->self == NULL) {
        return;
    }
    buf_init(&note, NOTE_SIZE_MAX);
    write_note(node, &event->signed_.signature, &note);
    if (buf_failed(&note)) {
        node->broken = true;
    } else if (!signature_good(node, buf_span(&note))) {
        own->phase = OWN_STOPPED;
        emit_alarm(node, ALARM_ERROR, "WRONG-NODE-KEY", NULL,
                   "a signature does not verify with the ledger key that the "
                   "roster gives this node; nothing more is registered");
    } else {
        own->signed_size = own->sign_mark.size;
        own_signed_root(node, own->sign_mark.size, &own->sign_mark.root);
        witness_checkpoint(node, own->current, &own->sign_mark, buf_span(&note),
                           span_of(NULL, 0));
        twins_grew(node, own->current, node->clock_s, true);
        own->current->seen_size = own->sign_mark.size;
        own->current->seen_root = own->sign_mark.root;
    }
    buf_done(&note);
}

void own_persisted(struct node *node)
{
    struct own *own = &node->own;

    if (own->current != NULL && own->phase != OWN_STOPPED && own->rule_met &&
        own->current->durable.checkpoint_size > 0) {
        if (own->phase != OWN_READY || own->order) {
            say_ready(node);
        }
    }
}

/* The newest state that may be signed. */
static const struct ledger_mark *signable(const struct node *node)
{
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_TWO_ROOTS) != 0) {
        return &node->own.current->now;
    }
#else
    (void)node;
#endif
    return &node->own.current->durable;
}

void own_pump(struct node *node)
{
    struct own *own = &node->own;
    const struct ledger *current;

    if (!own->rule_met || node->broken || !own_in_touch(node)) {
        return;
    }
    if (own->open_wanted && own->phase != OWN_STOPPED && !node->stopping) {
        open_ledger(node);
    }
    if (!own_allowed(node) || own->signing) {
        return;
    }
    current = own->current;
    if (own->phase == OWN_WAITING && current->durable.checkpoint_size > 0) {
        say_ready(node);
    }
    if (signable(node)->size > own->signed_size) {
        sign(node, signable(node));
        return;
    }
    if (current->durable.size == current->frontier.size &&
        own->signed_size == current->frontier.size && commit_room(node)) {
        append_group(node);
    }
}

bool own_idle(const struct node *node)
{
    return !node->own.signing;
}
