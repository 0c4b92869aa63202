/* SPDX-License-Identifier: Apache-2.0 */
#include "wire/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

enum err arena_init(struct arena *arena, size_t size)
{
    if (size > ARENA_SIZE_MAX) {
        return ERR_RANGE;
    }

    uint8_t *data = malloc(size);

    if (data == NULL) {
        return ERR_NO_MEMORY;
    }
    *arena = (struct arena){ .data = data, .size = size };
    return ERR_OK;
}

void arena_done(struct arena *arena)
{
    free(arena->data);
    *arena = (struct arena){ 0 };
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
}

void *arena_take(struct arena *arena, size_t count, size_t size)
{
    size_t start =
        (arena->used + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);

    if (start > arena->size || (size != 0 && count > SIZE_MAX / size) ||
        count * size > arena->size - start) {
        return NULL;
    }
    arena->used = start + count * size;
    memset(arena->data + start, 0, count * size);
    return arena->data + start;
}
