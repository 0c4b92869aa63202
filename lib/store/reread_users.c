/* SPDX-License-Identifier: Apache-2.0 */
/* Which items use a bad block: a payload of one block has its name, one of
 * several lists it in `names`, and a header object's id stands in `items`. One
 * walk for all that a step found. */
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "model/batch.h"
#include "store/reread_parts.h"

#define USERS_MIN 64

/* The bad ones by name. */
struct wanted {
    const struct bad_block *bad;
    size_t index;
};

struct lookup {
    struct store_reread *reread;
    struct wanted *wanted; /* owned */
    size_t count;
    bool headers; /* any */
    bool blocks;
};

static int compare(const void *a, const void *b)
{
    const struct wanted *left = a;
    const struct wanted *right = b;

    return memcmp(left->bad->name.bytes, right->bad->name.bytes, 32);
}

static int compare_name(const void *key, const void *element)
{
    const struct wanted *wanted = element;

    return memcmp(key, wanted->bad->name.bytes, 32);
}

static const struct wanted *find(const struct lookup *lookup,
                                 const uint8_t *name)
{
    return bsearch(name, lookup->wanted, lookup->count, sizeof(*lookup->wanted),
                   compare_name);
}

static enum err add_user(struct store_reread *reread, size_t bad,
                         struct span item_key)
{
    struct bad_user user = { .bad = bad };
    struct reader reader;

    reader_init(&reader, item_key);
    reader_copy(&reader, user.root.bytes, sizeof(user.root.bytes));
    user.ledger = reader_u32(&reader);
    user.index = reader_u64(&reader);
    if (!reader_finish(&reader)) {
        return ERR_CORRUPT;
    }
    if (reread->users_count == reread->users_room) {
        size_t room =
            reread->users_room < USERS_MIN ? USERS_MIN : reread->users_room * 2;
        struct bad_user *users =
            realloc(reread->users, room * sizeof(*reread->users));

        if (users == NULL) {
            return ERR_NO_MEMORY;
        }
        reread->users = users;
        reread->users_room = room;
    }
    reread->users[reread->users_count] = user;
    reread->users_count++;
    return ERR_OK;
}

/* Every leaf that registers this payload. */
static enum err add_payload(struct store_reread *reread, size_t bad,
                            const uint8_t *root)
{
    rocksdb_iterator_t *iterator =
        db_iterator(&reread->store->db, FAMILY_ITEMS);
    enum err err = ERR_OK;

    rocksdb_iter_seek(iterator, (const char *)root, 32);
    while (err == ERR_OK && rocksdb_iter_valid(iterator)) {
        struct span key = db_iterator_key(iterator);

        if (key.size < 32 || memcmp(key.data, root, 32) != 0) {
            break;
        }
        err = add_user(reread, bad, key);
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "reading items", NULL);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

static enum err look_at_names(struct lookup *lookup, struct span key,
                              struct span value)
{
    static const uint8_t ROOTS[4] = { 255, 255, 255, 255 };

    if (key.size != 36 || memcmp(key.data + 32, ROOTS, sizeof(ROOTS)) == 0) {
        return ERR_OK;
    }
    for (size_t at = 0; at + 32 <= value.size; at += 32) {
        const struct wanted *wanted = find(lookup, value.data + at);

        if (wanted != NULL && !wanted->bad->header) {
            enum err err = add_payload(lookup->reread, wanted->index, key.data);

            if (err != ERR_OK) {
                return err;
            }
        }
    }
    return ERR_OK;
}

static enum err look_at_item(struct lookup *lookup, struct span key,
                             struct span value)
{
    const struct wanted *wanted =
        value.size >= 32 ? find(lookup, value.data) : NULL;

    if (wanted == NULL || !wanted->bad->header) {
        return ERR_OK;
    }
    return add_user(lookup->reread, wanted->index, key);
}

static enum err walk(struct lookup *lookup, enum family family,
                     enum err (*look)(struct lookup *, struct span,
                                      struct span))
{
    rocksdb_iterator_t *iterator =
        db_iterator(&lookup->reread->store->db, family);
    enum err err = ERR_OK;

    rocksdb_iter_seek_to_first(iterator);
    while (err == ERR_OK && rocksdb_iter_valid(iterator)) {
        err = look(lookup, db_iterator_key(iterator),
                   db_iterator_value(iterator));
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "looking for items", NULL);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

static enum err sort(struct lookup *lookup)
{
    struct store_reread *reread = lookup->reread;

    lookup->wanted = calloc(reread->bad_count + 1, sizeof(*lookup->wanted));
    if (lookup->wanted == NULL) {
        return ERR_NO_MEMORY;
    }
    for (size_t at = 0; at < reread->bad_count; at++) {
        const struct bad_block *bad = &reread->bad[at];

        if (bad->cause != BAD_BACK) {
            lookup->wanted[lookup->count] = (struct wanted){ bad, at };
            lookup->count++;
            lookup->headers = lookup->headers || bad->header;
            lookup->blocks = lookup->blocks || !bad->header;
        }
    }
    qsort(lookup->wanted, lookup->count, sizeof(*lookup->wanted), compare);
    return ERR_OK;
}

enum err reread_find_users(struct store_reread *reread)
{
    struct lookup lookup = { .reread = reread };
    enum err err = sort(&lookup);

    for (size_t at = 0; err == ERR_OK && at < lookup.count; at++) {
        if (!lookup.wanted[at].bad->header) {
            err = add_payload(reread, lookup.wanted[at].index,
                              lookup.wanted[at].bad->name.bytes);
        }
    }
    if (err == ERR_OK && lookup.blocks) {
        err = walk(&lookup, FAMILY_NAMES, look_at_names);
    }
    if (err == ERR_OK && lookup.headers) {
        err = walk(&lookup, FAMILY_ITEMS, look_at_item);
    }
    free(lookup.wanted);
    return err;
}
