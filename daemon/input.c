/* SPDX-License-Identifier: Apache-2.0 */
#include "input.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "crypto/key_file.h"
#include "crypto/node_key.h"
#include "crypto/secret.h"

static enum err err_of(int number)
{
    if (number == ENOENT || number == ENOTDIR) {
        return ERR_NOT_FOUND;
    }
    return number == EACCES || number == EPERM ? ERR_PERMISSION : ERR_IO;
}

static enum err read_all(int fd, const char *path, struct buf *ret_bytes,
                         struct why *ret_why)
{
    uint8_t part[16384];

    for (;;) {
        ssize_t size = read(fd, part, sizeof(part));

        if (size < 0 && errno == EINTR) {
            continue;
        }
        if (size < 0) {
            return why_set(ret_why, err_of(errno), "%s: %s", path,
                           strerror(errno));
        }
        if (size == 0) {
            break;
        }
        buf_put_data(ret_bytes, part, (size_t)size);
        if (buf_failed(ret_bytes)) {
            break;
        }
    }
    secret_wipe(part, sizeof(part));
    if (buf_failed(ret_bytes)) {
        return why_set(ret_why, ret_bytes->err, "%s: %s", path,
                       err_text(ret_bytes->err));
    }
    return ERR_OK;
}

enum err input_read(const char *path, struct buf *ret_bytes,
                    struct why *ret_why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return why_set(ret_why, err_of(errno), "%s: %s", path, strerror(errno));
    }

    enum err err = read_all(fd, path, ret_bytes, ret_why);

    close(fd);
    return err;
}

static bool is_credential(const char *path)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    size_t size = dir == NULL ? 0 : strlen(dir);

    return size > 0 && strncmp(path, dir, size) == 0 && path[size] == '/';
}

static enum err read_private(const char *path, struct buf *bytes,
                             struct why *ret_why)
{
    struct stat status;
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return why_set(ret_why, err_of(errno), "node key %s: %s", path,
                       strerror(errno));
    }

    enum err err = ERR_OK;

    if (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode)) {
        err = why_set(ret_why, ERR_IO, "node key %s: not a file", path);
    } else if ((status.st_mode & 077) != 0 && !is_credential(path)) {
        err = why_set(ret_why, ERR_PERMISSION,
                      "node key %s: others may read it (mode %04o); "
                      "chmod 600 it, and think about a new key",
                      path, (unsigned)status.st_mode & 07777);
    } else {
        err = read_all(fd, path, bytes, ret_why);
    }
    close(fd);
    return err;
}

enum err input_read_node_key(const char *path, struct node_key *ret_key,
                             struct why *ret_why)
{
    struct secret *seed = NULL;
    struct buf bytes;

    buf_init(&bytes, KEY_FILE_SIZE_MAX);

    enum err err = read_private(path, &bytes, ret_why);

    if (err == ERR_OK) {
        err = key_file_parse(buf_span(&bytes), KEY_NODE, &seed, ret_why);
        if (err != ERR_OK) {
            err = why_prefix(ret_why, err, "node key %s", path);
        }
    }
    if (err == ERR_OK) {
        err = node_key_init(ret_key, secret_data(seed));
    }
    secret_free(seed);
    buf_wipe(&bytes);
    return err;
}
