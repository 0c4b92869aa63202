/* SPDX-License-Identifier: Apache-2.0 */
/* A leaf that is read is written again as it was, and so is the leaf inside of
 * a carried one; an unreadable one still has its origin. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "model/record.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void written_same(const struct record *record)
{
    struct origin origin;
    struct buf again;

    CHECK(origin_parse(origin_span(&record->origin), &origin) == ERR_OK);
    if (record->kind == RECORD_UNREADABLE) {
        return;
    }
    buf_init(&again, LEAF_SIZE_MAX);
    record_format(&again, record);
    CHECK(span_equal(buf_span(&again), record->bytes));
    buf_done(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record record;
    struct record inner;

    if (record_parse(span_of(data, size), &record, NULL) != ERR_OK) {
        return 0;
    }
    written_same(&record);
    if (record.kind == RECORD_CARRIED) {
        CHECK(record_parse_carried(&record, &inner, NULL) == ERR_OK);
        CHECK(inner.kind == RECORD_DEPOSIT || inner.kind == RECORD_UNREADABLE);
        CHECK(origin_equal(&inner.origin, &record.carried.from));
        written_same(&inner);
    }
    return 0;
}
