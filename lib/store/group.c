/* SPDX-License-Identifier: Apache-2.0 */
#include "store/group.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/limits.h"
#include "store/block_file.h"

#define ENTRIES_MIN 64    /* of the first allocation */
#define SLOTS_PER_ENTRY 2 /* the index stays half empty */

struct entry {
    struct block_id name;
    size_t size;
};

struct store_group {
    struct store *store;     /* borrowed */
    struct block_file *file; /* owned; NULL while small */
    struct buf small;        /* owned; the blocks while small */
    struct entry *entries;   /* owned; in the order of appending */
    size_t count;
    size_t room;
    uint32_t *index; /* owned; hash table of entry numbers + 1; 0: free */
    uint64_t size;   /* bytes of blocks */
};

struct store_group *store_group_new(struct store *store)
{
    struct store_group *group = calloc(1, sizeof(*group));

    if (group != NULL) {
        group->store = store;
        buf_init(&group->small, GROUP_YOUNG_SIZE_MAX);
    }
    return group;
}

void store_group_free(struct store_group *group)
{
    if (group == NULL) {
        return;
    }
    block_file_free(group->file);
    buf_done(&group->small);
    free(group->entries);
    free(group->index);
    free(group);
}

uint64_t store_group_size(const struct store_group *group)
{
    return group->size;
}

/* Names are hashes, so their first bytes spread well. */
static size_t slot_of(const struct block_id *name, size_t slots)
{
    uint64_t start;

    memcpy(&start, name->bytes, sizeof(start));
    return (size_t)(start & (slots - 1));
}

/* Where the name is, or the free slot where it belongs. */
static uint32_t *find_slot(const struct store_group *group,
                           const struct block_id *name)
{
    size_t slots = group->room * SLOTS_PER_ENTRY;
    size_t slot = slot_of(name, slots);

    while (
        group->index[slot] != 0 &&
        !block_id_equal(&group->entries[group->index[slot] - 1].name, name)) {
        slot = (slot + 1) & (slots - 1);
    }
    return &group->index[slot];
}

/* Room for one more entry; `room` is a power of two. */
static enum err grow(struct store_group *group)
{
    size_t room = group->room < ENTRIES_MIN ? ENTRIES_MIN : group->room * 2;
    struct entry *entries;
    uint32_t *index;

    if (group->count < group->room) {
        return ERR_OK;
    }
    entries = realloc(group->entries, room * sizeof(*entries));
    if (entries == NULL) {
        return ERR_NO_MEMORY;
    }
    group->entries = entries;
    index = calloc(room * SLOTS_PER_ENTRY, sizeof(*index));
    if (index == NULL) {
        return ERR_NO_MEMORY;
    }
    free(group->index);
    group->index = index;
    group->room = room;
    for (size_t at = 0; at < group->count; at++) {
        *find_slot(group, &entries[at].name) = (uint32_t)at + 1;
    }
    return ERR_OK;
}

/* The group is no longer small: what it held in memory begins the file. */
static enum err spill(struct store_group *group, struct why *ret_why)
{
    struct block_file *file = NULL;
    size_t offset = 0;
    enum err err = block_file_open(group->store, &file, ret_why);

    for (size_t at = 0; err == ERR_OK && at < group->count; at++) {
        err = block_file_put(
            file,
            span_part(buf_span(&group->small), offset, group->entries[at].size),
            ret_why);
        offset += group->entries[at].size;
    }
    if (err != ERR_OK) {
        block_file_free(file);
        return err;
    }
    group->file = file;
    buf_done(&group->small);
    return ERR_OK;
}

static enum err append(struct store_group *group, struct span bytes,
                       struct why *ret_why)
{
    enum err err;

    if (group->file == NULL &&
        bytes.size > GROUP_YOUNG_SIZE_MAX - group->small.size) {
        err = spill(group, ret_why);
        if (err != ERR_OK) {
            return err;
        }
    }
    if (group->file != NULL) {
        return block_file_put(group->file, bytes, ret_why);
    }
    if (group->count == 0) {
        err = store_check_free(group->store, group->store->reserve, ret_why);
        if (err != ERR_OK) {
            return err;
        }
    }
    buf_put(&group->small, bytes);
    return group->small.err;
}

/* Is it held already? A block in quarantine is not. */
static enum err held(const struct store_group *group,
                     const struct block_id *name, bool *ret_held)
{
    struct block_place place;
    enum err err = store_find_block(group->store, name, &place);

    if (err != ERR_OK && err != ERR_NOT_FOUND) {
        return err;
    }
    *ret_held = err == ERR_OK && place.state == BLOCK_GOOD;
    return ERR_OK;
}

enum err store_group_add(struct store_group *group, const struct block_id *name,
                         struct span bytes, struct why *ret_why)
{
    bool is_held = false;
    uint32_t *slot;
    enum err err = store_refuse_poisoned(group->store, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (bytes.size == 0 || bytes.size > BLOCK_SIZE_MAX ||
        group->size + bytes.size > 2 * GROUP_SIZE_MAX) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "a block of %zu bytes does not fit in this group",
                       bytes.size);
    }
    err = grow(group);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "out of memory");
    }
    slot = find_slot(group, name);
    if (*slot != 0) {
        return ERR_OK;
    }
    err = held(group, name, &is_held);
    if (err != ERR_OK) {
        return store_poison(
            group->store,
            why_set(ret_why, err, "looking for a block: %s", err_text(err)));
    }
    if (is_held) {
        return ERR_OK;
    }
    err = append(group, bytes, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    group->entries[group->count] = (struct entry){ *name, bytes.size };
    group->count++;
    *slot = (uint32_t)group->count;
    group->size += bytes.size;
    return ERR_OK;
}

enum err group_publish(struct store_group *group, struct why *ret_why)
{
    if (group->file == NULL) {
        return ERR_OK;
    }
    return block_file_publish(group->file, ret_why);
}

void group_enter(const struct store_group *group, rocksdb_writebatch_t *batch,
                 struct counts *counts)
{
    const struct db *db = &group->store->db;
    size_t offset = 0;

    for (size_t at = 0; at < group->count; at++) {
        const struct entry *entry = &group->entries[at];
        struct block_place place = { .state = BLOCK_GOOD };
        uint8_t value[BLOCK_PLACE_SIZE];
        struct span name = span_of(entry->name.bytes, sizeof(entry->name));

        if (group->file != NULL) {
            place.file = block_file_number(group->file);
            place.position = (uint32_t)at;
        } else {
            db_put(batch, db, FAMILY_YOUNG, name,
                   span_part(buf_span(&group->small), offset, entry->size));
            offset += entry->size;
        }
        block_place_encode(&place, value);
        db_put(batch, db, FAMILY_HAVE, name, span_of(value, sizeof(value)));
    }
    if (group->file != NULL) {
        block_file_enter(group->file, batch);
    } else {
        counts->young_bytes += group->size;
    }
}

uint64_t group_young_size(const struct store_group *group)
{
    return group->file == NULL ? group->size : 0;
}
