/* SPDX-License-Identifier: Apache-2.0 */
/* The data directory: its kernel lock, its small files, and the marker, which
 * says whose store this is and in which format:
 *
 *     holdfast store VERSION
 *     node LABEL
 *     unfinished              only while store_create() is at work
 *
 * Blocking. One thread at a time. */
#ifndef HF_STORE_DIR_H
#define HF_STORE_DIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/text.h"
#include "base/why.h"

#define DIR_MARKER "holdfast-store"
#define DIR_README "README.txt"
#define DIR_TAG "CACHEDIR.TAG"
#define DIR_MARK "mark"
#define DIR_MANIFEST_COPY "manifest.copy"
#define DIR_DATABASE "db"
#define DIR_BLOCKS "blocks"
#define DIR_QUARANTINE "quarantine"
#define DIR_SAFETY "safety"
#define DIR_NEW_SUFFIX ".new" /* a file that is not whole yet */

struct marker {
    char node[LABEL_SIZE_MAX + 1];
    bool unfinished;
};

/* Open the directory and take its kernel lock, which the kernel gives back
 * when the descriptor (or the process) ends. ERR_NOT_FOUND, ERR_BUSY, ERR_IO,
 * ERR_PERMISSION. */
MUST_USE enum err dir_lock(const char *dir, int *ret_fd, struct why *ret_why);

/* The same for reading somebody's copy: others may read it too, nobody may
 * have it for writing. Where the file system knows no locks (some network
 * ones), nothing is locked. */
MUST_USE enum err dir_lock_shared(const char *dir, int *ret_fd,
                                  struct why *ret_why);

/* ERR_NOT_FOUND, ERR_NEWER, ERR_CORRUPT, ERR_IO. */
MUST_USE enum err marker_read(int dir_fd, struct marker *ret_marker,
                              struct why *ret_why);
MUST_USE enum err marker_write(int dir_fd, const struct marker *marker,
                               struct why *ret_why);
/* The text alone: ERR_MALFORMED, ERR_NEWER. */
MUST_USE enum err marker_parse(struct span text, struct marker *ret_marker);

/* Read a whole file into an initialised buffer. ERR_NOT_FOUND, ERR_TOO_BIG,
 * ERR_NO_MEMORY, ERR_IO. */
MUST_USE enum err file_read(int dir_fd, const char *name, struct buf *bytes);
/* Write a file under a temporary name, make it durable, rename it. */
MUST_USE enum err file_write(int dir_fd, const char *name, struct span bytes,
                             struct why *ret_why);
/* Write all of it at this offset. */
MUST_USE enum err file_put(int fd, struct span bytes, uint64_t offset);
/* Make the names in a directory durable. */
MUST_USE enum err dir_sync(int dir_fd, const char *name, struct why *ret_why);
/* Make it if it is not there, mode 0700. */
MUST_USE enum err dir_make(int dir_fd, const char *name, struct why *ret_why);
/* Remove the files in it and then itself; no folders in it. Not there: done. */
MUST_USE enum err dir_remove(int dir_fd, const char *name, struct why *ret_why);

typedef enum err (*dir_entry_fn)(void *ctx, int dir_fd, const char *name,
                                 struct why *ret_why);
/* Each name in it but "." and ".."; stops at the first error and returns it.
 * The descriptor given to fn is that of the folder. ERR_NOT_FOUND. */
MUST_USE enum err dir_each(int dir_fd, const char *name, dir_entry_fn fn,
                           void *ctx, struct why *ret_why);

/* errno as ours: ERR_NOT_FOUND, ERR_PERMISSION, ERR_FULL, ERR_NO_MEMORY, else
 * ERR_IO. */
enum err err_of_errno(int number);

#endif
