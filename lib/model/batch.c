/* SPDX-License-Identifier: Apache-2.0 */
#include "model/batch.h"

#include <stdlib.h>

#define ROOM_MIN 16 /* operations of the first allocation */

void batch_init(struct batch *batch, size_t max)
{
    *batch = (struct batch){ .err = ERR_OK };
    buf_init(&batch->bytes, max);
}

void batch_done(struct batch *batch)
{
    size_t max = batch->bytes.max;

    free(batch->ops);
    buf_done(&batch->bytes);
    batch_init(batch, max);
}

/* Make room for one more operation. */
static bool grow(struct batch *batch)
{
    size_t room = batch->room < ROOM_MIN ? ROOM_MIN : batch->room * 2;
    struct batch_op *ops;

    if (batch->count < batch->room) {
        return true;
    }
    if (room > SIZE_MAX / sizeof(*ops)) {
        return false;
    }
    ops = realloc(batch->ops, room * sizeof(*ops));
    if (ops == NULL) {
        return false;
    }
    batch->ops = ops;
    batch->room = room;
    return true;
}

void batch_add(struct batch *batch, const struct batch_op *op, struct span name,
               struct span value)
{
    struct batch_op added = *op;

    if (batch->err != ERR_OK) {
        return;
    }
    if (!grow(batch)) {
        batch->err = ERR_NO_MEMORY;
        return;
    }
    added.name_offset = batch->bytes.size;
    added.name_size = name.size;
    added.value_offset = batch->bytes.size + name.size;
    added.value_size = value.size;
    buf_put(&batch->bytes, name);
    buf_put(&batch->bytes, value);
    if (buf_failed(&batch->bytes)) {
        batch->err = batch->bytes.err;
        return;
    }
    batch->ops[batch->count] = added;
    batch->count++;
}

struct span batch_name(const struct batch *batch, const struct batch_op *op)
{
    return span_part(buf_span(&batch->bytes), op->name_offset, op->name_size);
}

struct span batch_value(const struct batch *batch, const struct batch_op *op)
{
    return span_part(buf_span(&batch->bytes), op->value_offset, op->value_size);
}

void batch_move(struct batch *to, struct batch *from)
{
    size_t max = from->bytes.max;

    *to = *from;
    batch_init(from, max);
}
