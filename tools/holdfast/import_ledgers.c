/* SPDX-License-Identifier: Apache-2.0 */
/* The ledgers of a copy, in batches such as a peer answers GET_RECORDS with:
 * leaves, the copy's newest checkpoint, and the path from the batch's end to
 * it. The node says how far it is, so what came over the net meanwhile is not
 * sent again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "ledger/checkpoint.h"
#include "ledger/merkle.h"
#include "ledger/note.h"
#include "tools/holdfast/import.h"
#include "tools/holdfast/interrupt.h"

#define SAY_EVERY_MS 10000
#define TRIES_MAX (IMPORT_SETTLE_MS / IMPORT_PAUSE_MS)
/* Room for the length of each leaf, the note and the path. */
#define LEAVES_BYTES_MAX (RECORDS_BATCH_SIZE_MAX - 2 * RECORDS_BATCH_COUNT_MAX)

/* ---- what there is ---- */

static bool add_ledger(void *ctx, uint32_t number, struct span origin,
                       uint64_t size)
{
    struct import *import = ctx;
    struct import_ledger *ledgers = realloc(
        import->ledgers, (import->ledger_count + 1) * sizeof(*import->ledgers));
    struct import_ledger *ledger;

    (void)size; /* what no checkpoint covers proves nothing */
    if (ledgers == NULL) {
        return false;
    }
    import->ledgers = ledgers;
    ledger = &ledgers[import->ledger_count];
    memset(ledger, 0, sizeof(*ledger));
    ledger->number = number;
    if (origin_parse(origin, &ledger->origin) == ERR_OK) {
        import->ledger_count++;
    }
    return true;
}

/* The copy's newest checkpoint of a ledger: the note, and what it says. The
 * signature is the node's to verify. */
static enum err read_checkpoint(const struct import *import,
                                const struct origin *origin, struct buf *note,
                                struct checkpoint *ret_checkpoint)
{
    const struct source *source = import->source;
    struct note parsed;
    enum err err = source->note(source->ctx, NOTE_CHECKPOINT,
                                origin_span(origin), 0, note);

    if (err == ERR_OK) {
        err = note_parse(buf_span(note), NOTE_SIZE_MAX, &parsed, NULL);
    }
    if (err == ERR_OK) {
        err = checkpoint_parse(parsed.text, ret_checkpoint, NULL);
    }
    return err;
}

static void find_size(struct import *import, struct import_ledger *ledger)
{
    struct checkpoint checkpoint;
    struct buf note;
    enum err err;

    buf_init(&note, NOTE_SIZE_MAX);
    err = read_checkpoint(import, &ledger->origin, &note, &checkpoint);
    if (err == ERR_OK) {
        ledger->size = checkpoint.size;
    } else if (err != ERR_NOT_FOUND) {
        import_left_out(import, ledger->origin.text,
                        "its checkpoint in the copy is damaged");
    }
    buf_done(&note);
}

static void find_known(struct import *import,
                       const struct msg_status_reply *status)
{
    for (size_t i = 0; i < import->ledger_count; i++) {
        struct import_ledger *ledger = &import->ledgers[i];

        for (size_t j = 0; j < status->ledgers_count; j++) {
            if (span_is(status->ledgers[j].origin, ledger->origin.text)) {
                ledger->known = status->ledgers[j].size;
            }
        }
        if (ledger->size > ledger->known) {
            import->records += ledger->size - ledger->known;
        }
    }
}

void import_list_ledgers(struct import *import)
{
    struct message request = { .kind = MESSAGE_STATUS };
    struct message reply;
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };
    enum err err = store_each_ledger(import->copy, add_ledger, import, &why);

    if (err == ERR_OK) {
        err = line_ask(import->line, &request, &reply, code, &why);
    }
    if (err != ERR_OK) {
        import_stop(import, err, code, &why);
        return;
    }
    for (size_t i = 0; i < import->ledger_count; i++) {
        const struct origin *origin = &import->ledgers[i].origin;
        struct cid cid;

        origin_cid_copy(origin, &cid);
        if (!cid_equal(&cid, &import->consortium)) {
            import_stop_foreign(import, cid.text);
            return;
        }
        find_size(import, &import->ledgers[i]);
    }
    find_known(import, &reply.status_reply);
}

/* ---- one batch ---- */

struct record_batch {
    struct buf note;
    struct checkpoint checkpoint;
    struct buf bytes;
    size_t count;
    size_t ends[RECORDS_BATCH_COUNT_MAX];
    struct span leaves[RECORDS_BATCH_COUNT_MAX];
    struct digest path[MERKLE_PATH_MAX];
    size_t path_count;
    uint64_t next;  /* index that the next leaf must have */
    unsigned tries; /* without room at the node */
};

static bool take_leaf(void *ctx, struct span key, struct span value)
{
    struct record_batch *batch = ctx;
    uint64_t index = 0;

    for (size_t i = 0; i < key.size; i++) {
        index = index << 8 | key.data[i];
    }
    if (index != batch->next ||
        batch->bytes.size + value.size > LEAVES_BYTES_MAX) {
        return false; /* one is missing, or no room */
    }
    buf_put(&batch->bytes, value);
    batch->ends[batch->count] = batch->bytes.size;
    batch->count++;
    batch->next++;
    return !buf_failed(&batch->bytes);
}

struct tree {
    const struct source *source;
    uint32_t number;
};

static enum err tree_get(void *ctx, unsigned level, uint64_t index,
                         struct digest *ret_hash)
{
    const struct tree *tree = ctx;

    return tree->source->node(tree->source->ctx, tree->number, level, index,
                              ret_hash);
}

