/* SPDX-License-Identifier: Apache-2.0 */
#include "core/twins.h"

#include <stdio.h>

#include "core/alarms.h"
#include "core/checked.h"
#include "core/ledgers.h"
#include "core/peer.h"

#define LOOK_MS 60000

/* ---- what is heard ---- */

/* How long ago, by our clock. */
static uint64_t age_ms(const struct node *node, uint64_t time_s)
{
    return time_s < node->clock_s ? (node->clock_s - time_s) * 1000 : 0;
}

bool twins_left_at(const struct node *node, const struct ledger *ledger,
                   uint64_t *ret_time_s)
{
    bool found = false;
    uint64_t first_s = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *other = node->ledgers[i];

        if (other == NULL || other == ledger || !ledger_names(other, ledger) ||
            !label_equal(&other->owner, &ledger->owner)) {
            continue;
        }
        if (!found || other->open_time < first_s) {
            first_s = other->open_time;
        }
        found = true;
    }
    if (found) {
        *ret_time_s = first_s;
    }
    return found;
}

static void hear(struct node *node, struct ledger *ledger, uint64_t time_s,
                 bool now)
{
    struct ledger_voice *voice = &ledger->voice;
    uint64_t ms = now ? 0 : age_ms(node, time_s);

    node->twins_look = true;
    if (!voice->spoke || ms < node->now_ms - voice->spoke_ms) {
        voice->spoke = true;
        voice->spoke_ms = node->now_ms - ms;
    }
    if (time_s > voice->last_s) {
        voice->last_s = time_s;
    }
}

void twins_grew(struct node *node, struct ledger *ledger, uint64_t time_s,
                bool all)
{
    hear(node, ledger, time_s, ledger->voice.caught_up);
    ledger->voice.caught_up = ledger->voice.caught_up || all;
}

void twins_stated(struct node *node, const struct origin *origin,
                  uint64_t number, uint64_t time_s)
{
    struct ledger *ledger = ledger_find(node, origin);

    if (ledger == NULL || ledger->frontier.size == 0) {
        return;
    }
    if (number > ledger->voice.stated) {
        ledger->voice.stated = number;
    }
    hear(node, ledger, time_s, false);
}

bool twins_curious(const struct node *node, const struct ledger *ledger,
                   uint64_t number)
{
    return number > ledger->voice.stated && ledger_left(node, ledger);
}

enum err twins_load(struct node *node, struct ledger *ledger,
                    const struct source *source)
{
    struct buf leaf;
    enum err err;

    buf_init(&leaf, LEAF_SIZE_MAX);
    err = source->leaf(source->ctx, ledger->number, ledger->durable.size - 1,
                       &leaf);
    if (err == ERR_OK &&
        record_parse(buf_span(&leaf), &node->record, NULL) == ERR_OK &&
        node->record.kind != RECORD_UNREADABLE) {
        hear(node, ledger, node->record.time, false);
    }
    buf_done(&leaf);
    return err;
}

/* ---- how many voices ---- */

/* Is it signed with the key that the roster in force gives its node? */
static bool has_current_key(const struct node *node,
                            const struct ledger *ledger)
{
    const struct roster_node *now =
        roster_find_node(node->roster, label_span(&ledger->owner));
    const struct roster_node *then;
    const struct roster *roster;
    struct ledger_keys keys;

    if (now == NULL ||
        !checked_keys(node, &ledger->origin, buf_span(&ledger->witness.note),
                      &keys, &roster)) {
        return false;
    }
    then = roster_find_node(roster, label_span(&ledger->owner));
    return then != NULL && public_key_equal(&then->ledger, &now->ledger);
}

static bool speaks(const struct node *node, const struct ledger *ledger)
{
    const struct ledger_voice *voice = &ledger->voice;
    uint64_t left_s;

    if (!voice->spoke || ledger->frontier.size == 0) {
        return false;
    }
    if (!twins_left_at(node, ledger, &left_s)) {
        return node->now_ms - voice->spoke_ms < TWINS_SILENT_MS;
    }
    return voice->last_s > left_s && voice->last_s - left_s > LEFT_S &&
           age_ms(node, voice->last_s) < TWINS_SILENT_MS;
}

/* The first two ledgers that speak with this node's key; how many there are,
 * up to two. Signatures are looked at only when there may be two. */
static size_t find_voices(const struct node *node, const struct label *label,
                          const struct ledger *voices[static 2])
{
    const struct ledger *candidates[LEDGERS_PER_NODE_MAX];
    size_t candidate_count = 0;
    size_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];

        if (ledger != NULL && label_equal(&ledger->owner, label) &&
            candidate_count < LEDGERS_PER_NODE_MAX && speaks(node, ledger)) {
            candidates[candidate_count] = ledger;
            candidate_count++;
        }
    }
    for (size_t i = 0; candidate_count >= 2 && i < candidate_count && count < 2;
         i++) {
        if (has_current_key(node, candidates[i])) {
            voices[count] = candidates[i];
            count++;
        }
    }
    return count;
}

bool twins_found(const struct node *node, const struct label *label)
{
    uint32_t slot = peer_find(node, label);

    return slot != SLOT_NONE ? node->peers[slot].twins
                             : node->twins && label_equal(label, &node->label);
}

static bool look(struct node *node, const struct label *label, bool before)
{
    const struct ledger *voices[2];
    bool found = find_voices(node, label, voices) == 2;
    char subject[SUBJECT_SIZE];

    if (!found && !before) {
        return false;
    }
    (void)snprintf(subject, sizeof(subject), "node=%s", label->text);
    if (found) {
        alarm_set(node, true, "TWINS", subject,
                  "two machines speak with its key, in %s and in %s; what it "
                  "states counts for nothing until it has a new key or one of "
                  "them is silent for a day",
                  voices[0]->origin.text, voices[1]->origin.text);
    } else {
        alarm_clear(node, "TWINS", subject);
    }
    if (found != before) {
        node->statements.changed = true; /* what counts is counted anew */
    }
    return found;
}

void twins_pump(struct node *node)
{
    if (!node->twins_look && node->now_ms < node->twins_at_ms) {
        node_due(node, node->twins_at_ms);
        return;
    }
    node->twins_look = false;
    node->twins_at_ms = node->now_ms + LOOK_MS;
    node_due(node, node->twins_at_ms);
    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        struct peer *peer = &node->peers[i];

        if (peer->used) {
            peer->twins = look(node, &peer->label, peer->twins);
        }
    }
    node->twins = look(node, &node->label, node->twins);
}
