/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "rig.h"

void rig_say(struct rig *rig, size_t node, const char *format, ...)
{
    char line[512];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(line, sizeof(line), format, args);
    va_end(args);
    buf_printf(&rig->trace, "n%zu %s\n", node, line);
}

static const char *owner(const struct origin *origin, struct label *label)
{
    origin_node_copy(origin, label);
    return label->text;
}

/* "checkpoint n1", "roster 2", "statement n0 n1": one line for each kind that
 * follows another. */
static void say_get_notes(struct rig *rig, size_t node, const char *to,
                          const struct msg_get_notes *asked)
{
    static const char *const words[] = { [NOTE_ROSTER] = "roster",
                                         [NOTE_CHECKPOINT] = "checkpoint",
                                         [NOTE_COSIGNATURE] = "cosigned",
                                         [NOTE_STATEMENT] = "statement",
                                         [NOTE_FORK] = "fork",
                                         [NOTE_COSIGNED] = "?",
                                         [NOTE_CHECKS] = "?" };
    char line[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < asked->count; i++) {
        const struct note_ref *ref = &asked->refs[i];
        const char *word = i > 0 && asked->refs[i - 1].kind == ref->kind
                               ? ""
                               : words[ref->kind];

        used += (size_t)snprintf(line + used, sizeof(line) - used, "%s%s",
                                 word[0] == '\0' ? "" : " ", word);
        if (ref->kind == NOTE_STATEMENT) {
            used += (size_t)snprintf(line + used, sizeof(line) - used, " %.*s",
                                     (int)ref->name.size,
                                     (const char *)ref->name.data);
        } else {
            used += (size_t)snprintf(line + used, sizeof(line) - used,
                                     " %" PRIu64, ref->number);
        }
        cr_assert_lt(used, sizeof(line));
    }
    rig_say(rig, node, "asks %s GetNotes%s", to, line);
}

void rig_say_ask(struct rig *rig, size_t node, const struct effect *effect)
{
    const struct message *message = effect->ask.message;
    const char *to = effect->ask.node.text;
    struct label label;
    size_t headers = 0;

    switch ((int)message->kind) {
    case MESSAGE_SYNC:
        rig_say(rig, node, "asks %s Sync%s%s", to,
                message->sync.first ? " first" : "",
                message->sync.wait ? " wait" : "");
        break;
    case MESSAGE_GET_NOTES:
        say_get_notes(rig, node, to, &message->get_notes);
        break;
    case MESSAGE_GET_RECORDS:
        rig_say(rig, node, "asks %s GetRecords of %s from %" PRIu64, to,
                owner(&message->get_records.origin, &label),
                message->get_records.from);
        break;
    case MESSAGE_GET_NAMES:
        rig_say(rig, node, "asks %s GetNames", to);
        break;
    case MESSAGE_GET_BLOCKS:
        for (size_t i = 0; i < message->get_blocks.count; i++) {
            headers += message->get_blocks.headers[i];
        }
        rig_say(rig, node, "asks %s GetBlocks %zu, %zu headers", to,
                message->get_blocks.count, headers);
        break;
    case MESSAGE_CHALLENGE:
        if (rig->shows_proofs) {
            rig_say(rig, node, "asks %s Challenge %zu, %s", to,
                    message->challenge.count,
                    message->challenge.questions[0].shows ? "shown" : "hidden");
        }
        break;
    default:
        rig_say(rig, node, "asks %s something else", to);
    }
}

void rig_say_push(struct rig *rig, size_t node, const struct effect *effect)
{
    const struct message *what = effect->push.what;
    const char *to = effect->push.node.text;
    struct label label;

    switch ((int)what->kind) {
    case MESSAGE_GET_NOTES:
        rig_say(rig, node, "brings %s %zu notes", to, what->get_notes.count);
        break;
    case MESSAGE_GET_RECORDS:
        rig_say(rig, node, "brings %s records of %s from %" PRIu64, to,
                owner(&what->get_records.origin, &label),
                what->get_records.from);
        break;
    case MESSAGE_GET_NAMES:
        rig_say(rig, node, "brings %s names", to);
        break;
    case MESSAGE_CHALLENGE:
        if (rig->shows_proofs) {
            rig_say(rig, node, "brings %s %zu proofs", to,
                    what->challenge.count);
        }
        break;
    default:
        rig_say(rig, node, "brings %s %zu blocks", to, what->get_blocks.count);
    }
}

