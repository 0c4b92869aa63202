/* SPDX-License-Identifier: Apache-2.0 */
/* One block file: each block's bytes give its name, and `have` must say that
 * this name lies here; the frame must have its hash. What is then in doubt is
 * read a second time, the way a reader reads. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "model/block.h"
#include "store/block_file.h"
#include "store/reread_parts.h"

static bool is_seen(const struct file_check *check, uint32_t position)
{
    return position < check->file.entry.blocks &&
           (check->seen[position / 8] >> (position % 8) & 1) != 0;
}

void file_check_done(struct file_check *check)
{
    if (check->is_open) {
        sst_close(&check->sst);
        free(check->seen);
    }
    *check = (struct file_check){ .is_open = false };
}

enum err file_check_begin(struct store_reread *reread,
                          const struct reread_file *file,
                          struct file_check *check)
{
    char name[BLOCK_FILE_NAME_SIZE];
    enum err err = ERR_OK;
    int fd;

    *check = (struct file_check){ .is_open = true, .file = *file };
    check->sst.fd = -1;
    check->seen = calloc(1, (size_t)file->entry.blocks / 8 + 1);
    if (check->seen == NULL) {
        return ERR_NO_MEMORY;
    }
    block_file_name(name, file->number, BLOCK_FILE_SUFFIX);
    fd = openat(reread->store->blocks_fd, name,
                O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        check->is_there = errno != ENOENT;
        return ERR_OK;
    }
    check->is_there = true;
    err = sst_open(&check->sst, fd, file->number, file->entry.blocks, false);
    if (err == ERR_IO) { /* as one that cannot be read at all */
        sst_close(&check->sst);
        err = ERR_OK;
    }
    return err;
}

/* ---- walks over `have` ---- */

