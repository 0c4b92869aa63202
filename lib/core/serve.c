/* SPDX-License-Identifier: Apache-2.0 */
#include "core/serve.h"

#include <stdlib.h>
#include <string.h>

#include "core/leaf.h"
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

static enum err serve_notes(const struct source *source,
                            const struct msg_get_notes *asked, struct buf *to)
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
    err = message_encode(&reply, to);
    buf_done(&bytes);
    return err;
}

static enum err serve_blocks(const struct source *source,
                             const struct msg_get_blocks *asked, struct buf *to)
{
    struct message reply = { .kind = MESSAGE_GET_BLOCKS, .reply = true };
    struct span blocks[BLOCKS_PER_REQUEST_MAX];
    size_t ends[BLOCKS_PER_REQUEST_MAX];
    struct buf bytes;
    enum err err;

    if (asked->count > BLOCKS_PER_REQUEST_MAX) {
        return serve_refusal(to, ERR_TOO_BIG, "too many blocks at once");
    }
    buf_init(&bytes, ROOM_MAX);
    for (size_t i = 0; i < asked->count; i++) {
        size_t before = bytes.size;

        err = source->block(source->ctx, &asked->names[i], &bytes);
        if ((err != ERR_OK || buf_failed(&bytes)) && !undo(&bytes, before)) {
            buf_done(&bytes);
            return ERR_NO_MEMORY;
        }
        ends[i] = bytes.size;
    }
    parts_to_spans(&bytes, ends, asked->count, blocks);
    reply.get_blocks_reply.blocks = blocks;
    reply.get_blocks_reply.count = asked->count;
    err = message_encode(&reply, to);
    buf_done(&bytes);
    return err;
}

/* ---- names ---- */

static enum err serve_names(const struct source *source,
                            const struct msg_get_names *asked, struct buf *to)
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
        err = message_encode(&reply, to);
    } else {
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
                              size_t ledgers_count, struct buf *to)
{
    struct message reply = { .kind = MESSAGE_GET_RECORDS, .reply = true };
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
    if (err == ERR_OK) {
        err = message_encode(&reply, to);
    } else if (err != ERR_NO_MEMORY) {
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
                      struct buf *to)
{
    switch (request->kind) {
    case MESSAGE_GET_NOTES:
        return serve_notes(source, &request->get_notes, to);
    case MESSAGE_GET_RECORDS:
        return serve_records(source, &request->get_records, ledgers,
                             ledgers_count, to);
    case MESSAGE_GET_NAMES:
        return serve_names(source, &request->get_names, to);
    case MESSAGE_GET_BLOCKS:
        return serve_blocks(source, &request->get_blocks, to);
    case MESSAGE_LIST:
        return serve_list(source, &request->list, ledgers, ledgers_count, to);
    case MESSAGE_SYNC:
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
    case MESSAGE_PUT_BLOCKS:
    case MESSAGE_CHALLENGE:
    case MESSAGE_PUT_PROOFS:
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
