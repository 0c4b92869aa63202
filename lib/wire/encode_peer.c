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
        items[i].lines = heads[i].lines;
        items[i].forked = heads[i].forked;
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
    sync.brings = from->brings;
    sync.nothing_newer = from->nothing_newer;
    sync.vouch = from->vouch;
    sync.n_yours = from->yours_count;
    sync.yours = encode_heads(encoder, from->yours, from->yours_count);
    sync.n_cosigned = from->cosigned_count;
    sync.cosigned = encode_heads(encoder, from->cosigned, from->cosigned_count);
    if (sync.yours != NULL && sync.cosigned != NULL) {
        encode_pack(encoder, MESSAGE_SYNC, &sync.base);
    }
}

static Holdfast__StatementRef **encode_statements(
    struct encoder *encoder, const struct msg_sync_reply *from)
{
    size_t count = from->statements_count;
    Holdfast__StatementRef **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__StatementRef *items =
        encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__statement_ref__init(&items[i]);
        items[i].node = encode_span(label_span(&from->statements[i].node));
        items[i].ledger = encode_span(origin_span(&from->statements[i].ledger));
        items[i].number = from->statements[i].number;
        list[i] = &items[i];
    }
    return list;
}

static Holdfast__Lease **encode_leases(struct encoder *encoder,
                                       const struct msg_sync_reply *from)
{
    size_t count = from->leases_count;
    Holdfast__Lease **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__Lease *items = encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__lease__init(&items[i]);
        items[i].kind = from->leases[i].kind;
        items[i].name = encode_span(span_of(from->leases[i].name.bytes, 32));
        items[i].page = from->leases[i].page;
        items[i].size = from->leases[i].size;
        list[i] = &items[i];
    }
    return list;
}

static bool encode_summary(struct encoder *encoder,
                           const struct msg_sync_reply *from,
                           Holdfast__SyncReply *sync)
{
    sync->roster_version = from->roster_version;
    sync->roster_hash = encode_span(span_of(from->roster_hash.bytes, 32));
    sync->n_heads = from->heads_count;
    sync->heads = encode_heads(encoder, from->heads, from->heads_count);
    sync->n_statements = from->statements_count;
    sync->statements = encode_statements(encoder, from);
    sync->others = encode_span(span_of(from->others, 32 * from->others_count));
    return sync->heads != NULL && sync->statements != NULL;
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
    sync.n_cosigned = from->cosigned_count;
    sync.cosigned = encode_heads(encoder, from->cosigned, from->cosigned_count);
    sync.summary = from->has_summary;
    sync.n_leases = from->leases_count;
    sync.leases = encode_leases(encoder, from);
    sync.n_vouched = from->vouched_count;
    sync.vouched = encode_labels(encoder, from->vouched, from->vouched_count);
    sync.n_challenges = from->challenges_count;
    sync.challenges =
        encode_questions(encoder, from->challenges, from->challenges_count);
    if (sync.yours != NULL && sync.cosigned != NULL && sync.leases != NULL &&
        sync.vouched != NULL && sync.challenges != NULL &&
        (!from->has_summary || encode_summary(encoder, from, &sync))) {
        encode_pack(encoder, MESSAGE_SYNC, &sync.base);
    }
}

static Holdfast__NoteRef **encode_refs(struct encoder *encoder,
                                       const struct note_ref *refs,
                                       size_t count)
{
    Holdfast__NoteRef **list = encode_array(encoder, count, sizeof(*list));
    Holdfast__NoteRef *items = encode_array(encoder, count, sizeof(*items));

    if (list == NULL || items == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        holdfast__note_ref__init(&items[i]);
        items[i].kind = refs[i].kind;
        items[i].name = encode_span(refs[i].name);
        items[i].number = refs[i].number;
        list[i] = &items[i];
    }
    return list;
}

static void encode_get_notes(struct encoder *encoder,
                             const struct msg_get_notes *from)
{
    Holdfast__GetNotes get = HOLDFAST__GET_NOTES__INIT;

    get.n_refs = from->count;
    get.refs = encode_refs(encoder, from->refs, from->count);
    if (get.refs != NULL) {
        encode_pack(encoder, MESSAGE_GET_NOTES, &get.base);
    }
}

static void put_spans(struct encoder *encoder, const struct span *spans,
                      size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_put(encoder->to, spans[i]);
    }
}

