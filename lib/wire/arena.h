/* SPDX-License-Identifier: Apache-2.0 */
/* A fixed piece of memory that a decoder hands out in parts. Full means NULL,
 * never more memory: what a stranger sends cannot make us allocate. One owner,
 * one thread at a time. */
#ifndef HF_WIRE_ARENA_H
#define HF_WIRE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define ARENA_SIZE_MAX 1048576 /* bytes; enough for every message */

struct arena {
    uint8_t *data; /* owned */
    size_t size;
    size_t used;
};

/* ERR_NO_MEMORY, ERR_RANGE above ARENA_SIZE_MAX. */
MUST_USE enum err arena_init(struct arena *arena, size_t size);
void arena_done(struct arena *arena);
/* Forget all that was handed out. */
void arena_reset(struct arena *arena);
/* `count` things of `size` bytes, zeroed and aligned; NULL when full. */
void *arena_take(struct arena *arena, size_t count, size_t size);

#endif