/* Leaves from `from` on, as many as fit. */
static enum err read_batch(struct import *import,
                           const struct import_ledger *ledger, uint64_t from,
                           struct record_batch *batch, struct why *why)
{
    struct tree tree = { import->source, ledger->number };
    struct merkle_nodes nodes = { tree_get, &tree };
    uint64_t to = from + RECORDS_BATCH_COUNT_MAX;
    size_t at = 0;
    enum err err;

    batch->count = 0;
    batch->next = from;
    buf_clear(&batch->bytes);
    if (to > ledger->size) {
        to = ledger->size;
    }
    err = store_each_leaf(import->copy, ledger->number, from, to, take_leaf,
                          batch, why);
    if (err == ERR_OK && batch->count == 0) {
        err = why_set(why, ERR_CORRUPT,
                      "record %" PRIu64 " is missing in the copy", from);
    }
    if (err != ERR_OK) {
        return err;
    }
    for (size_t i = 0; i < batch->count; i++) {
        batch->leaves[i] = span_of(batch->bytes.data + at, batch->ends[i] - at);
        at = batch->ends[i];
    }
    err = merkle_consistency(&nodes, batch->next, batch->checkpoint.size,
                             batch->path, &batch->path_count);
    if (err != ERR_OK) {
        return why_set(why, err, "its tree is damaged in the copy");
    }
    return ERR_OK;
}

/* ---- bringing them ---- */

static bool give_up(struct import *import)
{
    struct why why = { "the node has too much in hand" };

    import_stop(import, ERR_BUSY, "BUSY", &why);
    return false;
}

/* False: no more of this ledger. */
static bool send_batch(struct import *import, struct import_ledger *ledger,
                       struct record_batch *batch)
{
    struct message request = { .kind = MESSAGE_PUT_RECORDS };
    struct msg_get_records_reply *records = &request.put_records;
    struct message reply;
    char code[LINE_CODE_SIZE] = "";
    struct why why = { "" };
    enum err err = read_batch(import, ledger, ledger->known, batch, &why);
    uint64_t now;

    if (err != ERR_OK) {
        import_left_out(import, ledger->origin.text, why.text);
        return false;
    }
    records->origin = ledger->origin;
    records->from = ledger->known;
    records->checkpoint = buf_span(&batch->note);
    records->path = batch->path;
    records->path_count = batch->path_count;
    records->leaves = batch->leaves;
    records->leaves_count = batch->count;
    err = line_ask(import->line, &request, &reply, code, &why);
    if (err != ERR_OK) {
        import_stop(import, err, code, &why);
        return false;
    }
    now = reply.put_reply.size;
    if (now <= ledger->known && reply.put_reply.count == 1 &&
        reply.put_reply.results[0] == PUT_NO_ROOM) {
        import_pause();
        return ++batch->tries < TRIES_MAX || give_up(import);
    }
    batch->tries = 0;
    if (now <= ledger->known) {
        import->refused++;
        import_left_out(import, ledger->origin.text,
                        "the node does not take its records: they do not "
                        "follow those it has, or their signature is not that "
                        "of the roster");
        return false;
    }
    import->records_done += now - ledger->known;
    ledger->known = now;
    return true;
}

/* Of records one does not know the bytes: their number is enough. */
static void say_records(struct import *import)
{
    char done[TEXT_SIZE];
    char all[TEXT_SIZE];

    if (now_ms() - import->said_ms >= SAY_EVERY_MS) {
        import->said_ms = now_ms();
        output_note(&import->tool->output, "%s of %s records",
                    text_count(done, import->records_done),
                    text_count(all, import->records));
    }
}

static void bring(struct import *import, struct import_ledger *ledger,
                  struct record_batch *batch)
{
    buf_clear(&batch->note);
    if (read_checkpoint(import, &ledger->origin, &batch->note,
                        &batch->checkpoint) != ERR_OK) {
        return; /* said when its size was looked for */
    }
    while (ledger->known < ledger->size && !import_stopped(import) &&
           !interrupted() && send_batch(import, ledger, batch)) {
        say_records(import);
    }
}

/* What was brought is durable; only then it is listed. */
static bool is_durable(const struct import *import,
                       const struct msg_status_reply *status)
{
    for (size_t i = 0; i < import->ledger_count; i++) {
        const struct import_ledger *ledger = &import->ledgers[i];
        uint64_t size = 0;

        for (size_t j = 0; j < status->ledgers_count; j++) {
            if (span_is(status->ledgers[j].origin, ledger->origin.text)) {
                size = status->ledgers[j].size;
            }
        }
        /* One that no longer fits into the answer is not waited for. */
        if (size < ledger->known &&
            (size > 0 || status->ledgers_count < STATUS_LEDGERS_MAX)) {
            return false;
        }
    }
    return true;
}

void import_records(struct import *import)
{
    struct record_batch *batch = calloc(1, sizeof(*batch));
    struct why why = { "out of memory" };

    if (batch == NULL) {
        import_stop(import, ERR_NO_MEMORY, "", &why);
        return;
    }
    buf_init(&batch->note, NOTE_SIZE_MAX);
    buf_init(&batch->bytes, LEAVES_BYTES_MAX);
    import->said_ms = now_ms();
    for (size_t i = 0; i < import->ledger_count && !import_stopped(import);
         i++) {
        if (import->ledgers[i].known < import->ledgers[i].size) {
            bring(import, &import->ledgers[i], batch);
        }
    }
    if (import->records_done > 0) {
        import_settle(import, is_durable);
    }
    buf_done(&batch->note);
    buf_done(&batch->bytes);
    free(batch);
}