void rig_say_answer(struct rig *rig, size_t node, const struct message *message)
{
    if (message->kind == MESSAGE_REFUSAL) {
        rig_say(rig, node, "refuses %.*s", (int)message->refusal.name.size,
                (const char *)message->refusal.name.data);
    } else if (message->kind == MESSAGE_SYNC) {
        rig_say(rig, node, "answers Sync%s%s",
                message->sync_reply.has_summary ? " with a summary" : "",
                message->sync_reply.leases_count > 0 ? " with leases" : "");
    } else {
        rig_say(rig, node, "answers %d", (int)message->kind);
    }
}

void rig_say_persist(struct rig *rig, size_t node, const struct batch *batch)
{
    static const char *const names[] = { "ledger", "leaf",    "node",
                                         "item",   "held",    "header",
                                         "names",  "pending", "gone",
                                         "note",   "lost",    "meta",
                                         "aside",  "back",    "header-gone" };
    size_t counts[15] = { 0 };
    bool others = false;
    char line[256] = "";

    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_op *op = &batch->ops[i];
        bool proofs = op->kind == BATCH_NOTE && op->level == NOTE_CHECKS;
        /* When leaves were first seen goes with them. */
        bool seen = op->kind == BATCH_NOTE && op->level == NOTE_SEEN;
        /* Days are a matter of their own. */
        bool day = op->kind == BATCH_NOTE && op->level == NOTE_DAY;

        counts[op->kind] += !seen && !day && (!proofs || rig->shows_proofs);
        others = others || (!proofs && !day);
    }
    if (!others && batch->count > 0 && !rig->shows_proofs) {
        return;
    }
    for (size_t i = 0; i < 15; i++) {
        size_t used = strlen(line);

        if (counts[i] > 0) {
            (void)snprintf(line + used, sizeof(line) - used, " %s %zu",
                           names[i], counts[i]);
        }
    }
    rig_say(rig, node, "persists%s", line[0] == '\0' ? " blocks" : line);
}

void rig_say_receipts(struct rig *rig, size_t node, const struct effect *effect)
{
    static const char *const words[] = { "?", "registered", "pending",
                                         "refused" };

    for (size_t i = 0; i < effect->receipts.entries_count; i++) {
        const struct receipt_entry *entry = &effect->receipts.entries[i];

        if (entry->outcome == DEPOSIT_REGISTERED) {
            rig_say(rig, node, "receipt registered %" PRIu64, entry->index);
        } else if (entry->outcome == DEPOSIT_PENDING) {
            rig_say(rig, node, "receipt pending %" PRIu64 " of %" PRIu64,
                    effect->receipts.heard, effect->receipts.needed);
        } else {
            rig_say(rig, node, "receipt %s: %s", words[entry->outcome],
                    entry->refusal);
        }
    }
}

void rig_say_sign(struct rig *rig, size_t node, const struct effect *effect)
{
    struct label label;

    switch (effect->sign.kind) {
    case SIGN_CHECKPOINT:
        rig_say(rig, node, "signs %zu", (size_t)effect->sign.size);
        break;
    case SIGN_COSIGNATURE:
        rig_say(rig, node, "cosigns %s %zu",
                owner(&effect->sign.origin, &label), (size_t)effect->sign.size);
        break;
    case SIGN_STATEMENT:
        rig_say(rig, node, "states %zu", (size_t)effect->sign.number);
        break;
    }
}

void rig_say_load(struct rig *rig, size_t node, const struct effect *effect)
{
    static const char *const words[] = {
        [WANT_HEADER] = "looks at",   [WANT_NAMES] = "looks at",
        [WANT_BLOCK] = "looks at",    [WANT_ROOT] = "looks at",
        [WANT_PLACE] = "places",      [WANT_ITEM] = "looks up",
        [WANT_LEAF] = "reads leaves",
    };

    if (effect->load.count > 0) {
        rig_say(rig, node, "%s %zu", words[effect->load.items[0].kind],
                effect->load.count);
    } else if (rig->shows_proofs) {
        rig_say(rig, node, "reads %zu slices", effect->load.tasks_count);
    }
}
