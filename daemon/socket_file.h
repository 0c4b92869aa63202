/* SPDX-License-Identifier: Apache-2.0 */
/* The file of a Unix socket: the local socket's, and that of the pages. Call
 * these only when the data directory is locked. Blocking; any thread. */
#ifndef HF_DAEMON_SOCKET_FILE_H
#define HF_DAEMON_SOCKET_FILE_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

/* A socket that lies there is left over from an earlier run, and goes; anything
 * else stays, and binding says why not. */
void socket_file_remove(const char *path);
/* 0660, and this group ("" = the process's own) may use it. ERR_NOT_FOUND: no
 * such group; ERR_IO. `what` names the socket for people. */
MUST_USE enum err socket_file_share(const char *path, const char *group,
                                    const char *what, struct why *ret_why);

#endif
