/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/reader.h"

static const uint8_t input[] = { 1,  2,  3,  4,  5,  6,  7,  8, 9,
                                 10, 11, 12, 13, 14, 15, 16, 17 };

/* Fields come out big-endian and in order, and all of it must be read. */
Test(reader, reads)
{
    struct reader reader;
    uint8_t copy[2];

    reader_init(&reader, span_of(input, sizeof(input)));
    cr_expect(reader_u8(&reader) == 1);
    cr_expect(reader_u16(&reader) == 0x0203);
    cr_expect(reader_u32(&reader) == 0x04050607);
    cr_expect(reader_u64(&reader) == UINT64_C(0x08090a0b0c0d0e0f));
    cr_expect(!reader_finish(&reader));
    reader_copy(&reader, copy, 1);
    cr_expect(copy[0] == 16);
    cr_expect(span_equal(reader_take(&reader, 1), span_of("\x11", 1)));
    cr_expect(reader_finish(&reader));
    cr_expect(reader_take(&reader, 0).size == 0);
    cr_expect(reader_finish(&reader));
}

/* One read beyond the end, and everything after it is zero. */
Test(reader, stays_failed)
{
    struct reader reader;
    uint8_t copy[2] = { 7, 7 };

    reader_init(&reader, span_of(input, 3));
    cr_expect(reader_u32(&reader) == 0);
    cr_expect(reader_u8(&reader) == 0);
    reader_copy(&reader, copy, sizeof(copy));
    cr_expect(copy[0] == 0 && copy[1] == 0);
    cr_expect(reader_take(&reader, 1).data == NULL);
    cr_expect(!reader_finish(&reader));
}

/* A length as large as it can be does not wrap around. */
Test(reader, no_overflow)
{
    struct reader reader;

    reader_init(&reader, span_of(input, sizeof(input)));
    (void)reader_u8(&reader);
    cr_expect(reader_take(&reader, SIZE_MAX).size == 0);
    cr_expect(reader.failed);
}

/* Nothing to read is a valid input. */
Test(reader, empty)
{
    struct reader reader;

    reader_init(&reader, span_of(NULL, 0));
    cr_expect(reader_finish(&reader));
    cr_expect(reader_u8(&reader) == 0);
    cr_expect(!reader_finish(&reader));
}
