/* SPDX-License-Identifier: Apache-2.0 */
#include "core/notes.h"

#include <string.h>

#include "core/emit.h"
#include "core/forks.h"
#include "core/membership.h"
#include "core/note_fate.h"
#include "core/peer.h"
#include "core/push.h"
#include "core/statements.h"
#include "core/witness.h"

#define RETRY_MS 10000

/* ---- what was exchanged ---- */

/* A name for one state of one text: the first bytes of a hash. */
static uint64_t note_key(const struct note_ref *ref, uint64_t state)
{
    uint64_t numbers[3] = { (uint64_t)ref->kind, ref->number, state };
    struct digest digest = digest_of_parts(
        (const struct span[]){ span_of(numbers, sizeof(numbers)), ref->name },
        2);
    uint64_t key;

    memcpy(&key, digest.bytes, sizeof(key));
    return key;
}

static bool is_done(const struct peer *peer, uint64_t key)
{
    for (size_t i = 0; i < NOTES_DONE_MAX && i < peer->notes_done_count; i++) {
        if (peer->notes_done[i] == key) {
            return true;
        }
    }
    return false;
}

static void set_done(struct peer *peer, uint64_t key)
{
    if (!is_done(peer, key)) {
        peer->notes_done[peer->notes_done_count % NOTES_DONE_MAX] = key;
        peer->notes_done_count++;
    }
}

/* ---- lists of texts ---- */

/* References for one request, each with its key; names are borrowed. */
struct list {
    size_t count;
    struct note_ref refs[NOTES_PER_ASK];
    uint64_t keys[NOTES_PER_ASK];
    char names[NOTES_PER_ASK][2 * DIGEST_SIZE + 1]; /* labels and hashes */
};

static void list_add(struct list *list, const struct peer *peer,
                     struct note_ref ref, uint64_t state)
{
    uint64_t key = note_key(&ref, state);

    if (list->count < NOTES_PER_ASK && !is_done(peer, key)) {
        list->refs[list->count] = ref;
        list->keys[list->count] = key;
        list->count++;
    }
}

/* Cosignatures of a head that both hold, and that differ: to be asked for, or
 * `ours`, to be brought. The same witnesses cosign one size after the other, so
 * the size is part of what is exchanged; what the receiver has is not, since it
 * only adds what it lacks. */
static void list_lines(const struct node *node, uint32_t slot, bool ours,
                       struct list *list)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        uint32_t lines;

        if (ledger == NULL || ledger->peer_lines[slot] == ledger->lines ||
            ledger->durable.checkpoint_size == 0 ||
            ledger->peer_size[slot] != ledger->durable.checkpoint_size) {
            continue;
        }
        lines = ours ? ledger->lines : ledger->peer_lines[slot];
        if (lines != 0) {
            list_add(list, &node->peers[slot],
                     (struct note_ref){ .kind = NOTE_CHECKPOINT,
                                        .name = origin_span(&ledger->origin) },
                     (uint64_t)lines << 32 ^ ledger->durable.checkpoint_size ^
                         (ours ? UINT64_MAX : 0));
        }
    }
}

/* Our checkpoint, to a peer whose larger ledger does not go on from it, which
 * only he can prove (core/prefix.h). */
static void list_blind(const struct node *node, uint32_t slot,
                       struct list *list)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        uint64_t state;

        if (ledger == NULL || (ledger->blind >> slot & 1) == 0 ||
            ledger->frozen) {
            continue;
        }
        memcpy(&state, ledger->durable.checkpoint_root.bytes, sizeof(state));
        list_add(list, &node->peers[slot],
                 (struct note_ref){ .kind = NOTE_CHECKPOINT,
                                    .name = origin_span(&ledger->origin) },
                 state);
    }
}

/* Fork proofs that one of us has: `ours`, those that the peer lacks. */
static void list_forks(const struct node *node, uint32_t slot, bool ours,
                       struct list *list)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->has_fork != ledger->peer_forked[slot] &&
            ledger->has_fork == ours &&
            (ours ? ledger->peer_size[slot] > 0 : !ledger->now.forked)) {
            list_add(list, &node->peers[slot],
                     (struct note_ref){ .kind = NOTE_FORK,
                                        .name = origin_span(&ledger->origin) },
                     0);
        }
    }
}

