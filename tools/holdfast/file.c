/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_ROOM 4096

static enum err failed(const char *path, const char *what, int number,
                       struct why *ret_why)
{
    enum err err = ERR_IO;

    if (number == ENOENT || number == ENOTDIR) {
        err = ERR_NOT_FOUND;
    } else if (number == EACCES || number == EPERM || number == EROFS) {
        err = ERR_PERMISSION;
    } else if (number == EEXIST) {
        err = ERR_CONFLICT;
    } else if (number == ENOSPC || number == EDQUOT) {
        err = ERR_FULL;
    } else if (number == ENOMEM) {
        err = ERR_NO_MEMORY;
    }
    return why_set(ret_why, err, "%s: %s%s", path, what, strerror(number));
}

static enum err read_all(int fd, const char *path, size_t size_max,
                         struct buf *bytes, struct why *ret_why)
{
    size_t total = 0;

    for (;;) {
        uint8_t part[65536];
        ssize_t got = read(fd, part, sizeof(part));

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return failed(path, "", errno, ret_why);
        }
        if (got == 0) {
            return ERR_OK;
        }
        total += (size_t)got;
        if (total <= size_max) {
            buf_put_data(bytes, part, (size_t)got);
        }
        if (total > size_max || buf_failed(bytes)) {
            return why_set(ret_why, ERR_TOO_BIG, "%s: larger than %zu bytes",
                           path, size_max);
        }
    }
}

enum err tool_file_read(const char *path, size_t size_max, struct buf *bytes,
                        struct why *ret_why)
{
    struct stat status;
    enum err err;
    int fd;

    if (strcmp(path, "-") == 0) {
        return read_all(STDIN_FILENO, "standard input", size_max, bytes,
                        ret_why);
    }
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return failed(path, "", errno, ret_why);
    }
    if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
        err = why_set(ret_why, ERR_IO, "%s: is a folder", path);
    } else {
        err = read_all(fd, path, size_max, bytes, ret_why);
    }
    close(fd);
    return err;
}

static int write_all(int fd, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t put = write(fd, bytes.data, bytes.size);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return errno;
        }
        bytes = span_part(bytes, (size_t)put, bytes.size);
    }
    return fsync(fd) == 0 ? 0 : errno;
}

/* Make the name of `path` durable. */
static int sync_folder(const char *path)
{
    char folder[PATH_ROOM];
    const char *slash = strrchr(path, '/');
    int number = 0;
    int fd;

    if (slash == NULL) {
        snprintf(folder, sizeof(folder), ".");
    } else {
        snprintf(folder, sizeof(folder), "%.*s",
                 slash == path ? 1 : (int)(slash - path), path);
    }
    fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return errno;
    }
    if (fsync(fd) != 0 && errno != EINVAL) {
        number = errno;
    }
    close(fd);
    return number;
}

enum err tool_file_create(const char *path, struct span bytes, unsigned mode,
                          struct why *ret_why)
{
    int number;
    int fd;

    if (strlen(path) >= PATH_ROOM) {
        return failed(path, "", ENAMETOOLONG, ret_why);
    }
    fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0) {
        return failed(path, "", errno, ret_why);
    }
    /* The exact mode, whatever the umask. */
    number = fchmod(fd, mode) == 0 ? write_all(fd, bytes) : errno;
    if (close(fd) != 0 && number == 0) {
        number = errno;
    }
    if (number == 0) {
        number = sync_folder(path);
    }
    if (number != 0) {
        unlink(path);
        return failed(path, "", number, ret_why);
    }
    return ERR_OK;
}

enum err tool_file_replace(const char *path, struct span bytes, unsigned mode,
                           struct why *ret_why)
{
    char name[PATH_ROOM];
    struct stat old;
    int number;
    int fd;

    if (strlen(path) + sizeof(".XXXXXX.new") > sizeof(name)) {
        return failed(path, "", ENAMETOOLONG, ret_why);
    }
    snprintf(name, sizeof(name), "%s.XXXXXX", path);
    fd = mkostemp(name, O_CLOEXEC);
    if (fd < 0) {
        return failed(path, "", errno, ret_why);
    }
    if (stat(path, &old) == 0) {
        mode = old.st_mode & 0777;
        if (fchown(fd, old.st_uid, old.st_gid) != 0) {
            /* Not ours to give: the new file belongs to whoever wrote it. */
            errno = 0;
        }
    }
    number = fchmod(fd, mode) == 0 ? write_all(fd, bytes) : errno;
    if (close(fd) != 0 && number == 0) {
        number = errno;
    }
    if (number == 0 && rename(name, path) != 0) {
        number = errno;
    }
    if (number != 0) {
        unlink(name);
        return failed(path, "", number, ret_why);
    }
    number = sync_folder(path);
    return number == 0 ? ERR_OK : failed(path, "", number, ret_why);
}

bool tool_file_exists(const char *path)
{
    struct stat status;

    return lstat(path, &status) == 0;
}

enum err tool_file_beside(const char *path, const char *name, char *ret_path,
                          size_t size)
{
    const char *slash = strrchr(path, '/');
    size_t folder = slash == NULL ? 0 : (size_t)(slash - path) + 1;

    if (folder + strlen(name) >= size) {
        return ERR_TOO_BIG;
    }
    snprintf(ret_path, size, "%.*s%s", (int)folder, path, name);
    return ERR_OK;
}

enum err tool_folders_make(const char *path, unsigned mode, struct why *ret_why)
{
    char part[PATH_ROOM];
    size_t size = strlen(path);

    if (size >= sizeof(part)) {
        return failed(path, "", ENAMETOOLONG, ret_why);
    }
    for (size_t at = 1; at <= size; at++) {
        if (path[at] != '/' && path[at] != '\0') {
            continue;
        }
        snprintf(part, sizeof(part), "%.*s", (int)at, path);
        if (mkdir(part, mode) != 0 && errno != EEXIST) {
            return failed(part, "", errno, ret_why);
        }
    }
    return ERR_OK;
}
