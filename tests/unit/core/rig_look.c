/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "rig.h"

struct search {
    struct origin origin;
    size_t count;
};

static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct search *search = ctx;
    struct origin origin;

    (void)op;
    (void)name;
    cr_assert_eq(origin_parse(value, &origin), ERR_OK);
    if (span_is(origin_node(&origin), "n0")) {
        search->origin = origin;
    }
}

struct origin rig_origin(struct rig *rig)
{
    struct search search = { .count = 0 };

    disk_each(rig->nodes[0].disk, BATCH_LEDGER, see_ledger, &search);
    return search.origin;
}

static void see_kept(void *ctx, const struct batch_op *op, struct span name,
                     struct span value)
{
    struct search *search = ctx;

    (void)value;
    if (op->level == NOTE_COSIGNATURE &&
        span_equal(name, origin_span(&search->origin))) {
        search->count++;
    }
}

size_t rig_kept(struct rig *rig, size_t node)
{
    struct search search = { .origin = rig_origin(rig) };

    disk_each(rig->nodes[node].disk, BATCH_NOTE, see_kept, &search);
    return search.count;
}

struct span rig_newest(struct rig *rig, size_t node, struct buf *bytes,
                       struct note *ret_note)
{
    const struct source *source = disk_source(rig->nodes[node].disk);
    struct origin origin = rig_origin(rig);

    buf_init(bytes, NOTE_SIZE_MAX);
    cr_assert_eq(source->note(source->ctx, NOTE_CHECKPOINT,
                              origin_span(&origin), 0, bytes),
                 ERR_OK);
    cr_assert_eq(note_parse(buf_span(bytes), NOTE_SIZE_MAX, ret_note, NULL),
                 ERR_OK);
    return buf_span(bytes);
}

size_t rig_signatures(struct rig *rig, size_t node)
{
    struct buf bytes;
    struct note note;
    size_t count;

    (void)rig_newest(rig, node, &bytes, &note);
    count = note.line_count;
    buf_done(&bytes);
    return count;
}
