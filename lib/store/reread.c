/* SPDX-License-Identifier: Apache-2.0 */
/* Stages, in order: FILES -> YOUNG -> HEADERS -> FAMILIES -> HAVE -> MEND ->
 * ENDED; step() makes each transition. */
#include "store/reread.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/reader.h"
#include "model/block.h"
#include "store/block_file.h"
#include "store/reread_parts.h"
#include "store/sweep.h"

#define ROOM_MIN 64
#define HAVE_PER_STEP 20000 /* entries; few bytes, but each costs a look */
#define HAVE_ENTRY_SIZE 64

static const struct named_family {
    enum family family;
    const char *name;
} FAMILIES[] = {
    { FAMILY_RECORDS, "records" }, { FAMILY_TREE, "tree" },
    { FAMILY_ITEMS, "items" },     { FAMILY_NAMES, "names" },
    { FAMILY_HELD, "held" },       { FAMILY_LEDGERS, "ledgers" },
    { FAMILY_PENDING, "pending" }, { FAMILY_NOTES, "notes" },
    { FAMILY_META, "meta" },
};

#define FAMILIES_COUNT (sizeof(FAMILIES) / sizeof(FAMILIES[0]))

struct store_reread *store_reread_new(struct store *store)
{
    struct store_reread *reread = calloc(1, sizeof(*reread));

    if (reread != NULL) {
        reread->store = store;
        reread->stage = REREAD_ENDED;
    }
    return reread;
}

void store_reread_free(struct store_reread *reread)
{
    if (reread == NULL) {
        return;
    }
    file_check_done(&reread->check);
    free(reread->files);
    free(reread->bad);
    free(reread->users);
    free(reread);
}

enum err reread_add_bad(struct store_reread *reread,
                        const struct bad_block *bad)
{
    if (reread->bad_count == reread->bad_room) {
        size_t room =
            reread->bad_room < ROOM_MIN ? ROOM_MIN : reread->bad_room * 2;
        struct bad_block *list =
            realloc(reread->bad, room * sizeof(*reread->bad));

        if (list == NULL) {
            return ERR_NO_MEMORY;
        }
        reread->bad = list;
        reread->bad_room = room;
    }
    reread->bad[reread->bad_count] = *bad;
    reread->bad_count++;
    return ERR_OK;
}

/* ---- a pass ---- */

static enum err add_file(void *ctx, uint64_t number, struct span value)
{
    struct store_reread *reread = ctx;
    struct reread_file file = { .number = number };
    enum err err = file_entry_decode(value, &file.entry);

    if (err != ERR_OK) {
        return err;
    }
    if (reread->files_count == reread->files_room) {
        size_t room =
            reread->files_room < ROOM_MIN ? ROOM_MIN : reread->files_room * 2;
        struct reread_file *files =
            realloc(reread->files, room * sizeof(*files));

        if (files == NULL) {
            return ERR_NO_MEMORY;
        }
        reread->files = files;
        reread->files_room = room;
    }
    reread->files[reread->files_count] = file;
    reread->files_count++;
    reread->bytes_all += file.entry.bytes;
    reread->blocks_all += file.entry.blocks;
    return ERR_OK;
}

enum err reread_list_files(struct store_reread *reread, struct why *ret_why)
{
    reread->files_count = 0;
    reread->bytes_all = 0;
    reread->blocks_all = 0;
    return block_file_each_entry(reread->store, add_file, reread, ret_why);
}

enum err store_reread_begin(struct store_reread *reread, struct span at,
                            struct why *ret_why)
{
    struct reader reader;
    struct block_id from;
    uint64_t file;
    uint8_t stage;
    enum err err;

