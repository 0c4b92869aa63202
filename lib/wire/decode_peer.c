/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "peer.pb-c.h"
#include "wire/decode_parts.h"

struct span decode_span(const ProtobufCBinaryData *field)
{
    return span_of(field->data, field->len);
}

void *decode_array(struct decoder *decoder, size_t count, size_t size)
{
    void *array = arena_take(decoder->arena, count, size);

    if (array == NULL) {
        decoder->out_of_memory = true;
    }
    return array;
}

bool decode_sized(struct decoder *decoder, const uint32_t *sizes, size_t count,
                  const struct span **ret_spans)
{
    struct span *spans = decode_array(decoder, count, sizeof(*spans));

    if (spans == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        spans[i] = reader_take(&decoder->raw, sizes[i]);
    }
    *ret_spans = spans;
    return !decoder->raw.failed;
}

bool decode_root32(const ProtobufCBinaryData *field, uint8_t *to)
{
    if (field->len != 32) {
        return false;
    }
    memcpy(to, field->data, 32);
    return true;
}

static bool decode_heads(struct decoder *decoder, Holdfast__Head *const *from,
                         size_t count, const struct head **ret_heads)
{
    struct head *heads = decode_array(decoder, count, sizeof(*heads));

    if (heads == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (origin_parse(decode_span(&from[i]->origin), &heads[i].origin) !=
                ERR_OK ||
            !decode_root32(&from[i]->root, heads[i].root.bytes) ||
            from[i]->size == 0 || from[i]->size >= 1ULL << 63 ||
            from[i]->held > from[i]->size) {
            return false;
        }
        heads[i].size = from[i]->size;
        heads[i].held = from[i]->held;
        heads[i].lines = from[i]->lines;
        heads[i].forked = from[i]->forked;
    }
    *ret_heads = heads;
    return true;
}

bool decode_sync(struct decoder *decoder, const void *from, struct msg_sync *to)
{
    const Holdfast__Sync *sync = from;

    to->instance = sync->instance;
    to->news = sync->news;
    to->clock_s = sync->clock;
    to->release = decode_span(&sync->release);
    to->wait = sync->wait;
    to->first = sync->first;
    to->brings = sync->brings;
    to->nothing_newer = sync->nothing_newer;
    to->vouch = sync->vouch;
    to->yours_count = sync->n_yours;
    to->cosigned_count = sync->n_cosigned;
    return decode_root32(&sync->digest, to->digest.bytes) &&
           decode_heads(decoder, sync->yours, sync->n_yours, &to->yours) &&
           decode_heads(decoder, sync->cosigned, sync->n_cosigned,
                        &to->cosigned);
}

static bool decode_label(const ProtobufCBinaryData *field, struct label *to)
{
    return label_parse(decode_span(field), to) == ERR_OK;
}

static bool decode_statements(struct decoder *decoder,
                              const Holdfast__SyncReply *from,
                              struct msg_sync_reply *to)
{
    struct statement_ref *refs =
        decode_array(decoder, from->n_statements, sizeof(*refs));

    if (refs == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_statements; i++) {
        const Holdfast__StatementRef *ref = from->statements[i];

        if (!decode_label(&ref->node, &refs[i].node) ||
            origin_parse(decode_span(&ref->ledger), &refs[i].ledger) !=
                ERR_OK) {
            return false;
        }
        refs[i].number = ref->number;
    }
    to->statements = refs;
    to->statements_count = from->n_statements;
    return true;
}

static bool decode_leases(struct decoder *decoder,
                          const Holdfast__SyncReply *from,
                          struct msg_sync_reply *to)
{
    struct lease *leases =
        decode_array(decoder, from->n_leases, sizeof(*leases));

    if (leases == NULL) {
        return false;
    }
    for (size_t i = 0; i < from->n_leases; i++) {
        const Holdfast__Lease *lease = from->leases[i];

        if (lease->kind < LEASE_BLOCK || lease->kind > LEASE_NAMES ||
            !decode_root32(&lease->name, leases[i].name.bytes) ||
            lease->page >= NAME_PAGES_MAX || lease->size > BLOCK_SIZE_MAX) {
            return false;
        }
        leases[i].kind = (enum lease_kind)lease->kind;
        leases[i].page = lease->page;
        leases[i].size = lease->size;
    }
    to->leases = leases;
    to->leases_count = from->n_leases;
    return true;
}

bool decode_sync_reply(struct decoder *decoder, const void *from,
                       struct msg_sync_reply *to)
{
    const Holdfast__SyncReply *sync = from;

