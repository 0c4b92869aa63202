/* SPDX-License-Identifier: Apache-2.0 */
/* The folder that a restore writes to. Nothing outside of it is ever touched:
 * paths are walked part by part from its descriptor and no symbolic link below
 * it is followed. Folders are made 0700, files 0600; a file has a temporary
 * name until it is whole and durable, and takes nobody's place unless told.
 * Blocking. All functions may be called by several threads at once. */
#ifndef HF_TOOLS_RESTORE_TARGET_H
#define HF_TOOLS_RESTORE_TARGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "crypto/digest.h"

#define TARGET_TEMP_SIZE 40

struct target;
struct target_folder; /* an open one below DIR; counted */

/* A file on its way. */
struct target_file {
    struct target_folder *folder; /* that it goes to */
    int fd;                       /* to write to; -1: none */
    const char *leaf;             /* borrowed: the last part of the path */
    char temp[TARGET_TEMP_SIZE];
};

/* The folder must be there. ERR_NOT_FOUND, ERR_PERMISSION, ERR_IO,
 * ERR_NO_MEMORY. */
MUST_USE enum err target_open(const char *path, struct target **ret_target,
                              struct why *ret_why);
void target_close(struct target *target);
/* Bytes that may still be written. */
MUST_USE enum err target_free_bytes(const struct target *target,
                                    uint64_t *ret_bytes);
/* Is nothing in it? */
bool target_is_empty(const struct target *target);
/* Give up a folder that target_begin() kept. Fine for NULL. */
void target_folder_done(struct target_folder *folder);
/* Begin `path`, which lives as long as the file: make its folders and a file
 * with a temporary name. ERR_UNSUPPORTED when this file system has no such
 * name, ERR_REFUSED when a part of it is there and is no folder (or a link),
 * ERR_FULL, ERR_PERMISSION, ERR_IO. *near is the folder of
 * the last file, or NULL; it becomes that of this one, so that the next file
 * beside it need not be walked to. The caller's thread only. */
MUST_USE enum err target_begin(struct target *target,
                               struct target_folder **near, const char *path,
                               struct target_file *ret_file,
                               struct why *ret_why);
/* Write all of it at this place. ERR_FULL, ERR_IO. */
MUST_USE enum err target_write(const struct target_file *file, uint64_t offset,
                               struct span bytes, struct why *ret_why);
/* Cut it, or fill it up with zeros. */
MUST_USE enum err target_resize(const struct target_file *file, uint64_t size,
                                struct why *ret_why);
/* Begin to move it to the disk, without waiting. */
void target_push(const struct target_file *file, uint64_t offset,
                 uint64_t size);
/* All of it is on the disk, with this time of change (NULL: as it is). */
MUST_USE enum err target_sync(const struct target_file *file,
                              const uint64_t *modified_s, struct why *ret_why);
/* Give it its name. ERR_CONFLICT when there is one and overwrite is false:
 * then it still has its temporary name. Only after success it is closed. */
MUST_USE enum err target_place(struct target_file *file, bool overwrite,
                               struct why *ret_why);
/* Give it "NAME.unverified", or with a number behind it when that is taken. */
MUST_USE enum err target_place_unverified(struct target_file *file,
                                          struct why *ret_why);
/* Remove it, when it was not placed. Closes. Fine for one never begun. */
void target_drop(struct target_file *file);

/* Is a regular file with this path there, of exactly this size and hash?
 * ERR_NOT_FOUND when nothing is there, ERR_CONFLICT when it is something else,
 * ERR_CANCELLED. SLOW. */
MUST_USE enum err target_compare(struct target *target, const char *path,
                                 uint64_t size, const struct digest *sha256,
                                 struct why *ret_why);
/* How large the regular file of that path is; 0 when there is none. */
uint64_t target_size(struct target *target, const char *path);
/* A small file at once: durable, nothing is overwritten. ERR_OK too when the
 * same bytes are there already; ERR_CONFLICT when others are. */
MUST_USE enum err target_write_whole(struct target *target, const char *path,
                                     struct span bytes, struct why *ret_why);
/* All names are durable. */
MUST_USE enum err target_finish(struct target *target, struct why *ret_why);

#endif
