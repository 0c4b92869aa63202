/* SPDX-License-Identifier: Apache-2.0 */
/* Walks over small families: what the daemon needs at its start, and ranges of
 * leaves. */
#include <string.h>

#include "store/impl.h"
#include "store/store.h"

/* What one walk covers: the keys that begin with a prefix, from `from` on,
 * before `to`. */
struct range {
    enum family family;
    struct span prefix; /* not shown to the callback */
    struct key from;
    struct key to;
    bool has_to;
};

static enum err walk(const struct store *store, const struct range *range,
                     store_entry_fn fn, void *ctx, struct why *ret_why)
{
    rocksdb_iterator_t *iterator = db_iterator(&store->db, range->family);
    size_t skip = range->prefix.size;
    enum err err;

    rocksdb_iter_seek(iterator, (const char *)range->from.bytes,
                      range->from.size);
    while (rocksdb_iter_valid(iterator)) {
        struct span key = db_iterator_key(iterator);

        if (!span_equal(span_part(key, 0, skip), range->prefix) ||
            (range->has_to && key.size == range->to.size &&
             memcmp(key.data, range->to.bytes, key.size) >= 0)) {
            break;
        }
        if (!fn(ctx, span_part(key, skip, key.size),
                db_iterator_value(iterator))) {
            break;
        }
        rocksdb_iter_next(iterator);
    }
    err = db_iterator_error(iterator, "walking through the database", ret_why);
    rocksdb_iter_destroy(iterator);
    return err;
}

enum err store_each_ledger(struct store *store, store_ledger_fn fn, void *ctx,
                           struct why *ret_why)
{
    (void)ret_why;
    for (size_t index = 0; index < store->table.count; index++) {
        const struct table_ledger *ledger =
            table_find(&store->table, (uint32_t)index);

        if (ledger != NULL &&
            !fn(ctx, (uint32_t)index, span_str(ledger->origin.text),
                ledger->size)) {
            break;
        }
    }
    return ERR_OK;
}

enum err store_each_pending(struct store *store, store_entry_fn fn, void *ctx,
                            struct why *ret_why)
{
    struct range range = { .family = FAMILY_PENDING };

    return walk(store, &range, fn, ctx, ret_why);
}

enum err store_each_held(struct store *store, uint32_t ledger,
                         store_entry_fn fn, void *ctx, struct why *ret_why)
{
    struct range range = { .family = FAMILY_HELD };

    key_ledger(&range.from, ledger);
    range.prefix = key_span(&range.from);
    return walk(store, &range, fn, ctx, ret_why);
}

enum err store_each_leaf(struct store *store, uint32_t ledger, uint64_t from,
                         uint64_t to, store_entry_fn fn, void *ctx,
                         struct why *ret_why)
{
    struct range range = { .family = FAMILY_RECORDS, .has_to = true };
    struct key prefix;

    if (from >= to) {
        return ERR_OK;
    }
    key_ledger(&prefix, ledger);
    range.prefix = key_span(&prefix);
    key_leaf(&range.from, ledger, from);
    key_leaf(&range.to, ledger, to);
    return walk(store, &range, fn, ctx, ret_why);
}

enum err store_each_note(struct store *store, uint32_t kind, store_entry_fn fn,
                         void *ctx, struct why *ret_why)
{
    struct range range = { .family = FAMILY_NOTES };

    /* A kind has four bytes at the front, as a ledger has. */
    key_ledger(&range.from, kind);
    range.prefix = key_span(&range.from);
    return walk(store, &range, fn, ctx, ret_why);
}
