/* SPDX-License-Identifier: Apache-2.0 */
#include "store/keys.h"

#include <string.h>

#include "base/check.h"
#include "base/reader.h"

static void put(struct key *key, struct span bytes)
{
    CHECK(bytes.size <= sizeof(key->bytes) - key->size);
    if (bytes.size > 0) {
        memcpy(key->bytes + key->size, bytes.data, bytes.size);
        key->size += bytes.size;
    }
}

static void number_encode(uint8_t *to, uint64_t value, size_t size)
{
    for (size_t index = 0; index < size; index++) {
        to[index] = (uint8_t)(value >> (8 * (size - 1 - index)));
    }
}

static void put_number(struct key *key, uint64_t value, size_t size)
{
    uint8_t bytes[8];

    number_encode(bytes, value, size);
    put(key, span_of(bytes, size));
}

void key_ledger(struct key *key, uint32_t ledger)
{
    key->size = 0;
    put_number(key, ledger, 4);
}

void key_leaf(struct key *key, uint32_t ledger, uint64_t index)
{
    key_ledger(key, ledger);
    put_number(key, index, 8);
}

void key_node(struct key *key, uint32_t ledger, uint32_t level, uint64_t index)
{
    CHECK(level <= UINT8_MAX);
    key_ledger(key, ledger);
    put_number(key, level, 1);
    put_number(key, index, 8);
}

void key_item(struct key *key, const uint8_t root[static 32], uint32_t ledger,
              uint64_t index)
{
    key_id(key, root);
    put_number(key, ledger, 4);
    put_number(key, index, 8);
}

void key_held(struct key *key, uint32_t ledger, uint64_t chunk)
{
    key_leaf(key, ledger, chunk);
}

void key_names(struct key *key, const uint8_t root[static 32], uint32_t page)
{
    key_id(key, root);
    put_number(key, page, 4);
}

void key_note(struct key *key, uint32_t kind, struct span name, uint64_t number)
{
    CHECK(name.size <= KEY_NAME_PART_MAX);
    key->size = 0;
    put_number(key, kind, 4);
    put(key, name);
    put_number(key, number, 8);
}

void key_id(struct key *key, const uint8_t id[static 32])
{
    key->size = 0;
    put(key, span_of(id, 32));
}

void key_place(struct key *key, uint64_t file, uint32_t position)
{
    key->size = 0;
    put_number(key, file, 8);
    put_number(key, position, 4);
}

void key_block_file(struct key *key, uint64_t file)
{
    key->size = 0;
    put(key, META_KEY(META_FILE));
    put_number(key, file, 8);
}

bool key_block_file_parse(struct span key, uint64_t *ret_file)
{
    struct span prefix = META_KEY(META_FILE);
    struct reader reader;
    uint64_t file;

    if (!span_equal(span_part(key, 0, prefix.size), prefix)) {
        return false;
    }
    reader_init(&reader, span_part(key, prefix.size, key.size));
    file = reader_u64(&reader);
    if (!reader_finish(&reader) || file == 0) {
        return false;
    }
    *ret_file = file;
    return true;
}

void block_place_encode(const struct block_place *place,
                        uint8_t bytes[static BLOCK_PLACE_SIZE])
{
    bytes[0] = (uint8_t)place->state;
    number_encode(bytes + 1, place->file, 8);
    number_encode(bytes + 9, place->position, 4);
    number_encode(bytes + 13, place->read_at, 8);
}

enum err block_place_decode(struct span bytes, struct block_place *ret_place)
{
    struct reader reader;
    struct block_place place;
    uint8_t state;

    reader_init(&reader, bytes);
    state = reader_u8(&reader);
    place.file = reader_u64(&reader);
    place.position = reader_u32(&reader);
    place.read_at = reader_u64(&reader);
    if (!reader_finish(&reader) ||
        (state != BLOCK_GOOD && state != BLOCK_QUARANTINE)) {
        return ERR_CORRUPT;
    }
    place.state = (enum block_state)state;
    *ret_place = place;
    return ERR_OK;
}

void counts_encode(const struct counts *counts,
                   uint8_t bytes[static COUNTS_SIZE])
{
    number_encode(bytes, counts->records, 8);
    number_encode(bytes + 8, counts->young_bytes, 8);
}

enum err counts_decode(struct span bytes, struct counts *ret_counts)
{
    struct reader reader;
    struct counts counts;

    reader_init(&reader, bytes);
    counts.records = reader_u64(&reader);
    counts.young_bytes = reader_u64(&reader);
    if (!reader_finish(&reader)) {
        return ERR_CORRUPT;
    }
    *ret_counts = counts;
    return ERR_OK;
}

size_t file_entry_encode(const struct file_entry *entry,
                         uint8_t bytes[static FILE_ENTRY_SIZE_MAX])
{
    number_encode(bytes, entry->blocks, 4);
    number_encode(bytes + 4, entry->bytes, 8);
    if (!entry->has_frame) {
        return 12;
    }
    memcpy(bytes + 12, entry->frame.bytes, DIGEST_SIZE);
    return FILE_ENTRY_SIZE_MAX;
}

enum err file_entry_decode(struct span bytes, struct file_entry *ret_entry)
{
    struct reader reader;
    struct file_entry entry;

    memset(&entry, 0, sizeof(entry));
    reader_init(&reader, bytes);
    entry.blocks = reader_u32(&reader);
    entry.bytes = reader_u64(&reader);
    entry.has_frame = reader.left.size > 0;
    if (entry.has_frame) {
        reader_copy(&reader, entry.frame.bytes, DIGEST_SIZE);
    }
    if (!reader_finish(&reader)) {
        return ERR_CORRUPT;
    }
    *ret_entry = entry;
    return ERR_OK;
}
