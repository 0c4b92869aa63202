/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/prescan.h"

#include "base/check.h"
#include "base/reader.h"

#define FIELD_NUMBER_MAX ((1U << 29) - 1)

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_EIGHT = 1,
    WIRE_LENGTH = 2,
    WIRE_FOUR = 5
};

/* At most ten bytes, in the shortest form. */
static bool read_varint(struct reader *reader, uint64_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint8_t byte = reader_u8(reader);

        if (reader->failed || (shift == 63 && byte > 1)) {
            return false;
        }
        value |= (uint64_t)(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) {
            *ret_value = value;
            return byte != 0 || shift == 0;
        }
    }
    return false;
}

static const struct prescan_field *find_field(const struct prescan_table *table,
                                              uint64_t number,
                                              size_t *ret_index)
{
    for (size_t index = 0; index < table->count; index++) {
        if (table->fields[index].number == number) {
            *ret_index = index;
            return &table->fields[index];
        }
    }
    return NULL;
}

static bool read_number(struct reader *reader,
                        const struct prescan_field *field, uint64_t wire_type)
{
    uint64_t value;

    if (wire_type != WIRE_VARINT || !read_varint(reader, &value)) {
        return false;
    }
    return value <= (field->type == PRESCAN_BOOL  ? 1
                     : field->type == PRESCAN_U32 ? UINT32_MAX
                                                  : UINT64_MAX);
}

static bool read_bytes(struct reader *reader, const struct prescan_field *field,
                       uint64_t wire_type, struct span *ret_bytes)
{
    uint64_t size;

    if (wire_type != WIRE_LENGTH || !read_varint(reader, &size) ||
        size > reader->left.size) {
        return false;
    }
    if (field->type != PRESCAN_SUB && size > field->size_max) {
        return false;
    }
    if (field->type == PRESCAN_SIZES && size % 4 != 0) {
        return false;
    }
    *ret_bytes = reader_take(reader, (size_t)size);
    return !reader->failed;
}

/* A field of a newer release: read over. */
static bool skip_unknown(struct reader *reader, uint64_t key)
{
    uint64_t value;

    if (key >> 3 == 0 || key >> 3 > FIELD_NUMBER_MAX) {
        return false;
    }
    switch (key & 7) {
    case WIRE_VARINT:
        return read_varint(reader, &value);
    case WIRE_EIGHT:
        (void)reader_take(reader, 8);
        return !reader->failed;
    case WIRE_LENGTH:
        if (!read_varint(reader, &value) || value > reader->left.size) {
            return false;
        }
        (void)reader_take(reader, (size_t)value);
        return !reader->failed;
    case WIRE_FOUR:
        (void)reader_take(reader, 4);
        return !reader->failed;
    default:
        return false;
    }
}

static enum err scan(struct span bytes, const struct prescan_table *table,
                     unsigned depth, unsigned *unknown)
{
    size_t counts[PRESCAN_FIELDS_MAX] = { 0 };
    struct reader reader;

    CHECK(table->count <= PRESCAN_FIELDS_MAX);
    CHECK(depth <= PRESCAN_DEPTH_MAX);
    reader_init(&reader, bytes);
    while (reader.left.size > 0) {
        uint64_t key;
        size_t index;

        if (!read_varint(&reader, &key)) {
            return ERR_MALFORMED;
        }

        const struct prescan_field *field = find_field(table, key >> 3, &index);

        if (field == NULL) {
            if (++*unknown > PRESCAN_UNKNOWN_MAX ||
                !skip_unknown(&reader, key)) {
                return ERR_MALFORMED;
            }
            continue;
        }
        if (++counts[index] > field->count_max) {
            return ERR_MALFORMED;
        }
        if (field->type < PRESCAN_BYTES) {
            if (!read_number(&reader, field, key & 7)) {
                return ERR_MALFORMED;
            }
            continue;
        }

        struct span value;

        if (!read_bytes(&reader, field, key & 7, &value) ||
            (field->type == PRESCAN_SUB &&
             scan(value, field->sub, depth + 1, unknown) != ERR_OK)) {
            return ERR_MALFORMED;
        }
    }
    return ERR_OK;
}

enum err prescan(struct span bytes, const struct prescan_table *table)
{
    unsigned unknown = 0;

    return scan(bytes, table, 0, &unknown);
}
