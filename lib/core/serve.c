/* SPDX-License-Identifier: Apache-2.0 */
#include "core/serve.h"

#include <stdlib.h>
#include <string.h>

#include "core/leaf.h"
#include "core/prove.h"
#include "core/serve_parts.h"
#include "core/tree.h"
#include "ledger/checkpoint.h"
#include "model/block.h"
#include "wire/encode.h"

#define ROOM_MAX BLOCK_SIZE_MAX /* raw bytes of an answer */

enum err serve_refusal(struct buf *to, enum err code, const char *text)
{
    return refusal_encode(code, err_name(code), text, to);
}

enum err serve_checkpoint(const struct source *source,
                          const struct origin *origin, struct buf *note,
                          struct checkpoint *ret_checkpoint)
{
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

/* What a read appended beyond the room, or in spite of a failure, is undone. */
static bool undo(struct buf *buf, size_t size)
{
    if (buf->err == ERR_NO_MEMORY) {
        return false;
    }
    buf->size = size;
    buf->err = ERR_OK;
    return true;
}

/* Spans of the parts of a buffer, once it does not move any more. */
static void parts_to_spans(const struct buf *bytes, const size_t *ends,
                           size_t count, struct span *spans)
{
    size_t from = 0;

    for (size_t i = 0; i < count; i++) {
        spans[i] = span_of(bytes->data + from, ends[i] - from);
        from = ends[i];
    }
}

/* ---- notes and blocks ---- */

/* The same notes as PUT_NOTES, without those that are not held. */
static enum err push_notes(const struct msg_get_notes *asked,
                           const struct span *notes, struct buf *to)
{
    struct message put = { .kind = MESSAGE_PUT_NOTES };
    struct note_ref refs[NOTES_PER_REQUEST_MAX];
    struct span held[NOTES_PER_REQUEST_MAX];
    size_t count = 0;

    for (size_t i = 0; i < asked->count; i++) {
        if (notes[i].size > 0) {
            refs[count] = asked->refs[i];
            held[count] = notes[i];
            count++;
        }
    }
    if (count == 0) {
        return ERR_NOT_FOUND;
    }
    put.put_notes.refs = refs;
    put.put_notes.notes = held;
    put.put_notes.count = count;
    return message_encode(&put, to);
}

static enum err serve_notes(const struct source *source,
                            const struct msg_get_notes *asked, bool push,
                            struct buf *to)
{
    struct message reply = { .kind = MESSAGE_GET_NOTES, .reply = true };
    struct span notes[NOTES_PER_REQUEST_MAX];
    size_t ends[NOTES_PER_REQUEST_MAX];
    struct buf bytes;
    enum err err;

    if (asked->count > NOTES_PER_REQUEST_MAX) {
        return serve_refusal(to, ERR_TOO_BIG, "too many notes at once");
    }
    buf_init(&bytes, ROOM_MAX);
    for (size_t i = 0; i < asked->count; i++) {
        size_t before = bytes.size;

        err = source->note(source->ctx, asked->refs[i].kind,
                           asked->refs[i].name, asked->refs[i].number, &bytes);
        if ((err != ERR_OK || buf_failed(&bytes)) && !undo(&bytes, before)) {
            buf_done(&bytes);
            return ERR_NO_MEMORY;
        }
        ends[i] = bytes.size;
    }
    parts_to_spans(&bytes, ends, asked->count, notes);
    reply.get_notes_reply.notes = notes;
    reply.get_notes_reply.count = asked->count;
    err = push ? push_notes(asked, notes, to) : message_encode(&reply, to);
    buf_done(&bytes);
    return err;
}

/* Nothing that stands behind one without room is pushed, so that the number of
 * results tells what was. */
static enum err push_blocks(const struct msg_get_blocks *asked,
                            const struct span *blocks, size_t count,
                            struct buf *to)
{
    struct message put = { .kind = MESSAGE_PUT_BLOCKS };

    put.put_blocks.names = asked->names;
    put.put_blocks.blocks = blocks;
    put.put_blocks.count = count;
    return count == 0 ? ERR_NOT_FOUND : message_encode(&put, to);
}

static enum err serve_blocks(const struct source *source,
                             const struct msg_get_blocks *asked, bool push,
                             struct buf *to)
{
    struct message reply = { .kind = MESSAGE_GET_BLOCKS, .reply = true };
    struct span blocks[BLOCKS_PER_REQUEST_MAX];
    size_t ends[BLOCKS_PER_REQUEST_MAX];
    size_t fitted = asked->count;
    struct buf bytes;
    enum err err;

