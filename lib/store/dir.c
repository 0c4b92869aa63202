/* SPDX-License-Identifier: Apache-2.0 */
#include "store/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fields.h"
#include "base/limits.h"

#define MARKER_SIZE_MAX 4096
#define READ_STEP 65536
#define NAME_SIZE 64 /* of a small file of ours, with suffix and NUL */

enum err err_of_errno(int number)
{
    switch (number) {
    case ENOENT:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_PERMISSION;
    case ENOSPC:
    case EDQUOT:
        return ERR_FULL;
    case ENOMEM:
        return ERR_NO_MEMORY;
    default:
        return ERR_IO;
    }
}

static enum err fail(struct why *ret_why, const char *doing, const char *name)
{
    int number = errno;

    return why_set(ret_why, err_of_errno(number), "%s %s: %s", doing, name,
                   strerror(number));
}

enum err dir_lock(const char *dir, int *ret_fd, struct why *ret_why)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return fail(ret_why, "opening", dir);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        enum err err;

        if (errno == EWOULDBLOCK) {
            err = why_set(ret_why, ERR_BUSY,
                          "%s is in use by another holdfast process; stop it "
                          "first (systemctl stop holdfastd)",
                          dir);
        } else {
            err = fail(ret_why, "locking", dir);
        }
        (void)close(fd);
        return err;
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err dir_lock_shared(const char *dir, int *ret_fd, struct why *ret_why)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd < 0) {
        return fail(ret_why, "opening", dir);
    }
    if (flock(fd, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        (void)close(fd);
        return why_set(ret_why, ERR_BUSY,
                       "%s is the data directory of a node that runs here; "
                       "copy it first",
                       dir);
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err marker_parse(struct span text, struct marker *ret_marker)
{
    struct marker marker = { .unfinished = false };
    struct fields fields;
    struct span node;
    uint64_t version = 0;

    fields_init(&fields, text, NULL);
    if (!fields_line(&fields, "holdfast") ||
        !span_is(fields_value(&fields), "store") ||
        decimal_parse(fields_value(&fields), &version) != ERR_OK ||
        !fields_line_end(&fields)) {
        return ERR_MALFORMED;
    }
    if (version > STORE_FORMAT_VERSION) {
        return ERR_NEWER;
    }
    if (version < 1 || !fields_line(&fields, "node")) {
        return ERR_MALFORMED;
    }
    node = fields_value(&fields);
    if (!fields_line_end(&fields) || !label_valid(node)) {
        return ERR_MALFORMED;
    }
    memcpy(marker.node, node.data, node.size);
    if (fields_next_is(&fields, "unfinished")) {
        marker.unfinished = true;
        if (!fields_line(&fields, "unfinished") || !fields_line_end(&fields)) {
            return ERR_MALFORMED;
        }
    }
    if (fields_finish(&fields) != ERR_OK) {
        return ERR_MALFORMED;
    }
    *ret_marker = marker;
    return ERR_OK;
}

enum err marker_read(int dir_fd, struct marker *ret_marker, struct why *ret_why)
{
    struct buf text;
    enum err err;

    buf_init(&text, MARKER_SIZE_MAX);
    err = file_read(dir_fd, DIR_MARKER, &text);
    if (err == ERR_OK) {
        err = marker_parse(buf_span(&text), ret_marker);
    }
    buf_done(&text);
    if (err == ERR_NEWER) {
        return why_set(ret_why, err,
                       "the store was made by a newer release of holdfast; "
                       "install that release");
    }
    if (err == ERR_MALFORMED || err == ERR_TOO_BIG) {
        return why_set(ret_why, ERR_CORRUPT,
                       "the file " DIR_MARKER " is damaged");
    }
    if (err != ERR_OK) {
        return why_set(ret_why, err, "reading " DIR_MARKER ": %s",
                       err_text(err));
    }
    return ERR_OK;
}

enum err marker_write(int dir_fd, const struct marker *marker,
                      struct why *ret_why)
{
    struct buf text;
    enum err err;

    buf_init(&text, MARKER_SIZE_MAX);
    buf_printf(&text, "holdfast store %d\nnode %s\n", STORE_FORMAT_VERSION,
               marker->node);
    if (marker->unfinished) {
        buf_put_str(&text, "unfinished\n");
    }
    err = text.err;
    if (err == ERR_OK) {
        err = file_write(dir_fd, DIR_MARKER, buf_span(&text), ret_why);
    }
    buf_done(&text);
    return err;
}

enum err file_read(int dir_fd, const char *name, struct buf *bytes)
{
    int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    enum err err = ERR_OK;

    if (fd < 0) {
        return err_of_errno(errno);
    }
    for (;;) {
        uint8_t step[READ_STEP];
        ssize_t size = read(fd, step, sizeof(step));

        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            err = size < 0 ? ERR_IO : ERR_OK;
            break;
        }
        buf_put_data(bytes, step, (size_t)size);
        if (buf_failed(bytes)) {
            err = bytes->err;
            break;
        }
    }
    (void)close(fd);
    return err;
}

enum err file_put(int fd, struct span bytes, uint64_t offset)
{
    while (bytes.size > 0) {
        ssize_t size = pwrite(fd, bytes.data, bytes.size, (off_t)offset);

        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size <= 0) {
            return err_of_errno(size < 0 ? errno : EIO);
        }
        bytes = span_part(bytes, (size_t)size, bytes.size);
        offset += (uint64_t)size;
    }
    return ERR_OK;
}

