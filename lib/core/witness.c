/* SPDX-License-Identifier: Apache-2.0 */
#include "core/witness.h"

#include <inttypes.h>
#include <stdio.h>

#include "core/alarms.h"
#include "core/checked.h"
#include "core/clock.h"
#include "core/commit.h"
#include "core/cosigned.h"
#include "core/forks.h"
#include "core/kept.h"
#include "core/ledgers.h"
#include "core/lines.h"
#include "core/own_rule.h"

#define LINES_LINGER_MS 300
#define LINES_PERIOD_MS 10000
#define LINES_PER_PERIOD_MAX 4096
#define DAY_MS 86400000ULL
#define HOUR_S 3600

/* The newest checkpoint taken apart, and the keys that judge it. */
struct newest {
    struct note note;
    struct ledger_keys keys;
};

static bool take_apart(const struct node *node, const struct ledger *ledger,
                       struct newest *ret)
{
    struct span bytes = buf_span(&ledger->witness.note);

    return bytes.size > 0 &&
           note_parse(bytes, NOTE_SIZE_MAX, &ret->note, NULL) == ERR_OK &&
           checked_keys(node, &ledger->origin, bytes, &ret->keys, NULL);
}

static bool has_ours(const struct node *node, const struct newest *newest)
{
    struct note_matches matches;

    lines_read(&newest->note, &newest->keys, &matches);
    for (size_t i = 0; i < matches.count && node->self != NULL; i++) {
        const struct note_key *key = &newest->keys.keys[matches.matches[i].key];

        if (public_key_equal(&key->public_key, &node->self->witness)) {
            return true;
        }
    }
    return false;
}

/* ---- saving ---- */

static void keep(struct node *node, struct ledger *ledger, uint64_t time_s)
{
    struct ledger_witness *witness = &ledger->witness;
    uint64_t size = ledger->now.checkpoint_size;
    uint64_t hour = time_s / HOUR_S;

    commit_note(node, NOTE_COSIGNATURE, origin_span(&ledger->origin), size,
                buf_span(&witness->note));
    witness->waits = false;
    if (size <= witness->kept_size) {
        return;
    }
    if (witness->history_end == 0) { /* the first one since the start */
        witness->history_next = witness->kept_size + 1;
        witness->history_end = size;
        witness->history_hour = witness->kept_hour;
        witness->lacks_history =
            size > witness->history_next &&
            (witness->kept_size == 0 || hour != witness->kept_hour);
    }
    if (witness->kept_size != 0 && !witness->kept_first) {
        struct batch_op gone = { .kind = BATCH_NOTE_GONE,
                                 .level = NOTE_COSIGNATURE,
                                 .index = witness->kept_size };

        commit_add(node, &gone, origin_span(&ledger->origin), span_of(NULL, 0));
    }
    witness->kept_first = witness->kept_size == 0 || hour != witness->kept_hour;
    witness->kept_size = size;
    witness->kept_hour = hour;
}

static void save(struct node *node, struct ledger *ledger)
{
    struct newest newest;
    struct note_matches matches;
    uint64_t time_s;

    ledger->witness.unsaved = false;
    if (!take_apart(node, ledger, &newest)) {
        return; /* no roster knows the ledger's key any more */
    }
    ledger_lines(node, ledger, lines_hash(&newest.note, &newest.keys),
                 buf_span(&ledger->witness.note));
    lines_read(&newest.note, &newest.keys, &matches);
    if (proven_time(&newest.keys, &matches, &time_s)) {
        keep(node, ledger, time_s);
    }
}

/* ---- taking ---- */

size_t witness_lines(struct node *node, struct ledger *ledger,
                     struct span bytes)
{
    struct ledger_witness *witness = &ledger->witness;
    struct newest newest;
    struct note other;
    struct buf merged;
    size_t gained = 0;
    enum err err;

    if (note_parse(bytes, NOTE_SIZE_MAX, &other, NULL) != ERR_OK ||
        (other.line_count == 1 &&
         span_is(other.lines[0].name, ledger->origin.text)) ||
        !take_apart(node, ledger, &newest)) {
        return 0;
    }
    buf_init(&merged, NOTE_SIZE_MAX);
    err = lines_merge(&newest.note, &other, &newest.keys, clock_latest_s(node),
                      &merged, &gained);
    if (err != ERR_OK || gained == 0) {
        buf_done(&merged);
        return 0;
    }
    buf_done(&witness->note);
    witness->note = merged;
    if (!witness->unsaved) {
        witness->unsaved = true;
        witness->save_at_ms = node->now_ms + LINES_LINGER_MS;
    }
    if (take_apart(node, ledger, &newest)) {
        witness->ours = has_ours(node, &newest);
    }
    cosigned_seen(node, ledger, buf_span(&witness->note));
    return gained;
}

