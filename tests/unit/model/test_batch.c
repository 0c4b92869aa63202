/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>

#include "model/batch.h"

/* Names and values are copied, in order, and come back as they were. */
Test(batch, keeps_what_was_added)
{
    struct batch batch;
    char text[8];

    batch_init(&batch, 4096);
    for (uint64_t index = 0; index < 100; index++) {
        struct batch_op op = { .kind = BATCH_NOTE, .level = 2, .index = index };

        (void)snprintf(text, sizeof(text), "n%u", (unsigned)index);
        batch_add(&batch, &op, span_str(text), span_str("value"));
    }
    cr_assert_eq(batch.err, ERR_OK);
    cr_assert_eq(batch.count, 100);
    for (uint64_t index = 0; index < 100; index++) {
        const struct batch_op *op = &batch.ops[index];

        (void)snprintf(text, sizeof(text), "n%u", (unsigned)index);
        cr_assert_eq(op->index, index);
        cr_assert_eq(op->kind, BATCH_NOTE);
        cr_assert(span_is(batch_name(&batch, op), text));
        cr_assert(span_is(batch_value(&batch, op), "value"));
    }
    batch_done(&batch);
}

/* An empty name and an empty value are fine. */
Test(batch, takes_empty_parts)
{
    struct batch batch;
    struct batch_op op = { .kind = BATCH_PENDING_GONE };

    batch_init(&batch, 0);
    batch_add(&batch, &op, span_of(NULL, 0), span_of(NULL, 0));
    cr_assert_eq(batch.err, ERR_OK);
    cr_assert_eq(batch.count, 1);
    cr_assert_eq(batch_value(&batch, &batch.ops[0]).size, 0);
    batch_done(&batch);
}

/* Beyond its maximum it says so, and says so from then on. */
Test(batch, fails_once_and_stays_failed)
{
    struct batch batch;
    struct batch_op op = { .kind = BATCH_META };

    batch_init(&batch, 10);
    batch_add(&batch, &op, span_str("name"), span_str("123456"));
    cr_assert_eq(batch.err, ERR_OK);
    batch_add(&batch, &op, span_str("n"), span_of(NULL, 0));
    cr_assert_eq(batch.err, ERR_TOO_BIG);
    cr_assert_eq(batch.count, 1);
    batch_add(&batch, &op, span_of(NULL, 0), span_of(NULL, 0));
    cr_assert_eq(batch.err, ERR_TOO_BIG);
    cr_assert_eq(batch.count, 1);
    batch_done(&batch);
}
