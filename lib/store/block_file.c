/* SPDX-License-Identifier: Apache-2.0 */
#include "store/block_file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "store/dir.h"
#include "store/sst.h"

/* So often the kernel is told to begin writing, so that finishing a file does
 * not have to wait for all of it, and the free space is looked at. */
#define STEP_SIZE (8ULL << 20)

struct block_file {
    struct store *store; /* borrowed */
    uint64_t number;
    char *path;                      /* owned; blocks/N.part */
    rocksdb_envoptions_t *env;       /* owned */
    rocksdb_sstfilewriter_t *writer; /* owned */
    int fd;                          /* owned; for sync_file_range */
    uint32_t position;               /* of the next block */
    uint64_t bytes;                  /* of blocks */
    uint64_t pushed;                 /* bytes at the last step */
    bool has_frame;
    struct digest frame;
};

void block_file_name(char name[static BLOCK_FILE_NAME_SIZE], uint64_t number,
                     const char *suffix)
{
    (void)snprintf(name, BLOCK_FILE_NAME_SIZE, "%06" PRIu64 "%s", number,
                   suffix);
}

uint64_t block_file_name_parse(const char *name, const char *suffix)
{
    char again[BLOCK_FILE_NAME_SIZE];
    uint64_t number = 0;
    size_t digits = strspn(name, "0123456789");
    size_t zeros = strspn(name, "0");

    if (zeros >= digits || decimal_parse(span_of(name + zeros, digits - zeros),
                                         &number) != ERR_OK) {
        return 0;
    }
    block_file_name(again, number, suffix);
    return strcmp(name, again) == 0 ? number : 0;
}

enum err block_file_each_entry(struct store *store, block_file_entry_fn fn,
                               void *ctx, struct why *ret_why)
{
    rocksdb_iterator_t *iterator = db_iterator(&store->db, FAMILY_META);
    struct span prefix = META_KEY(META_FILE);
    enum err err = ERR_OK;

    rocksdb_iter_seek(iterator, (const char *)prefix.data, prefix.size);
    while (err == ERR_OK && rocksdb_iter_valid(iterator)) {
        uint64_t number;

        if (!key_block_file_parse(db_iterator_key(iterator), &number)) {
            break;
        }
        err = fn(ctx, number, db_iterator_value(iterator));
        rocksdb_iter_next(iterator);
    }
    if (err == ERR_OK) {
        err = db_iterator_error(iterator, "reading the block files' entries",
                                ret_why);
    }
    rocksdb_iter_destroy(iterator);
    return err;
}

static enum err start_writer(struct block_file *file, struct why *ret_why)
{
    char *error = NULL;

    file->env = rocksdb_envoptions_create();
    file->writer =
        rocksdb_sstfilewriter_create(file->env, file->store->db.block_options);
    rocksdb_sstfilewriter_open(file->writer, file->path, &error);
    if (error != NULL) {
        return db_error(error, "making a block file", ret_why);
    }
    file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (file->fd < 0 || fchmod(file->fd, 0600) != 0) {
        return why_set(ret_why, ERR_IO, "opening %s: %s", file->path,
                       strerror(errno));
    }
    return ERR_OK;
}

enum err block_file_open(struct store *store, struct block_file **ret_file,
                         struct why *ret_why)
{
    char name[BLOCK_FILE_NAME_SIZE];
    struct block_file *file;
    size_t room;
    enum err err = store_check_free(store, store->reserve, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return ERR_NO_MEMORY;
    }
    file->store = store;
    file->fd = -1;
    file->number = atomic_fetch_add(&store->next_file, 1);
    block_file_name(name, file->number, BLOCK_FILE_PART);
    room = strlen(store->dir) + sizeof("/" DIR_BLOCKS "/") + sizeof(name);
    file->path = malloc(room);
    if (file->path == NULL) {
        block_file_free(file);
        return ERR_NO_MEMORY;
    }
    (void)snprintf(file->path, room, "%s/" DIR_BLOCKS "/%s", store->dir, name);
    err = start_writer(file, ret_why);
    if (err != ERR_OK) {
        block_file_free(file);
        return store_poison(store, err);
    }
    *ret_file = file;
    return ERR_OK;
}

enum err block_file_put(struct block_file *file, struct span bytes,
                        struct why *ret_why)
{
    struct key key;
    char *error = NULL;