/* A roster that is not in force, by its hash. */
static void list_other(const struct node *node, uint32_t slot,
                       const struct digest *hash, struct list *list)
{
    struct note_ref ref = { .kind = NOTE_ROSTER };

    if (list->count == NOTES_PER_ASK) {
        return;
    }
    hex_format(list->names[list->count], hash->bytes, DIGEST_SIZE);
    ref.name = span_str(list->names[list->count]);
    list_add(list, &node->peers[slot], ref, 0);
}

static uint64_t statement_state(const struct statement_ref *statement)
{
    struct digest digest = digest_of_parts(
        (const struct span[]){
            origin_span(&statement->ledger),
            span_of(&statement->number, sizeof(statement->number)) },
        2);
    uint64_t state;

    memcpy(&state, digest.bytes, sizeof(state));
    return state;
}

static void list_statement(const struct peer *peer,
                           const struct statement_ref *statement,
                           struct list *list)
{
    struct note_ref ref = { .kind = NOTE_STATEMENT };

    if (list->count == NOTES_PER_ASK) {
        return;
    }
    strcpy(list->names[list->count], statement->node.text);
    ref.name = span_str(list->names[list->count]);
    list_add(list, peer, ref, statement_state(statement));
}

/* Statements are large, and everybody tells of the same: each is asked of one
 * peer at a time. */
static bool asked_of_another(const struct node *node, uint32_t slot,
                             const struct statement_ref *statement)
{
    struct note_ref ref = { .kind = NOTE_STATEMENT,
                            .name = label_span(&statement->node) };
    uint64_t key = note_key(&ref, statement_state(statement));

    for (size_t i = 0; i < ASK_COUNT_MAX; i++) {
        const struct ask *ask = &node->asks[i];

        for (size_t j = 0; ask->purpose == ASK_NOTES && ask->peer != slot &&
                           j < ask->notes_count;
             j++) {
            if (ask->notes[j] == key) {
                return true;
            }
        }
    }
    return false;
}

/* Did this peer tell of this very one? */
static bool told_of(const struct peer *peer,
                    const struct statement_ref *statement)
{
    for (size_t i = 0; i < peer->statements_count; i++) {
        const struct statement_ref *told = &peer->statements[i];

        if (label_equal(&told->node, &statement->node)) {
            return told->number == statement->number &&
                   origin_equal(&told->ledger, &statement->ledger);
        }
    }
    return false;
}

/* Of another roster that is in force there in the place of one of ours: the
 * chain is forked. (Later versions are asked for by core/membership.h.) */
static void list_rival(const struct node *node, uint32_t slot,
                       struct list *list)
{
    const struct peer *peer = &node->peers[slot];
    uint64_t state;

    memcpy(&state, peer->roster_hash.bytes, sizeof(state));
    if (peer->roster_version != 0 &&
        peer->roster_version <= node->roster->version &&
        !membership_has(node, &peer->roster_hash)) {
        list_add(list, peer,
                 (struct note_ref){ .kind = NOTE_ROSTER,
                                    .number = peer->roster_version },
                 state);
    }
}

/* What this peer's summary told of and we lack. */
static void list_lacking(const struct node *node, uint32_t slot,
                         struct list *list)
{
    const struct peer *peer = &node->peers[slot];

    list_lines(node, slot, false, list);
    list_forks(node, slot, false, list);
    for (size_t i = 0; i < peer->statements_count; i++) {
        if (statements_lacks(node, &peer->statements[i]) &&
            !asked_of_another(node, slot, &peer->statements[i])) {
            list_statement(peer, &peer->statements[i], list);
        }
    }
    list_rival(node, slot, list);
    for (size_t i = 0; i < peer->others_count; i++) {
        if (!membership_has(node, &peer->others[i])) {
            list_other(node, slot, &peer->others[i], list);
        }
    }
}

/* What we hold and this peer's summary did not tell of. */
static void list_offers(const struct node *node, uint32_t slot,
                        struct list *list)
{
    const struct peer *peer = &node->peers[slot];
    struct statement_ref statements[SYNC_STATEMENTS_MAX];
    struct digest others[SYNC_OTHERS_MAX];
    size_t count;