/* The file under its temporary name, durable. */
static enum err write_new(int dir_fd, const char *name, struct span bytes)
{
    int fd =
        openat(dir_fd, name,
               O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    enum err err;

    if (fd < 0) {
        return err_of_errno(errno);
    }
    err = file_put(fd, bytes, 0);
    if (err == ERR_OK && fsync(fd) != 0) {
        err = err_of_errno(errno);
    }
    if (close(fd) != 0 && err == ERR_OK) {
        err = err_of_errno(errno);
    }
    return err;
}

enum err file_write(int dir_fd, const char *name, struct span bytes,
                    struct why *ret_why)
{
    char fresh[NAME_SIZE];
    enum err err;

    (void)snprintf(fresh, sizeof(fresh), "%s%s", name, DIR_NEW_SUFFIX);
    err = write_new(dir_fd, fresh, bytes);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "writing %s: %s", fresh, strerror(errno));
    }
    if (renameat(dir_fd, fresh, dir_fd, name) != 0) {
        return fail(ret_why, "renaming to", name);
    }
    return dir_sync(dir_fd, NULL, ret_why);
}

enum err dir_sync(int dir_fd, const char *name, struct why *ret_why)
{
    const char *path = name != NULL ? name : ".";
    int fd = openat(dir_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    enum err err = ERR_OK;

    if (fd < 0) {
        return fail(ret_why, "opening", path);
    }
    if (fsync(fd) != 0) {
        err = fail(ret_why, "making durable", path);
    }
    (void)close(fd);
    return err;
}

enum err dir_make(int dir_fd, const char *name, struct why *ret_why)
{
    if (mkdirat(dir_fd, name, 0700) != 0 && errno != EEXIST) {
        return fail(ret_why, "making", name);
    }
    return ERR_OK;
}

static enum err remove_entry(void *ctx, int dir_fd, const char *name,
                             struct why *ret_why)
{
    (void)ctx;
    if (unlinkat(dir_fd, name, 0) != 0 && errno != ENOENT) {
        return fail(ret_why, "removing", name);
    }
    return ERR_OK;
}

enum err dir_remove(int dir_fd, const char *name, struct why *ret_why)
{
    enum err err = dir_each(dir_fd, name, remove_entry, NULL, ret_why);

    if (err == ERR_NOT_FOUND) {
        return ERR_OK;
    }
    if (err == ERR_OK && unlinkat(dir_fd, name, AT_REMOVEDIR) != 0) {
        err = fail(ret_why, "removing", name);
    }
    return err;
}

enum err dir_each(int dir_fd, const char *name, dir_entry_fn fn, void *ctx,
                  struct why *ret_why)
{
    int fd =
        openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    enum err err = ERR_OK;

    if (dir == NULL) {
        err = fail(ret_why, "opening", name);
        if (fd >= 0) {
            (void)close(fd);
        }
        return err;
    }
    while (err == ERR_OK) {
        struct dirent *entry;

        errno = 0;
        entry = readdir(dir);
        if (entry == NULL) {
            if (errno != 0) {
                err = fail(ret_why, "reading the names in", name);
            }
            break;
        }
        if (strcmp(entry->d_name, ".") != 0 &&
            strcmp(entry->d_name, "..") != 0) {
            err = fn(ctx, dirfd(dir), entry->d_name, ret_why);
        }
    }
    (void)closedir(dir);
    return err;
}
