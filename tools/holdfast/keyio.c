/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/keyio.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "tools/holdfast/file.h"

#define OTHERS 077 /* any right of group and others */

/* ---- Reading ------------------------------------------------------------- */

/* The unit's credentials are guarded by systemd, with modes of their own. */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t size;

    if (folder == NULL || folder[0] != '/') {
        return false;
    }
    size = strlen(folder);
    return strncmp(path, folder, size) == 0 && path[size] == '/' &&
           strstr(path + size, "/../") == NULL;
}

static enum err open_guarded(const char *path, int *ret_fd, struct why *ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    struct stat status;
    enum err err = ERR_OK;

    if (fd < 0) {
        err = errno == ENOENT || errno == ENOTDIR ? ERR_NOT_FOUND
              : errno == EACCES                   ? ERR_PERMISSION
                                                  : ERR_IO;
        return why_set(ret_why, err, "%s: %s", path, strerror(errno));
    }
    if (fstat(fd, &status) != 0) {
        err = why_set(ret_why, ERR_IO, "%s: %s", path, strerror(errno));
    } else if (S_ISDIR(status.st_mode)) {
        err = why_set(ret_why, ERR_IO, "%s: is a folder", path);
    } else if ((status.st_mode & OTHERS) != 0 && !is_credential(path)) {
        err = why_set(ret_why, ERR_PERMISSION,
                      "%s: others than its owner have rights on it (mode "
                      "%03o); chmod 600 it, and think about who read it",
                      path, (unsigned)(status.st_mode & 0777));
    }
    if (err != ERR_OK) {
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return ERR_OK;
}

/* All of fd into memory that the caller wipes. */
static enum err fill(int fd, const char *path, struct secret *room,
                     size_t *ret_size, struct why *ret_why)
{
    size_t used = 0;

    for (;;) {
        ssize_t got =
            read(fd, secret_bytes(room) + used, secret_size(room) - used);

        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return why_set(ret_why, ERR_IO, "%s: %s", path, strerror(errno));
        }
        if (got == 0) {
            break;
        }
        used += (size_t)got;
        if (used == secret_size(room)) {
            return why_set(ret_why, ERR_TOO_BIG, "%s: larger than %zu bytes",
                           path, secret_size(room) - 1);
        }
    }
    *ret_size = used;
    return ERR_OK;
}

enum err keyio_read_secret(const char *path, size_t size_max,
                           struct secret **ret_bytes, struct why *ret_why)
{
    struct secret *room = NULL;
    struct secret *bytes;
    size_t size = 0;
    int fd = STDIN_FILENO;
    enum err err = ERR_OK;

    if (strcmp(path, "-") != 0) {
        err = open_guarded(path, &fd, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    room = secret_new(size_max + 1);
    err = room == NULL ? why_set(ret_why, ERR_NO_MEMORY, "out of memory")
                       : fill(fd, path, room, &size, ret_why);
    if (err == ERR_OK && size == 0) {
        err = why_set(ret_why, ERR_MALFORMED, "%s: is empty", path);
    }
    if (err == ERR_OK) {
        bytes = secret_copy(span_of(secret_data(room), size));
        if (bytes == NULL) {
            err = why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        } else {
            *ret_bytes = bytes;
        }
    }
    secret_free(room);
    if (fd != STDIN_FILENO) {
        close(fd);
    }
    return err;
}

enum err keyio_read(const char *path, enum key_kind kind,
                    struct secret **ret_seed, struct why *ret_why)
{
    struct secret *bytes;
    enum err err;

    err = keyio_read_secret(path, KEY_FILE_SIZE_MAX, &bytes, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    err = key_file_parse(secret_span(bytes), kind, ret_seed, ret_why);
    secret_free(bytes);
    return err == ERR_OK ? ERR_OK : why_prefix(ret_why, err, "%s", path);
}

enum err keyio_read_any(const char *path, enum key_kind *ret_kind,
                        struct secret **ret_seed, struct why *ret_why)
{
    static const enum key_kind kinds[] = { KEY_NODE, KEY_GOVERNANCE,
                                           KEY_DEPOSITOR, KEY_MASTER };
    struct secret *bytes;
    enum err err;

    err = keyio_read_secret(path, KEY_FILE_SIZE_MAX, &bytes, ret_why);
    if (err != ERR_OK) {
        return err;
    }
    for (size_t index = 0; index < sizeof(kinds) / sizeof(kinds[0]); index++) {
        err =
            key_file_parse(secret_span(bytes), kinds[index], ret_seed, ret_why);
        if (err == ERR_OK) {
            *ret_kind = kinds[index];
        }
        if (err != ERR_WRONG_KEY) {
            break;
        }
    }
    secret_free(bytes);
    return err == ERR_OK ? ERR_OK : why_prefix(ret_why, err, "%s", path);
}

enum err keyio_write(const char *path, struct span bytes, struct why *ret_why)
{
    return tool_file_create(path, bytes, 0600, ret_why);
}
