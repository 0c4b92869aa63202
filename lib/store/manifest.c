/* SPDX-License-Identifier: Apache-2.0 */
#include "store/manifest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/text.h"
#include "store/dir.h"

#define CURRENT DIR_DATABASE "/CURRENT"
#define PREFIX "MANIFEST-"
#define PATH_SIZE 64
#define READ_STEP 65536

static enum err fail(struct why *ret_why, const char *doing)
{
    int number = errno;

    return why_set(ret_why, err_of_errno(number), "%s the MANIFEST: %s", doing,
                   strerror(number));
}

/* CURRENT is "MANIFEST-000123\n". */
enum err manifest_current(int dir_fd, uint64_t *ret_number, struct why *ret_why)
{
    struct buf text;
    struct span line;
    uint64_t number = 0;
    enum err err;

    buf_init(&text, PATH_SIZE);
    err = file_read(dir_fd, CURRENT, &text);
    line = buf_span(&text);
    if (err == ERR_OK) {
        size_t zeros = strlen(PREFIX);

        if (!span_starts(line, PREFIX) || line.data[line.size - 1] != '\n') {
            err = ERR_CORRUPT;
        } else {
            while (zeros + 2 < line.size && line.data[zeros] == '0') {
                zeros++;
            }
            if (decimal_parse(span_part(line, zeros, line.size - zeros - 1),
                              &number) != ERR_OK) {
                err = ERR_CORRUPT;
            }
        }
    }
    buf_done(&text);
    if (err != ERR_OK) {
        return why_set(ret_why, err == ERR_TOO_BIG ? ERR_CORRUPT : err,
                       "RocksDB's file CURRENT: %s", err_text(err));
    }
    *ret_number = number;
    return ERR_OK;
}

static enum err open_number(int dir_fd, uint64_t number, int *ret_fd,
                            struct why *ret_why)
{
    char path[PATH_SIZE];
    int fd;

    (void)snprintf(path, sizeof(path), DIR_DATABASE "/" PREFIX "%06" PRIu64,
                   number);
    fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return fail(ret_why, "opening");
    }
    *ret_fd = fd;
    return ERR_OK;
}

/* Hash the bytes [from, to) and, when copy_fd is not -1, write them there. */
static enum err hash_range(int fd, uint64_t from, uint64_t to,
                           struct sha256 *sha, int copy_fd, struct why *ret_why)
{
    while (from < to) {
        uint8_t step[READ_STEP];
        uint64_t left = to - from;
        size_t want = left < sizeof(step) ? (size_t)left : sizeof(step);
        ssize_t size = pread(fd, step, want, (off_t)from);

        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return fail(ret_why, "reading");
        }
        if (size == 0) {
            return why_set(ret_why, ERR_CORRUPT,
                           "the MANIFEST ends after %" PRIu64 " of %" PRIu64
                           " bytes",
                           from, to);
        }
        sha256_update(sha, span_of(step, (size_t)size));
        if (copy_fd >= 0 &&
            file_put(copy_fd, span_of(step, (size_t)size), from) != ERR_OK) {
            return why_set(ret_why, ERR_IO, "writing " DIR_MANIFEST_COPY ": %s",
                           strerror(errno));
        }
        from += (uint64_t)size;
    }
    return ERR_OK;
}

void manifest_init(struct manifest *manifest, int dir_fd)
{
    *manifest = (struct manifest){ .dir_fd = dir_fd, .fd = -1, .copy_fd = -1 };
    sha256_init(&manifest->sha);
}

static void close_files(struct manifest *manifest)
{
    if (manifest->fd >= 0) {
        (void)close(manifest->fd);
    }
    if (manifest->copy_fd >= 0) {
        (void)close(manifest->copy_fd);
    }
    manifest->fd = -1;
    manifest->copy_fd = -1;
}

void manifest_done(struct manifest *manifest)
{
    close_files(manifest);
}

/* Begin another MANIFEST. The old copy stays until the new one is whole. */
static enum err begin(struct manifest *manifest, uint64_t number,
                      struct why *ret_why)
{
    enum err err;

    close_files(manifest);
    err = open_number(manifest->dir_fd, number, &manifest->fd, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    manifest->copy_fd =
        openat(manifest->dir_fd, DIR_MANIFEST_COPY DIR_NEW_SUFFIX,
               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (manifest->copy_fd < 0) {
        return why_set(ret_why, err_of_errno(errno),
                       "making " DIR_MANIFEST_COPY ": %s", strerror(errno));
    }
    manifest->number = number;
    manifest->size = 0;
    sha256_init(&manifest->sha);
    return ERR_OK;
}

static enum err copy_ready(struct manifest *manifest, bool is_new,
                           struct why *ret_why)
{
    if (fdatasync(manifest->copy_fd) != 0) {
        return why_set(ret_why, ERR_IO, "writing " DIR_MANIFEST_COPY ": %s",
                       strerror(errno));
    }
    if (!is_new) {
        return ERR_OK;
    }
    if (renameat(manifest->dir_fd, DIR_MANIFEST_COPY DIR_NEW_SUFFIX,
                 manifest->dir_fd, DIR_MANIFEST_COPY) != 0) {
        return why_set(ret_why, ERR_IO, "renaming " DIR_MANIFEST_COPY ": %s",
                       strerror(errno));
    }
    return dir_sync(manifest->dir_fd, NULL, ret_why);
}

enum err manifest_follow(struct manifest *manifest,
                         struct manifest_state *ret_state, struct why *ret_why)
{
    bool is_new = false;
    struct stat info;
    struct sha256 sha;
    uint64_t number;
    enum err err = manifest_current(manifest->dir_fd, &number, ret_why);

    if (err == ERR_OK && (manifest->fd < 0 || number != manifest->number)) {
        is_new = true;
        err = begin(manifest, number, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    /* The size first: what it counts is durable after the fdatasync. Never
     * mark bytes that a power cut can still take. */
    if (fstat(manifest->fd, &info) != 0 || fdatasync(manifest->fd) != 0) {
        return fail(ret_why, "making durable");
    }
    if (is_new || (uint64_t)info.st_size != manifest->size) {
        err = hash_range(manifest->fd, manifest->size, (uint64_t)info.st_size,
                         &manifest->sha, manifest->copy_fd, ret_why);
        if (err == ERR_OK) {
            err = copy_ready(manifest, is_new, ret_why);
        }
        if (err != ERR_OK) {
            return err;
        }
        manifest->size = (uint64_t)info.st_size;
    }
    sha = manifest->sha;
    ret_state->number = manifest->number;
    ret_state->size = manifest->size;
    sha256_final(&sha, &ret_state->hash);
    return ERR_OK;
}

enum err manifest_prefix(int dir_fd, uint64_t size,
                         struct manifest_state *ret_state, struct why *ret_why)
{
    struct manifest_state state = { .size = size };
    struct sha256 sha;
    int fd = -1;
    enum err err = manifest_current(dir_fd, &state.number, ret_why);

    if (err == ERR_OK) {
        err = open_number(dir_fd, state.number, &fd, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    sha256_init(&sha);
    err = hash_range(fd, 0, size, &sha, -1, ret_why);
    (void)close(fd);
    if (err != ERR_OK) {
        return err;
    }
    sha256_final(&sha, &state.hash);
    *ret_state = state;
    return ERR_OK;
}
