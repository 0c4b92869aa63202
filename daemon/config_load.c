/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static enum err load_failed(const char *path, int number, struct buf *errors)
{
    buf_put_visible(errors, span_str(path));
    buf_printf(errors, ": %s\n", strerror(number));
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ERR_NOT_FOUND;
    case EACCES:
    case EPERM:
        return ERR_PERMISSION;
    case EFBIG:
        return ERR_TOO_BIG;
    default:
        return ERR_IO;
    }
}

/* The whole file; 0 or an errno. */
static int read_file(const char *path, struct buf *text)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    int number = 0;

    if (fd < 0) {
        return errno;
    }
    if (fstat(fd, &status) != 0) {
        number = errno;
    } else if (!S_ISREG(status.st_mode)) {
        number = EISDIR;
    }
    while (number == 0) {
        uint8_t part[4096];
        ssize_t got = read(fd, part, sizeof(part));

        if (got < 0 && errno != EINTR) {
            number = errno;
        } else if (got == 0) {
            break;
        } else if (got > 0) {
            buf_put_data(text, part, (size_t)got);
            number = buf_failed(text) ? EFBIG : 0;
        }
    }
    close(fd);
    return number;
}

enum err config_load(const char *path, struct config *ret_config,
                     struct buf *errors)
{
    struct buf text;
    int number;
    enum err err;

    if (strlen(path) >= CONFIG_PATH_SIZE) {
        return load_failed(path, ENAMETOOLONG, errors);
    }
    buf_init(&text, CONFIG_FILE_SIZE_MAX);
    number = read_file(path, &text);
    if (number != 0) {
        err = load_failed(path, number, errors);
    } else {
        err = config_parse(buf_span(&text), path, ret_config, errors);
    }
    buf_done(&text);
    return err;
}
