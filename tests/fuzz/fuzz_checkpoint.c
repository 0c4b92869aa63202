/* SPDX-License-Identifier: Apache-2.0 */
/* A checkpoint that is read is written again as it was. */
#include <stddef.h>
#include <stdint.h>

#include "base/check.h"
#include "ledger/checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct checkpoint checkpoint;
    struct buf again;

    if (checkpoint_parse(span_of(data, size), &checkpoint, NULL) != ERR_OK) {
        return 0;
    }
    buf_init(&again, NOTE_SIZE_MAX);
    checkpoint_format(&again, &checkpoint);
    CHECK(span_equal(buf_span(&again), span_of(data, size)));
    buf_done(&again);
    return 0;
}