static void encode_put_notes(struct encoder *encoder,
                             const struct msg_put_notes *from)
{
    Holdfast__PutNotes put = HOLDFAST__PUT_NOTES__INIT;

    put.n_refs = from->count;
    put.refs = encode_refs(encoder, from->refs, from->count);
    put.n_sizes = from->count;
    put.sizes = encode_sizes(encoder, from->notes, from->count);
    if (put.refs != NULL && put.sizes != NULL) {
        encode_pack(encoder, MESSAGE_PUT_NOTES, &put.base);
        put_spans(encoder, from->notes, from->count);
    }
}

static void encode_put_blocks(struct encoder *encoder,
                              const struct msg_put_blocks *from)
{
    Holdfast__PutBlocks put = HOLDFAST__PUT_BLOCKS__INIT;

    put.names = encode_span(span_of(from->names, 32 * from->count));
    put.n_sizes = from->count;
    put.sizes = encode_sizes(encoder, from->blocks, from->count);
    put.n_pages = from->pages_count;
    put.pages = encode_pages(encoder, from->pages, from->pages_count);
    if (put.sizes == NULL || put.pages == NULL) {
        return;
    }
    encode_pack(encoder, MESSAGE_PUT_BLOCKS, &put.base);
    put_spans(encoder, from->blocks, from->count);
    for (size_t i = 0; i < from->pages_count; i++) {
        buf_put_data(encoder->to, from->pages[i].names,
                     32 * from->pages[i].names_count);
    }
}

void encode_put_reply(struct encoder *encoder, enum message_kind kind,
                      const struct msg_put_reply *from)
{
    Holdfast__PutReply reply = HOLDFAST__PUT_REPLY__INIT;

    reply.results = encode_span(span_of(from->results, from->count));
    reply.size = from->size;
    encode_pack(encoder, kind, &reply.base);
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
    put_spans(encoder, from->notes, from->count);
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

/* The answer of GET_RECORDS, and the request PUT_RECORDS. */
static void encode_records(struct encoder *encoder, enum message_kind kind,
                           const struct msg_get_records_reply *from)
{
    Holdfast__GetRecordsReply reply = HOLDFAST__GET_RECORDS_REPLY__INIT;

    reply.origin = encode_span(origin_span(&from->origin));
    reply.from = from->from;
    reply.count = from->leaves_count;
    reply.checkpoint_size = from->checkpoint.size;
    reply.path = encode_span(span_of(from->path, 32 * from->path_count));
    encode_pack(encoder, kind, &reply.base);
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
    put_spans(encoder, from->blocks, from->count);
}

static void unsupported(struct encoder *encoder)
{
    if (!buf_failed(encoder->to)) {
        encoder->to->err = ERR_UNSUPPORTED;
    }
}

static void encode_request(struct encoder *encoder,
                           const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_SYNC:
        encode_sync(encoder, &message->sync);
        break;
    case MESSAGE_GET_NOTES:
        encode_get_notes(encoder, &message->get_notes);
        break;
    case MESSAGE_PUT_NOTES:
        encode_put_notes(encoder, &message->put_notes);
        break;
    case MESSAGE_GET_RECORDS:
        encode_get_records(encoder, &message->get_records);
        break;
    case MESSAGE_PUT_RECORDS:
        encode_records(encoder, MESSAGE_PUT_RECORDS, &message->put_records);
        break;
    case MESSAGE_GET_NAMES:
        encode_get_names(encoder, &message->get_names);
        break;
    case MESSAGE_GET_BLOCKS:
        encode_get_blocks(encoder, &message->get_blocks);
        break;
    case MESSAGE_PUT_BLOCKS:
        encode_put_blocks(encoder, &message->put_blocks);
        break;
    case MESSAGE_CHALLENGE:
    case MESSAGE_PUT_PROOFS:
    case MESSAGE_VERIFY:
    case MESSAGE_SCRUB:
    case MESSAGE_EVENTS:
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

static void encode_reply(struct encoder *encoder, const struct message *message)
{
    switch (message->kind) {
    case MESSAGE_SYNC:
        encode_sync_reply(encoder, &message->sync_reply);
        break;
    case MESSAGE_GET_NOTES:
        encode_get_notes_reply(encoder, &message->get_notes_reply);
        break;
    case MESSAGE_GET_RECORDS:
        encode_records(encoder, MESSAGE_GET_RECORDS,
                       &message->get_records_reply);
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
        encode_put_reply(encoder, message->kind, &message->put_reply);
        break;
    case MESSAGE_CHALLENGE:
    case MESSAGE_PUT_PROOFS:
    case MESSAGE_VERIFY:
    case MESSAGE_SCRUB:
    case MESSAGE_EVENTS:
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

void encode_peer(struct encoder *encoder, const struct message *message)
{
    if (message->reply) {
        encode_reply(encoder, message);
    } else {
        encode_request(encoder, message);
    }
}
