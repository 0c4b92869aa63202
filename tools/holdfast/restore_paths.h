/* SPDX-License-Identifier: Apache-2.0 */
/* Which path each file gets below DIR. Its deposited name, unless
 *   - an earlier one has that name, or it is the folder of another, or it is
 *     reserved: then the id stands in front of its extension;
 *   - a part of it is longer than a file system takes: then the id alone.
 * "Earlier" is the order in which they were registered, so the same items get
 * the same paths again. Pure functions. */
#ifndef HF_TOOLS_RESTORE_PATHS_H
#define HF_TOOLS_RESTORE_PATHS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "model/id.h"
#include "model/item_id.h"

#define PATH_PART_MAX 255 /* bytes between two / */

struct path_wish {
    struct span name; /* borrowed; metadata_name_valid() */
    uint64_t time;
    struct payload_root root;
    char *path;   /* owned by the caller: free(); NULL: no path is left */
    bool renamed; /* path is not name */
};

/* Fill in path and renamed of all. `reserved` ends with NULL. ERR_NO_MEMORY. */
MUST_USE enum err paths_choose(struct path_wish *wishes, size_t count,
                               const char *const *reserved);
/* The id as (part of) a file's name: without a check character that is a mark,
 * for shells and some disks give those a meaning. It is an id all the same. */
void path_id(const struct payload_root *root,
             char ret_id[static ITEM_ID_TEXT_SIZE]);
/* "a/b.HF-....mp4"; the id alone when that is too long. NULL: no memory. */
char *path_with_id(struct span name, const char *id);

#endif
