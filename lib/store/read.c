/* SPDX-License-Identifier: Apache-2.0 */
/* Point reads, from any thread, also while a commit runs. */
#include <string.h>

#include "base/reader.h"
#include "store/impl.h"
#include "store/reread.h"
#include "store/store.h"
#include "wire/message.h"

#define LEVEL_MAX 255
#define TRIES_MAX 8 /* a block moves once in its life: from young to a file */

/* Append one entry to the buffer. */
static enum err fetch(const struct store *store, enum family family,
                      struct span key, struct buf *bytes)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    enum err err = db_get(&store->db, family, key, &entry, &value);

    if (err != ERR_OK) {
        return err;
    }
    buf_put(bytes, value);
    rocksdb_pinnableslice_destroy(entry);
    return bytes->err;
}

static enum err exists(const struct store *store, enum family family,
                       struct span key)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    enum err err = db_get(&store->db, family, key, &entry, &value);

    if (err == ERR_OK) {
        rocksdb_pinnableslice_destroy(entry);
    }
    return err;
}

static struct span name_span(const struct block_id *name)
{
    return span_of(name->bytes, sizeof(name->bytes));
}

enum err store_find_block(const struct store *store,
                          const struct block_id *name,
                          struct block_place *ret_place)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    enum err err =
        db_get(&store->db, FAMILY_HAVE, name_span(name), &entry, &value);

    if (err != ERR_OK) {
        return err;
    }
    err = block_place_decode(value, ret_place);
    rocksdb_pinnableslice_destroy(entry);
    return err;
}

static enum err read_leaf(void *ctx, uint32_t ledger, uint64_t index,
                          struct buf *bytes)
{
    struct key key;

    key_leaf(&key, ledger, index);
    return fetch(ctx, FAMILY_RECORDS, key_span(&key), bytes);
}

static enum err read_node(void *ctx, uint32_t ledger, uint32_t level,
                          uint64_t index, struct digest *ret_hash)
{
    const struct store *store = ctx;
    rocksdb_pinnableslice_t *entry;
    struct span value;
    struct key key;
    enum err err;

    if (level > LEVEL_MAX) {
        return ERR_NOT_FOUND;
    }
    key_node(&key, ledger, level, index);
    err = db_get(&store->db, FAMILY_TREE, key_span(&key), &entry, &value);
    if (err != ERR_OK) {
        return err;
    }
    if (value.size == DIGEST_SIZE) {
        memcpy(ret_hash->bytes, value.data, DIGEST_SIZE);
    } else {
        err = ERR_CORRUPT;
    }
    rocksdb_pinnableslice_destroy(entry);
    return err;
}

/* The bytes at a place. ERR_NOT_FOUND: no longer in young. */
static enum err fetch_place(const struct store *store,
                            const struct block_id *name,
                            const struct block_place *place, struct buf *bytes)
{
    struct key key;
    enum err err;

    if (place->file == 0) {
        return fetch(store, FAMILY_YOUNG, name_span(name), bytes);
    }
    key_place(&key, place->file, place->position);
    err = fetch(store, FAMILY_BLOCKS, key_span(&key), bytes);
    return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
}

/* Did a commit move it meanwhile? */
static bool has_moved(const struct store *store, const struct block_id *name,
                      const struct block_place *from)
{
    struct block_place place;

    return store_find_block(store, name, &place) == ERR_OK &&
           (place.file != from->file || place.position != from->position ||
            place.state != from->state);
}

static enum err read_header(struct store *store, const struct block_id *name,
                            struct buf *bytes)
{
    enum err err = fetch(store, FAMILY_HEADERS, name_span(name), bytes);

    if (err == ERR_CORRUPT || err == ERR_IO) {
        store_doubt(store, name);
    }
    return err;
}

static enum err read_block(void *ctx, const struct block_id *name,
                           struct buf *bytes)
{
    struct store *store = ctx;

    for (int tries = 0; tries < TRIES_MAX; tries++) {
        struct block_place place;
        enum err err = store_find_block(store, name, &place);

        if (err == ERR_NOT_FOUND) {
            return read_header(store, name, bytes);
        }
        if (err != ERR_OK) {
            return err;
        }
        if (place.state != BLOCK_GOOD) {
            return ERR_NOT_FOUND;
        }
        err = fetch_place(store, name, &place, bytes);
        if ((err == ERR_CORRUPT || err == ERR_IO) &&
            !has_moved(store, name, &place)) {
            store_doubt(store, name); /* it is looked at soon */
            return err;
        }
        if (err != ERR_NOT_FOUND && err != ERR_CORRUPT && err != ERR_IO) {
            return err;
        }
        /* A commit moved it between the two reads: look again. */
    }
    return ERR_CORRUPT;
}

