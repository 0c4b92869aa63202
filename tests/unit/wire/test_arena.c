/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdalign.h>

#include "wire/arena.h"

/* Parts are zeroed, aligned and do not overlap. */
Test(arena, gives_aligned_zeroed_parts)
{
    struct arena arena;

    cr_assert(arena_init(&arena, 256) == ERR_OK);
    memset(arena.data, 0xff, 256);

    uint8_t *first = arena_take(&arena, 3, 1);
    uint8_t *second = arena_take(&arena, 2, 8);

    cr_assert(first != NULL && second != NULL);
    cr_expect((uintptr_t)second % alignof(max_align_t) == 0);
    cr_expect(second >= first + 3);
    for (size_t i = 0; i < 16; i++) {
        cr_expect(second[i] == 0);
    }
    arena_done(&arena);
}

/* Full means NULL, also when the size would wrap around. */
Test(arena, full_gives_null)
{
    struct arena arena;

    cr_assert(arena_init(&arena, 64) == ERR_OK);
    cr_expect(arena_take(&arena, 65, 1) == NULL);
    cr_expect(arena_take(&arena, SIZE_MAX, 2) == NULL);
    cr_expect(arena_take(&arena, SIZE_MAX / 2 + 2, 2) == NULL);
    cr_expect(arena_take(&arena, 64, 1) != NULL);
    cr_expect(arena_take(&arena, 1, 1) == NULL);
    cr_expect(arena_take(&arena, 0, 8) != NULL, "nothing always fits");
    arena_reset(&arena);
    cr_expect(arena_take(&arena, 64, 1) != NULL);
    arena_done(&arena);
}

/* An arena has a greatest size. */
Test(arena, has_a_bound)
{
    struct arena arena;

    cr_expect(arena_init(&arena, ARENA_SIZE_MAX + 1) == ERR_RANGE);
    cr_assert(arena_init(&arena, ARENA_SIZE_MAX) == ERR_OK);
    arena_done(&arena);
    cr_expect(arena.data == NULL);
}
