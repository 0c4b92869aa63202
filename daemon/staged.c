/* SPDX-License-Identifier: Apache-2.0 */
#include "staged.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#define STAGED_ROOM_MIN 1024

struct staged_entry {
    struct block_id name;
    uint64_t group;
};

/* Entries in the order of arrival, and a table of their places + 1, open
 * addressing by the name's first bytes (names are hashes already). */
struct staged {
    uv_mutex_t lock;
    struct staged_entry *entries; /* owned */
    size_t count;
    uint32_t *table; /* owned; table_size is a power of two */
    size_t table_size;
};

enum err staged_new(struct staged **ret_staged)
{
    struct staged *staged = calloc(1, sizeof(*staged));

    if (staged == NULL) {
        return ERR_NO_MEMORY;
    }
    staged->table_size = 2 * STAGED_ROOM_MIN;
    staged->entries = calloc(STAGED_ROOM_MIN, sizeof(*staged->entries));
    staged->table = calloc(staged->table_size, sizeof(*staged->table));
    if (staged->entries == NULL || staged->table == NULL ||
        uv_mutex_init(&staged->lock) != 0) {
        free(staged->entries);
        free(staged->table);
        free(staged);
        return ERR_NO_MEMORY;
    }
    *ret_staged = staged;
    return ERR_OK;
}

void staged_free(struct staged *staged)
{
    if (staged == NULL) {
        return;
    }
    uv_mutex_destroy(&staged->lock);
    free(staged->entries);
    free(staged->table);
    free(staged);
}

/* Where the name stands, or where it would. */
static size_t find_place(const struct staged *staged,
                         const struct block_id *name)
{
    uint64_t hash;

    memcpy(&hash, name->bytes, sizeof(hash));

    size_t place = hash & (staged->table_size - 1);

    while (staged->table[place] != 0 &&
           !block_id_equal(&staged->entries[staged->table[place] - 1].name,
                           name)) {
        place = (place + 1) & (staged->table_size - 1);
    }
    return place;
}

static void fill_table(struct staged *staged)
{
    memset(staged->table, 0, staged->table_size * sizeof(*staged->table));
    for (size_t i = 0; i < staged->count; i++) {
        staged->table[find_place(staged, &staged->entries[i].name)] =
            (uint32_t)i + 1;
    }
}

static enum err grow(struct staged *staged)
{
    size_t size = staged->table_size * 2;
    uint32_t *table = calloc(size, sizeof(*table));
    struct staged_entry *entries =
        realloc(staged->entries, size / 2 * sizeof(*entries));

    if (entries != NULL) {
        staged->entries = entries;
    }
    if (table == NULL || entries == NULL) {
        free(table);
        return ERR_NO_MEMORY;
    }
    free(staged->table);
    staged->table = table;
    staged->table_size = size;
    fill_table(staged);
    return ERR_OK;
}

static enum err add_locked(struct staged *staged, const struct block_id *name,
                           uint64_t group)
{
    size_t place = find_place(staged, name);

    if (staged->table[place] != 0) {
        return ERR_OK; /* the earlier group has it, and ends earlier */
    }
    if (staged->count == staged->table_size / 2) {
        enum err err = grow(staged);

        if (err != ERR_OK) {
            return err;
        }
        place = find_place(staged, name);
    }
    staged->entries[staged->count].name = *name;
    staged->entries[staged->count].group = group;
    staged->count++;
    staged->table[place] = (uint32_t)staged->count;
    return ERR_OK;
}

enum err staged_add(struct staged *staged, const struct block_id *name,
                    uint64_t group)
{
    uv_mutex_lock(&staged->lock);

    enum err err = add_locked(staged, name, group);

    uv_mutex_unlock(&staged->lock);
    return err;
}

bool staged_has(struct staged *staged, const struct block_id *name)
{
    uv_mutex_lock(&staged->lock);

    bool has = staged->table[find_place(staged, name)] != 0;

    uv_mutex_unlock(&staged->lock);
    return has;
}

void staged_drop(struct staged *staged, uint64_t group)
{
    size_t first = 0;

    uv_mutex_lock(&staged->lock);
    while (first < staged->count && staged->entries[first].group <= group) {
        first++;
    }
    if (first > 0) {
        staged->count -= first;
        memmove(staged->entries, staged->entries + first,
                staged->count * sizeof(*staged->entries));
        fill_table(staged);
    }
    uv_mutex_unlock(&staged->lock);
}
