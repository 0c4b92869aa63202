/* SPDX-License-Identifier: Apache-2.0 */
#include "core/repair.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "core/alarms.h"
#include "core/commit.h"
#include "core/emit.h"
#include "core/ledgers.h"
#include "core/placed.h"
#include "core/repair_kept.h"
#include "core/wants.h"

#define LINES_MAX 8 /* of one step; the others are in the book */
#define SUBJECT_SIZE 32

/* What one bad block did. */
struct harm {
    uint64_t items; /* that were held until now */
    size_t first;   /* index of the first of them in `users` */
};

void repair_done(struct node *node)
{
    free(node->repair.open);
    node->repair.open = NULL;
}

void repair_load(struct node *node, const struct source *source)
{
    repair_kept_load(node, source);
}

/* ---- what was found ---- */

static void subject_of(char subject[static SUBJECT_SIZE],
                       const struct block_id *name, bool header)
{
    char digits[2 * sizeof(name->bytes) + 1];

    hex_format(digits, name->bytes, sizeof(name->bytes));
    (void)snprintf(subject, SUBJECT_SIZE, "%s=%.8s",
                   header ? "header" : "block", digits);
}

static const char *cause_words(enum bad_cause cause)
{
    switch (cause) {
    case BAD_READ:
        return "the disk gave an error";
    case BAD_GONE:
        return "it is not there any more";
    case BAD_BYTES:
    case BAD_ASIDE:
    case BAD_BACK:
        break;
    }
    return "its bytes have changed";
}

/* Every item that uses what was found is lacking from here on, also one that is
 * just being fetched. */
static void take_away(struct node *node, const struct event *event,
                      struct harm *harm)
{
#ifdef HF_SIM_FAULTS
    if ((node->faults & SIM_FAULT_KEEP_BAD) != 0) {
        return;
    }
#endif
    for (size_t i = 0; i < event->reread.users_count; i++) {
        const struct bad_user *user = &event->reread.users[i];
        struct ledger *ledger = ledger_by_number(node, user->ledger);

        if (ledger == NULL || user->bad >= event->reread.bad_count) {
            continue;
        }
        wants_suspect(node, ledger, user->index);
        if (!ledger_held(ledger, user->index)) {
            continue;
        }
        ledger_clear_held(node, ledger, user->index);
        if (harm[user->bad].items == 0) {
            harm[user->bad].first = i;
        }
        harm[user->bad].items++;
    }
}

static void set_aside(struct node *node, const struct bad_block *bad)
{
    struct batch_op op = { .kind = bad->header              ? BATCH_HEADER_GONE
                                   : bad->cause == BAD_BACK ? BATCH_BLOCK_BACK
                                                            : BATCH_BLOCK_ASIDE,
                           .index = bad->file,
                           .level = bad->position };

    memcpy(op.id, bad->name.bytes, sizeof(op.id));
    commit_add(node, &op, span_of(NULL, 0), span_of(NULL, 0));
    commit_urgent(node);
}

