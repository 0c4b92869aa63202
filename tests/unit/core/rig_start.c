/* SPDX-License-Identifier: Apache-2.0 */
/* A node of the rig from what is on its disk. */
#include <criterion/criterion.h>

#include "rig.h"

struct loader {
    struct rig *rig;
    size_t node;
    size_t versions;
};

static void load_ledger(void *ctx, const struct batch_op *op, struct span name,
                        struct span value)
{
    struct loader *loader = ctx;
    struct rig_node *node = &loader->rig->nodes[loader->node];
    struct why why = { "" };

    (void)name;
    cr_assert_eq(node_load_ledger(node->core, op->ledger, value,
                                  disk_size(node->disk, op->ledger),
                                  disk_source(node->disk), &why),
                 ERR_OK, "%s", why.text);
}

static void load_pending(void *ctx, const struct batch_op *op, struct span name,
                         struct span value)
{
    struct loader *loader = ctx;

    (void)op;
    (void)name;
    cr_assert_eq(
        node_load_pending(loader->rig->nodes[loader->node].core, value, NULL),
        ERR_OK);
}

static void count_roster(void *ctx, const struct batch_op *op, struct span name,
                         struct span value)
{
    struct loader *loader = ctx;

    (void)name;
    (void)value;
    if (op->level == NOTE_ROSTER && op->index > loader->versions) {
        loader->versions = op->index;
    }
}

void rig_start(struct rig *rig, size_t number)
{
    struct rig_node *node = &rig->nodes[number];
    const struct disk_mark *mark = disk_mark(node->disk);
    struct loader loader = { rig, number, 1 };
    struct node_options options = {
        .seed = number,
        .instance = 100 * number + node->starts + 1,
        .ledger_id_seed = { (uint8_t)number, (uint8_t)node->starts },
        .now_ms = rig->now_ms,
        .clock_s = rig_clock_s(rig, number),
        .release = span_str("0.1"),
        .has_mark = mark->has,
        .mark_origin = mark->origin,
        .mark_size = mark->size,
        .mark_root = mark->root,
        .mark_cosigned = mark->cosigned,
        .mark_statement = mark->statement,
        .moved = node->moved,
    };
    struct event event = { .kind = EVENT_TICKED };

    node->said = *mark;
    disk_each(node->disk, BATCH_NOTE, count_roster, &loader);
    for (size_t i = loader.versions; i < node->file; i++) {
        disk_put_note(node->disk, NOTE_ROSTER, i + 1,
                      buf_span(&rig->members.notes[i]));
        loader.versions = i + 1;
    }
    options.chain = members_chain(&rig->members, loader.versions);
    members_label(number, &options.label);
    node->starts++;
    cr_assert_eq(node_new(&options, &node->core, NULL), ERR_OK);
    disk_each(node->disk, BATCH_LEDGER, load_ledger, &loader);
    disk_each(node->disk, BATCH_PENDING, load_pending, &loader);
    node_load_notes(node->core, disk_source(node->disk));
    rig_step(rig, number, &event);
}