    for (uint64_t version = peer->roster_version + 1;
         version <= node->roster->version; version++) {
        list_add(list, peer,
                 (struct note_ref){ .kind = NOTE_ROSTER, .number = version },
                 0);
    }
    list_lines(node, slot, true, list);
    list_forks(node, slot, true, list);
    list_blind(node, slot, list);
    count = statements_told(node, statements);
    for (size_t i = 0; i < count; i++) {
        if (!told_of(peer, &statements[i])) {
            list_statement(peer, &statements[i], list);
        }
    }
    count = membership_others(node, others);
    for (size_t i = 0; i < count; i++) {
        list_other(node, slot, &others[i], list);
    }
}

/* ---- asking and bringing ---- */

static struct note_ref *copy_refs(struct node *node, const struct list *list)
{
    struct note_ref *refs = emit_alloc(node, list->count * sizeof(*refs));

    for (size_t i = 0; refs != NULL && i < list->count; i++) {
        refs[i] = list->refs[i];
        refs[i].name = effects_copy(node->out, list->refs[i].name);
    }
    return refs;
}

static void remember(struct ask *ask, const struct list *list)
{
    ask->notes_count = list->count;
    memcpy(ask->notes, list->keys, list->count * sizeof(ask->notes[0]));
}

static bool under_way(const struct node *node, uint32_t slot,
                      enum ask_purpose purpose)
{
    for (size_t i = 0; i < ASK_COUNT_MAX; i++) {
        if (node->asks[i].purpose == purpose && node->asks[i].peer == slot) {
            return true;
        }
    }
    return false;
}

/* False: there is something, and no request could begin. */
static bool ask_notes(struct node *node, uint32_t slot)
{
    struct list list = { .count = 0 };
    struct note_ref *refs;
    struct message *message;
    struct ask *ask;

    list_lacking(node, slot, &list);
    if (list.count == 0) {
        return true;
    }
    refs = copy_refs(node, &list);
    ask = refs == NULL
              ? NULL
              : ask_begin(node, slot, ASK_NOTES, MESSAGE_GET_NOTES, &message);
    if (ask != NULL) {
        message->get_notes.refs = refs;
        message->get_notes.count = list.count;
        remember(ask, &list);
    }
    return ask != NULL;
}

static bool bring_notes(struct node *node, uint32_t slot)
{
    struct list list = { .count = 0 };
    struct note_ref *refs;
    struct message *what;
    struct effect *effect;
    struct ask *ask;

    list_offers(node, slot, &list);
    if (list.count == 0) {
        return true;
    }
    refs = copy_refs(node, &list);
    ask = refs == NULL ? NULL
                       : push_begin(node, slot, ASK_PUT_NOTES,
                                    MESSAGE_GET_NOTES, &what, &effect);
    if (ask != NULL) {
        what->get_notes.refs = refs;
        what->get_notes.count = list.count;
        remember(ask, &list);
    }
    return ask != NULL;
}

/* ---- what came ---- */

static enum note_fate take_note(struct node *node, uint32_t slot,
                                const struct note_ref *ref, struct span note)
{
    struct origin origin;

    switch (ref->kind) {
    case NOTE_ROSTER:
        return membership_take(node, slot, note);
    case NOTE_CHECKPOINT:
        return origin_parse(ref->name, &origin) != ERR_OK
                   ? NOTE_REFUSED
                   : witness_take(node, slot, &origin, note);
    case NOTE_FORK:
        return forks_take(node, slot, note);
    case NOTE_STATEMENT:
        return statements_take(node, slot, note);
    case NOTE_COSIGNATURE:
    case NOTE_COSIGNED:
    case NOTE_QUOTA:
    case NOTE_CHECKS:
    case NOTE_SEEN:
    case NOTE_DAY:
    case NOTE_INCIDENT:
    case NOTE_REPAIR:
    case NOTE_SCRUB:
        break;
    }
    return NOTE_REFUSED;
}

/* Which of our questions an answer belongs to follows from the state now: the
 * list is made again, and what is no longer in it is not looked at. */