void witness_checkpoint(struct node *node, struct ledger *ledger,
                        const struct ledger_mark *at, struct span note,
                        struct span with_lines)
{
    struct ledger_witness *witness = &ledger->witness;

    if (witness->unsaved) {
        save(node, ledger); /* it may be a witnessed one */
    }
    buf_clear(&witness->note);
    buf_put(&witness->note, note);
    if (buf_failed(&witness->note)) {
        node->broken = true;
        return;
    }
    witness->ours = false;
    witness->grown_ms = node->now_ms;
    witness->not_before_ms = 0;
    if (witness->due_s == 0) {
        witness->due_s = node->clock_s;
    }
    if (!witness->waits) {
        witness->waits = true;
        witness->waits_ms = node->now_ms;
    }
    ledger_checkpoint(node, ledger, at, note);
    if (with_lines.size > note.size &&
        witness_lines(node, ledger, with_lines) > 0) {
        save(node, ledger); /* in the same batch */
    }
}

static void note_seen(struct ledger *ledger,
                      const struct checkpoint *checkpoint)
{
    if (checkpoint->size > ledger->seen_size) {
        ledger->seen_size = checkpoint->size;
        ledger->seen_root = checkpoint->root;
    }
}

/* Each line costs a signature: so many are looked at for one peer in a while.
 * What is left out comes from another, or when it changes. */
static bool may_look(struct node *node, uint32_t slot, struct span bytes)
{
    struct peer *peer = slot == SLOT_NONE ? NULL : &node->peers[slot];
    struct note note;

    if (peer == NULL) {
        return true;
    }
    if (node->now_ms - peer->lines_ms >= LINES_PERIOD_MS) {
        peer->lines_ms = node->now_ms;
        peer->lines = 0;
    }
    if (note_parse(bytes, NOTE_SIZE_MAX, &note, NULL) != ERR_OK) {
        return true; /* it is refused */
    }
    peer->lines += (unsigned)note.line_count;
    return peer->lines <= LINES_PER_PERIOD_MAX;
}

/* A second root of the size of our newest checkpoint. */
static enum note_fate other_root(struct node *node, uint32_t slot,
                                 struct ledger *ledger,
                                 const struct checkpoint *checkpoint,
                                 struct span note)
{
    if (ledger == node->own.current) {
        struct head head = { .origin = ledger->origin,
                             .size = checkpoint->size,
                             .root = checkpoint->root };

        if (slot != SLOT_NONE) {
            own_head(node, slot, &head); /* our key, not our store */
        }
        return NOTE_KNOWN;
    }
    forks_found(node, ledger, buf_span(&ledger->witness.note), note,
                &checkpoint->root, NULL, 0);
    return NOTE_TAKEN;
}

enum note_fate witness_take(struct node *node, uint32_t slot,
                            const struct origin *origin, struct span bytes)
{
    struct ledger *ledger = ledger_find(node, origin);
    struct checkpoint checkpoint;
    enum note_fate fate = NOTE_KNOWN;
    struct buf note;

    buf_init(&note, NOTE_SIZE_MAX);
    if (!may_look(node, slot, bytes)) {
        fate = NOTE_KNOWN;
    } else if (!checked_checkpoint(node, origin, bytes, &checkpoint, &note)) {
        fate = NOTE_REFUSED;
    } else if (ledger == NULL) {
        fate = NOTE_KNOWN; /* it comes with its leaves */
    } else if (checkpoint.size == ledger->now.checkpoint_size) {
        if (!digest_equal(&checkpoint.root, &ledger->now.checkpoint_root)) {
            fate = other_root(node, slot, ledger, &checkpoint, buf_span(&note));
        } else if (witness_lines(node, ledger, bytes) > 0) {
            fate = NOTE_TAKEN;
        }
    } else if (ledger != node->own.current &&
               checkpoint.size == ledger->now.size &&
               ledger->now.checkpoint_size < checkpoint.size &&
               digest_equal(&checkpoint.root, &ledger->now.root)) {
        /* The one that we lacked for leaves that we have. */
        note_seen(ledger, &checkpoint);
        witness_checkpoint(node, ledger, &ledger->now, buf_span(&note), bytes);
        fate = NOTE_TAKEN;
    } else if (ledger != node->own.current &&
               forks_look_below(node, ledger, &checkpoint, buf_span(&note))) {
        fate = NOTE_TAKEN;
    } else {
        note_seen(ledger, &checkpoint);
    }
    buf_done(&note);
    return fate;
}

