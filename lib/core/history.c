/* SPDX-License-Identifier: Apache-2.0 */
#include "core/history.h"

#include "core/checked.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/peer.h"

#define HOUR_S 3600

void history_init(struct node *node)
{
    buf_init(&node->history.note, NOTE_SIZE_MAX);
}

void history_done(struct node *node)
{
    buf_done(&node->history.note);
}

static struct ledger *in_hand(const struct node *node)
{
    return node->ledgers[node->history.ledger];
}

/* Go on with another peer. */
static void no_help(struct node *node)
{
    in_hand(node)->witness.history_tried |= 1u << node->history.peer;
    node->history.state = HISTORY_IDLE;
}

/* A note whose proven time is good: what of it is kept goes into history. */
static bool judge(struct node *node, const struct ledger *ledger,
                  struct span bytes)
{
    struct history *history = &node->history;
    struct ledger_keys keys;
    struct note_matches matches;
    struct checkpoint checkpoint;
    struct note note;

    if (!checked_keys(node, &ledger->origin, bytes, &keys, NULL) ||
        checkpoint_open(bytes, keys.keys, keys.count, &note, &matches,
                        &checkpoint, NULL) != ERR_OK ||
        checkpoint.size < ledger->witness.history_next ||
        !proven_time(&keys, &matches, &history->time_s)) {
        return false;
    }
    history->size = checkpoint.size;
    history->root = checkpoint.root;
    buf_clear(&history->note);
    return note_combine(&note, NULL, keys.keys, keys.count, &history->note) ==
           ERR_OK;
}

static void load_root(struct node *node)
{
    struct history *history = &node->history;
    struct want *want = emit_alloc(node, sizeof(*want));
    struct effect *effect = want == NULL ? NULL : emit(node, EFFECT_LOAD);

    history->state = HISTORY_IDLE;
    if (effect == NULL) {
        return;
    }
    history->state = HISTORY_ROOT;
    history->token = node_token(node);
    want->kind = WANT_ROOT;
    want->ledger = in_hand(node)->number;
    want->index = history->size;
    effect->load.token = history->token;
    effect->load.items = want;
    effect->load.count = 1;
}

void history_answered(struct node *node, const struct ask *ask,
                      const struct msg_get_notes_reply *reply)
{
    struct history *history = &node->history;
    struct ledger *ledger = in_hand(node);

    if (history->state != HISTORY_ASKED || ask->ledger != history->ledger) {
        return;
    }
    if (reply == NULL || reply->count != 1 || reply->notes[0].size == 0 ||
        !judge(node, ledger, reply->notes[0])) {
        no_help(node);
    } else if (history->size >= ledger->witness.history_end) {
        ledger->witness.lacks_history = false;
        history->state = HISTORY_IDLE;
    } else {
        load_root(node);
    }
}

static void keep(struct node *node)
{
    struct history *history = &node->history;
    struct ledger *ledger = in_hand(node);
    struct ledger_witness *witness = &ledger->witness;
    uint64_t hour = history->time_s / HOUR_S;

    if (hour != witness->history_hour) {
        commit_note(node, NOTE_COSIGNATURE, origin_span(&ledger->origin),
                    history->size, buf_span(&history->note));
    }
    witness->history_hour = hour;
    witness->history_next = history->size + 1;
    witness->lacks_history = witness->history_next < witness->history_end;
    history->state = HISTORY_IDLE;
}

bool history_loaded(struct node *node, const struct event *event)
{
    struct history *history = &node->history;
    const struct loaded_item *item = event->loaded.items;

    if (history->state != HISTORY_ROOT ||
        event->loaded.token != history->token) {
        return false;
    }
    if (event->loaded.items_count == 1 && item->err == ERR_OK &&
        digest_equal(&item->root, &history->root)) {
        keep(node);
    } else {
        no_help(node);
    }
    return true;
}

/* A peer that holds the ledger and was not asked in vain; SLOT_NONE. */
static uint32_t find_peer(const struct node *node, const struct ledger *ledger,
                          bool *ret_later)
{
    *ret_later = false;
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (!peer->used || (ledger->witness.history_tried >> i & 1) != 0) {
            continue;
        }
        *ret_later = true; /* it may come */
        if (peer->connected &&
            ledger->peer_size[i] >= ledger->witness.history_end) {
            return i;
        }
    }
    return SLOT_NONE;
}

static bool ask(struct node *node, struct ledger *ledger)
{
    struct history *history = &node->history;
    struct message *message;
    struct note_ref *ref;
    struct ask *ask;
    bool later;

    history->peer = find_peer(node, ledger, &later);
    if (history->peer == SLOT_NONE) {
        ledger->witness.lacks_history = later;
        return false;
    }
    ref = emit_alloc(node, sizeof(*ref));
    ask = ref == NULL ? NULL
                      : ask_begin(node, history->peer, ASK_HISTORY,
                                  MESSAGE_GET_NOTES, &message);
    if (ask == NULL) {
        return false; /* busy: with the next step */
    }
    ref->kind = NOTE_COSIGNATURE;
    ref->name = effects_copy(node->out, origin_span(&ledger->origin));
    ref->number = ledger->witness.history_next;
    message->get_notes.refs = ref;
    message->get_notes.count = 1;
    ask->ledger = ledger->slot;
    history->ledger = ledger->slot;
    history->state = HISTORY_ASKED;
    return true;
}

void history_pump(struct node *node)
{
    if (node->history.state != HISTORY_IDLE || node->stopping ||
        !commit_room(node)) {
        return;
    }
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->witness.lacks_history &&
            ledger->durable.size >= ledger->witness.history_end &&
            ask(node, ledger)) {
            return;
        }
    }
}