void notes_answered(struct node *node, const struct ask *ask,
                    const struct msg_get_notes_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];
    struct list list = { .count = 0 };

    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        node->peers[i].notes_look = true; /* what it did not give */
    }
    if (!peer->used) {
        return;
    }
    if (reply == NULL || reply->count != ask->notes_count) {
        peer->notes_at_ms = node->now_ms + RETRY_MS;
        return;
    }
    list_lacking(node, ask->peer, &list);
    for (size_t i = 0; i < ask->notes_count; i++) {
        for (size_t j = 0; j < list.count; j++) {
            if (list.keys[j] == ask->notes[i] && reply->notes[i].size > 0) {
                (void)take_note(node, ask->peer, &list.refs[j],
                                reply->notes[i]);
            }
        }
        set_done(peer, ask->notes[i]);
    }
}

void notes_put_answered(struct node *node, const struct ask *ask,
                        const struct msg_put_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];

    if (!peer->used) {
        return;
    }
    peer->notes_look = true;
    if (reply == NULL) {
        peer->notes_at_ms = node->now_ms + RETRY_MS;
        return;
    }
    /* What was not held here after all has no result; it is offered again when
     * it changes. */
    for (size_t i = 0; i < ask->notes_count; i++) {
        if (i >= reply->count || reply->results[i] != PUT_NO_ROOM) {
            set_done(peer, ask->notes[i]);
        } else {
            peer->notes_at_ms = node->now_ms + RETRY_MS;
        }
    }
}

void notes_brought(struct node *node, const struct event *event)
{
    const struct msg_put_notes *put = &event->asked.message->put_notes;
    struct message *reply = emit_message(node, MESSAGE_PUT_NOTES, true);
    uint8_t *results = emit_alloc(node, put->count);
    uint32_t slot = event->asked.caller.kind == CALLER_NODE
                        ? peer_find(node, &event->asked.caller.node)
                        : SLOT_NONE;

    if (reply == NULL || results == NULL) {
        return;
    }
    for (size_t i = 0; i < put->count; i++) {
        enum note_fate fate =
            take_note(node, slot, &put->refs[i], put->notes[i]);

        results[i] = fate == NOTE_REFUSED ? PUT_REFUSED : PUT_TAKEN;
    }
    reply->put_reply.results = results;
    reply->put_reply.count = put->count;
    emit_answer(node, event->asked.request, reply);
}

/* ---- summaries ---- */

void notes_told(struct node *node, uint32_t slot,
                const struct msg_sync_reply *reply)
{
    struct peer *peer = &node->peers[slot];

    peer->summary_heard = true;
    peer->notes_look = true;
    if (peer->notes_instance != reply->instance) {
        peer->notes_instance = reply->instance;
        peer->notes_done_count = 0; /* it may have lost what it had */
    }
    peer->statements_count = reply->statements_count;
    for (size_t i = 0; i < reply->statements_count; i++) {
        peer->statements[i] = reply->statements[i];
    }
    peer->others_count = reply->others_count;
    for (size_t i = 0; i < reply->others_count; i++) {
        peer->others[i] = reply->others[i];
    }
}

void notes_equal(struct node *node, uint32_t slot)
{
    struct peer *peer = &node->peers[slot];

    peer->summary_heard = true;
    peer->notes_look = true;
    peer->others_count = membership_others(node, peer->others);
    peer->statements_count = statements_told(node, peer->statements);
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && ledger->durable.checkpoint_size > 0) {
            ledger->peer_lines[slot] = ledger->lines;
            ledger->peer_forked[slot] = ledger->has_fork;
        }
    }
}

void notes_pump(struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];

        if (!peer->used || !peer->connected || !peer->summary_heard ||
            node->stopping) {
            continue;
        }
        if (node->now_ms < peer->notes_at_ms) {
            node_due(node, peer->notes_at_ms);
            continue;
        }
        if (!peer->notes_look && peer->notes_news == node->news) {
            continue; /* nothing changed on either side */
        }
        if (under_way(node, i, ASK_NOTES) ||
            under_way(node, i, ASK_PUT_NOTES)) {
            continue; /* its end looks again */
        }
        peer->notes_news = node->news;
        peer->notes_look = !ask_notes(node, i);
        if (!push_needless(node, i) && !bring_notes(node, i)) {
            peer->notes_look = true;
        }
    }
}
