/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/restore_target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/text.h"
#include "tools/holdfast/interrupt.h"

#define COMPARE_SIZE 1048576
#define UNVERIFIED_MAX 9

struct target {
    int fd;
    char run[13];        /* random: no two runs share temporary names */
    atomic_ullong count; /* of temporary names given */
};

struct target_folder {
    atomic_uint users;
    int fd;
    char path[]; /* below DIR, without a last slash; "" is DIR */
};

/* ---- Errors -------------------------------------------------------------- */

static enum err err_of(int number)
{
    switch (number) {
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
        return ERR_FULL;
    case EACCES:
    case EPERM:
    case EROFS:
        return ERR_PERMISSION;
    case ENAMETOOLONG:
    case EINVAL:
    case EILSEQ:
        return ERR_UNSUPPORTED;
    case ENOTDIR:
    case ELOOP:
        return ERR_REFUSED;
    case EEXIST:
    case EISDIR:
    case ENOTEMPTY:
        return ERR_CONFLICT;
    case ENOENT:
        return ERR_NOT_FOUND;
    case ENOMEM:
        return ERR_NO_MEMORY;
    default:
        return ERR_IO;
    }
}

static enum err failed(const char *what, struct why *ret_why)
{
    int number = errno;

    return why_set(ret_why, err_of(number), "%s: %s", what, strerror(number));
}

/* ---- Folders ------------------------------------------------------------- */

enum err target_open(const char *path, struct target **ret_target,
                     struct why *ret_why)
{
    struct target *target = calloc(1, sizeof(*target));
    uint8_t run[6];

    if (target == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    target->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (target->fd < 0) {
        enum err err = failed(path, ret_why);

        free(target);
        return err == ERR_REFUSED ? ERR_IO : err;
    }
    randombytes_buf(run, sizeof(run));
    hex_format(target->run, run, sizeof(run));
    atomic_init(&target->count, 0);
    *ret_target = target;
    return ERR_OK;
}

void target_close(struct target *target)
{
    if (target != NULL) {
        close(target->fd);
        free(target);
    }
}

enum err target_free_bytes(const struct target *target, uint64_t *ret_bytes)
{
    struct statvfs status;

