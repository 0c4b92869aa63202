/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "wire/prescan.h"

static const struct prescan_field inner_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },
    { 2, PRESCAN_BYTES, 3, 2, NULL },
};
static const struct prescan_table inner = { inner_fields, 2 };
static const struct prescan_field outer_fields[] = {
    { 1, PRESCAN_U64, 0, 1, NULL },   { 2, PRESCAN_U32, 0, 1, NULL },
    { 3, PRESCAN_BOOL, 0, 1, NULL },  { 4, PRESCAN_BYTES, 3, 1, NULL },
    { 5, PRESCAN_SIZES, 8, 1, NULL }, { 6, PRESCAN_SUB, 0, 2, &inner },
};
static const struct prescan_table outer = { outer_fields, 6 };

struct scan_case {
    const char *name;
    const char *bytes;
    size_t size;
};

#define CASE(name, bytes)                                                      \
    {                                                                          \
        name, bytes, sizeof(bytes) - 1                                         \
    }

static const struct scan_case good[] = {
    CASE("nothing", ""),
    CASE("zero", "\x08\x00"),
    CASE("largest number", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    CASE("largest number of 32 bits", "\x10\xff\xff\xff\xff\x0f"),
    CASE("true", "\x18\x01"),
    CASE("bytes", "\x22\x03"
                  "abc"),
    CASE("no bytes", "\x22\x00"),
    CASE("sizes", "\x2a\x08"
                  "abcdefgh"),
    CASE("no sizes", "\x2a\x00"),
    CASE("two of a repeated field", "\x32\x00\x32\x02\x08\x05"),
    CASE("fields in another order", "\x18\x01\x08\x07"),
    CASE("repeated inside", "\x32\x06\x12\x01x\x12\x01y"),
    CASE("unknown number", "\x38\x01"),
    CASE("unknown bytes", "\x3a\x05"
                          "abcde"),
    CASE("unknown 4 bytes", "\x3d"
                            "abcd\x08\x07"),
    CASE("unknown 8 bytes", "\x39"
                            "abcdefgh\x08\x07"),
    CASE("unknown field inside", "\x32\x02\x18\x01"),
    CASE("largest field number", "\xf8\xff\xff\xff\x0f\x01"),
};
static const struct scan_case bad[] = {
    CASE("unknown field without a value", "\x38"),
    CASE("unknown bytes cut off", "\x3a\x05"
                                  "abcd"),
    CASE("unknown 4 bytes cut off", "\x3d"
                                    "abc"),
    CASE("unknown 8 bytes cut off", "\x39"
                                    "abcdefg"),
    CASE("unknown group", "\x3b\x3c"),
    CASE("unknown wire type", "\x3e\x01"),
    CASE("field number too large", "\x80\x80\x80\x80\x10\x01"),
    CASE("field number 0", "\x00\x01"),
    CASE("huge field number", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x01"),
    CASE("field without a value", "\x08"),
    CASE("number as bytes", "\x0a\x01x"),
    CASE("number as 4 bytes", "\x0d"
                              "abcd"),
    CASE("number as 8 bytes", "\x09"
                              "abcdefgh"),
    CASE("bytes as a number", "\x20\x03"),
    CASE("group", "\x0b\x0c"),
    CASE("sizes one by one", "\x2d"
                             "abcd"),
    CASE("doubled number", "\x08\x01\x08\x01"),
    CASE("doubled bytes", "\x22\x00\x22\x00"),
    CASE("key not in its shortest form", "\x88\x00\x01"),
    CASE("number not in its shortest form", "\x08\x80\x00"),
    CASE("size not in its shortest form", "\x22\x81\x00x"),
    CASE("number of 65 bits", "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x03"),
    CASE("number of 11 bytes",
         "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"),
    CASE("number cut off", "\x08\xff\xff"),
    CASE("number of 33 bits", "\x10\x80\x80\x80\x80\x10"),
    CASE("bool of 2", "\x18\x02"),
    CASE("one byte too long", "\x22\x04"
                              "abcd"),
    CASE("bytes cut off", "\x22\x03"
                          "ab"),
    CASE("size beyond everything",
         "\x22\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"),
    CASE("sizes that are not whole", "\x2a\x07"
                                     "abcdefg"),
    CASE("one size too many", "\x2a\x0c"
                              "abcdefghijkl"),
    CASE("three where two are allowed", "\x32\x00\x32\x00\x32\x00"),
    CASE("cut off inside", "\x32\x01\x08"),
    CASE("doubled inside", "\x32\x04\x08\x01\x08\x01"),
    CASE("three inside where two are allowed",
         "\x32\x06\x12\x00\x12\x00\x12\x00"),
};

/* What the table allows passes. */
Test(prescan, accepts)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_expect(prescan(span_of(good[i].bytes, good[i].size), &outer) ==
                      ERR_OK,
                  "%s", good[i].name);
    }
}

/* Everything else is refused. */
Test(prescan, refuses)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect(prescan(span_of(bad[i].bytes, bad[i].size), &outer) ==
                      ERR_MALFORMED,
                  "%s", bad[i].name);
    }
}

/* Each beginning of a good input is good or refused, and no byte beyond it is
 * looked at. */
Test(prescan, prefixes)
{
    static const char input[] = "\x08\xff\x01\x22\x03"
                                "abc\x32\x05\x12\x03xyz\x18\x01";
    size_t accepted = 0;

    for (size_t size = 0; size < sizeof(input); size++) {
        uint8_t *copy = malloc(size > 0 ? size : 1);

        cr_assert(copy != NULL);
        memcpy(copy, input, size);
        accepted += prescan(span_of(copy, size), &outer) == ERR_OK;
        free(copy);
    }
    cr_expect(accepted == 5, "%zu", accepted);
}

/* What a newer release may put in has its bound, over all sub-messages. */
Test(prescan, bounds_unknown_fields)
{
    uint8_t input[6 + 2 * PRESCAN_UNKNOWN_MAX] = { 0x32, 0x04, 0x18,
                                                   0x01, 0x18, 0x01 };
    size_t size = 6;

    for (int i = 0; i < PRESCAN_UNKNOWN_MAX - 2; i++) {
        input[size++] = 0x38;
        input[size++] = 0x01;
    }
    cr_expect(prescan(span_of(input, size), &outer) == ERR_OK);
    input[size++] = 0x38;
    input[size++] = 0x01;
    cr_expect(prescan(span_of(input, size), &outer) == ERR_MALFORMED);
}

/* A table without fields accepts only those. */
Test(prescan, empty_table)
{
    static const struct prescan_table none = { NULL, 0 };

    cr_expect(prescan(span_of(NULL, 0), &none) == ERR_OK);
    cr_expect(prescan(span_of("\x08\x01", 2), &none) == ERR_OK);
    cr_expect(prescan(span_of("\x08", 1), &none) == ERR_MALFORMED);
}
