/* SPDX-License-Identifier: Apache-2.0 */
#include "store/table.h"

#include <stdlib.h>
#include <string.h>

void table_init(struct table *table)
{
    *table = (struct table){ .ledgers = NULL };
}

void table_done(struct table *table)
{
    free(table->ledgers);
    table_init(table);
}

enum err table_copy(const struct table *from, struct table *ret_table)
{
    struct table_ledger *ledgers = NULL;

    if (from->count > 0) {
        ledgers = malloc(from->count * sizeof(*ledgers));
        if (ledgers == NULL) {
            return ERR_NO_MEMORY;
        }
        memcpy(ledgers, from->ledgers, from->count * sizeof(*ledgers));
    }
    *ret_table = (struct table){ ledgers, from->count };
    return ERR_OK;
}

/* Ledgers are numbered one after the other, so this happens once for each. */
static enum err grow(struct table *table, size_t count)
{
    struct table_ledger *ledgers;

    if (count <= table->count) {
        return ERR_OK;
    }
    ledgers = realloc(table->ledgers, count * sizeof(*ledgers));
    if (ledgers == NULL) {
        return ERR_NO_MEMORY;
    }
    memset(ledgers + table->count, 0,
           (count - table->count) * sizeof(*ledgers));
    table->ledgers = ledgers;
    table->count = count;
    return ERR_OK;
}

enum err table_enter(struct table *table, uint32_t ledger, struct span origin)
{
    struct origin text = { .text = "" };
    struct table_ledger *entry;
    enum err err;

    if (ledger >= TABLE_LEDGERS_MAX || origin.size == 0 ||
        origin.size >= sizeof(text.text) ||
        memchr(origin.data, '\0', origin.size) != NULL) {
        return ERR_RANGE;
    }
    memcpy(text.text, origin.data, origin.size);
    err = grow(table, (size_t)ledger + 1);
    if (err != ERR_OK) {
        return err;
    }
    entry = &table->ledgers[ledger];
    if (entry->used) {
        return origin_equal(&entry->origin, &text) ? ERR_OK : ERR_CONFLICT;
    }
    *entry = (struct table_ledger){ true, text, 0 };
    return ERR_OK;
}

struct table_ledger *table_find(const struct table *table, uint32_t ledger)
{
    if (ledger >= table->count || !table->ledgers[ledger].used) {
        return NULL;
    }
    return &table->ledgers[ledger];
}

bool table_find_origin(const struct table *table, const struct origin *origin,
                       uint32_t *ret_ledger)
{
    for (size_t index = 0; index < table->count; index++) {
        const struct table_ledger *entry = &table->ledgers[index];

        if (entry->used && origin_equal(&entry->origin, origin)) {
            *ret_ledger = (uint32_t)index;
            return true;
        }
    }
    return false;
}
