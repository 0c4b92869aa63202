/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.pb-c.h"
#include "wire/encode_parts.h"

static Holdfast__Head **encode_heads(struct encoder *encoder,
                                     const struct head *heads, size_t count)
{
    Holdfast__Head **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__Head *items = encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__head__init(&items[i]);
        items[i].origin = encode_span(origin_span(&heads[i].origin));
        items[i].size = heads[i].size;
        items[i].root = encode_span(span_of(heads[i].root.bytes, 32));
        items[i].held = heads[i].held;
        list[i] = &items[i];
    }
    return list;
}

static void encode_sync(struct encoder *encoder, const struct msg_sync *from)
{
    Holdfast__Sync sync = HOLDFAST__SYNC__INIT;

    sync.instance = from->instance;
    sync.news = from->news;
    sync.digest = encode_span(span_of(from->digest.bytes, 32));
    sync.clock = from->clock_s;
    sync.release = encode_span(from->release);
    sync.wait = from->wait;
    sync.first = from->first;
    sync.n_yours = from->yours_count;
    sync.yours = encode_heads(encoder, from->yours, from->yours_count);
    if (sync.yours != NULL) {
        encode_pack(encoder, MESSAGE_SYNC, &sync.base);
    }
}

static void encode_sync_reply(struct encoder *encoder,
                              const struct msg_sync_reply *from)
{
    Holdfast__SyncReply sync = HOLDFAST__SYNC_REPLY__INIT;

    sync.instance = from->instance;
    sync.news = from->news;
    sync.clock = from->clock_s;
    sync.release = encode_span(from->release);
    sync.first = from->first;
    sync.n_yours = from->yours_count;
    sync.yours = encode_heads(encoder, from->yours, from->yours_count);
    sync.summary = from->has_summary;
    if (from->has_summary) {
        sync.roster_version = from->roster_version;
        sync.roster_hash = encode_span(span_of(from->roster_hash.bytes, 32));
        sync.n_heads = from->heads_count;
        sync.heads = encode_heads(encoder, from->heads, from->heads_count);
    }
    if (sync.yours != NULL && (!from->has_summary || sync.heads != NULL)) {
        encode_pack(encoder, MESSAGE_SYNC, &sync.base);
    }
}

static void encode_get_notes(struct encoder *encoder,
                             const struct msg_get_notes *from)
{
    Holdfast__GetNotes get = HOLDFAST__GET_NOTES__INIT;
    Holdfast__NoteRef **list =
        encode_array(encoder, from->count, sizeof(*list));
    Holdfast__NoteRef *items =
        encode_array(encoder, from->count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return;
    }
    for (size_t i = 0; i < from->count; i++) {
        holdfast__note_ref__init(&items[i]);
        items[i].kind = from->refs[i].kind;
        items[i].name = encode_span(from->refs[i].name);
        items[i].number = from->refs[i].number;
        list[i] = &items[i];
    }
    get.n_refs = from->count;
    get.refs = list;
    encode_pack(encoder, MESSAGE_GET_NOTES, &get.base);
}

static void encode_get_notes_reply(struct encoder *encoder,
                                   const struct msg_get_notes_reply *from)
{
    Holdfast__GetNotesReply reply = HOLDFAST__GET_NOTES_REPLY__INIT;

    reply.n_sizes = from->count;
    reply.sizes = encode_sizes(encoder, from->notes, from->count);
    if (reply.sizes == NULL) {
        return;
    }
    encode_pack(encoder, MESSAGE_GET_NOTES, &reply.base);
    for (size_t i = 0; i < from->count; i++) {
        buf_put(encoder->to, from->notes[i]);
    }
}

static void encode_get_records(struct encoder *encoder,
                               const struct msg_get_records *from)
{
    Holdfast__GetRecords get = HOLDFAST__GET_RECORDS__INIT;

    get.origin = encode_span(origin_span(&from->origin));
    get.from = from->from;
    get.count = from->count;
    encode_pack(encoder, MESSAGE_GET_RECORDS, &get.base);
}

static void encode_get_records_reply(struct encoder *encoder,
                                     const struct msg_get_records_reply *from)
{
    Holdfast__GetRecordsReply reply = HOLDFAST__GET_RECORDS_REPLY__INIT;

    reply.origin = encode_span(origin_span(&from->origin));
    reply.from = from->from;
    reply.count = from->leaves_count;
    reply.checkpoint_size = from->checkpoint.size;
    reply.path = encode_span(span_of(from->path, 32 * from->path_count));
    encode_pack(encoder, MESSAGE_GET_RECORDS, &reply.base);
    buf_put(encoder->to, from->checkpoint);
    for (size_t i = 0; i < from->leaves_count; i++) {
        if (from->leaves[i].size > UINT16_MAX) {
            encoder->to->err = ERR_TOO_BIG;
            return;
        }
        buf_put_u16(encoder->to, (uint16_t)from->leaves[i].size);
        buf_put(encoder->to, from->leaves[i]);
    }
}