    file_check_done(&reread->check);
    reread->bytes_done = 0;
    reread->lost_row = 0;
    reread->damaged_count = 0;
    reread->family = 0;
    reread->key.size = 0;
    reader_init(&reader, at);
    stage = reader_u8(&reader);
    file = reader_u64(&reader);
    reader_copy(&reader, from.bytes, sizeof(from.bytes));
    if (!reader_finish(&reader) || stage < REREAD_FILES ||
        stage >= REREAD_MEND) {
        stage = REREAD_FILES;
        file = 0;
        memset(&from, 0, sizeof(from));
    }
    reread->stage = (enum reread_stage)stage;
    reread->from = from;
    err = reread_list_files(reread, ret_why);
    if (err == ERR_OK) {
        err = sweep_links(reread->store, ret_why);
    }
    for (reread->file_at = 0; reread->file_at < reread->files_count &&
                              reread->files[reread->file_at].number < file;
         reread->file_at++) {
        reread->bytes_done += reread->files[reread->file_at].entry.bytes;
    }
    return err;
}

void store_reread_at(const struct store_reread *reread,
                     uint8_t ret_at[static REREAD_AT_SIZE])
{
    uint64_t file =
        reread->stage == REREAD_FILES && reread->file_at < reread->files_count
            ? reread->files[reread->file_at].number
            : 0;

    ret_at[0] = (uint8_t)reread->stage;
    for (size_t at = 0; at < 8; at++) {
        ret_at[1 + at] = (uint8_t)(file >> (8 * (7 - at)));
    }
    memcpy(ret_at + 9, reread->from.bytes, sizeof(reread->from.bytes));
}

static void next_stage(struct store_reread *reread)
{
    reread->stage++;
    memset(&reread->from, 0, sizeof(reread->from));
    reread->key.size = 0;
}

/* ---- block files ---- */

static enum err step_files(struct store_reread *reread, uint64_t max_bytes)
{
    bool more = false;
    enum err err;

    if (reread->file_at == reread->files_count) {
        next_stage(reread);
        return ERR_OK;
    }
    if (!reread->check.is_open) {
        err = file_check_begin(reread, &reread->files[reread->file_at],
                               &reread->check);
        if (err != ERR_OK) {
            file_check_done(&reread->check);
            return err;
        }
    }
    err = file_check_go(reread, &reread->check, max_bytes, &more);
    if (err == ERR_OK && !more) {
        reread->bytes_done += reread->files[reread->file_at].entry.bytes;
        reread->file_at++;
    }
    return err;
}

/* ---- young blocks ---- */

/* At most a few dozen MiB: all at once, each as a reader gets it. */
static enum err step_young(struct store_reread *reread)
{
    size_t bad;
    size_t unread;
    enum err err = file_check_names(reread, 0, NULL, true, &bad, &unread);

    next_stage(reread);
    return err;
}

/* ---- header objects ---- */

static enum err add_header(struct store_reread *reread, const uint8_t *id,
                           enum bad_cause cause)
{
    struct bad_block bad = { .header = true, .cause = cause };

    memcpy(bad.name.bytes, id, sizeof(bad.name.bytes));
    return reread_add_bad(reread, &bad);
}

enum err reread_check_header(struct store_reread *reread, const uint8_t *id)
{
    rocksdb_pinnableslice_t *entry;
    struct span value;
    struct block_id name;
    enum err err = db_get(&reread->store->db, FAMILY_HEADERS, span_of(id, 32),
                          &entry, &value);

    if (err != ERR_OK) {
        return add_header(reread, id,
                          err == ERR_IO          ? BAD_READ
                          : err == ERR_NOT_FOUND ? BAD_GONE
                                                 : BAD_BYTES);
    }
    memcpy(name.bytes, id, sizeof(name.bytes));
    err = block_verify(value, &name);
    rocksdb_pinnableslice_destroy(entry);
    return err == ERR_OK ? ERR_OK : add_header(reread, id, BAD_BYTES);
}

/* The walk broke off: every item is asked for its header object. */
static enum err check_headers(struct store_reread *reread)
{
    rocksdb_iterator_t *iterator =
        db_iterator(&reread->store->db, FAMILY_ITEMS);
    enum err err = ERR_OK;

    rocksdb_iter_seek_to_first(iterator);
    while (err == ERR_OK && rocksdb_iter_valid(iterator)) {
        struct span value = db_iterator_value(iterator);

        if (value.size >= 32) {
            err = reread_check_header(reread, value.data);
        }
        rocksdb_iter_next(iterator);
    }
    rocksdb_iter_destroy(iterator); /* its own errors: FAMILIES */
    return err;
}

