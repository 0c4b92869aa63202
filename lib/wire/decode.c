/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/decode.h"

#include <string.h>

#include "base/reader.h"
#include "peer.pb-c.h"
#include "wire/decode_parts.h"
#include "wire/schema.h"

static void *arena_alloc(void *allocator_data, size_t size)
{
    return arena_take(allocator_data, 1, size);
}

static void arena_free(void *allocator_data, void *pointer)
{
    (void)allocator_data; /* the arena is reset as a whole */
    (void)pointer;
}

/* One function for each kind; all have the same form. */
static bool decode_request(struct decoder *decoder, const void *unpacked,
                           struct message *message)
{
    switch (message->kind) {
    case MESSAGE_SYNC:
        return decode_sync(decoder, unpacked, &message->sync);
    case MESSAGE_GET_NOTES:
        return decode_get_notes(decoder, unpacked, &message->get_notes);
    case MESSAGE_GET_RECORDS:
        return decode_get_records(unpacked, &message->get_records);
    case MESSAGE_GET_NAMES:
        return decode_get_names(unpacked, &message->get_names);
    case MESSAGE_GET_BLOCKS:
        return decode_get_blocks(unpacked, &message->get_blocks);
    case MESSAGE_DEPOSIT:
        return decode_deposit(decoder, unpacked, &message->deposit);
    case MESSAGE_LIST:
        return decode_list(unpacked, &message->list);
    case MESSAGE_RECEIPTS:
        return decode_receipts(decoder, unpacked, &message->receipts);
    case MESSAGE_OPEN_LEDGER:
        message->open_ledger.confirm =
            decode_span(&((const Holdfast__OpenLedger *)unpacked)->confirm);
        return true;
    case MESSAGE_SCRUB:
        return decode_scrub(unpacked, &message->scrub);
    case MESSAGE_EVENTS:
        return decode_events(unpacked, &message->events);
    case MESSAGE_STATUS:
    case MESSAGE_RELOAD:
        return true;
    case MESSAGE_PUT_NOTES:
        return decode_put_notes(decoder, unpacked, &message->put_notes);
    case MESSAGE_PUT_RECORDS:
        return decode_get_records_reply(decoder, unpacked,
                                        &message->put_records);
    case MESSAGE_PUT_BLOCKS:
        return decode_put_blocks(decoder, unpacked, &message->put_blocks);
    case MESSAGE_CHALLENGE:
        return decode_challenge(decoder, unpacked, &message->challenge);
    case MESSAGE_PUT_PROOFS:
        return decode_proofs(decoder, unpacked, &message->proofs);
    case MESSAGE_VERIFY:
        return decode_verify(unpacked, &message->verify);
    case MESSAGE_REFUSAL:
        return false;
    }
    return false;
}

static bool decode_reply(struct decoder *decoder, const void *unpacked,
                         struct message *message)
{
    switch (message->kind) {
    case MESSAGE_SYNC:
        return decode_sync_reply(decoder, unpacked, &message->sync_reply);
    case MESSAGE_GET_NOTES:
        return decode_get_notes_reply(decoder, unpacked,
                                      &message->get_notes_reply);
    case MESSAGE_GET_RECORDS:
        return decode_get_records_reply(decoder, unpacked,
                                        &message->get_records_reply);
    case MESSAGE_GET_NAMES:
        return decode_get_names_reply(decoder, unpacked,
                                      &message->get_names_reply);
    case MESSAGE_GET_BLOCKS:
        return decode_get_blocks_reply(decoder, unpacked,
                                       &message->get_blocks_reply);
    case MESSAGE_DEPOSIT:
    case MESSAGE_RECEIPTS:
        return decode_deposit_reply(decoder, unpacked, &message->deposit_reply);
    case MESSAGE_LIST:
        return decode_list_reply(decoder, unpacked, &message->list_reply);
    case MESSAGE_STATUS:
        return decode_status_reply(decoder, unpacked, &message->status_reply);
    case MESSAGE_RELOAD:
        message->reload_reply.text =
            decode_span(&((const Holdfast__ReloadReply *)unpacked)->text);
        return true;
    case MESSAGE_SCRUB:
        return decode_scrub_reply(unpacked, &message->scrub_reply);
    case MESSAGE_EVENTS:
        return decode_events_reply(decoder, unpacked, &message->events_reply);
    case MESSAGE_OPEN_LEDGER:
        return decode_open_ledger_reply(unpacked, &message->open_ledger_reply);
    case MESSAGE_REFUSAL:
        return decode_refusal(unpacked, &message->refusal);
    case MESSAGE_PUT_NOTES:
    case MESSAGE_PUT_RECORDS:
    case MESSAGE_PUT_BLOCKS:
    case MESSAGE_PUT_PROOFS:
        return decode_put_reply(unpacked, &message->put_reply);
    case MESSAGE_CHALLENGE:
        return decode_proofs(decoder, unpacked, &message->proofs);
    case MESSAGE_VERIFY:
        return decode_verify_reply(decoder, unpacked, &message->verify_reply);
    }
    return false;
}

