/* SPDX-License-Identifier: Apache-2.0 */
/* A disk in memory that rots, and reading it again: what the store does for the
 * daemon (store/reread.h), here for the rig and the simulator. */
#ifndef HF_SIM_ROT_H
#define HF_SIM_ROT_H

#include <stdbool.h>
#include <stddef.h>

#include "disk.h"
#include "model/bad_block.h"

#define ROT_BAD_MAX 256
#define ROT_USERS_MAX 1024

struct rot_found {
    struct bad_block bad[ROT_BAD_MAX];
    size_t bad_count;
    struct bad_user users[ROT_USERS_MAX];
    size_t users_count;
};

/* All blocks and header objects whose bytes are not their name's, and the items
 * that use them. */
void rot_reread(struct disk *disk, struct rot_found *ret_found);
/* Are the bytes there, and right? */
bool rot_is_good(struct disk *disk, const struct block_id *name);
/* The name of the nth block or header object; false: there are fewer. */
bool rot_name(const struct disk *disk, bool header, size_t nth,
              struct block_id *ret_name);

#endif
