/* SPDX-License-Identifier: Apache-2.0 */
#include "core/repair_kept.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/reader.h"
#include "core/commit.h"
#include "core/ledgers.h"

#define SCRUB_VERSION 1
#define SCRUB_PAUSED 1u
#define SCRUB_DAMAGED 2u
#define SCRUB_HURRIED 4u
#define SCRUB_SIZE_MAX 160
#define ROOM_MIN 16

static void put_note(struct node *node, uint32_t kind, uint64_t number,
                     const struct incident *incident)
{
    struct buf text;

    buf_init(&text, INCIDENT_SIZE_MAX);
    incident_format(&text, incident);
    if (buf_failed(&text)) {
        node->broken = true;
    } else {
        commit_note(node, kind, span_of(NULL, 0), number, buf_span(&text));
    }
    buf_done(&text);
}

void repair_keep_incident(struct node *node, struct incident *incident)
{
    incident->time = node->clock_s;
    put_note(node, NOTE_INCIDENT, node->repair.incidents, incident);
    node->repair.incidents++;
    repair_keep_scrub(node);
}

void repair_describe(const struct node *node, const struct repair_entry *entry,
                     struct incident *ret_incident)
{
    const struct ledger *ledger = ledger_by_number(node, entry->ledger);

    memset(ret_incident, 0, sizeof(*ret_incident));
    ret_incident->time = node->clock_s;
    ret_incident->has_block = true;
    ret_incident->header = entry->header;
    ret_incident->block = entry->name;
    ret_incident->has_cause = true;
    ret_incident->cause = entry->cause;
    ret_incident->has_item = ledger != NULL;
    if (ledger != NULL) {
        ret_incident->root = entry->root;
        ret_incident->origin = ledger->origin;
        ret_incident->index = entry->index;
    }
}

static bool make_room(struct repair *repair)
{
    struct repair_entry *open;
    size_t room = repair->room < ROOM_MIN ? ROOM_MIN : repair->room * 2;

    if (repair->count < repair->room) {
        return true;
    }
    if (repair->count == REPAIRS_MAX) {
        return false;
    }
    open = realloc(repair->open, room * sizeof(*open));
    if (open == NULL) {
        return false;
    }
    repair->open = open;
    repair->room = room;
    return true;
}

void repair_keep_open(struct node *node, const struct incident *incident,
                      const struct repair_entry *entry)
{
    struct repair *repair = &node->repair;

    if (!make_room(repair)) {
        return;
    }
    repair->open[repair->count] = *entry;
    put_note(node, NOTE_REPAIR, repair->count, incident);
    repair->count++;
}

/* The last one takes its number, so that there is no gap. */
void repair_keep_closed(struct node *node, size_t index)
{
    struct repair *repair = &node->repair;
    struct batch_op gone = { .kind = BATCH_NOTE_GONE, .level = NOTE_REPAIR };
    struct incident incident;

    CHECK(index < repair->count);
    repair->count--;
    if (index < repair->count) {
        repair->open[index] = repair->open[repair->count];
        repair_describe(node, &repair->open[index], &incident);
        incident.kind = INCIDENT_BAD;
        incident.items = 1;
        put_note(node, NOTE_REPAIR, index, &incident);
    }
    gone.index = repair->count;
    commit_add(node, &gone, span_of(NULL, 0), span_of(NULL, 0));
}

/* ---- where it is ---- */

void repair_keep_scrub(struct node *node)
{
    const struct repair *repair = &node->repair;
    struct buf bytes;

    buf_init(&bytes, SCRUB_SIZE_MAX);
    buf_put_byte(&bytes, SCRUB_VERSION);
    buf_put_byte(&bytes, (uint8_t)((repair->paused ? SCRUB_PAUSED : 0) |
                                   (repair->damaged ? SCRUB_DAMAGED : 0) |
                                   (repair->hurried ? SCRUB_HURRIED : 0)));
    buf_put_u64(&bytes, repair->incidents);
    buf_put_u64(&bytes, repair->began);
    buf_put_u64(&bytes, repair->over != 0 ? repair->over : repair->scrubbed);
    buf_put_u64(&bytes, repair->bad);
    buf_put_u64(&bytes, repair->repaired);
    buf_put_u64(&bytes, repair->pass_bad);
    buf_put(&bytes, span_of(repair->at, repair->at_size));
    if (buf_failed(&bytes)) {
        node->broken = true;
    } else {
        commit_note(node, NOTE_SCRUB, span_of(NULL, 0), 0, buf_span(&bytes));
    }
    buf_done(&bytes);
}

static void load_scrub(struct repair *repair, struct span bytes)
{
    struct repair kept = { .open = NULL };
    struct reader reader;
    uint8_t version;
    uint8_t flags;

    reader_init(&reader, bytes);
    version = reader_u8(&reader);
    flags = reader_u8(&reader);
    kept.incidents = reader_u64(&reader);
    kept.began = reader_u64(&reader);
    kept.scrubbed = reader_u64(&reader);
    kept.bad = reader_u64(&reader);
    kept.repaired = reader_u64(&reader);
    kept.pass_bad = reader_u64(&reader);
    kept.at_size = reader.left.size;
    if (reader.failed || version != SCRUB_VERSION ||
        kept.at_size > sizeof(kept.at)) {
        return;
    }
    reader_copy(&reader, kept.at, kept.at_size);
    kept.paused = (flags & SCRUB_PAUSED) != 0;
    kept.hurried = (flags & SCRUB_HURRIED) != 0;
    kept.damaged = (flags & SCRUB_DAMAGED) != 0;
    kept.open = repair->open;
    kept.room = repair->room;
    *repair = kept;
}

static void load_entry(struct node *node, struct span text)
{
    struct repair *repair = &node->repair;
    struct repair_entry entry;
    struct incident incident;
    const struct ledger *ledger;

    memset(&entry, 0, sizeof(entry));
    if (incident_parse(text, &incident, NULL) == ERR_OK) {
        entry.name = incident.block;
        entry.header = incident.header;
        entry.cause = incident.cause;
        entry.root = incident.root;
        entry.index = incident.index;
        ledger = incident.has_item ? ledger_find(node, &incident.origin) : NULL;
        entry.ledger = ledger != NULL ? ledger->number : UINT32_MAX;
    } else {
        entry.ledger = UINT32_MAX; /* its number stays; it is closed soon */
    }
    if (make_room(repair)) {
        repair->open[repair->count] = entry;
        repair->count++;
    }
}

void repair_kept_load(struct node *node, const struct source *source)
{
    struct buf bytes;
    enum err err;

    buf_init(&bytes, INCIDENT_SIZE_MAX);
    err = source->note(source->ctx, NOTE_SCRUB, span_of(NULL, 0), 0, &bytes);
    if (err == ERR_OK && !buf_failed(&bytes)) {
        load_scrub(&node->repair, buf_span(&bytes));
    }
    do {
        buf_clear(&bytes);
        err = source->note(source->ctx, NOTE_REPAIR, span_of(NULL, 0),
                           node->repair.count, &bytes);
        if (err == ERR_OK) {
            load_entry(node, buf_span(&bytes));
        }
    } while (err == ERR_OK && node->repair.count < REPAIRS_MAX);
    node->repair.look = true;
    buf_done(&bytes);
}