static enum err have_block(void *ctx, const struct block_id *name)
{
    const struct store *store = ctx;
    struct block_place place;
    enum err err = store_find_block(store, name, &place);

    if (err == ERR_NOT_FOUND) {
        return exists(store, FAMILY_HEADERS, name_span(name));
    }
    if (err == ERR_OK && place.state != BLOCK_GOOD) {
        return ERR_NOT_FOUND;
    }
    return err;
}

static enum err read_names(void *ctx, const struct payload_root *root,
                           uint32_t page, struct buf *bytes)
{
    struct key key;

    key_names(&key, root->bytes, page);
    return fetch(ctx, FAMILY_NAMES, key_span(&key), bytes);
}

/* The first note of this kind and name whose number is not smaller. */
static enum err read_next_note(const struct store *store, const struct key *key,
                               struct buf *bytes)
{
    rocksdb_iterator_t *iterator = db_iterator(&store->db, FAMILY_NOTES);
    size_t same = key->size - sizeof(uint64_t); /* all but the number */
    enum err err;

    rocksdb_iter_seek(iterator, (const char *)key->bytes, key->size);
    if (!rocksdb_iter_valid(iterator)) {
        err = db_iterator_error(iterator, "reading", NULL);
        if (err == ERR_OK) {
            err = ERR_NOT_FOUND;
        }
    } else {
        struct span found = db_iterator_key(iterator);

        if (found.size == key->size &&
            memcmp(found.data, key->bytes, same) == 0) {
            buf_put(bytes, db_iterator_value(iterator));
            err = bytes->err;
        } else {
            err = ERR_NOT_FOUND;
        }
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

static enum err read_note(void *ctx, uint32_t kind, struct span name,
                          uint64_t number, struct buf *bytes)
{
    struct key key;

    if (name.size > KEY_NAME_PART_MAX) {
        return ERR_NOT_FOUND;
    }
    key_note(&key, kind, name, number);
    if (kind == NOTE_COSIGNATURE) {
        return read_next_note(ctx, &key, bytes);
    }
    return fetch(ctx, FAMILY_NOTES, key_span(&key), bytes);
}

static enum err read_held(void *ctx, uint32_t ledger, uint64_t chunk,
                          struct buf *bytes)
{
    struct key key;

    key_held(&key, ledger, chunk);
    return fetch(ctx, FAMILY_HELD, key_span(&key), bytes);
}

static enum err item_decode(struct span key, struct span value,
                            struct source_item *ret_item)
{
    struct source_item item;
    struct reader reader;

    reader_init(&reader, key);
    reader_copy(&reader, item.root.bytes, sizeof(item.root.bytes));
    item.ledger = reader_u32(&reader);
    item.index = reader_u64(&reader);
    if (!reader_finish(&reader)) {
        return ERR_CORRUPT;
    }
    reader_init(&reader, value);
    reader_copy(&reader, item.header.bytes, sizeof(item.header.bytes));
    reader_copy(&reader, item.commitment.bytes, sizeof(item.commitment.bytes));
    if (!reader_finish(&reader)) {
        return ERR_CORRUPT;
    }
    *ret_item = item;
    return ERR_OK;
}

static enum err read_item(void *ctx, const struct payload_root *from,
                          uint32_t ledger, uint64_t index,
                          struct source_item *ret_item)
{
    const struct store *store = ctx;
    rocksdb_iterator_t *iterator = db_iterator(&store->db, FAMILY_ITEMS);
    struct key key;
    enum err err;

    key_item(&key, from->bytes, ledger, index);
    rocksdb_iter_seek(iterator, (const char *)key.bytes, key.size);
    if (rocksdb_iter_valid(iterator)) {
        err = item_decode(db_iterator_key(iterator),
                          db_iterator_value(iterator), ret_item);
    } else {
        err = db_iterator_error(iterator, "reading", NULL);
        if (err == ERR_OK) {
            err = ERR_NOT_FOUND;
        }
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

void store_source_init(struct store *store)
{
    store->source = (struct source){
        .ctx = store,
        .leaf = read_leaf,
        .node = read_node,
        .block = read_block,
        .have = have_block,
        .names = read_names,
        .note = read_note,
        .held = read_held,
        .item = read_item,
    };
}

const struct source *store_source(struct store *store)
{
    return &store->source;
}
