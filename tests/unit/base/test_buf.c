/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/buf.h"

/* What is appended stands there in order, integers big-endian. */
Test(buf, appends)
{
    static const uint8_t expected[] = { 'a', 'b', 1,   2,   3,   4,  5, 6,
                                        7,   0,   0,   0,   0,   0,  0, 0,
                                        9,   '-', '7', ' ', 'x', 255 };
    struct buf buf;

    buf_init(&buf, 1000);
    buf_put_str(&buf, "ab");
    buf_put_byte(&buf, 1);
    buf_put_u16(&buf, 0x0203);
    buf_put_u32(&buf, 0x04050607);
    buf_put_u64(&buf, 9);
    buf_printf(&buf, "%d %s", -7, "x");
    buf_put(&buf, span_of("\xff", 1));
    cr_expect(!buf_failed(&buf));
    cr_expect(span_equal(buf_span(&buf), span_of(expected, sizeof(expected))));
    buf_done(&buf);
}

/* The maximum is reached to the byte; beyond it the error sticks, and what was
 * there stays. */
Test(buf, keeps_its_maximum)
{
    struct buf buf;

    buf_init(&buf, 100);
    for (int index = 0; index < 100; index++) {
        buf_put_byte(&buf, (uint8_t)index);
    }
    cr_expect(!buf_failed(&buf));
    cr_expect(buf.size == 100 && buf.room == 100);
    buf_put(&buf, span_of(NULL, 0));
    cr_expect(!buf_failed(&buf));
    buf_put_byte(&buf, 0);
    cr_expect(buf.err == ERR_TOO_BIG);
    cr_expect(buf.size == 100 && buf.data[99] == 99);
    buf_clear(&buf);
    cr_expect(!buf_failed(&buf) && buf.size == 0 && buf.room == 100);
    buf_done(&buf);
}

/* After an error later appends do nothing, even those that would fit. */
Test(buf, errors_stick)
{
    struct buf buf;

    buf_init(&buf, 4);
    buf_put_str(&buf, "12345");
    buf_put_str(&buf, "1");
    buf_printf(&buf, "%d", 1);
    cr_expect(buf.err == ERR_TOO_BIG);
    cr_expect(buf.size == 0);
    cr_expect(buf_extend(&buf, 0) == NULL);
    buf_done(&buf);
}

/* A size near the end of the number range is too big, not small. */
Test(buf, no_overflow)
{
    struct buf buf;

    buf_init(&buf, SIZE_MAX);
    buf_put_byte(&buf, 1);
    cr_expect(buf_extend(&buf, SIZE_MAX) == NULL);
    cr_expect(buf.err == ERR_TOO_BIG);
    buf_done(&buf);
}

/* Room for nothing is no failure. */
Test(buf, extends_by_zero)
{
    struct buf buf;

    buf_init(&buf, 0);
    cr_expect(buf_extend(&buf, 0) != NULL);
    cr_expect(!buf_failed(&buf));
    buf_wipe(&buf);
}

/* Appending byte by byte takes few allocations: the room doubles. */
Test(buf, doubles)
{
    struct buf buf;
    size_t room = 0;
    int changes = 0;

    buf_init(&buf, 1 << 20);
    for (int index = 0; index < 1 << 20; index++) {
        buf_put_byte(&buf, 'x');
        if (buf.room != room) {
            room = buf.room;
            changes++;
        }
    }
    cr_expect(!buf_failed(&buf));
    cr_expect(changes <= 16, "%d", changes);
    buf_wipe(&buf);
    cr_expect(buf.data == NULL && buf.size == 0 && buf.max == 1 << 20);
}

/* A formatted text longer than any line of ours goes in whole, or not at
 * all. */
Test(buf, prints_long_texts)
{
    struct buf buf;

    buf_init(&buf, 3000);
    buf_printf(&buf, "%2000d", 5);
    cr_expect(buf.size == 2000 && buf.data[1999] == '5');
    buf_printf(&buf, "%1001d", 5);
    cr_expect(buf.err == ERR_TOO_BIG && buf.size == 2000);
    buf_done(&buf);
}
