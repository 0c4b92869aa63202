/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "core/effect.h"

/* What the list gave stays in place while it grows, is zeroed, and is gone
 * after clearing; the list can be used again. */
Test(effect, memory)
{
    struct effects effects;
    uint8_t *kept[100];

    effects_init(&effects);
    for (unsigned round = 0; round < 3; round++) {
        for (size_t i = 0; i < 100; i++) {
            kept[i] = effects_alloc(&effects, 1 + i * 37);
            cr_assert_not_null(kept[i]);
            cr_assert_eq(kept[i][i * 37], 0);
            memset(kept[i], (int)i, 1 + i * 37);
            cr_assert_not_null(effects_push(&effects, EFFECT_RELOAD));
        }
        for (size_t i = 0; i < 100; i++) {
            cr_assert_eq(kept[i][i * 37], i);
        }
        cr_assert_eq(effects.count, 100);
        effects_clear(&effects);
        cr_assert_eq(effects.count, 0);
    }
    effects_done(&effects);
}

/* A batch that nobody took goes with the list. */
Test(effect, untaken_batch)
{
    struct effects effects;
    struct effect *effect;
    struct batch_op op = { .kind = BATCH_META };

    effects_init(&effects);
    effect = effects_push(&effects, EFFECT_PERSIST);
    effect->persist.batch =
        effects_alloc(&effects, sizeof(*effect->persist.batch));
    batch_init(effect->persist.batch, 100);
    batch_add(effect->persist.batch, &op, span_str("name"), span_str("value"));
    effects_done(&effects);
}

/* A copy is independent of what it was made from; of nothing it is nothing. */
Test(effect, copies)
{
    struct effects effects;
    char text[] = "abc";
    struct span copy;

    effects_init(&effects);
    copy = effects_copy(&effects, span_str(text));
    text[0] = 'x';
    cr_assert(span_is(copy, "abc"));
    cr_assert_eq(effects_copy(&effects, span_of(NULL, 0)).size, 0);
    effects_done(&effects);
}
