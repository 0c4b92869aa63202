/* SPDX-License-Identifier: Apache-2.0 */
#include "core/membership.h"

#include <inttypes.h>
#include <string.h>

#include "core/alarms.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/ledgers.h"
#include "core/peer.h"

#define ROSTERS_PER_ASK 8
#define RETRY_MS 10000
#define LIAR_MS 60000

/* Store what changed with a new roster: those in force after `before` under
 * their version, and all that are not under their hash (number 0), so that both
 * sides of a fork stay. */
static void store_new(struct node *node, const struct roster *before)
{
    for (size_t i = 0; i < node->chain->count; i++) {
        const struct roster_entry *entry = &node->chain->entries[i];
        const struct roster *roster = entry->roster;
        char name[2 * DIGEST_SIZE + 1];

        if (!entry->in_force) {
            hex_format(name, roster->hash.bytes, DIGEST_SIZE);
            commit_note(node, NOTE_ROSTER, span_str(name), 0,
                        buf_span(&entry->note));
        } else if (roster != before && roster->version >= before->version) {
            commit_note(node, NOTE_ROSTER, span_of(NULL, 0), roster->version,
                        buf_span(&entry->note));
        }
    }
}

/* Add one note to the chain and to the batch. */
static enum err add_note(struct node *node, struct span note, struct why *why)
{
    struct roster_chain *chain = node->chain;
    const struct roster *before = roster_chain_newest(chain);
    bool added = false;
    enum err err = roster_chain_add(chain, note, &added, why);

    if (err != ERR_OK || !added) {
        return err;
    }
    store_new(node, before);
    node->roster_seq = node->commit.seq;
    return ERR_OK;
}

void membership_file(struct node *node, const struct event *event)
{
    struct span file = event->roster.chain;
    struct span note = roster_file_next_note(&file);

    while (note.size > 0) {
        struct why why = { "" };

        if (add_note(node, note, &why) != ERR_OK) {
            emit_alarm(node, ALARM_WARNING, "ROSTER-REFUSED", NULL,
                       "a roster of the file is not taken: %s", why.text);
            return;
        }
        note = roster_file_next_note(&file);
    }
}

enum note_fate membership_take(struct node *node, uint32_t slot,
                               struct span note)
{
    size_t before = node->chain->count;
    struct why why = { "" };

    if (add_note(node, note, &why) != ERR_OK) {
        if (slot != SLOT_NONE) {
            peer_complain(node, &node->peers[slot], COMPLAINT_ROSTER,
                          "a roster from it is not taken: %s", why.text);
        }
        return NOTE_REFUSED;
    }
    return node->chain->count > before ? NOTE_TAKEN : NOTE_KNOWN;
}

bool membership_has(const struct node *node, const struct digest *hash)
{
    return roster_chain_find(node->chain, hash) != NULL;
}

void membership_durable(struct node *node)
{
    const struct roster_chain *chain = node->chain;

    node->others_count = 0;
    for (size_t i = chain->count; i-- > 0;) {
        if (!chain->entries[i].in_force &&
            node->others_count < SYNC_OTHERS_MAX) {
            node->others[node->others_count++] = chain->entries[i].roster->hash;
        }
    }
}

size_t membership_others(const struct node *node,
                         struct digest others[static SYNC_OTHERS_MAX])
{
    memcpy(others, node->others, sizeof(node->others));
    return node->others_count;
}

void membership_answered(struct node *node, const struct ask *ask,
                         const struct msg_get_notes_reply *reply)
{
    struct peer *peer = &node->peers[ask->peer];

    peer->roster_at_ms = node->now_ms + RETRY_MS;
    for (size_t i = 0; reply != NULL && i < reply->count; i++) {
        struct why why = { "" };
        enum err err;

        if (reply->notes[i].size == 0) {
            return;
        }
        err = add_note(node, reply->notes[i], &why);
        if (err == ERR_NOT_FOUND) {
            return; /* what it follows is out of force, and comes by its hash */
        }
        if (err != ERR_OK) {
            peer->roster_at_ms = node->now_ms + LIAR_MS;
            peer_complain(node, peer, COMPLAINT_ROSTER,
                          "a roster from it is not taken: %s", why.text);
            return;
        }
        peer->roster_at_ms = node->now_ms;
    }
}

void membership_persisted(struct node *node)
{
    const struct roster *newest = roster_chain_newest(node->chain);

    if (node->roster_seq == 0 || node->roster_seq > node->commit.durable_seq) {
        return;
    }
    node->roster_seq = 0;
    membership_durable(node);
    if (newest == node->roster) {
        news_changed(node, true); /* one more that is out of force */
        return;
    }
    node->roster = newest;
    peers_sync_roster(node);
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];

        peer->missed = peer->missed || peer->told_strangers;
        peer->told_strangers = false;
    }
    news_changed(node, true);
    (void)emit(node, EFFECT_ROSTER);
    emit_alarm(node, ALARM_INFO, "ROSTER-NEW", NULL,
               "version %" PRIu64 " with %zu nodes is in force",
               newest->version, newest->node_count);
    if (node->self == NULL) {
        emit_alarm(node, ALARM_ERROR, "NOT-ON-ROSTER", NULL,
                   "this node is not on roster version %" PRIu64
                   "; it registers nothing and fetches nothing",
                   newest->version);
    }
}

static void ask_rosters(struct node *node, uint32_t slot, uint64_t from,
                        uint64_t to)
{
    size_t count = to - from + 1 < ROSTERS_PER_ASK ? (size_t)(to - from + 1)
                                                   : ROSTERS_PER_ASK;
    struct note_ref *refs = emit_alloc(node, count * sizeof(*refs));
    struct message *message;
    struct ask *ask = refs == NULL ? NULL
                                   : ask_begin(node, slot, ASK_ROSTERS,
                                               MESSAGE_GET_NOTES, &message);

    if (ask == NULL) {
        return;
    }
    ask->from = from;
    for (size_t i = 0; i < count; i++) {
        refs[i].kind = NOTE_ROSTER;
        refs[i].number = from + i;
    }
    message->get_notes.refs = refs;
    message->get_notes.count = count;
    node->peers[slot].roster_at_ms = UINT64_MAX; /* until it is answered */
}

static void look_for_fork(struct node *node)
{
    if (node->chain->forked) {
        alarm_set(node, true, "ROSTER-FORK", NULL,
                  "two rosters stand against each other; version %" PRIu64
                  " stays in force here until a roster heals it",
                  roster_chain_newest(node->chain)->version);
    } else {
        alarm_clear(node, "ROSTER-FORK", NULL);
    }
}

void membership_pump(struct node *node)
{
    uint64_t have = roster_chain_newest(node->chain)->version;

    look_for_fork(node);
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];

        if (!peer->used || !peer->connected || node->stopping ||
            peer->roster_version <= have) {
            continue;
        }
        if (node->now_ms < peer->roster_at_ms) {
            node_due(node, peer->roster_at_ms);
            continue;
        }
        ask_rosters(node, i, have + 1, peer->roster_version);
    }
}