static enum err step_headers(struct store_reread *reread, uint64_t max_bytes)
{
    rocksdb_iterator_t *iterator =
        db_iterator(&reread->store->db, FAMILY_HEADERS);
    uint64_t until = reread->bytes + max_bytes;
    enum err err = ERR_OK;

    rocksdb_iter_seek(iterator, (const char *)reread->from.bytes,
                      sizeof(reread->from.bytes));
    while (err == ERR_OK && rocksdb_iter_valid(iterator) &&
           reread->bytes < until) {
        struct span key = db_iterator_key(iterator);
        struct span value = db_iterator_value(iterator);

        reread->bytes += value.size;
        if (key.size == sizeof(reread->from.bytes)) {
            memcpy(reread->from.bytes, key.data, key.size);
            if (block_verify(value, &reread->from) != ERR_OK) {
                err = add_header(reread, key.data, BAD_BYTES);
            }
        }
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK && !rocksdb_iter_valid(iterator)) {
        if (db_iterator_error(iterator, "reading header objects", NULL) !=
            ERR_OK) {
            err = check_headers(reread);
        }
        next_stage(reread);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

/* ---- everything small ---- */

static enum err step_families(struct store_reread *reread, uint64_t max_bytes)
{
    const struct named_family *family = &FAMILIES[reread->family];
    rocksdb_iterator_t *iterator =
        db_iterator(&reread->store->db, family->family);
    uint64_t until = reread->bytes + max_bytes;
    struct why why;

    if (reread->key.size == 0) {
        rocksdb_iter_seek_to_first(iterator);
    } else {
        rocksdb_iter_seek(iterator, (const char *)reread->key.bytes,
                          reread->key.size);
    }
    while (rocksdb_iter_valid(iterator) && reread->bytes < until) {
        struct span key = db_iterator_key(iterator);

        reread->bytes += key.size + db_iterator_value(iterator).size;
        if (key.size <= sizeof(reread->key.bytes)) {
            memcpy(reread->key.bytes, key.data, key.size);
            reread->key.size = key.size;
        }
        rocksdb_iter_next(iterator);
    }
    if (!rocksdb_iter_valid(iterator)) {
        enum err err = db_iterator_error(iterator, "reading", &why);

        if (err != ERR_OK) {
            (void)why_set(&reread->note, err,
                          "the database's family \"%s\" is damaged: %.200s",
                          family->name, why.text);
        }
        reread->key.size = 0;
        reread->family++;
        if (reread->family == FAMILIES_COUNT) {
            reread->family = 0;
            next_stage(reread);
        }
    }
    rocksdb_iter_destroy(iterator);
    return ERR_OK;
}

/* ---- does what is counted lie anywhere? ---- */

struct have_walk {
    struct store_reread *reread;
    size_t left;
    bool is_cut;
};

static int compare_file(const void *key, const void *element)
{
    uint64_t number = *(const uint64_t *)key;
    const struct reread_file *file = element;

    return number < file->number ? -1 : number > file->number;
}

const struct reread_file *reread_find_file(const struct store_reread *reread,
                                           uint64_t number)
{
    return bsearch(&number, reread->files, reread->files_count,
                   sizeof(*reread->files), compare_file);
}

static enum err check_place(void *ctx, const struct block_id *name,
                            const struct block_place *place, bool *ret_stop)
{
    struct have_walk *walk = ctx;
    struct store_reread *reread = walk->reread;
    const struct reread_file *file;
    struct bad_block bad = { .name = *name,
                             .cause = BAD_GONE,
                             .file = place->file,
                             .position = place->position };

    reread->from = *name;
    if (walk->left == 0) {
        walk->is_cut = true;
        *ret_stop = true;
        return ERR_OK;
    }
    walk->left--;
    if (place->state == BLOCK_QUARANTINE) {
        bad.cause = BAD_ASIDE;
        return reread_add_bad(reread, &bad);
    }
    if (place->file == 0 || reread->files_count == 0 ||
        place->file > reread->files[reread->files_count - 1].number) {
        return ERR_OK; /* young, or younger than this list */
    }
    file = reread_find_file(reread, place->file);
    if (file != NULL && place->position < file->entry.blocks) {
        return ERR_OK;
    }
    return file_read_block(reread->store, name, place) == ERR_OK
               ? ERR_OK
               : reread_add_bad(reread, &bad);
}

static enum err step_have(struct store_reread *reread)
{
    struct block_id from = reread->from;
    struct have_walk walk = { .reread = reread, .left = HAVE_PER_STEP };
    enum err err = have_each(reread->store, &from, check_place, &walk);

    reread->bytes += (HAVE_PER_STEP - walk.left) * HAVE_ENTRY_SIZE;
    if (err == ERR_CORRUPT || err == ERR_IO) {
        (void)why_set(&reread->note, err,
                      "the database's family \"have\" is damaged");
        err = ERR_OK;
        walk.is_cut = false;
    }
    if (err == ERR_OK && !walk.is_cut) {
        next_stage(reread);
    }
    return err;
}

/* ---- damaged files ---- */

static enum err step_mend(struct store_reread *reread, struct why *ret_why)
{
    enum err err;

    if (reread->damaged_count == 0) {
        err = mend_tidy(reread->store, ret_why);
        next_stage(reread);
        return err;
    }
    reread->damaged_count--;
    err = mend_file(reread->store, reread->damaged[reread->damaged_count],
                    ret_why);
    if (err == ERR_OK) {
        reread->left++;
    }
    /* Not yet: the next pass finds it again. */
    return err == ERR_BUSY ? ERR_OK : err;
}

/* ---- steps ---- */

void reread_forget(struct store_reread *reread)
{
    reread->bad_count = 0;
    reread->users_count = 0;
    reread->bytes = 0;
    reread->left = 0;
    reread->note.text[0] = '\0';
}

static void give(const struct store_reread *reread,
                 struct reread_found *ret_found)
{
    uint64_t done =
        reread->stage == REREAD_FILES ? reread->bytes_done : reread->bytes_all;

    *ret_found = (struct reread_found){
        .bad = reread->bad,
        .bad_count = reread->bad_count,
        .users = reread->users,
        .users_count = reread->users_count,
        .bytes = reread->bytes,
        .lost_row = reread->lost_row,
        .left = reread->left,
        .blocks = reread->blocks_all,
        .total = reread->bytes_all,
        .done_permille = reread->stage == REREAD_ENDED ? 1000
                         : reread->bytes_all == 0
                             ? 990
                             : done * 990 / reread->bytes_all,
        .writes = reread->stage == REREAD_MEND,
        .ended = reread->stage == REREAD_ENDED,
        .note = reread->note,
    };
}

/* An unreadable family is told by its own walk, and stops nothing. */
enum err reread_finish(struct store_reread *reread, enum err err,
                       struct reread_found *ret_found)
{
    if (err == ERR_OK && reread->bad_count > 0) {
        err = reread_find_users(reread);
    }
    if (err == ERR_CORRUPT || err == ERR_IO) {
        (void)why_set(&reread->note, err,
                      "the database cannot be read: not all that is bad could "
                      "be found out");
        err = ERR_OK;
    }
    give(reread, ret_found);
    return err;
}

enum err store_reread_step(struct store_reread *reread, uint64_t max_bytes,
                           struct reread_found *ret_found, struct why *ret_why)
{
    enum err err = ERR_OK;

    reread_forget(reread);
    switch (reread->stage) {
    case REREAD_FILES:
        err = step_files(reread, max_bytes);
        break;
    case REREAD_YOUNG:
        err = step_young(reread);
        break;
    case REREAD_HEADERS:
        err = step_headers(reread, max_bytes);
        break;
    case REREAD_FAMILIES:
        err = step_families(reread, max_bytes);
        break;
    case REREAD_HAVE:
        err = step_have(reread);
        break;
    case REREAD_MEND:
        err = step_mend(reread, ret_why);
        give(reread, ret_found);
        return err;
    case REREAD_ENDED:
        break;
    }
    return reread_finish(reread, err, ret_found);
}
