/* SPDX-License-Identifier: Apache-2.0 */
#include "core/effect.h"

#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE_MIN 16384

struct effect_chunk {
    struct effect_chunk *next;
    size_t size;
    size_t used;
    max_align_t data[];
};

void effects_init(struct effects *effects)
{
    *effects = (struct effects){ 0 };
}

/* Free all chunks but one of the usual size, when `keep`. */
static void free_chunks(struct effects *effects, bool keep)
{
    struct effect_chunk *chunk = effects->chunks;

    effects->chunks = NULL;
    while (chunk != NULL) {
        struct effect_chunk *next = chunk->next;

        if (keep && effects->chunks == NULL && chunk->size == CHUNK_SIZE_MIN) {
            chunk->next = NULL;
            chunk->used = 0;
            effects->chunks = chunk;
        } else {
            free(chunk);
        }
        chunk = next;
    }
}

void effects_clear(struct effects *effects)
{
    for (size_t i = 0; i < effects->count; i++) {
        if (effects->items[i].kind == EFFECT_PERSIST) {
            batch_done(effects->items[i].persist.batch);
        }
    }
    free_chunks(effects, true);
    effects->count = 0;
}

void effects_done(struct effects *effects)
{
    effects_clear(effects);
    free_chunks(effects, false);
    free(effects->items);
    effects_init(effects);
}

void *effects_alloc(struct effects *effects, size_t size)
{
    struct effect_chunk *chunk = effects->chunks;
    size_t room;
    uint8_t *at;

    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    if (chunk == NULL || chunk->size - chunk->used < size) {
        room = size > CHUNK_SIZE_MIN ? size : CHUNK_SIZE_MIN;
        chunk = malloc(sizeof(*chunk) + room);
        if (chunk == NULL) {
            return NULL;
        }
        chunk->next = effects->chunks;
        chunk->size = room;
        chunk->used = 0;
        effects->chunks = chunk;
    }
    at = (uint8_t *)chunk->data + chunk->used;
    chunk->used += size;
    memset(at, 0, size);
    return at;
}

struct span effects_copy(struct effects *effects, struct span bytes)
{
    uint8_t *copy;

    if (bytes.size == 0) {
        return span_of(NULL, 0);
    }
    copy = effects_alloc(effects, bytes.size);
    if (copy == NULL) {
        return span_of(NULL, 0);
    }
    memcpy(copy, bytes.data, bytes.size);
    return span_of(copy, bytes.size);
}

struct effect *effects_push(struct effects *effects, enum effect_kind kind)
{
    struct effect *effect;

    if (effects->count == effects->room) {
        size_t room = effects->room == 0 ? 64 : effects->room * 2;
        struct effect *items = realloc(effects->items, room * sizeof(*items));

        if (items == NULL) {
            return NULL;
        }
        effects->items = items;
        effects->room = room;
    }
    effect = &effects->items[effects->count];
    effects->count++;
    memset(effect, 0, sizeof(*effect));
    effect->kind = kind;
    return effect;
}