    if (asked->count > BLOCKS_PER_REQUEST_MAX) {
        return serve_refusal(to, ERR_TOO_BIG, "too many blocks at once");
    }
    buf_init(&bytes, ROOM_MAX);
    for (size_t i = 0; i < asked->count; i++) {
        size_t before = bytes.size;

        err = source->block(source->ctx, &asked->names[i], &bytes);
        if (push && bytes.err == ERR_TOO_BIG) {
            fitted = i;
        }
        if ((err != ERR_OK || buf_failed(&bytes)) && !undo(&bytes, before)) {
            buf_done(&bytes);
            return ERR_NO_MEMORY;
        }
        ends[i] = bytes.size;
        if (fitted < asked->count) {
            break;
        }
    }
    parts_to_spans(&bytes, ends, fitted, blocks);
    reply.get_blocks_reply.blocks = blocks;
    reply.get_blocks_reply.count = asked->count;
    err = push ? push_blocks(asked, blocks, fitted, to)
               : message_encode(&reply, to);
    buf_done(&bytes);
    return err;
}

/* ---- names ---- */

/* The page, and before it the roots of all pages when there are several; or
 * word that it is not held. */
static enum err push_names(const struct msg_get_names_reply *reply,
                           struct buf *to)
{
    struct message put = { .kind = MESSAGE_PUT_BLOCKS };
    struct block_id name;
    struct span none = span_of(NULL, 0);
    struct deposit_page pages[2];
    size_t count = 0;

    memcpy(name.bytes, reply->root.bytes, sizeof(name.bytes));
    if (!reply->found) {
        put.put_blocks.names = &name;
        put.put_blocks.blocks = &none;
        put.put_blocks.count = 1;
        return message_encode(&put, to);
    }
    if (reply->page_roots_count > 0) {
        pages[count] = (struct deposit_page){
            .root = reply->root,
            .page = NAMES_PAGE_ROOTS,
            .names = (const struct block_id *)reply->page_roots,
            .names_count = reply->page_roots_count
        };
        count++;
    }
    pages[count] = (struct deposit_page){ .root = reply->root,
                                          .page = reply->page,
                                          .names = reply->names,
                                          .names_count = reply->names_count };
    put.put_blocks.pages = pages;
    put.put_blocks.pages_count = count + 1;
    return message_encode(&put, to);
}

static enum err serve_names(const struct source *source,
                            const struct msg_get_names *asked, bool push,
                            struct buf *to)
{
    struct message reply = { .kind = MESSAGE_GET_NAMES, .reply = true };
    struct msg_get_names_reply *names_reply = &reply.get_names_reply;
    struct buf names;
    struct buf roots;
    enum err err = ERR_NOT_FOUND;

    names_reply->root = asked->root;
    names_reply->page = asked->page;
    buf_init(&names, NAMES_PER_PAGE * 32);
    buf_init(&roots, NAME_PAGES_MAX * 32);
    if (asked->page < NAME_PAGES_MAX) {
        err = source->names(source->ctx, &asked->root, (uint32_t)asked->page,
                            &names);
    }
    if (err == ERR_OK) {
        names_reply->found = true;
        names_reply->names = (const struct block_id *)names.data;
        names_reply->names_count = names.size / 32;
        err =
            source->names(source->ctx, &asked->root, NAMES_PAGE_ROOTS, &roots);
        if (err == ERR_OK) {
            names_reply->page_roots = (const struct digest *)roots.data;
            names_reply->page_roots_count = roots.size / 32;
        }
    }
    if (err == ERR_OK || err == ERR_NOT_FOUND) {
        err = push ? push_names(names_reply, to) : message_encode(&reply, to);
    } else if (!push) {
        err = serve_refusal(to, err, "the names cannot be read");
    }
    buf_done(&names);
    buf_done(&roots);
    return err;
}

/* ---- records ---- */

struct batch_reply {
    struct buf note;
    struct buf bytes;
    struct checkpoint checkpoint;
    struct digest path[MERKLE_PATH_MAX];
    size_t ends[RECORDS_BATCH_COUNT_MAX];
    struct span leaves[RECORDS_BATCH_COUNT_MAX];
};

/* Leaves from `from` on, as many as fit, none beyond the checkpoint. */
static enum err read_leaves(const struct source *source, uint32_t ledger,
                            const struct msg_get_records *asked,
                            struct batch_reply *batch, size_t *ret_count)
{
    size_t count = 0;

    while (count < asked->count && count < RECORDS_BATCH_COUNT_MAX &&
           asked->from + count < batch->checkpoint.size) {
        size_t before = batch->bytes.size;
        enum err err = source->leaf(source->ctx, ledger, asked->from + count,
                                    &batch->bytes);

        if (batch->bytes.err == ERR_TOO_BIG && count > 0) {
            (void)undo(&batch->bytes, before);
            break;
        }
        if (err != ERR_OK || buf_failed(&batch->bytes)) {
            return err != ERR_OK ? err : batch->bytes.err;
        }
        batch->ends[count] = batch->bytes.size;
        count++;
    }
    parts_to_spans(&batch->bytes, batch->ends, count, batch->leaves);
    *ret_count = count;
    return ERR_OK;
}

static enum err read_batch(const struct source *source,
                           const struct msg_get_records *asked,
                           const struct serve_ledger *ledger,
                           struct batch_reply *batch,
                           struct msg_get_records_reply *reply)
{
    struct tree_reader reader = { source, ledger->number };
    struct merkle_nodes nodes = tree_nodes(&reader);
    enum err err;