    if (fstatvfs(target->fd, &status) != 0) {
        return ERR_IO;
    }
    *ret_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    return ERR_OK;
}

/* Open the folder `part` in `at`, never through a link; make it if told. */
static int open_part(int at, const char *part, bool make)
{
    int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    int fd = openat(at, part, flags);

    if (fd < 0 && errno == ENOENT && make) {
        if (mkdirat(at, part, 0700) != 0 && errno != EEXIST) {
            return -1;
        }
        fd = openat(at, part, flags);
    }
    return fd;
}

/* Walk to the folder that `path` lies in. */
static enum err walk(const struct target *target, const char *path, bool make,
                     int *ret_fd, const char **ret_leaf, struct why *ret_why)
{
    char part[256];
    const char *slash;
    int at = dup(target->fd);

    if (at >= 0) {
        (void)fcntl(at, F_SETFD, FD_CLOEXEC);
    }
    while (at >= 0 && (slash = strchr(path, '/')) != NULL) {
        size_t size = (size_t)(slash - path);
        int next = -1;

        if (size == 0 || size >= sizeof(part)) {
            errno = ENAMETOOLONG;
        } else {
            memcpy(part, path, size);
            part[size] = '\0';
            if (strcmp(part, "..") == 0 || strcmp(part, ".") == 0) {
                errno = ELOOP;
            } else {
                next = open_part(at, part, make);
            }
        }

        int number = errno;

        close(at);
        errno = number;
        at = next;
        path = slash + 1;
    }
    if (at < 0) {
        return failed("its folder", ret_why);
    }
    if (*path == '\0' || strcmp(path, ".") == 0 || strcmp(path, "..") == 0) {
        close(at);
        return why_set(ret_why, ERR_REFUSED, "this path names no file");
    }
    *ret_fd = at;
    *ret_leaf = path;
    return ERR_OK;
}

bool target_is_empty(const struct target *target)
{
    int fd = openat(target->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    bool empty = dir != NULL;

    if (dir == NULL) {
        if (fd >= 0) {
            close(fd);
        }
        return false;
    }
    for (struct dirent *entry = readdir(dir); entry != NULL && empty;
         entry = readdir(dir)) {
        empty =
            strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    }
    closedir(dir);
    return empty;
}

void target_folder_done(struct target_folder *folder)
{
    if (folder != NULL && atomic_fetch_sub(&folder->users, 1) == 1) {
        close(folder->fd);
        free(folder);
    }
}

/* The folder of `path`: the one at hand, or walk to it. The caller is one of
 * its users. */
static enum err folder_find(struct target *target, struct target_folder **near,
                            const char *path, struct target_folder **ret_folder,
                            const char **ret_leaf, struct why *ret_why)
{
    const char *slash = strrchr(path, '/');
    size_t size = slash == NULL ? 0 : (size_t)(slash - path);
    struct target_folder *folder;
    int fd;
    enum err err;

    if (*near != NULL && strlen((*near)->path) == size &&
        memcmp((*near)->path, path, size) == 0) {
        *ret_leaf = slash == NULL ? path : slash + 1;
        *ret_folder = *near;
        atomic_fetch_add(&(*near)->users, 1);
        return ERR_OK;
    }
    err = walk(target, path, true, &fd, ret_leaf, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    folder = malloc(sizeof(*folder) + size + 1);
    if (folder == NULL) {
        close(fd);
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    atomic_init(&folder->users, 2); /* near, and the caller */
    folder->fd = fd;
    memcpy(folder->path, path, size);
    folder->path[size] = '\0';
    target_folder_done(*near);
    *near = folder;
    *ret_folder = folder;
    return ERR_OK;
}

/* ---- One file ------------------------------------------------------------ */

static enum err begin(struct target *target, struct target_folder **near,
                      const char *path, struct target_file *file,
                      struct why *ret_why)
{
    enum err err =
        folder_find(target, near, path, &file->folder, &file->leaf, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    if (strlen(file->leaf) > 255) {
        target_folder_done(file->folder);
        return why_set(ret_why, ERR_UNSUPPORTED, "its name is too long");
    }
    (void)snprintf(file->temp, sizeof(file->temp), ".holdfast-%s-%llu",
                   target->run,
                   (unsigned long long)atomic_fetch_add(&target->count, 1));
    file->fd = openat(file->folder->fd, file->temp,
                      O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file->fd < 0) {
        err = failed("a new file", ret_why);
        target_folder_done(file->folder);
    }
    return err;
}

enum err target_begin(struct target *target, struct target_folder **near,
                      const char *path, struct target_file *ret_file,
                      struct why *ret_why)
{
    struct target_file file = { .fd = -1 };
    enum err err = begin(target, near, path, &file, ret_why);

    if (err == ERR_NOT_FOUND) {
        /* Somebody removed the folder: make it again. */
        target_folder_done(*near);
        *near = NULL;
        err = begin(target, near, path, &file, ret_why);
    }
    if (err == ERR_OK) {
        *ret_file = file;
    }
    return err == ERR_NOT_FOUND ? ERR_IO : err;
}

enum err target_write(const struct target_file *file, uint64_t offset,
                      struct span bytes, struct why *ret_why)
{
    while (bytes.size > 0) {
        ssize_t put = pwrite(file->fd, bytes.data, bytes.size, (off_t)offset);

        if (put < 0 && errno == EINTR) {
            continue;
        }
        if (put < 0) {
            return failed("writing", ret_why);
        }
        bytes = span_part(bytes, (size_t)put, bytes.size);
        offset += (uint64_t)put;
    }
    return ERR_OK;
}

enum err target_resize(const struct target_file *file, uint64_t size,
                       struct why *ret_why)
{
    return ftruncate(file->fd, (off_t)size) == 0 ? ERR_OK
                                                 : failed("writing", ret_why);
}

void target_push(const struct target_file *file, uint64_t offset, uint64_t size)
{
    /* Only a hint: target_sync() waits and tells. */
    (void)sync_file_range(file->fd, (off_t)offset, (off_t)size,
                          SYNC_FILE_RANGE_WRITE);
}

enum err target_sync(const struct target_file *file, const uint64_t *modified_s,
                     struct why *ret_why)
{
    if (modified_s != NULL) {
        struct timespec times[2] = { { .tv_nsec = UTIME_OMIT },
                                     { .tv_sec = (time_t)*modified_s } };

        /* A time that the file system cannot keep is no reason to fail. */
        (void)futimens(file->fd, times);
    }
    return fdatasync(file->fd) == 0 ? ERR_OK : failed("writing", ret_why);
}

static void file_close(struct target_file *file)
{
    close(file->fd);
    target_folder_done(file->folder);
    file->fd = -1;
}

/* Rename, but never over something. Old file systems cannot do that in one
 * step; a hard link can, and where there are none we look first. */
static int rename_new(int dir_fd, const char *from, const char *to)
{
    struct stat status;

    if (renameat2(dir_fd, from, dir_fd, to, RENAME_NOREPLACE) == 0) {
        return 0;
    }
    if (errno != EINVAL && errno != ENOSYS) {
        return -1;
    }
    if (linkat(dir_fd, from, dir_fd, to, 0) == 0) {
        return unlinkat(dir_fd, from, 0);
    }
    if (errno == EEXIST) {
        return -1;
    }
    if (fstatat(dir_fd, to, &status, AT_SYMLINK_NOFOLLOW) == 0) {
        errno = EEXIST;
        return -1;
    }
    return renameat(dir_fd, from, dir_fd, to);
}

enum err target_place(struct target_file *file, bool overwrite,
                      struct why *ret_why)
{
    int done = overwrite ? renameat(file->folder->fd, file->temp,
                                    file->folder->fd, file->leaf)
                         : rename_new(file->folder->fd, file->temp, file->leaf);

    if (done != 0) {
        return failed("its name", ret_why);
    }
    file_close(file);
    return ERR_OK;
}

enum err target_place_unverified(struct target_file *file, struct why *ret_why)
{
    char name[300];

    for (unsigned number = 1; number <= UNVERIFIED_MAX; number++) {
        /* Too long: what distinguishes it is the end. */
        int size = snprintf(name, sizeof(name), "%.*s.unverified",
                            (int)(255 - sizeof(".unverified.9")), file->leaf);

        if (number > 1) {
            (void)snprintf(name + size, sizeof(name) - (size_t)size, ".%u",
                           number);
        }
        if (rename_new(file->folder->fd, file->temp, name) == 0) {
            file_close(file);
            return ERR_OK;
        }
        if (errno != EEXIST) {
            break;
        }
    }
    return failed("its name", ret_why);
}

void target_drop(struct target_file *file)
{
    if (file->fd >= 0) {
        (void)unlinkat(file->folder->fd, file->temp, 0);
        file_close(file);
    }
}

/* ---- Files that are there ------------------------------------------------ */

static enum err hash_file(int fd, struct digest *ret_digest,
                          struct why *ret_why)
{
    uint8_t *part = malloc(COMPARE_SIZE);
    struct sha256 sha;
    enum err err = part == NULL ? ERR_NO_MEMORY : ERR_OK;
    ssize_t got = 1;

    sha256_init(&sha);
    while (err == ERR_OK && got > 0) {
        got = read(fd, part, COMPARE_SIZE);
        if (got > 0) {
            sha256_update(&sha, span_of(part, (size_t)got));
        } else if (got < 0 && errno == EINTR) {
            got = 1;
        } else if (got < 0) {
            err = failed("reading", ret_why);
        }
        if (interrupted()) {
            err = ERR_CANCELLED;
        }
    }
    sha256_final(&sha, ret_digest);
    sha256_done(&sha);
    free(part);
    return err;
}

enum err target_compare(struct target *target, const char *path, uint64_t size,
                        const struct digest *sha256, struct why *ret_why)
{
    const char *leaf;
    struct stat status;
    struct digest digest;
    int dir_fd;
    int fd;
    enum err err = walk(target, path, false, &dir_fd, &leaf, ret_why);

    if (err != ERR_OK) {
        /* A folder of it is no folder: then nothing has this path. */
        return err == ERR_REFUSED || err == ERR_UNSUPPORTED ? ERR_NOT_FOUND
                                                            : err;
    }
    if (fstatat(dir_fd, leaf, &status, AT_SYMLINK_NOFOLLOW) != 0) {
        err = errno == ENOENT || errno == ENAMETOOLONG
                  ? ERR_NOT_FOUND
                  : failed("looking", ret_why);
        close(dir_fd);
        return err;
    }
    if (!S_ISREG(status.st_mode) || (uint64_t)status.st_size != size) {
        close(dir_fd);
        return why_set(ret_why, ERR_CONFLICT,
                       "something else of that name is there");
    }
    fd = openat(dir_fd, leaf, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    err = fd < 0 ? failed("reading", ret_why) : hash_file(fd, &digest, ret_why);
    if (fd >= 0) {
        close(fd);
    }
    close(dir_fd);
    if (err == ERR_OK && !digest_equal(&digest, sha256)) {
        err = why_set(ret_why, ERR_CONFLICT,
                      "another file of that name and size is there");
    }
    return err;
}

uint64_t target_size(struct target *target, const char *path)
{
    const char *leaf;
    struct stat status;
    int dir_fd;
    uint64_t size = 0;

    if (walk(target, path, false, &dir_fd, &leaf, NULL) != ERR_OK) {
        return 0;
    }
    if (fstatat(dir_fd, leaf, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
        S_ISREG(status.st_mode)) {
        size = (uint64_t)status.st_size;
    }
    close(dir_fd);
    return size;
}

enum err target_write_whole(struct target *target, const char *path,
                            struct span bytes, struct why *ret_why)
{
    struct target_file file = { .fd = -1 };
    struct target_folder *near = NULL;
    struct digest digest = digest_of(bytes);
    enum err err = target_begin(target, &near, path, &file, ret_why);

    if (err == ERR_OK) {
        err = target_write(&file, 0, bytes, ret_why);
    }
    if (err == ERR_OK) {
        err = target_sync(&file, NULL, ret_why);
    }
    if (err == ERR_OK) {
        err = target_place(&file, false, ret_why);
    }
    target_drop(&file);
    target_folder_done(near);
    if (err == ERR_CONFLICT) {
        err = target_compare(target, path, bytes.size, &digest, ret_why);
    }
    return err;
}

enum err target_finish(struct target *target, struct why *ret_why)
{
    return syncfs(target->fd) == 0 ? ERR_OK : failed("writing", ret_why);
}