enum err have_each(struct store *store, const struct block_id *from, have_fn fn,
                   void *ctx)
{
    rocksdb_iterator_t *iterator = db_iterator(&store->db, FAMILY_HAVE);
    bool stop = false;
    enum err err = ERR_OK;

    rocksdb_iter_seek(iterator, (const char *)from->bytes, sizeof(from->bytes));
    while (err == ERR_OK && !stop && rocksdb_iter_valid(iterator)) {
        struct span key = db_iterator_key(iterator);
        struct block_place place;
        struct block_id name;

        err = block_place_decode(db_iterator_value(iterator), &place);
        if (err == ERR_OK && key.size != sizeof(name.bytes)) {
            err = ERR_CORRUPT;
        }
        if (err == ERR_OK) {
            memcpy(name.bytes, key.data, sizeof(name.bytes));
            err = fn(ctx, &name, &place, &stop);
        }
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "reading have", NULL);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

enum err file_read_block(struct store *store, const struct block_id *name,
                         const struct block_place *place)
{
    bool young = place->file == 0;
    rocksdb_pinnableslice_t *entry;
    struct span value;
    struct key key;
    enum err err;

    if (young) {
        key_id(&key, name->bytes);
    } else {
        key_place(&key, place->file, place->position);
    }
    err = db_get(&store->db, young ? FAMILY_YOUNG : FAMILY_BLOCKS,
                 key_span(&key), &entry, &value);
    if (err != ERR_OK) {
        return err == ERR_NOT_FOUND ? ERR_CORRUPT : err;
    }
    err = block_verify(value, name);
    rocksdb_pinnableslice_destroy(entry);
    return err == ERR_OK ? ERR_OK : ERR_WRONG_HASH;
}

struct names {
    struct store_reread *reread;
    uint64_t file;
    const struct file_check *check; /* may be NULL */
    bool is_there;
    size_t bad;
    size_t unread; /* of these by an error of the disk */
};

static enum err check_name(void *ctx, const struct block_id *name,
                           const struct block_place *place, bool *ret_stop)
{
    struct names *names = ctx;
    struct bad_block bad = { .name = *name,
                             .cause = BAD_BYTES,
                             .file = place->file,
                             .position = place->position };
    struct block_place again;
    enum err err;

    (void)ret_stop;
    if (place->file != names->file || place->state != BLOCK_GOOD ||
        (names->check != NULL && is_seen(names->check, place->position))) {
        return ERR_OK;
    }
    err = file_read_block(names->reread->store, name, place);
    if (err == ERR_OK) {
        return ERR_OK;
    }
    /* A commit may have moved it between the two reads. */
    if (store_find_block(names->reread->store, name, &again) == ERR_OK &&
        (again.file != place->file || again.state != BLOCK_GOOD)) {
        return ERR_OK;
    }
    if (err == ERR_IO) {
        bad.cause = BAD_READ;
        names->unread++;
    } else if (!names->is_there) {
        bad.cause = BAD_GONE;
    }
    names->bad++;
    return reread_add_bad(names->reread, &bad);
}

enum err file_check_names(struct store_reread *reread, uint64_t file,
                          const struct file_check *check, bool is_there,
                          size_t *ret_bad, size_t *ret_unread)
{
    static const struct block_id FIRST;
    struct names names = {
        .reread = reread, .file = file, .check = check, .is_there = is_there
    };
    enum err err = have_each(reread->store, &FIRST, check_name, &names);

    *ret_bad = names.bad;
    *ret_unread = names.unread;
    return err;
}

/* ---- the file ---- */

static enum err look_at_block(struct store_reread *reread,
                              struct file_check *check, struct span bytes)
{
    uint32_t position = check->sst.position - 1;
    struct block_place place;
    struct block_id name;
    enum err err = block_name(bytes, &name);

    if (err == ERR_OK) {
        err = store_find_block(reread->store, &name, &place);
    }
    if (err != ERR_OK || place.file != check->file.number ||
        place.position != position) {
        /* Not what belongs here, or it was given up: see check_end(). */
        return err == ERR_NO_MEMORY ? err : ERR_OK;
    }
    if (place.state == BLOCK_QUARANTINE) {
        struct bad_block back = { .name = name,
                                  .cause = BAD_BACK,
                                  .file = place.file,
                                  .position = position };

        return reread_add_bad(reread, &back);
    }
    check->seen[position / 8] |= (uint8_t)(1u << (position % 8));
    check->seen_count++;
    return ERR_OK;
}

static void add_damaged(struct store_reread *reread, uint64_t file)
{
    for (size_t at = 0; at < reread->damaged_count; at++) {
        if (reread->damaged[at] == file) {
            return;
        }
    }
    if (reread->damaged_count < REREAD_DAMAGED_MAX) {
        reread->damaged[reread->damaged_count] = file;
        reread->damaged_count++;
    }
}

/* How far the walk came: ERR_NOT_FOUND is to its end. */
static enum err check_end(struct store_reread *reread, struct file_check *check,
                          enum err walked)
{
    const struct file_entry *entry = &check->file.entry;
    bool is_whole = false;
    struct digest frame;
    size_t unread = 0;
    size_t bad = 0;
    enum err err;

    if (walked == ERR_NOT_FOUND) {
        walked = sst_frame(&check->sst, &frame);
        is_whole = walked == ERR_OK &&
                   (!entry->has_frame || digest_equal(&frame, &entry->frame));
    }
    if (is_whole && check->seen_count == entry->blocks) {
        reread->lost_row = 0;
        return ERR_OK;
    }
    err = file_check_names(reread, check->file.number, check, check->is_there,
                           &bad, &unread);
    if (bad > 0 && check->seen_count == 0) {
        reread->lost_row++;
    } else {
        reread->lost_row = 0;
    }
    /* A disk that gives errors may give the bytes tomorrow: nothing of its
     * files is moved. */
    if (walked != ERR_IO && (!is_whole || bad > unread)) {
        add_damaged(reread, check->file.number);
    }
    return err;
}

enum err file_check_go(struct store_reread *reread, struct file_check *check,
                       uint64_t max_bytes, bool *ret_more)
{
    uint64_t until = reread->bytes + max_bytes;
    enum err walked = check->sst.fd >= 0 ? ERR_OK
                      : check->is_there  ? ERR_IO
                                         : ERR_CORRUPT;
    enum err err = ERR_OK;

    while (walked == ERR_OK && err == ERR_OK && reread->bytes < until) {
        struct span bytes;

        walked = sst_next(&check->sst, &bytes);
        if (walked == ERR_OK) {
            reread->bytes += bytes.size;
            err = look_at_block(reread, check, bytes);
        }
    }
    *ret_more = walked == ERR_OK;
    if (err == ERR_OK && !*ret_more) {
        err = check_end(reread, check, walked);
    }
    if (err != ERR_OK || !*ret_more) {
        file_check_done(check);
    }
    return err;
}
