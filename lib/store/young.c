/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks of small groups wait in `young` until they fill a file. A block is
 * hashed again before its copy in `young` is dropped. */
#include "base/limits.h"
#include "model/block.h"
#include "store/block_file.h"
#include "store/impl.h"
#include "store/reread.h"

/* Ends above every name of 32 bytes. */
static const uint8_t AFTER_NAMES[33] = {
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
    255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255,
};

/* One block of young: into the file, and its new place into the batch. Rotten
 * bytes are not carried on: the block goes into quarantine. */
static enum err move_block(struct store *store, struct span name,
                           struct span bytes, struct block_file *file,
                           uint32_t *position, rocksdb_writebatch_t *batch,
                           struct why *ret_why)
{
    struct block_place place;
    struct block_id id;
    uint8_t value[BLOCK_PLACE_SIZE];
    enum err err;

    if (name.size != sizeof(id.bytes)) {
        return why_set(ret_why, ERR_CORRUPT, "a name in young is damaged");
    }
    memcpy(id.bytes, name.data, sizeof(id.bytes));
    err = store_find_block(store, &id, &place);
    if (err != ERR_OK || place.file != 0 || place.state != BLOCK_GOOD) {
        return err == ERR_NOT_FOUND ? ERR_OK : err; /* lies elsewhere */
    }
    if (block_verify(bytes, &id) == ERR_OK) {
        err = block_file_put(file, bytes, ret_why);
        if (err != ERR_OK) {
            return err;
        }
        place.file = block_file_number(file);
        place.position = *position;
        (*position)++;
    } else {
        place.state = BLOCK_QUARANTINE;
        store_doubt(store, &id); /* the core does not know yet */
    }
    block_place_encode(&place, value);
    db_put(batch, &store->db, FAMILY_HAVE, name, span_of(value, sizeof(value)));
    return ERR_OK;
}

/* All of young into a file and a batch. */
static enum err gather(struct store *store, struct block_file *file,
                       rocksdb_writebatch_t *batch, uint32_t *ret_count,
                       struct why *ret_why)
{
    rocksdb_iterator_t *iterator = db_iterator(&store->db, FAMILY_YOUNG);
    uint32_t count = 0;
    enum err err = ERR_OK;

    rocksdb_iter_seek_to_first(iterator);
    while (err == ERR_OK && rocksdb_iter_valid(iterator)) {
        err = move_block(store, db_iterator_key(iterator),
                         db_iterator_value(iterator), file, &count, batch,
                         ret_why);
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "reading young blocks", ret_why);
    }
    rocksdb_iter_destroy(iterator);
    *ret_count = count;
    return err;
}

/* The file durable, then places, entry and deletions in one batch. */
static enum err publish(struct store *store, struct block_file *file,
                        rocksdb_writebatch_t *batch, uint32_t count,
                        struct why *ret_why)
{
    struct counts counts = store->counts;
    uint8_t value[COUNTS_SIZE];
    enum err err = ERR_OK;

    if (count > 0) { /* a file without a block cannot be finished */
        err = block_file_publish(file, ret_why);
        block_file_enter(file, batch);
    }
    if (err != ERR_OK) {
        return err;
    }
    counts.young_bytes = 0;
    counts_encode(&counts, value);
    db_put(batch, &store->db, FAMILY_META, META_KEY(META_COUNTS),
           span_of(value, sizeof(value)));
    rocksdb_writebatch_delete_range_cf(batch, store->db.families[FAMILY_YOUNG],
                                       "", 0, (const char *)AFTER_NAMES,
                                       sizeof(AFTER_NAMES));
    err = db_write(&store->db, batch, ret_why);
    if (err != ERR_OK) {
        return store_poison(store, err);
    }
    store->counts = counts;
    return ERR_OK;
}

enum err store_spill_young(struct store *store, struct why *ret_why)
{
    struct block_file *file = NULL;
    rocksdb_writebatch_t *batch;
    uint32_t count = 0;
    enum err err;

    if (store->counts.young_bytes < YOUNG_SIZE_MAX || store->young_stuck) {
        return ERR_OK;
    }
    err = block_file_open(store, &file, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    batch = rocksdb_writebatch_create();
    err = gather(store, file, batch, &count, ret_why);
    if (err == ERR_OK) {
        err = publish(store, file, batch, count, ret_why);
    } else if (!atomic_load(&store->poisoned) && err != ERR_FULL) {
        /* A block that cannot be read is no reason to stop: all stays in
         * young, reads of that block say that it is damaged. */
        store->young_stuck = true;
        err = ERR_OK;
    }
    rocksdb_writebatch_destroy(batch);
    block_file_free(file);
    return err;
}
