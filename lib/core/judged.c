/* SPDX-License-Identifier: Apache-2.0 */
#include "core/judged.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"

#define CHUNK_WORDS (SINCE_LEAVES / 64)

/* In the planes a leaf has its state + 1; 0: it was never looked at. */

void judged_done(struct judged *judged)
{
    for (size_t i = 0; i < judged->chunks; i++) {
        free(judged->since[i]);
    }
    free(judged->since);
    free(judged->planes);
    memset(judged, 0, sizeof(*judged));
}

bool judged_room(struct judged *judged, uint64_t leaves)
{
    size_t chunks = (size_t)((leaves + SINCE_LEAVES - 1) / SINCE_LEAVES);
    size_t words = chunks * CHUNK_WORDS;
    uint64_t *planes;
    uint32_t **since;

    if (chunks <= judged->chunks) {
        return true;
    }
    planes = realloc(judged->planes, words * JUDGED_PLANES * sizeof(*planes));
    if (planes == NULL) {
        return false;
    }
    judged->planes = planes;
    since = realloc(judged->since, chunks * sizeof(*since));
    if (since == NULL) {
        return false;
    }
    judged->since = since;
    memset(planes + judged->words * JUDGED_PLANES, 0,
           (words - judged->words) * JUDGED_PLANES * sizeof(*planes));
    for (size_t i = judged->chunks; i < chunks; i++) {
        since[i] = NULL;
    }
    judged->words = words;
    judged->chunks = chunks;
    return true;
}

static uint64_t is_code(const uint64_t planes[static JUDGED_PLANES],
                        unsigned code)
{
    uint64_t bits = UINT64_MAX;

    for (unsigned i = 0; i < JUDGED_PLANES; i++) {
        bits &= (code >> i & 1) != 0 ? planes[i] : ~planes[i];
    }
    return bits;
}

static uint64_t lacking(const uint64_t planes[static JUDGED_PLANES])
{
    return is_code(planes, ITEM_SHORT + 1) |
           is_code(planes, ITEM_LAST_COPY + 1) | is_code(planes, ITEM_LOST + 1);
}

/* The times of a chunk; made when something in it is not protected. */
static uint32_t *since_of(struct judged *judged, uint64_t word, bool make)
{
    size_t chunk = (size_t)(word / CHUNK_WORDS);

    if (judged->since[chunk] == NULL && make) {
        judged->since[chunk] = calloc(SINCE_LEAVES, sizeof(uint32_t));
    }
    return judged->since[chunk];
}

void judged_word(struct judged *judged, uint64_t word, uint64_t items,
                 const uint64_t states[static ITEM_STATE_COUNT],
                 uint64_t clock_s)
{
    uint64_t *old = judged->planes + word * JUDGED_PLANES;
    uint64_t new[JUDGED_PLANES] = { 0 };
    uint64_t changed = 0;
    uint32_t *since;

    CHECK(word < judged->words);
    for (unsigned state = 0; state < ITEM_STATE_COUNT; state++) {
        for (unsigned i = 0; i < JUDGED_PLANES; i++) {
            if (((state + 1) >> i & 1) != 0) {
                new[i] |= states[state] & items;
            }
        }
    }
    for (unsigned i = 0; i < JUDGED_PLANES; i++) {
        changed |= old[i] ^ new[i];
    }
    changed &= ~(lacking(old) & lacking(new));
    since = changed == 0 ? NULL
                         : since_of(judged, word,
                                    (changed & ~states[ITEM_PROTECTED]) != 0);
    memcpy(old, new, sizeof(new));
    for (unsigned bit = 0; bit < 64 && since != NULL; bit++) {
        if ((changed >> bit & 1) != 0) {
            since[word % CHUNK_WORDS * 64 + bit] = (uint32_t)clock_s;
        }
    }
}

uint64_t judged_in(const struct judged *judged, uint64_t word,
                   enum item_state state)
{
    return word < judged->words ? is_code(judged->planes + word * JUDGED_PLANES,
                                          (unsigned)state + 1)
                                : 0;
}

enum item_state judged_state(const struct judged *judged, uint64_t index)
{
    for (int state = 0; state < ITEM_STATE_COUNT; state++) {
        if ((judged_in(judged, index / 64, (enum item_state)state) >>
                 (index % 64) &
             1) != 0) {
            return (enum item_state)state;
        }
    }
    return ITEM_UNPROVEN;
}

uint64_t judged_since_s(const struct judged *judged, uint64_t index)
{
    size_t chunk = (size_t)(index / SINCE_LEAVES);

    return chunk < judged->chunks && judged->since[chunk] != NULL
               ? judged->since[chunk][index % SINCE_LEAVES]
               : 0;
}

uint64_t judged_oldest_s(const struct judged *judged, uint64_t word,
                         uint64_t items)
{
    uint64_t oldest = UINT64_MAX;

    for (unsigned bit = 0; bit < 64 && items != 0; bit++) {
        uint64_t since_s = (items >> bit & 1) == 0
                               ? 0
                               : judged_since_s(judged, word * 64 + bit);

        if (since_s != 0 && since_s < oldest) {
            oldest = since_s;
        }
    }
    return oldest;
}
