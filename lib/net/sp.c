/* SPDX-License-Identifier: Apache-2.0 */
#include "net/sp.h"

#include <string.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "base/reader.h"
#include "base/span.h"

#define LENGTH_SIZE 8 /* of a message, in front of it */
#define NUMBER_SIZE 4
#define MESSAGE_MAX (SP_HEAD_SIZE + MESSAGE_SIZE_MAX)

/* 0, "SP", version 0, the protocol's number (2), 0, 0. */
static const uint8_t asker[SP_GREETING_SIZE] = { 0, 'S', 'P', 0, 0, 48, 0, 0 };
static const uint8_t answerer[SP_GREETING_SIZE] = {
    0, 'S', 'P', 0, 0, 49, 0, 0
};

void sp_greeting_put(struct buf *to)
{
    buf_put_data(to, asker, sizeof(asker));
}

size_t sp_message_begin(struct buf *to)
{
    size_t place = to->size;

    (void)buf_extend(to, SP_HEAD_SIZE); /* its error sticks */
    return place;
}

enum err sp_message_end(struct buf *to, size_t place, uint32_t number)
{
    uint64_t length;

    CHECK((number & SP_NUMBER_BIT) != 0);
    if (buf_failed(to)) {
        return to->err;
    }
    CHECK(to->size > place + SP_HEAD_SIZE);
    length = to->size - place - LENGTH_SIZE;
    if (length > NUMBER_SIZE + MESSAGE_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    bytes_put_u64(to->data + place, length);
    bytes_put_u32(to->data + place + LENGTH_SIZE, number);
    return ERR_OK;
}

void sp_reader_init(struct sp_reader *reader)
{
    reader->has_greeting = false;
    buf_init(&reader->bytes, MESSAGE_MAX);
}

void sp_reader_done(struct sp_reader *reader)
{
    buf_done(&reader->bytes);
}

static uint64_t read_length(const struct buf *bytes)
{
    struct reader fields;

    reader_init(&fields, buf_span(bytes));
    return reader_u64(&fields);
}

/* Bytes that the greeting or message at hand still lacks; its length is within
 * bounds, sp_reader_filled() saw to it. */
static size_t lacking(const struct sp_reader *reader)
{
    size_t have = reader->bytes.size;

    if (!reader->has_greeting) {
        return SP_GREETING_SIZE - have;
    }
    if (have < LENGTH_SIZE) {
        return LENGTH_SIZE - have;
    }
    return LENGTH_SIZE + (size_t)read_length(&reader->bytes) - have;
}

uint8_t *sp_reader_room(struct sp_reader *reader, size_t *ret_size)
{
    size_t size = lacking(reader);
    uint8_t *room = buf_extend(&reader->bytes, size);

    if (room == NULL) {
        return NULL;
    }
    reader->bytes.size -= size; /* counted when they are really there */
    *ret_size = size;
    return room;
}

static enum err take_greeting(struct sp_reader *reader)
{
    if (memcmp(reader->bytes.data, answerer, sizeof(answerer)) != 0) {
        return ERR_MALFORMED;
    }
    reader->has_greeting = true;
    buf_clear(&reader->bytes);
    return ERR_OK;
}

enum err sp_reader_filled(struct sp_reader *reader, size_t size)
{
    CHECK(size <= lacking(reader));
    reader->bytes.size += size;
    if (!reader->has_greeting) {
        return reader->bytes.size == SP_GREETING_SIZE ? take_greeting(reader)
                                                      : ERR_OK;
    }
    if (reader->bytes.size == LENGTH_SIZE) {
        uint64_t length = read_length(&reader->bytes);

        if (length > NUMBER_SIZE + MESSAGE_SIZE_MAX) {
            return ERR_TOO_BIG;
        }
        if (length <= NUMBER_SIZE) {
            return ERR_MALFORMED;
        }
    }
    if (reader->bytes.size > LENGTH_SIZE &&
        (reader->bytes.data[LENGTH_SIZE] & 0x80) == 0) {
        return ERR_MALFORMED; /* on its way through others: not to us */
    }
    return ERR_OK;
}

bool sp_reader_has_message(const struct sp_reader *reader, uint32_t *ret_number)
{
    struct reader fields;

    if (!reader->has_greeting || reader->bytes.size < SP_HEAD_SIZE ||
        lacking(reader) > 0) {
        return false;
    }
    reader_init(&fields, buf_span(&reader->bytes));
    (void)reader_u64(&fields); /* the length was looked at */
    *ret_number = reader_u32(&fields);
    return true;
}

void sp_reader_take(struct sp_reader *reader, struct buf *ret_message)
{
    *ret_message = reader->bytes;
    buf_init(&reader->bytes, MESSAGE_MAX);
}
