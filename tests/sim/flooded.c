/* SPDX-License-Identifier: Apache-2.0 */
#include "flooded.h"

#include <stdlib.h>

#include "base/check.h"
#include "members.h"
#include "model/record.h"

#define DAY_MS 86400000ULL

struct tally {
    struct disk *disk;
    struct label flooder;
    uint32_t ledger; /* number */
    struct record *record;
    uint64_t records;
    uint64_t bytes;
};

/* `open` records are not counted: a node may write few of them. */
static void see_leaf(void *ctx, const struct batch_op *op, struct span name,
                     struct span value)
{
    struct tally *tally = ctx;

    (void)name;
    if (op->ledger != tally->ledger || op->index == 0) {
        return;
    }
    CHECK(record_parse(value, tally->record, NULL) == ERR_OK);
    tally->records++;
    if (tally->record->kind == RECORD_DEPOSIT) {
        tally->bytes += tally->record->deposit.payload_size +
                        tally->record->deposit.header_size;
    }
}

static void see_ledger(void *ctx, const struct batch_op *op, struct span name,
                       struct span value)
{
    struct tally *tally = ctx;
    struct origin origin;

    (void)name;
    CHECK(origin_parse(value, &origin) == ERR_OK);
    if (span_is(origin_node(&origin), tally->flooder.text)) {
        tally->ledger = op->ledger;
        disk_each(tally->disk, BATCH_LEAF, see_leaf, tally);
    }
}

void flooded_check(struct check *check, size_t node, struct disk *disk,
                   size_t flooder, uint64_t elapsed_ms)
{
    uint64_t days = elapsed_ms / DAY_MS + 1;
    struct tally tally = { .disk = disk };

    tally.record = malloc(sizeof(*tally.record));
    CHECK(tally.record != NULL);
    members_label(flooder, &tally.flooder);
    disk_each(disk, BATCH_LEDGER, see_ledger, &tally);
    free(tally.record);
    check_bound(check, "records of a flood", tally.records,
                FLOOD_QUOTA_RECORDS * days);
    check_bound(check, "bytes of a flood", tally.bytes,
                FLOOD_QUOTA_BYTES * days);
    if (tally.records < FLOOD_QUOTA_RECORDS / 3) {
        check_fail(check, "flood: n%zu took only %zu records of it", node,
                   (size_t)tally.records);
    }
}