static bool find_open(const struct repair *repair, const struct block_id *name,
                      size_t *ret_index)
{
    for (size_t i = 0; i < repair->count; i++) {
        if (block_id_equal(&repair->open[i].name, name)) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

/* Follow it, when there is something to wait for. */
static void follow(struct node *node, const struct bad_block *bad,
                   const struct bad_user *user, const struct harm *harm)
{
    struct repair_entry entry = { .name = bad->name,
                                  .header = bad->header,
                                  .cause = bad->cause == BAD_ASIDE ? BAD_BYTES
                                                                   : bad->cause,
                                  .ledger = UINT32_MAX };
    struct incident incident;
    const struct ledger *ledger;
    size_t index;

    if (harm->items > 0) {
        entry.root = user->root;
        entry.ledger = user->ledger;
        entry.index = user->index;
    }
    repair_describe(node, &entry, &incident);
    incident.kind = INCIDENT_BAD;
    incident.items = harm->items;
    repair_keep_incident(node, &incident);
    ledger = ledger_by_number(node, entry.ledger);
    if (ledger != NULL && placed_here(node, ledger, entry.index) &&
        !find_open(&node->repair, &bad->name, &index)) {
        repair_keep_open(node, &incident, &entry);
    }
}

static void say_bad(struct node *node, const struct bad_block *bad,
                    const struct harm *harm, size_t *lines)
{
    char subject[SUBJECT_SIZE];

    (*lines)++;
    if (*lines > LINES_MAX) {
        return;
    }
    subject_of(subject, &bad->name, bad->header);
    emit_alarm(node, ALARM_WARNING, "BAD-BLOCK", subject,
               "%s; set aside, %" PRIu64 " items lack it and are fetched from "
               "peers",
               cause_words(bad->cause), harm->items);
}

static void take_bad(struct node *node, const struct event *event,
                     const struct bad_block *bad, const struct harm *harm,
                     size_t *lines)
{
    const struct bad_user *user =
        harm->items > 0 ? &event->reread.users[harm->first] : NULL;

    if (bad->cause != BAD_ASIDE || bad->header) {
        set_aside(node, bad);
    }
    /* A header object that nobody held, and what is known to be aside, are no
     * news unless somebody counted on it. */
    if (harm->items == 0 && (bad->header || bad->cause == BAD_ASIDE)) {
        return;
    }
    node->repair.bad++;
    node->repair.pass_bad++;
    follow(node, bad, user, harm);
    say_bad(node, bad, harm, lines);
}

static void take_back(struct node *node, const struct bad_block *bad)
{
    struct repair_entry entry = { .name = bad->name, .ledger = UINT32_MAX };
    struct incident incident;
    char subject[SUBJECT_SIZE];
    size_t index;

    set_aside(node, bad);
    if (find_open(&node->repair, &bad->name, &index)) {
        entry = node->repair.open[index];
        repair_keep_closed(node, index);
    }
    repair_describe(node, &entry, &incident);
    incident.kind = INCIDENT_BACK;
    incident.has_cause = entry.cause >= BAD_BYTES && entry.cause <= BAD_GONE;
    repair_keep_incident(node, &incident);
    subject_of(subject, &bad->name, bad->header);
    emit_alarm(node, ALARM_INFO, "BLOCK-BACK", subject,
               "it was set aside, and reads well again: it is used again");
}

/* Fetching looks at all that is lacking from the start, the rarest first. */
static void look_again(struct node *node)
{
    for (size_t i = 0; i < node->ledgers_end; i++) {
        if (node->ledgers[i] != NULL) {
            node->ledgers[i]->scan_missed = true;
            wants_reopen(node, node->ledgers[i]);
        }
    }
}

static void found(struct node *node, const struct event *event)
{
    size_t count = event->reread.bad_count;
    struct harm *harm = calloc(count + 1, sizeof(*harm));
    size_t lines = 0;

    if (harm == NULL) {
        node->broken = true;
        return;
    }
    take_away(node, event, harm);
    for (size_t i = 0; i < count; i++) {
        const struct bad_block *bad = &event->reread.bad[i];

        if (bad->cause == BAD_BACK) {
            take_back(node, bad);
        } else {
            take_bad(node, event, bad, &harm[i], &lines);
        }
    }
    if (lines > LINES_MAX) {
        emit_alarm(node, ALARM_WARNING, "BAD-BLOCK", NULL,
                   "and %zu more at once; all of them: holdfast events",
                   lines - LINES_MAX);
    }
    free(harm);
    node->repair.seq = node->commit.seq;
    node->stating.changed = true;
    node->stating.changed_ms = node->now_ms;
    look_again(node);
}

/* ---- too much at once ---- */

static bool too_much(const struct repair *repair, const struct event *event)
{
    return event->reread.lost_row >= MASS_FILES ||
           (repair->pass_bad > MASS_BLOCKS_MIN &&
            repair->pass_bad > event->reread.blocks / MASS_SHARE);
}

static void keep_remark(struct node *node, enum incident_kind kind,
                        const char *text)
{
    struct incident incident;

    memset(&incident, 0, sizeof(incident));
    incident.kind = kind;
    (void)snprintf(incident.remark, sizeof(incident.remark), "%s", text);
    repair_keep_incident(node, &incident);
}

static void pause(struct node *node, const struct event *event)
{
    char text[128];

    (void)snprintf(text, sizeof(text),
                   "%" PRIu64 " of %" PRIu64 " blocks in this pass, %" PRIu64
                   " files in a row without a good one",
                   node->repair.pass_bad, event->reread.blocks,
                   event->reread.lost_row);
    node->repair.paused = true;
    keep_remark(node, INCIDENT_PAUSED, text);
}

static void damaged(struct node *node, const char *note)
{
    node->repair.damaged = true;
    keep_remark(node, INCIDENT_DAMAGE, note);
    emit_alarm(node, ALARM_ERROR, "STORE-DAMAGED", NULL,
               "%s; next: holdfast explain STORE-DAMAGED", note);
}

/* ---- a pass ---- */

static void begin(struct node *node, uint64_t began)
{
    struct repair *repair = &node->repair;

    repair->began = began;
    repair->pass_bad = 0;
    repair->hurried = repair->ordered;
    repair->ordered = false;
    repair->damaged = false;
}

static void end(struct node *node)
{
    struct repair *repair = &node->repair;

    repair->over = repair->began;
    repair->over_seq = node->commit.seq;
    repair->over_bad = repair->pass_bad;
    repair->began = 0;
    repair->at_size = 0;
}

void repair_reread(struct node *node, const struct event *event)
{
    struct repair *repair = &node->repair;

    if (event->reread.began != 0 && event->reread.began != repair->began) {
        begin(node, event->reread.began);
    }
    if (event->reread.bad_count > 0) {
        found(node, event);
    }
    if (event->reread.note != NULL) {
        damaged(node, event->reread.note);
    }
    if (!repair->paused && too_much(repair, event)) {
        pause(node, event);
    }
    if (event->reread.began == 0) {
        return; /* it was no part of a pass */
    }
    repair->permille = event->reread.permille;
    repair->at_size =
        event->reread.at.size <= sizeof(repair->at) ? event->reread.at.size : 0;
    if (repair->at_size > 0) {
        memcpy(repair->at, event->reread.at.data, repair->at_size);
    }
    if (event->reread.ended && !repair->paused && repair->began != 0) {
        end(node);
    }
    repair_keep_scrub(node);
}

/* ---- the order ---- */

static void answer(struct node *node, uint64_t request, bool ended)
{
    const struct repair *repair = &node->repair;
    struct message *message = emit_message(node, MESSAGE_SCRUB, true);

    if (message == NULL) {
        return;
    }
    message->scrub_reply = (struct msg_scrub_reply){
        .ended = ended,
        .paused = repair->paused,
        .bad = ended ? repair->over_bad : repair->pass_bad,
        .repaired = repair->repaired,
        .quarantined = repair->count,
    };
    emit_answer(node, request, message);
}

static void answer_all(struct node *node, bool ended)
{
    struct repair *repair = &node->repair;

    for (size_t i = 0; i < repair->waits_count; i++) {
        answer(node, repair->waits[i], ended);
    }
    repair->waits_count = 0;
}

void repair_asked(struct node *node, const struct event *event)
{
    struct repair *repair = &node->repair;
    const struct msg_scrub *order = &event->asked.message->scrub;

    if (order->wait && repair->waits_count == SCRUB_WAITS_MAX) {
        emit_refusal(node, event->asked.request, ERR_BUSY, "BUSY",
                     "too many wait for this already");
        return;
    }
    if (order->go_on && repair->paused) {
        repair->paused = false;
        repair->pass_bad = 0;
        keep_remark(node, INCIDENT_RESUMED, "the operator's order");
        look_again(node);
    }
    repair->ordered = !repair->paused;
    if (!order->wait || repair->paused) {
        answer(node, event->asked.request, false);
        return;
    }
    repair->waits[repair->waits_count] = event->asked.request;
    repair->waits_count++;
}

void repair_hung_up(struct node *node, uint64_t request)
{
    struct repair *repair = &node->repair;

    for (size_t i = 0; i < repair->waits_count; i++) {
        if (repair->waits[i] == request) {
            repair->waits_count--;
            repair->waits[i] = repair->waits[repair->waits_count];
            return;
        }
    }
}

void repair_persisted(struct node *node)
{
    struct repair *repair = &node->repair;

    if (repair->over == 0 || repair->over_seq > node->commit.durable_seq) {
        return;
    }
    /* Only now may it be stated. */
    repair->scrubbed = repair->over;
    repair->over = 0;
    node->stating.changed = true;
    node->stating.changed_ms = node->now_ms;
    emit_alarm(node, repair->over_bad > 0 ? ALARM_WARNING : ALARM_INFO,
               "SCRUBBED", NULL,
               "all that is stored was read again, %" PRIu64 " bad blocks",
               repair->over_bad);
    if (!repair->ordered) {
        answer_all(node, true);
    }
}

/* ---- repaired ---- */

static void repaired(struct node *node, size_t index)
{
    struct repair *repair = &node->repair;
    struct repair_entry entry = repair->open[index];
    struct incident incident;
    char subject[SUBJECT_SIZE];

    repair_keep_closed(node, index);
    repair->repaired++;
    repair_describe(node, &entry, &incident);
    incident.kind = INCIDENT_REPAIRED;
    incident.has_cause = entry.cause >= BAD_BYTES && entry.cause <= BAD_GONE;
    repair_keep_incident(node, &incident);
    subject_of(subject, &entry.name, entry.header);
    emit_alarm(node, ALARM_INFO, "REPAIRED", subject,
               "a good one came from a peer and is durable");
}

static void look_at_open(struct node *node)
{
    struct repair *repair = &node->repair;
    size_t index = 0;

    while (index < repair->count) {
        const struct repair_entry *entry = &repair->open[index];
        const struct ledger *ledger = ledger_by_number(node, entry->ledger);

        if (ledger == NULL) {
            repair_keep_closed(node, index); /* nothing to wait for */
        } else if (ledger_held(ledger, entry->index)) {
            repaired(node, index);
        } else {
            index++;
        }
    }
}

void repair_pump(struct node *node)
{
    struct repair *repair = &node->repair;

    if (repair->look && commit_room(node)) {
        repair->look = false;
        look_at_open(node);
    }
    if (repair->paused) {
        alarm_set(node, true, "MASS-LOSS", NULL,
                  "%" PRIu64 " blocks are bad or gone at once: nothing more is "
                  "read or fetched until: holdfast scrub --go-on",
                  repair->pass_bad);
        answer_all(node, false);
    } else {
        alarm_clear(node, "MASS-LOSS", NULL);
    }
    if (repair->count > 0) {
        alarm_set(node, false, "QUARANTINE", NULL,
                  "%zu blocks are set aside; good ones are fetched from peers",
                  repair->count);
    } else {
        alarm_clear(node, "QUARANTINE", NULL);
    }
}

void repair_status(const struct node *node, struct status_health *ret)
{
    const struct repair *repair = &node->repair;

    ret->scrubbed_s = repair->scrubbed;
    ret->scrub_bad = repair->bad;
    ret->repaired = repair->repaired;
    ret->quarantined = repair->count;
    ret->scrub_done = repair->permille;
    ret->scrub_paused = repair->paused;
}
