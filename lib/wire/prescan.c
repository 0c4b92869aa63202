/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/prescan.h"

#include "base/check.h"
#include "base/reader.h"

enum wire_type {
    WIRE_VARINT = 0,
    WIRE_LENGTH = 2
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

static enum err scan(struct span bytes, const struct prescan_table *table,
                     unsigned depth)
{
    size_t counts[PRESCAN_FIELDS_MAX] = { 0 };
    struct reader reader;

    CHECK(table->count <= PRESCAN_FIELDS_MAX);
    CHECK(depth <= 2);
    reader_init(&reader, bytes);
    while (reader.left.size > 0) {
        uint64_t key;
        size_t index;

        if (!read_varint(&reader, &key)) {
            return ERR_MALFORMED;
        }

        const struct prescan_field *field = find_field(table, key >> 3, &index);

        if (field == NULL || ++counts[index] > field->count_max) {
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
             scan(value, field->sub, depth + 1) != ERR_OK)) {
            return ERR_MALFORMED;
        }
    }
    return ERR_OK;
}

enum err prescan(struct span bytes, const struct prescan_table *table)
{
    return scan(bytes, table, 0);
}
