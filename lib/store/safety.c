/* SPDX-License-Identifier: Apache-2.0 */
#include "store/safety.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/dir.h"

static bool ends(const char *name, const char *suffix)
{
    size_t size = strlen(name);
    size_t tail = strlen(suffix);

    return size >= tail && strcmp(name + size - tail, suffix) == 0;
}

static bool wanted(int dir_fd, const char *name)
{
    struct stat info;

    if (ends(name, ".sst")) {
        /* One of ours has a second link already. */
        return fstatat(dir_fd, name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
               info.st_nlink == 1;
    }
    return ends(name, ".log") || strcmp(name, "CURRENT") == 0 ||
           strncmp(name, "MANIFEST-", 9) == 0 ||
           strncmp(name, "OPTIONS-", 8) == 0;
}

static enum err link_entry(void *ctx, int dir_fd, const char *name,
                           struct why *ret_why)
{
    const int *safety_fd = ctx;

    if (wanted(dir_fd, name) &&
        linkat(dir_fd, name, *safety_fd, name, 0) != 0) {
        return why_set(ret_why, ERR_IO, "linking %s into " DIR_SAFETY ": %s",
                       name, strerror(errno));
    }
    return ERR_OK;
}

enum err safety_keep(int dir_fd, struct why *ret_why)
{
    enum err err = dir_remove(dir_fd, DIR_SAFETY, ret_why);
    int fd;

    if (err == ERR_OK) {
        err = dir_make(dir_fd, DIR_SAFETY, ret_why);
    }
    if (err != ERR_OK) {
        return err;
    }
    fd = openat(dir_fd, DIR_SAFETY,
                O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return why_set(ret_why, ERR_IO, "opening " DIR_SAFETY ": %s",
                       strerror(errno));
    }
    err = dir_each(dir_fd, DIR_DATABASE, link_entry, &fd, ret_why);
    (void)close(fd);
    if (err == ERR_OK) {
        err = dir_sync(dir_fd, DIR_SAFETY, ret_why);
    }
    if (err == ERR_OK) {
        err = dir_sync(dir_fd, NULL, ret_why);
    }
    return err;
}

enum err safety_drop(int dir_fd, struct why *ret_why)
{
    return dir_remove(dir_fd, DIR_SAFETY, ret_why);
}