static enum err unpack(struct span protobuf, bool reply,
                       const struct schema *schema, struct arena *arena,
                       void **ret_unpacked, struct why *ret_why)
{
    const struct prescan_table *table =
        reply ? schema->reply_table : schema->request_table;
    const ProtobufCMessageDescriptor *descriptor =
        reply ? schema->reply : schema->request;

    if (descriptor == NULL || protobuf.size > PROTOBUF_SIZE_MAX ||
        prescan(protobuf, table) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED,
                       "message %d: its fields are not as they must be",
                       (int)schema->kind);
    }

    ProtobufCAllocator allocator = { arena_alloc, arena_free, arena };

    *ret_unpacked = protobuf_c_message_unpack(descriptor, &allocator,
                                              protobuf.size, protobuf.data);
    if (*ret_unpacked == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY,
                       "message %d: needs more memory than a message may",
                       (int)schema->kind);
    }
    return ERR_OK;
}

static enum err decode(struct span bytes, bool reply, struct arena *arena,
                       struct message *ret_message, struct why *ret_why)
{
    struct reader reader;
    struct decoder decoder = { .arena = arena };
    struct message message;
    void *unpacked;

    memset(&message, 0, sizeof(message)); /* of the union too: all of it */
    message.reply = reply;
    reader_init(&reader, bytes);

    unsigned kind = reader_u8(&reader);
    uint32_t size = reader_u32(&reader);
    struct span protobuf = reader_take(&reader, size);

    if (reader.failed) {
        return why_set(ret_why, ERR_MALFORMED, "message %u: cut off", kind);
    }

    const struct schema *schema = schema_find(kind);

    if (schema == NULL || (!reply && schema->request == NULL)) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "requests of kind %u are not known", kind);
    }

    enum err err = unpack(protobuf, reply, schema, arena, &unpacked, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    message.kind = schema->kind;
    reader_init(&decoder.raw, reader.left);

    bool good = reply ? decode_reply(&decoder, unpacked, &message)
                      : decode_request(&decoder, unpacked, &message);

    if (decoder.out_of_memory) {
        return why_set(ret_why, ERR_NO_MEMORY,
                       "message %u: needs more memory than a message may",
                       kind);
    }
    if (!good || !reader_finish(&decoder.raw)) {
        return why_set(ret_why, ERR_MALFORMED,
                       "message %u: its parts do not fit together", kind);
    }
    *ret_message = message;
    return ERR_OK;
}

enum err message_decode_request(struct span bytes, struct arena *arena,
                                struct message *ret_message,
                                struct why *ret_why)
{
    return decode(bytes, false, arena, ret_message, ret_why);
}

enum err message_decode_reply(struct span bytes, enum message_kind kind,
                              struct arena *arena, struct message *ret_message,
                              struct why *ret_why)
{
    if (bytes.size > 0 && bytes.data[0] != (uint8_t)kind &&
        bytes.data[0] != (uint8_t)MESSAGE_REFUSAL) {
        return why_set(ret_why, ERR_MALFORMED,
                       "asked for %d, the answer is of kind %u", (int)kind,
                       (unsigned)bytes.data[0]);
    }
    return decode(bytes, true, arena, ret_message, ret_why);
}
