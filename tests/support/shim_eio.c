/* SPDX-License-Identifier: Apache-2.0 */
/* For LD_PRELOAD: a disk that gives an error wherever the bytes to be read
 * cover a place of one file. HF_EIO_INODE and HF_EIO_AT name the place; nothing
 * else fails. For a program without a sanitizer. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static int hits(int fd, size_t size, off_t offset)
{
    const char *inode = getenv("HF_EIO_INODE");
    const char *place = getenv("HF_EIO_AT");
    struct stat info;

    if (inode == NULL || place == NULL || fstat(fd, &info) != 0 ||
        info.st_ino != strtoull(inode, NULL, 10)) {
        return 0;
    }

    off_t at = (off_t)strtoll(place, NULL, 10);

    return at >= offset && at < offset + (off_t)size;
}

ssize_t pread(int fd, void *bytes, size_t size, off_t offset)
{
    ssize_t (*next)(int, void *, size_t, off_t) =
        (ssize_t(*)(int, void *, size_t, off_t))dlsym(RTLD_NEXT, "pread");

    if (hits(fd, size, offset)) {
        errno = EIO;
        return -1;
    }
    return next(fd, bytes, size, offset);
}

ssize_t pread64(int fd, void *bytes, size_t size, off_t offset)
{
    return pread(fd, bytes, size, offset);
}
