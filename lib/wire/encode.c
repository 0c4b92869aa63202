/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/encode.h"

#include "base/check.h"
#include "base/why.h"
#include "peer.pb-c.h"
#include "wire/encode_parts.h"
#include "wire/schema.h"

struct ProtobufCBinaryData encode_span(struct span bytes)
{
    /* protobuf-c does not write to what it packs. */
    return (ProtobufCBinaryData){ bytes.size,
                                  (uint8_t *)(uintptr_t)bytes.data };
}

void *encode_array(struct encoder *encoder, size_t count, size_t size)
{
    void *array = arena_take(&encoder->arena, count, size);

    if (array == NULL && !buf_failed(encoder->to)) {
        encoder->to->err = ERR_NO_MEMORY;
    }
    return array;
}

uint32_t *encode_sizes(struct encoder *encoder, const struct span *spans,
                       size_t count)
{
    uint32_t *sizes = encode_array(encoder, count, sizeof(*sizes));

    for (size_t i = 0; sizes != NULL && i < count; i++) {
        sizes[i] = (uint32_t)spans[i].size;
    }
    return sizes;
}

void encode_pack(struct encoder *encoder, enum message_kind kind,
                 const struct ProtobufCMessage *message)
{
    const struct schema *schema = schema_find(kind);
    size_t size = protobuf_c_message_get_packed_size(message);

    CHECK(schema != NULL);
    if (size > PROTOBUF_SIZE_MAX) {
        encoder->to->err = ERR_TOO_BIG;
        return;
    }
    buf_put_byte(encoder->to, (uint8_t)kind);
    buf_put_u32(encoder->to, (uint32_t)size);

    uint8_t *at = buf_extend(encoder->to, size);

    if (at != NULL) {
        (void)protobuf_c_message_pack(message, at); /* wrote `size` bytes */
        if (prescan(span_of(at, size), message->descriptor == schema->request
                                           ? schema->request_table
                                           : schema->reply_table) != ERR_OK) {
            encoder->to->err = ERR_TOO_BIG; /* its reader would refuse it */
        }
    }
}

/* Arrays of the protobuf need about as much as the message's own. */
#define ENCODER_ARENA_SIZE (256 * 1024)

enum err message_encode(const struct message *message, struct buf *to)
{
    struct encoder encoder = { .to = to };
    enum err err = arena_init(&encoder.arena, ENCODER_ARENA_SIZE);

    if (err != ERR_OK) {
        return err;
    }

    size_t size = to->size;
    bool client = message->kind >= MESSAGE_DEPOSIT;

    if (encode_is_scrub(message)) {
        encode_scrub(&encoder, message);
    } else if (encode_is_proof(message)) {
        encode_proof(&encoder, message);
    } else if (!client) {
        encode_peer(&encoder, message);
    } else if (message->reply) {
        encode_client_reply(&encoder, message);
    } else {
        encode_client_request(&encoder, message);
    }
    arena_done(&encoder.arena);
    if (to->err != ERR_OK) {
        to->size = size;
    }
    return to->err;
}

/* A protobuf that consists of one packed field of 4-byte numbers: key, length,
 * numbers. Written by hand so that its size is known before the numbers. */
static size_t packed_length_size(size_t bytes)
{
    return bytes < 128 ? 1 : 2;
}

size_t blocks_reply_head_size(size_t count)
{
    CHECK(count >= 1 && count <= BLOCKS_PER_REQUEST_MAX);
    return MESSAGE_HEAD_SIZE + 1 + packed_length_size(4 * count) + 4 * count;
}

void blocks_reply_head(uint8_t *at, const uint32_t *sizes, size_t count)
{
    size_t bytes = 4 * count;
    size_t protobuf = blocks_reply_head_size(count) - MESSAGE_HEAD_SIZE;

    *at++ = MESSAGE_GET_BLOCKS;
    *at++ = 0;
    *at++ = 0;
    *at++ = (uint8_t)(protobuf >> 8);
    *at++ = (uint8_t)protobuf;
    *at++ = 1 << 3 | 2; /* field 1, length-delimited */
    if (bytes < 128) {
        *at++ = (uint8_t)bytes;
    } else {
        *at++ = (uint8_t)(bytes & 0x7f) | 0x80;
        *at++ = (uint8_t)(bytes >> 7);
    }
    for (size_t i = 0; i < count; i++) {
        for (unsigned shift = 0; shift < 32; shift += 8) {
            *at++ = (uint8_t)(sizes[i] >> shift); /* protobuf: little-endian */
        }
    }
}

enum err refusal_encode(enum err code, const char *name, const char *text,
                        struct buf *to)
{
    struct message message = {
        .kind = MESSAGE_REFUSAL,
        .reply = true,
        .refusal = { .code = (uint64_t)code,
                     .name = span_str(name),
                     .text = span_part(span_str(text), 0, WHY_SIZE) },
    };

    return message_encode(&message, to);
}