    if (file->bytes - file->pushed >= STEP_SIZE) {
        enum err err =
            store_check_free(file->store, file->store->reserve, ret_why);

        if (err != ERR_OK) {
            return err;
        }
        /* Only a hint; finishing the file is what makes it durable. */
        (void)sync_file_range(file->fd, (off_t)file->pushed, 0,
                              SYNC_FILE_RANGE_WRITE);
        file->pushed = file->bytes;
    }
    key_place(&key, file->number, file->position);
    rocksdb_sstfilewriter_put(file->writer, (const char *)key.bytes, key.size,
                              (const char *)bytes.data, bytes.size, &error);
    if (error != NULL) {
        return store_poison(file->store,
                            db_error(error, "writing a block file", ret_why));
    }
    file->position++;
    file->bytes += bytes.size;
    return ERR_OK;
}

/* A second name that RocksDB does not know of and therefore cannot delete. */
static enum err link_own(struct block_file *file, struct why *ret_why)
{
    char part[BLOCK_FILE_NAME_SIZE];
    char name[BLOCK_FILE_NAME_SIZE];

    block_file_name(part, file->number, BLOCK_FILE_PART);
    block_file_name(name, file->number, BLOCK_FILE_SUFFIX);
    if (linkat(file->store->blocks_fd, part, file->store->blocks_fd, name, 0) !=
            0 ||
        fsync(file->store->blocks_fd) != 0) {
        return why_set(ret_why, ERR_IO, "linking %s: %s", name,
                       strerror(errno));
    }
    return ERR_OK;
}

static enum err ingest(struct block_file *file, struct why *ret_why)
{
    rocksdb_ingestexternalfileoptions_t *options =
        rocksdb_ingestexternalfileoptions_create();
    const char *const paths[1] = { file->path };
    char *error = NULL;

    rocksdb_ingestexternalfileoptions_set_move_files(options, 1);
    /* Its keys are new, so nothing in the file ever has to be changed. */
    rocksdb_ingestexternalfileoptions_set_snapshot_consistency(options, 0);
    rocksdb_ingestexternalfileoptions_set_allow_global_seqno(options, 0);
    rocksdb_ingest_external_file_cf(file->store->db.handle,
                                    file->store->db.families[FAMILY_BLOCKS],
                                    paths, 1, options, &error);
    rocksdb_ingestexternalfileoptions_destroy(options);
    if (error != NULL) {
        return db_error(error, "adding a block file to the database", ret_why);
    }
    return ERR_OK;
}

/* Its frame, read back: a few bytes a block. A file whose frame is not as it
 * should be is as good; reading it again will then know less of it. */
static void take_frame(struct block_file *file)
{
    struct span block;
    struct sst sst;
    int fd = open(file->path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum err err;

    if (fd < 0) {
        return;
    }
    err = sst_open(&sst, fd, file->number, file->position, true);
    while (err == ERR_OK) {
        err = sst_next(&sst, &block);
    }
    file->has_frame =
        err == ERR_NOT_FOUND && sst_frame(&sst, &file->frame) == ERR_OK;
    sst_close(&sst);
}

enum err block_file_publish(struct block_file *file, struct why *ret_why)
{
    char *error = NULL;
    enum err err;

    rocksdb_sstfilewriter_finish(file->writer, &error);
    if (error != NULL) {
        return store_poison(file->store,
                            db_error(error, "finishing a block file", ret_why));
    }
    take_frame(file);
    err = link_own(file, ret_why);
    if (err == ERR_OK) {
        err = ingest(file, ret_why);
    }
    return err == ERR_OK ? ERR_OK : store_poison(file->store, err);
}

void block_file_enter(const struct block_file *file,
                      rocksdb_writebatch_t *batch)
{
    struct file_entry entry = { file->position, file->bytes, file->has_frame,
                                file->frame };
    uint8_t value[FILE_ENTRY_SIZE_MAX];
    size_t size = file_entry_encode(&entry, value);
    struct key key;

    key_block_file(&key, file->number);
    db_put(batch, &file->store->db, FAMILY_META, key_span(&key),
           span_of(value, size));
}

uint64_t block_file_number(const struct block_file *file)
{
    return file->number;
}

void block_file_free(struct block_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->writer != NULL) {
        rocksdb_sstfilewriter_destroy(file->writer);
        rocksdb_envoptions_destroy(file->env);
    }
    if (file->fd >= 0) {
        (void)close(file->fd);
    }
    if (file->path != NULL) {
        /* Gone already when it was published. */
        (void)unlink(file->path);
    }
    free(file->path);
    free(file);
}
