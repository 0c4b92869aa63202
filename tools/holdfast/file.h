/* SPDX-License-Identifier: Apache-2.0 */
/* Ordinary files of the command: rosters, receipts, configuration. Whole files
 * in, whole files out; a file is replaced in one step or not at all. Blocking.
 * The sentence names the file. */
#ifndef HF_TOOLS_FILE_H
#define HF_TOOLS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"

/* Append the whole file to `bytes`; "-" is stdin. ERR_NOT_FOUND,
 * ERR_PERMISSION, ERR_TOO_BIG (above size_max), ERR_IO, ERR_NO_MEMORY. */
MUST_USE enum err tool_file_read(const char *path, size_t size_max,
                                 struct buf *bytes, struct why *ret_why);
/* A new file: ERR_CONFLICT when there is one, even an equal one. Durable. */
MUST_USE enum err tool_file_create(const char *path, struct span bytes,
                                   unsigned mode, struct why *ret_why);
/* A new file or in the place of the old one (temporary name, fsync, rename).
 * Keeps the old one's mode. */
MUST_USE enum err tool_file_replace(const char *path, struct span bytes,
                                    unsigned mode, struct why *ret_why);
bool tool_file_exists(const char *path);
/* "DIR/NAME" for a path in the same folder as `path`. ERR_TOO_BIG. */
MUST_USE enum err tool_file_beside(const char *path, const char *name,
                                   char *ret_path, size_t size);
/* The folder and all above it, each with this mode if it is new. */
MUST_USE enum err tool_folders_make(const char *path, unsigned mode,
                                    struct why *ret_why);

#endif
