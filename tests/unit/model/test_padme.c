/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "model/padme.h"

/* Padding never shortens, repeats itself, keeps the order and stays cheap. */
Test(padme, properties)
{
    uint64_t before = 0;

    for (uint64_t length = 0; length < 3000000; length += 1 + length / 9999) {
        uint64_t padded;
        uint64_t again;

        cr_assert(padme(length, &padded) == ERR_OK);
        cr_assert(padme(padded, &again) == ERR_OK);
        cr_assert_eq(padded, again);
        cr_assert_geq(padded, length);
        cr_assert_geq(padded, before);
        cr_assert_leq((padded - length) * 10000, length * 1163);
        before = padded;
    }
}

/* The published values, the ends, and the refusal above 2^62. */
Test(padme, values)
{
    uint64_t padded = 5;

    cr_expect(padme(67, &padded) == ERR_OK && padded == 72);
    cr_expect(padme(74, &padded) == ERR_OK && padded == 80);
    cr_expect(padme(0, &padded) == ERR_OK && padded == 0);
    cr_expect(padme(1, &padded) == ERR_OK && padded == 1);
    cr_expect(padme(1ULL << 62, &padded) == ERR_OK && padded == 1ULL << 62);
    cr_expect(padme((1ULL << 62) + 1, &padded) == ERR_TOO_BIG);
    cr_expect(padme(UINT64_MAX, &padded) == ERR_TOO_BIG);
    cr_expect_eq(padded, 1ULL << 62, "untouched on failure");
}

/* L has one tag for each chunk, at least one. */
Test(padme, sealed_sizes)
{
    static const uint64_t sizes[][2] = {
        { 0, 16 },
        { 1, 17 },
        { CHUNK_SIZE, SLICE_SIZE },
        { CHUNK_SIZE + 1, SLICE_SIZE + 17 },
        { 2 * CHUNK_SIZE, 2 * SLICE_SIZE },
    };

    for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
        uint64_t sealed;

        cr_expect(payload_sealed_size(sizes[index][0], &sealed) == ERR_OK);
        cr_expect_eq(sealed, sizes[index][1]);
        cr_expect(payload_sealed_valid(sealed, sizes[index][0]));
        cr_expect_not(payload_sealed_valid(sealed + 1, sizes[index][0]));
    }
}

/* No file whose payload is above 2^44 bytes is taken. */
Test(padme, largest)
{
    uint64_t sealed;
    uint64_t padded;

    cr_expect(payload_padded_size(PAYLOAD_SIZE_MAX, &padded) == ERR_OK);
    cr_expect_eq(padded, PAYLOAD_SIZE_MAX);
    cr_expect(payload_padded_size(PAYLOAD_SIZE_MAX + 1, &padded) ==
              ERR_TOO_BIG);
    cr_expect(payload_padded_size(UINT64_MAX, &padded) == ERR_TOO_BIG);
    cr_expect(payload_sealed_size(PAYLOAD_SIZE_MAX, &sealed) == ERR_TOO_BIG);
    cr_expect(payload_sealed_size(UINT64_MAX, &sealed) == ERR_TOO_BIG);
    cr_expect(payload_sealed_size(PAYLOAD_SIZE_MAX / 2, &sealed) == ERR_OK);
    cr_expect_not(payload_sealed_valid(0, UINT64_MAX));
    cr_expect_not(payload_size_possible(UINT64_MAX));
}
