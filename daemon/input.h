/* SPDX-License-Identifier: Apache-2.0 */
/* The few small files that the daemon reads: node key, roster, machine id.
 * Blocking; before the loop runs, and at reload. */
#ifndef HF_DAEMON_INPUT_H
#define HF_DAEMON_INPUT_H

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/why.h"

struct node_key;

#define ROSTER_FILE_SIZE_MAX (32 * 1024 * 1024) /* bytes, the whole chain */

/* Append the file's bytes. ERR_NOT_FOUND, ERR_PERMISSION, ERR_TOO_BIG, ERR_IO,
 * each with the path in the sentence. */
MUST_USE enum err input_read(const char *path, struct buf *ret_bytes,
                             struct why *ret_why);
/* A node key file. ERR_PERMISSION when group or others have any right on it,
 * unless it lies in $CREDENTIALS_DIRECTORY; errors of key_file_parse. */
MUST_USE enum err input_read_node_key(const char *path,
                                      struct node_key *ret_key,
                                      struct why *ret_why);

#endif
