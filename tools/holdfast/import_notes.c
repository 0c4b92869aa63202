/* SPDX-License-Identifier: Apache-2.0 */
/* The signed texts of a copy: rosters, and what else was said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/roster_chain.h"
#include "tools/holdfast/file.h"
#include "tools/holdfast/import.h"
#include "tools/holdfast/interrupt.h"

#define ROSTER_FILE "roster" /* in the data directory */
#define ROSTERS_SIZE_MAX (64ULL << 20)
#define ROSTERS_COUNT_MAX (2 * ROSTER_CHAIN_VERSIONS_MAX)
#define NOTES_BYTES_MAX 1100000 /* in one request */

/* ---- sending ---- */

struct notes {
    struct import *import;
    size_t count;
    struct note_ref refs[NOTES_PER_REQUEST_MAX];
    size_t names[NOTES_PER_REQUEST_MAX]; /* where each begins in bytes */
    size_t notes[NOTES_PER_REQUEST_MAX];
    struct buf bytes; /* owned */
};

static void notes_send(struct notes *batch)
{
    struct import *import = batch->import;
    struct message request = { .kind = MESSAGE_PUT_NOTES };
    struct message reply;
    struct span notes[NOTES_PER_REQUEST_MAX];
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };
    enum err err;

    if (batch->count == 0 || import_stopped(import)) {
        return;
    }
    for (size_t i = 0; i < batch->count; i++) {
        size_t end =
            i + 1 < batch->count ? batch->names[i + 1] : batch->bytes.size;

        batch->refs[i].name = span_of(batch->bytes.data + batch->names[i],
                                      batch->notes[i] - batch->names[i]);
        notes[i] =
            span_of(batch->bytes.data + batch->notes[i], end - batch->notes[i]);
    }
    request.put_notes.refs = batch->refs;
    request.put_notes.notes = notes;
    request.put_notes.count = batch->count;
    err = line_ask(import->line, &request, &reply, code, &why);
    if (err != ERR_OK) {
        import_stop(import, err, code, &why);
    }
    batch->count = 0;
    buf_clear(&batch->bytes);
}

static bool notes_add(struct notes *batch, enum note_kind kind,
                      struct span name, uint64_t number, struct span note)
{
    if (batch->count == NOTES_PER_REQUEST_MAX ||
        batch->bytes.size + name.size + note.size > NOTES_BYTES_MAX) {
        notes_send(batch);
    }
    if (note.size == 0 || note.size > ROSTER_NOTE_SIZE_MAX) {
        return true; /* no note: damaged */
    }
    batch->refs[batch->count].kind = kind;
    batch->refs[batch->count].number = number;
    batch->names[batch->count] = batch->bytes.size;
    buf_put(&batch->bytes, name);
    batch->notes[batch->count] = batch->bytes.size;
    buf_put(&batch->bytes, note);
    batch->count++;
    return !import_stopped(batch->import) && !interrupted();
}

static void notes_begin(struct notes *batch, struct import *import)
{
    batch->import = import;
    batch->count = 0;
    buf_init(&batch->bytes, MESSAGE_SIZE_MAX);
}

/* ---- rosters ---- */

struct rosters {
    struct buf bytes; /* owned */
    size_t count;
    size_t ends[ROSTERS_COUNT_MAX];
};

static bool add_roster(struct rosters *rosters, struct span note)
{
    if (rosters->count == ROSTERS_COUNT_MAX) {
        return false;
    }
    buf_put(&rosters->bytes, note);
    rosters->ends[rosters->count] = rosters->bytes.size;
    rosters->count++;
    return !buf_failed(&rosters->bytes);
}

static bool take_roster(void *ctx, struct span key, struct span value)
{
    (void)key;
    return add_roster(ctx, value);
}

/* The chain that the node began with lies beside its store as a file; later
 * rosters are in the store. */
static enum err collect(struct import *import, struct rosters *rosters,
                        struct why *why)
{
    size_t room = strlen(import->dir) + sizeof("/" ROSTER_FILE);
    char *path = malloc(room);
    struct buf file;
    struct span rest;

    if (path == NULL) {
        return ERR_NO_MEMORY;
    }
    (void)snprintf(path, room, "%s/" ROSTER_FILE, import->dir);
    buf_init(&file, ROSTERS_SIZE_MAX);
    if (tool_file_read(path, ROSTERS_SIZE_MAX, &file, NULL) != ERR_OK) {
        buf_clear(&file); /* then the store has to have them all */
    }
    free(path);
    rest = buf_span(&file);
    for (struct span note = roster_file_next_note(&rest); note.size > 0;
         note = roster_file_next_note(&rest)) {
        if (!add_roster(rosters, note)) {
            break;
        }
    }
    buf_done(&file);
    return store_each_note(import->copy, NOTE_ROSTER, take_roster, rosters,
                           why);
}

