/* SPDX-License-Identifier: Apache-2.0 */
#include "stated.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "model/record.h"
#include "model/runs.h"
#include "model/statement.h"
#include "whole.h"

struct find {
    const struct origin *origin;
    uint32_t number;
    bool found;
};

static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct find *find = ctx;

    (void)name;
    if (span_is(value, find->origin->text)) {
        find->found = true;
        find->number = op->ledger;
    }
}

/* A leaf that is no deposit is there when it is there. */
static bool leaf_whole(struct disk *disk, uint32_t ledger, uint64_t index)
{
    const struct source *source = disk_source(disk);
    struct record *record = malloc(sizeof(*record));
    struct buf leaf;
    bool good;

    CHECK(record != NULL);
    buf_init(&leaf, LEAF_SIZE_MAX);
    good = source->leaf(source->ctx, ledger, index, &leaf) == ERR_OK &&
           record_parse(buf_span(&leaf), record, NULL) == ERR_OK &&
           (record->kind != RECORD_DEPOSIT || whole_on(disk, &record->deposit));
    buf_done(&leaf);
    free(record);
    return good;
}

static void check_holds(struct check *check, size_t node, struct disk *disk,
                        const struct statement_holds *holds)
{
    struct find find = { .origin = &holds->origin };
    uint8_t *bits = calloc(1, (size_t)BITS_BYTES(holds->size) + 1);

    CHECK(bits != NULL);
    disk_each(disk, BATCH_LEDGER, see_ledger, &find);
    if (!find.found || disk_size(disk, find.number) < holds->size) {
        check_fail(check, "stated: n%zu speaks of leaves that it lacks", node);
    } else if (holds->form != HOLDS_PLACED) {
        statement_holds_bits(holds, NULL, holds->size, bits);
        for (uint64_t i = 0; i < holds->size; i++) {
            if ((bits[i / 8] >> (i % 8) & 1) != 0 &&
                !leaf_whole(disk, find.number, i)) {
                check_fail(check, "stated: n%zu claims leaf %" PRIu64 " of %s",
                           node, i, holds->origin.text);
                break;
            }
        }
    }
    free(bits);
}

void stated_check(struct check *check, size_t node, struct disk *disk,
                  struct span text, struct stated_last *last)
{
    struct statement statement;

    if (statement_parse(text, &statement, NULL) != ERR_OK) {
        check_fail(check, "stated: n%zu states what is no statement", node);
        return;
    }
    if (origin_equal(&statement.ledger, &last->ledger) &&
        statement.number <= last->number) {
        check_fail(check, "stated: n%zu states number %" PRIu64 " again", node,
                   statement.number);
    }
    last->ledger = statement.ledger;
    last->number = statement.number;
    for (size_t i = 0; i < statement.holds_count; i++) {
        check_holds(check, node, disk, &statement.holds[i]);
    }
    statement_done(&statement);
}