    to->instance = sync->instance;
    to->news = sync->news;
    to->clock_s = sync->clock;
    to->release = decode_span(&sync->release);
    to->first = sync->first;
    to->yours_count = sync->n_yours;
    to->cosigned_count = sync->n_cosigned;
    to->has_summary = sync->summary;
    to->heads_count = sync->n_heads;
    to->roster_version = sync->roster_version;
    if (to->has_summary
            ? !decode_root32(&sync->roster_hash, to->roster_hash.bytes)
            : sync->roster_version != 0 || sync->roster_hash.len != 0 ||
                  sync->n_heads != 0 || sync->n_statements != 0 ||
                  sync->others.len != 0) {
        return false;
    }
    to->others = (const struct digest *)sync->others.data;
    to->others_count = sync->others.len / 32;
    to->vouched_count = sync->n_vouched;
    to->challenges_count = sync->n_challenges;
    return sync->others.len % 32 == 0 &&
           decode_heads(decoder, sync->yours, sync->n_yours, &to->yours) &&
           decode_heads(decoder, sync->cosigned, sync->n_cosigned,
                        &to->cosigned) &&
           decode_heads(decoder, sync->heads, sync->n_heads, &to->heads) &&
           decode_statements(decoder, sync, to) &&
           decode_leases(decoder, sync, to) &&
           decode_labels(decoder, sync->vouched, sync->n_vouched,
                         &to->vouched) &&
           decode_questions(decoder, sync->challenges, sync->n_challenges,
                            &to->challenges);
}

bool decode_refs(struct decoder *decoder, Holdfast__NoteRef *const *from,
                 size_t count, const struct note_ref **ret_refs)
{
    struct note_ref *refs = decode_array(decoder, count, sizeof(*refs));

    if (refs == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (from[i]->kind < NOTE_ROSTER || from[i]->kind > NOTE_FORK) {
            return false;
        }
        refs[i].kind = (enum note_kind)from[i]->kind;
        refs[i].name = decode_span(&from[i]->name);
        refs[i].number = from[i]->number;
    }
    *ret_refs = refs;
    return true;
}

bool decode_get_notes(struct decoder *decoder, const void *from,
                      struct msg_get_notes *to)
{
    const Holdfast__GetNotes *get = from;

    to->count = get->n_refs;
    return decode_refs(decoder, get->refs, get->n_refs, &to->refs);
}

bool decode_get_notes_reply(struct decoder *decoder, const void *from,
                            struct msg_get_notes_reply *to)
{
    const Holdfast__GetNotesReply *reply = from;

    to->count = reply->n_sizes;
    return decode_sized(decoder, reply->sizes, reply->n_sizes, &to->notes);
}

bool decode_get_records(const void *from, struct msg_get_records *to)
{
    const Holdfast__GetRecords *get = from;

    to->from = get->from;
    to->count = get->count;
    return origin_parse(decode_span(&get->origin), &to->origin) == ERR_OK &&
           get->count >= 1 && get->count <= RECORDS_BATCH_COUNT_MAX &&
           get->from < 1ULL << 63;
}

bool decode_get_records_reply(struct decoder *decoder, const void *from,
                              struct msg_get_records_reply *to)
{
    const Holdfast__GetRecordsReply *reply = from;

    if (origin_parse(decode_span(&reply->origin), &to->origin) != ERR_OK ||
        reply->path.len % 32 != 0 || reply->from >= 1ULL << 63 ||
        reply->count > RECORDS_BATCH_COUNT_MAX ||
        reply->checkpoint_size > NOTE_SIZE_MAX) {
        return false;
    }

    struct span *leaves =
        decode_array(decoder, (size_t)reply->count, sizeof(*leaves));

    if (leaves == NULL) {
        return false;
    }
    to->from = reply->from;
    to->path = (const struct digest *)reply->path.data;
    to->path_count = reply->path.len / 32;
    to->checkpoint = reader_take(&decoder->raw, (size_t)reply->checkpoint_size);
    for (size_t i = 0; i < reply->count; i++) {
        leaves[i] = reader_take(&decoder->raw, reader_u16(&decoder->raw));
    }
    to->leaves = leaves;
    to->leaves_count = (size_t)reply->count;
    return !decoder->raw.failed;
}

bool decode_get_names(const void *from, struct msg_get_names *to)
{
    const Holdfast__GetNames *get = from;

    to->page = get->page;
    return decode_root32(&get->root, to->root.bytes) &&
           get->page < NAME_PAGES_MAX;
}

bool decode_get_names_reply(struct decoder *decoder, const void *from,
                            struct msg_get_names_reply *to)
{
    const Holdfast__GetNamesReply *reply = from;

    if (!decode_root32(&reply->root, to->root.bytes) ||
        reply->page >= NAME_PAGES_MAX || reply->page_roots > NAME_PAGES_MAX ||
        reply->names > NAMES_PER_PAGE) {
        return false;
    }
    to->page = reply->page;
    to->found = reply->names > 0;
    to->page_roots_count = (size_t)reply->page_roots;
    to->page_roots = (const struct digest *)reader_take(
                         &decoder->raw, to->page_roots_count * 32)
                         .data;
    to->names_count = (size_t)reply->names;
    to->names = (const struct block_id *)reader_take(&decoder->raw,
                                                     to->names_count * 32)
                    .data;
    return !decoder->raw.failed;
}

bool decode_get_blocks(const void *from, struct msg_get_blocks *to)
{
    const Holdfast__GetBlocks *get = from;

    to->names = (const struct block_id *)get->names.data;
    to->count = get->names.len / 32;
    to->headers = NULL; /* the asker's own note, never on the wire */
    return get->names.len % 32 == 0 && to->count >= 1;
}

bool decode_get_blocks_reply(struct decoder *decoder, const void *from,
                             struct msg_get_blocks_reply *to)
{
    const Holdfast__GetBlocksReply *reply = from;

    to->count = reply->n_sizes;
    return decode_sized(decoder, reply->sizes, reply->n_sizes, &to->blocks);
}