static void encode_get_names(struct encoder *encoder,
                             const struct msg_get_names *from)
{
    Holdfast__GetNames get = HOLDFAST__GET_NAMES__INIT;

    get.root = encode_span(span_of(from->root.bytes, 32));
    get.page = from->page;
    encode_pack(encoder, MESSAGE_GET_NAMES, &get.base);
}

static void encode_get_names_reply(struct encoder *encoder,
                                   const struct msg_get_names_reply *from)
{
    Holdfast__GetNamesReply reply = HOLDFAST__GET_NAMES_REPLY__INIT;

    reply.root = encode_span(span_of(from->root.bytes, 32));
    reply.page = from->page;
    reply.names = from->names_count;
    reply.page_roots = from->page_roots_count;
    encode_pack(encoder, MESSAGE_GET_NAMES, &reply.base);
    buf_put_data(encoder->to, from->page_roots, 32 * from->page_roots_count);
    buf_put_data(encoder->to, from->names, 32 * from->names_count);
}

static void encode_get_blocks(struct encoder *encoder,
                              const struct msg_get_blocks *from)
{
    Holdfast__GetBlocks get = HOLDFAST__GET_BLOCKS__INIT;

    get.names = encode_span(span_of(from->names, 32 * from->count));
    encode_pack(encoder, MESSAGE_GET_BLOCKS, &get.base);
}

static void encode_get_blocks_reply(struct encoder *encoder,
                                    const struct msg_get_blocks_reply *from)
{
    Holdfast__GetBlocksReply reply = HOLDFAST__GET_BLOCKS_REPLY__INIT;

    reply.n_sizes = from->count;
    reply.sizes = encode_sizes(encoder, from->blocks, from->count);
    if (reply.sizes == NULL) {
        return;
    }
    encode_pack(encoder, MESSAGE_GET_BLOCKS, &reply.base);
    for (size_t i = 0; i < from->count; i++) {
        buf_put(encoder->to, from->blocks[i]);
    }
}

static void unsupported(struct encoder *encoder)
{
    if (!buf_failed(encoder->to)) {
        encoder->to->err = ERR_UNSUPPORTED;
    }
}

void encode_peer_request(struct encoder *encoder, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_SYNC:
        encode_sync(encoder, &message->sync);
        break;
    case MESSAGE_GET_NOTES:
        encode_get_notes(encoder, &message->get_notes);
        break;
    case MESSAGE_GET_RECORDS:
        encode_get_records(encoder, &message->get_records);
        break;
    case MESSAGE_GET_NAMES:
        encode_get_names(encoder, &message->get_names);
        break;
    case MESSAGE_GET_BLOCKS:
        encode_get_blocks(encoder, &message->get_blocks);
        break;
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
    case MESSAGE_PUT_BLOCKS:
    case MESSAGE_CHALLENGE:
    case MESSAGE_PUT_PROOFS:
    case MESSAGE_DEPOSIT:
    case MESSAGE_LIST:
    case MESSAGE_STATUS:
    case MESSAGE_RELOAD:
    case MESSAGE_OPEN_LEDGER:
    case MESSAGE_RECEIPTS:
    case MESSAGE_REFUSAL:
        unsupported(encoder);
        break;
    }
}

void encode_peer_reply(struct encoder *encoder, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_SYNC:
        encode_sync_reply(encoder, &message->sync_reply);
        break;
    case MESSAGE_GET_NOTES:
        encode_get_notes_reply(encoder, &message->get_notes_reply);
        break;
    case MESSAGE_GET_RECORDS:
        encode_get_records_reply(encoder, &message->get_records_reply);
        break;
    case MESSAGE_GET_NAMES:
        encode_get_names_reply(encoder, &message->get_names_reply);
        break;
    case MESSAGE_GET_BLOCKS:
        encode_get_blocks_reply(encoder, &message->get_blocks_reply);
        break;
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
    case MESSAGE_PUT_BLOCKS:
    case MESSAGE_CHALLENGE:
    case MESSAGE_PUT_PROOFS:
    case MESSAGE_DEPOSIT:
    case MESSAGE_LIST:
    case MESSAGE_STATUS:
    case MESSAGE_RELOAD:
    case MESSAGE_OPEN_LEDGER:
    case MESSAGE_RECEIPTS:
    case MESSAGE_REFUSAL:
        unsupported(encoder);
        break;
    }
}
