/* SPDX-License-Identifier: Apache-2.0 */
/* A frame that parses is written again as it was. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "net/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t head[FRAME_HEAD_SIZE];
    struct frame frame;
    size_t head_size;

    if (frame_parse(span_of(data, size), &frame) != ERR_OK) {
        return 0;
    }
    head_size = frame_head_format(&frame, head);
    CHECK(head_size + frame.body.size == size);
    CHECK(memcmp(head, data, head_size) == 0);
    CHECK(frame.body.data == data + head_size);
    return 0;
}
