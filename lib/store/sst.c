/* SPDX-License-Identifier: Apache-2.0 */
#include "store/sst.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/limits.h"
#include "store/keys.h"

#define RESTART_INTERVAL 16 /* RocksDB's: a whole key so often */
#define TRAILER_SIZE 5      /* of a data block: kind, checksum */
#define VARINT_SIZE_MAX 5
#define HEAD_SIZE_MAX (3 * VARINT_SIZE_MAX + SST_KEY_SIZE)

enum err sst_open(struct sst *sst, int fd, uint64_t file, uint32_t blocks,
                  bool skips)
{
    struct stat info;

    *sst = (struct sst){ .fd = fd,
                         .file = file,
                         .blocks = blocks,
                         .skips = skips,
                         .window = skips ? SST_WINDOW_FRAME : SST_WINDOW_READ };
    if (fstat(fd, &info) != 0) {
        return ERR_IO;
    }
    sst->size = (uint64_t)info.st_size;
    sst->bytes = malloc(sst->window + (skips ? 0 : BLOCK_SIZE_MAX));
    if (sst->bytes == NULL) {
        return ERR_NO_MEMORY;
    }
    if (!skips) {
        /* What the kernel still has in memory says nothing of the disk. */
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
        (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    }
    sha256_init(&sst->frame);
    return ERR_OK;
}

void sst_close(struct sst *sst)
{
    if (sst->fd >= 0) {
        if (!sst->skips) {
            (void)posix_fadvise(sst->fd, 0, 0, POSIX_FADV_DONTNEED);
        }
        (void)close(sst->fd);
    }
    free(sst->bytes);
    *sst = (struct sst){ .fd = -1 };
}

/* At least `size` bytes at hand; less at the end of the file. */
static enum err fill(struct sst *sst, size_t size)
{
    size_t room = sst->window + (sst->skips ? 0 : BLOCK_SIZE_MAX);

    if (sst->count >= size) {
        return ERR_OK;
    }
    memmove(sst->bytes, sst->bytes + sst->start, sst->count);
    sst->start = 0;
    while (sst->count < size) {
        ssize_t got = pread(sst->fd, sst->bytes + sst->count, room - sst->count,
                            (off_t)(sst->at + sst->count));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return ERR_IO;
        }
        if (got == 0) {
            return ERR_OK;
        }
        sst->count += (size_t)got;
    }
    return ERR_OK;
}

static void pass(struct sst *sst, size_t size)
{
    if (size <= sst->count) {
        sst->start += size;
        sst->count -= size;
    } else {
        sst->count = 0;
    }
    sst->at += size;
}

static void pass_frame(struct sst *sst, size_t size)
{
    sha256_update(&sst->frame, span_of(sst->bytes + sst->start, size));
    pass(sst, size);
}

/* RocksDB's numbers: seven bits a byte, the lowest first. */
static bool varint(struct span head, size_t *at, uint32_t *ret_value)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < VARINT_SIZE_MAX && *at < head.size; i++) {
        uint8_t byte = head.data[*at];

        (*at)++;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if ((byte & 0x80) == 0) {
            *ret_value = (uint32_t)value;
            return value <= UINT32_MAX;
        }
    }
    return false;
}

/* The end of a data block: where each whole key stands, their number, the
 * trailer. The first whole key stands at 0, and no entry begins like that. */
static enum err pass_group_end(struct sst *sst)
{
    uint32_t keys = (sst->group + RESTART_INTERVAL - 1) / RESTART_INTERVAL;
    size_t size = (size_t)(keys + 1) * 4 + TRAILER_SIZE;
    enum err err;

    if (size > sst->window) {
        return ERR_CORRUPT;
    }
    err = fill(sst, size);
    if (err != ERR_OK || sst->count < size) {
        return err != ERR_OK ? err : ERR_CORRUPT;
    }
    pass_frame(sst, size);
    sst->group = 0;
    return ERR_OK;
}

/* Is the key the one of the next position? Its tail is RocksDB's. */
static bool key_fits(const struct sst *sst)
{
    struct key key;

    key_place(&key, sst->file, sst->position);
    return memcmp(sst->key, key.bytes, key.size) == 0;
}

static enum err pass_head(struct sst *sst, uint32_t *ret_size)
{
    enum err err = fill(sst, HEAD_SIZE_MAX);
    struct span head;
    size_t at = 0;
    uint32_t shared;
    uint32_t own;
    uint32_t size;

    if (err != ERR_OK) {
        return err;
    }
    head = span_of(sst->bytes + sst->start,
                   sst->count < HEAD_SIZE_MAX ? sst->count : HEAD_SIZE_MAX);
    if (!varint(head, &at, &shared) || !varint(head, &at, &own) ||
        !varint(head, &at, &size) || shared > SST_KEY_SIZE ||
        own != SST_KEY_SIZE - shared || head.size - at < own || size == 0 ||
        size > BLOCK_SIZE_MAX) {
        return ERR_CORRUPT;
    }
    memcpy(sst->key + shared, head.data + at, own);
    if (!key_fits(sst)) {
        return ERR_CORRUPT;
    }
    pass_frame(sst, at + own);
    *ret_size = size;
    return ERR_OK;
}

enum err sst_next(struct sst *sst, struct span *ret_block)
{
    static const uint8_t ZEROS[4];
    uint32_t size = 0;
    enum err err = fill(sst, sizeof(ZEROS));

    if (err == ERR_OK && sst->group > 0 && sst->count >= sizeof(ZEROS) &&
        memcmp(sst->bytes + sst->start, ZEROS, sizeof(ZEROS)) == 0) {
        err = pass_group_end(sst);
    }
    if (err != ERR_OK) {
        return err;
    }
    if (sst->position == sst->blocks) {
        return sst->group == 0 ? ERR_NOT_FOUND : ERR_CORRUPT;
    }
    err = pass_head(sst, &size);
    if (err == ERR_OK && !sst->skips) {
        err = fill(sst, size);
        if (err == ERR_OK && sst->count < size) {
            err = ERR_CORRUPT;
        }
    }
    if (err != ERR_OK) {
        return err;
    }
    *ret_block = span_of(sst->skips ? NULL : sst->bytes + sst->start, size);
    pass(sst, size); /* the bytes stay until the next call */
    sst->position++;
    sst->group++;
    return ERR_OK;
}

enum err sst_frame(struct sst *sst, struct digest *ret_frame)
{
    while (sst->at < sst->size) {
        enum err err = fill(sst, 1);

        if (err != ERR_OK || sst->count == 0) {
            return err != ERR_OK ? err : ERR_CORRUPT;
        }
        pass_frame(sst, sst->count);
    }
    sha256_final(&sst->frame, ret_frame);
    return ERR_OK;
}