/* ERR_NOT_FOUND: none that leads on from version 1. */
static enum err read_chain(struct import *import, struct roster_chain **ret,
                           struct why *why)
{
    struct rosters *rosters = calloc(1, sizeof(*rosters));
    struct span *notes = calloc(ROSTERS_COUNT_MAX, sizeof(*notes));
    size_t from = 0;
    enum err err = ERR_NO_MEMORY;

    if (rosters == NULL || notes == NULL) {
        goto out;
    }
    buf_init(&rosters->bytes, ROSTERS_SIZE_MAX);
    err = collect(import, rosters, why);
    for (size_t i = 0; i < rosters->count; i++) {
        notes[i] = span_of(rosters->bytes.data + from, rosters->ends[i] - from);
        from = rosters->ends[i];
    }
    if (err == ERR_OK) {
        err = roster_chain_from_notes(notes, rosters->count, ret, why);
    }
    buf_done(&rosters->bytes);
out:
    free(notes);
    free(rosters);
    return err;
}

/* Rosters out of force have their hash for a name. */
static void push_chain(struct import *import, const struct roster_chain *chain)
{
    struct notes notes;

    notes_begin(&notes, import);
    for (size_t i = 0; i < chain->count; i++) {
        const struct roster_entry *entry = &chain->entries[i];
        char name[2 * DIGEST_SIZE + 1] = "";

        if (!entry->in_force) {
            hex_format(name, entry->roster->hash.bytes, DIGEST_SIZE);
        }
        if ((entry->roster->version > import->roster_version ||
             chain->forked) &&
            !notes_add(&notes, NOTE_ROSTER, span_str(name),
                       entry->roster->version, buf_span(&entry->note))) {
            break;
        }
    }
    notes_send(&notes);
    buf_done(&notes.bytes);
}

/* The records of members that joined are verified by the newest one. */
static bool is_in_force(const struct import *import,
                        const struct msg_status_reply *status)
{
    return status->roster_version >= import->roster_version;
}

static void bring_chain(struct import *import, const struct roster_chain *chain)
{
    uint64_t newest = roster_chain_newest(chain)->version;

    push_chain(import, chain);
    if (newest > import->roster_version) {
        import->roster_version = newest;
        import_settle(import, is_in_force);
    }
}

void import_rosters(struct import *import)
{
    struct roster_chain *chain = NULL;
    struct why why = { "" };
    enum err err = read_chain(import, &chain, &why);

    if (err == ERR_NOT_FOUND) {
        output_detail(&import->tool->output,
                      "no roster in the copy leads on from version 1; %s must "
                      "know them from elsewhere",
                      import->node.text);
    } else if (err != ERR_OK) {
        err = why_prefix(&why, err, "the rosters in %s cannot be read",
                         import->dir);
        import_stop(import, err, "COPY-DAMAGED", &why);
    } else if (!cid_equal(&chain->cid, &import->consortium)) {
        import_stop_foreign(import, chain->cid.text);
    } else if (!import->tool->options.dry_run) {
        bring_chain(import, chain);
    }
    roster_chain_free(chain);
}

/* ---- all others ---- */

struct walk {
    struct notes batch;
    enum note_kind kind;
};

static bool take_note(void *ctx, struct span key, struct span value)
{
    struct walk *walk = ctx;
    uint64_t number = 0;

    if (key.size < sizeof(number)) {
        return true;
    }
    for (size_t i = key.size - sizeof(number); i < key.size; i++) {
        number = number << 8 | key.data[i];
    }
    return notes_add(&walk->batch, walk->kind,
                     span_part(key, 0, key.size - sizeof(number)), number,
                     value);
}

void import_notes(struct import *import)
{
    static const enum note_kind KINDS[] = { NOTE_CHECKPOINT, NOTE_COSIGNATURE,
                                            NOTE_FORK, NOTE_STATEMENT };

    for (size_t i = 0; i < sizeof(KINDS) / sizeof(KINDS[0]); i++) {
        struct walk walk = { .kind = KINDS[i] };
        struct why why = { "" };
        enum err err;

        notes_begin(&walk.batch, import);
        err = store_each_note(import->copy, KINDS[i], take_note, &walk, &why);
        if (err != ERR_OK) {
            import_left_out(import, "signed texts of the copy", why.text);
        }
        notes_send(&walk.batch);
        buf_done(&walk.batch.bytes);
    }
}
