/* SPDX-License-Identifier: Apache-2.0 */
#include "socket_file.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void socket_file_remove(const char *path)
{
    struct stat status;

    if (lstat(path, &status) == 0 && S_ISSOCK(status.st_mode)) {
        (void)unlink(path); /* else binding says why not */
    }
}

/* Under the unit's filter no owner can be changed; there the socket has the
 * daemon's own group, which is the usual one. */
static enum err give(const char *path, gid_t gid, const char *what,
                     struct why *ret_why)
{
    struct stat status;

    if (lstat(path, &status) == 0 && status.st_gid == gid) {
        return ERR_OK;
    }
    if (chown(path, (uid_t)-1, gid) == 0) {
        return ERR_OK;
    }
    return why_set(ret_why, ERR_IO,
                   "%s %s cannot be given to the group of [control] group: "
                   "%s; leave that out, or run the daemon with that group as "
                   "its own",
                   what, path, strerror(errno));
}

enum err socket_file_share(const char *path, const char *group,
                           const char *what, struct why *ret_why)
{
    enum err err = ERR_OK;

    if (group[0] != '\0') {
        const struct group *found = getgrnam(group);

        if (found == NULL) {
            return why_set(ret_why, ERR_NOT_FOUND,
                           "[control] group = %s: this machine has no such "
                           "group",
                           group);
        }
        err = give(path, found->gr_gid, what, ret_why);
    }
    if (err == ERR_OK && chmod(path, 0660) != 0) {
        err =
            why_set(ret_why, ERR_IO, "%s %s: %s", what, path, strerror(errno));
    }
    return err;
}