enum err witness_load(struct node *node, struct ledger *ledger,
                      const struct source *source, struct span note)
{
    struct ledger_witness *witness = &ledger->witness;
    struct newest newest;
    uint64_t age_s = 0;
    enum err err;

    buf_put(&witness->note, note);
    if (buf_failed(&witness->note)) {
        return witness->note.err;
    }
    witness->grown_ms = node->now_ms;
    witness->due_s = node->clock_s;
    if (take_apart(node, ledger, &newest)) {
        ledger->durable.lines = lines_hash(&newest.note, &newest.keys);
        witness->ours = has_ours(node, &newest);
    }
    cosigned_seen(node, ledger, note);
    err = kept_load(node, ledger, source, &age_s);
    if (err == ERR_OK && witness->kept_size < ledger->durable.checkpoint_size) {
        witness->waits = true;
        witness->waits_ms = node->now_ms - age_s * 1000;
    }
    return err;
}

/* ---- the pump ---- */

/* Does the roster want its checkpoints witnessed? */
static bool wants_witnesses(const struct node *node,
                            const struct ledger *ledger)
{
    return node->roster->cosigners > 0 && !ledger->frozen &&
           ledger->witness.waits &&
           roster_find_node(node->roster, label_span(&ledger->owner)) != NULL;
}

static void look_for_unwitnessed(struct node *node)
{
    const struct ledger *first = NULL;
    size_t count = 0;

    for (size_t i = 0; i < node->ledgers_end; i++) {
        const struct ledger *ledger = node->ledgers[i];
        uint64_t age_ms;

        if (ledger == NULL || !wants_witnesses(node, ledger)) {
            continue;
        }
        age_ms = node->now_ms - ledger->witness.waits_ms;
        if (age_ms < DAY_MS) {
            node_due(node, node->now_ms + (DAY_MS - age_ms));
            continue;
        }
        first = first == NULL || ledger->own ? ledger : first;
        count++;
    }
    if (count == 0) {
        alarm_clear(node, "UNWITNESSED", NULL);
        return;
    }
    alarm_set(node, false, "UNWITNESSED", NULL,
              "records of %zu ledgers have not been cosigned by %" PRIu64
              " other members for a day, among them %s; their time is not "
              "proven",
              count, node->roster->cosigners, first->origin.text);
}

/* A checkpoint that its owner signed, and for which nobody shows the leaves. */
static void look_for_unproved(struct node *node, struct ledger *ledger)
{
    struct ledger_witness *witness = &ledger->witness;
    bool ahead =
        ledger->seen_size > ledger->durable.checkpoint_size && !ledger->frozen;
    char subject[sizeof(ledger->origin.text) + 8];

    if (!ahead && !witness->ahead) {
        return;
    }
    (void)snprintf(subject, sizeof(subject), "ledger=%s", ledger->origin.text);
    if (!ahead) {
        witness->ahead = false;
        alarm_clear(node, "UNPROVED", subject);
        return;
    }
    if (!witness->ahead) {
        witness->ahead = true;
        witness->ahead_ms = node->now_ms;
    }
    if (node->now_ms - witness->ahead_ms < DAY_MS) {
        node_due(node, witness->ahead_ms + DAY_MS);
        return;
    }
    alarm_set(node, true, "UNPROVED", subject,
              "its owner signed %" PRIu64 " leaves and nobody has shown for a "
              "day that they continue the %" PRIu64 " held here",
              ledger->seen_size, ledger->durable.checkpoint_size);
}

void witness_pump(struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        struct ledger *ledger = node->ledgers[i];

        if (ledger == NULL) {
            continue;
        }
        look_for_unproved(node, ledger);
        if (!ledger->witness.unsaved) {
            continue;
        }
        if (node->now_ms >= ledger->witness.save_at_ms || node->stopping) {
            save(node, ledger);
        } else {
            node_due(node, ledger->witness.save_at_ms);
        }
    }
    look_for_unwitnessed(node);
}
