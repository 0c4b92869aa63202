/* SPDX-License-Identifier: Apache-2.0 */
/* Reads binary fields from a span. Fails once and stays failed: after the
 * first read beyond the end every read gives zero or an empty span.
 * reader_finish() demands that nothing failed and nothing is left over. */
#ifndef HF_BASE_READER_H
#define HF_BASE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/span.h"

struct reader {
    struct span left; /* what has not been read yet */
    bool failed;
};

void reader_init(struct reader *reader, struct span bytes);
uint8_t reader_u8(struct reader *reader);
/* Big-endian. */
uint16_t reader_u16(struct reader *reader);
uint32_t reader_u32(struct reader *reader);
uint64_t reader_u64(struct reader *reader);
/* The next `size` bytes, borrowed from the input. */
struct span reader_take(struct reader *reader, size_t size);
/* Copy the next `size` bytes; zeros when they are not there. */
void reader_copy(struct reader *reader, void *to, size_t size);
MUST_USE bool reader_finish(const struct reader *reader);

#endif