    err = serve_checkpoint(source, &ledger->origin, &batch->note,
                           &batch->checkpoint);
    if (err == ERR_NOT_FOUND ||
        (err == ERR_OK && asked->from >= batch->checkpoint.size)) {
        return ERR_OK; /* nothing from there on */
    }
    if (err == ERR_OK) {
        err = read_leaves(source, ledger->number, asked, batch,
                          &reply->leaves_count);
    }
    if (err != ERR_OK || reply->leaves_count == 0) {
        return err;
    }
    err = merkle_consistency(&nodes, asked->from + reply->leaves_count,
                             batch->checkpoint.size, batch->path,
                             &reply->path_count);
    if (err != ERR_OK) {
        return err;
    }
    reply->checkpoint = buf_span(&batch->note);
    reply->path = batch->path;
    reply->leaves = batch->leaves;
    return ERR_OK;
}

static enum err serve_records(const struct source *source,
                              const struct msg_get_records *asked,
                              const struct serve_ledger *ledgers,
                              size_t ledgers_count, bool push, struct buf *to)
{
    /* put_records and get_records_reply are the same struct. */
    struct message reply = { .kind = push ? MESSAGE_PUT_RECORDS
                                          : MESSAGE_GET_RECORDS,
                             .reply = !push };
    struct batch_reply *batch = malloc(sizeof(*batch));
    enum err err = ERR_OK;

    if (batch == NULL) {
        return ERR_NO_MEMORY;
    }
    buf_init(&batch->note, NOTE_SIZE_MAX);
    /* Each leaf travels with a length of two bytes. */
    buf_init(&batch->bytes,
             RECORDS_BATCH_SIZE_MAX - 2 * RECORDS_BATCH_COUNT_MAX);
    reply.get_records_reply.origin = asked->origin;
    reply.get_records_reply.from = asked->from;
    if (ledgers_count == 1) {
        err = read_batch(source, asked, &ledgers[0], batch,
                         &reply.get_records_reply);
    }
    if (err == ERR_OK && push && reply.put_records.leaves_count == 0) {
        err = ERR_NOT_FOUND;
    } else if (err == ERR_OK) {
        err = message_encode(&reply, to);
    } else if (err != ERR_NO_MEMORY && !push) {
        err = serve_refusal(to, err, "the ledger cannot be read");
    }
    buf_done(&batch->note);
    buf_done(&batch->bytes);
    free(batch);
    return err;
}

enum err serve_answer(const struct source *source,
                      const struct message *request,
                      const struct serve_ledger *ledgers, size_t ledgers_count,
                      const struct challenge_names *names, struct buf *to)
{
    switch (request->kind) {
    case MESSAGE_CHALLENGE:
        return prove_slices(source, names, &request->challenge, false, to);
    case MESSAGE_GET_NOTES:
        return serve_notes(source, &request->get_notes, false, to);
    case MESSAGE_GET_RECORDS:
        return serve_records(source, &request->get_records, ledgers,
                             ledgers_count, false, to);
    case MESSAGE_GET_NAMES:
        return serve_names(source, &request->get_names, false, to);
    case MESSAGE_GET_BLOCKS:
        return serve_blocks(source, &request->get_blocks, false, to);
    case MESSAGE_LIST:
        return serve_list(source, &request->list, ledgers, ledgers_count, to);
    case MESSAGE_EVENTS:
        return serve_events(source, &request->events, to);
    case MESSAGE_SYNC:
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
    case MESSAGE_PUT_BLOCKS:
    case MESSAGE_PUT_PROOFS:
    case MESSAGE_VERIFY:
    case MESSAGE_SCRUB:
    case MESSAGE_DEPOSIT:
    case MESSAGE_STATUS:
    case MESSAGE_RELOAD:
    case MESSAGE_OPEN_LEDGER:
    case MESSAGE_RECEIPTS:
    case MESSAGE_REFUSAL:
        break;
    }
    return serve_refusal(to, ERR_UNSUPPORTED, "not answered here");
}

enum err serve_push(const struct source *source, const struct message *what,
                    const struct serve_ledger *ledgers, size_t ledgers_count,
                    const struct challenge_names *names, struct buf *to)
{
    switch ((int)what->kind) {
    case MESSAGE_CHALLENGE:
        return prove_slices(source, names, &what->challenge, true, to);
    case MESSAGE_GET_NOTES:
        return serve_notes(source, &what->get_notes, true, to);
    case MESSAGE_GET_RECORDS:
        return serve_records(source, &what->get_records, ledgers, ledgers_count,
                             true, to);
    case MESSAGE_GET_NAMES:
        return serve_names(source, &what->get_names, true, to);
    case MESSAGE_GET_BLOCKS:
        return serve_blocks(source, &what->get_blocks, true, to);
    default:
        return ERR_UNSUPPORTED;
    }
}
