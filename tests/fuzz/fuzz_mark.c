/* SPDX-License-Identifier: Apache-2.0 */
/* A slot of the mark that is accepted is written again as it was. The fuzzer
 * cannot guess a SHA-256, so the input is also taken as a slot without its
 * hash. The marker beside it is read too. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "crypto/digest.h"
#include "store/dir.h"
#include "store/mark.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void read_slot(struct span slot)
{
    struct mark mark;
    struct buf again;

    if (mark_parse(slot, &mark) != ERR_OK) {
        return;
    }
    buf_init(&again, MARK_SLOT_SIZE);
    mark_format(&mark, &again);
    CHECK(span_equal(buf_span(&again), slot));
    buf_done(&again);
}

static void read_body(struct span input)
{
    uint8_t slot[MARK_SLOT_SIZE] = "hf mark\n\0\0\0\1";
    struct span body = span_of(slot, MARK_SLOT_SIZE - DIGEST_SIZE);
    struct digest hash;

    if (input.size > body.size - 12) {
        return;
    }
    if (input.size > 0) {
        memcpy(slot + 12, input.data, input.size);
    }
    hash = digest_of(body);
    memcpy(slot + body.size, hash.bytes, DIGEST_SIZE);
    read_slot(span_of(slot, sizeof(slot)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct marker marker;

    read_slot(span_of(data, size));
    read_body(span_of(data, size));
    if (marker_parse(span_of(data, size), &marker) == ERR_OK) {
        CHECK(label_valid(span_str(marker.node)));
    }
    return 0;
}
