/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "store/block_file.h"
#include "store/keys.h"
#include "store/table.h"

/* The bytes of a leaf's key stand in the order of ledger and index. */
Test(keys, sort_as_numbers)
{
    struct key low;
    struct key high;

    key_leaf(&low, 1, 255);
    key_leaf(&high, 1, 256);
    cr_assert_eq(low.size, 12);
    cr_assert_lt(memcmp(low.bytes, high.bytes, 12), 0);
    key_leaf(&low, 2, 0);
    cr_assert_gt(memcmp(low.bytes, high.bytes, 12), 0);
}

/* The key of a node has level and index, big-endian. */
Test(keys, node_layout)
{
    static const uint8_t expected[] = { 0, 0, 0, 7, 3, 0, 0, 0, 0, 0, 0, 1, 2 };
    struct key key;

    key_node(&key, 7, 3, 258);
    cr_assert_eq(key.size, sizeof(expected));
    cr_assert_arr_eq(key.bytes, expected, sizeof(expected));
}

/* The number of a block file comes back out of its key. */
Test(keys, file_round_trip)
{
    struct key key;
    uint64_t file = 0;

    key_block_file(&key, 1234567);
    cr_assert(key_block_file_parse(key_span(&key), &file));
    cr_assert_eq(file, 1234567);
    key.size--;
    cr_assert_not(key_block_file_parse(key_span(&key), &file));
    cr_assert_not(key_block_file_parse(META_KEY(META_COUNTS), &file));
}

/* A place comes back as it was, and an unknown state is damage. */
Test(keys, place_round_trip)
{
    struct block_place place = { BLOCK_QUARANTINE, 9, 8, 7 };
    struct block_place back;
    uint8_t bytes[BLOCK_PLACE_SIZE];

    block_place_encode(&place, bytes);
    cr_assert_eq(block_place_decode(span_of(bytes, sizeof(bytes)), &back),
                 ERR_OK);
    cr_assert_eq(back.state, BLOCK_QUARANTINE);
    cr_assert_eq(back.file, 9);
    cr_assert_eq(back.position, 8);
    cr_assert_eq(back.read_at, 7);
    bytes[0] = 3;
    cr_assert_eq(block_place_decode(span_of(bytes, sizeof(bytes)), &back),
                 ERR_CORRUPT);
    cr_assert_eq(block_place_decode(span_of(bytes, 20), &back), ERR_CORRUPT);
}

/* Only the names that we write are block files. */
Test(keys, block_file_names)
{
    cr_assert_eq(block_file_name_parse("000012.sst", ".sst"), 12);
    cr_assert_eq(block_file_name_parse("12345678.sst", ".sst"), 12345678);
    cr_assert_eq(block_file_name_parse("12.sst", ".sst"), 0);
    cr_assert_eq(block_file_name_parse("000000.sst", ".sst"), 0);
    cr_assert_eq(block_file_name_parse("000012.part", ".sst"), 0);
    cr_assert_eq(block_file_name_parse("notes.txt", ".sst"), 0);
}

/* A ledger's number has one name for ever. */
Test(table, refuses_another_name)
{
    struct table table;
    uint32_t number = 0;
    struct origin origin = { "a/b/c" };

    table_init(&table);
    cr_assert_eq(table_enter(&table, 3, span_str("a/b/c")), ERR_OK);
    cr_assert_eq(table_enter(&table, 3, span_str("a/b/c")), ERR_OK);
    cr_assert_eq(table_enter(&table, 3, span_str("a/b/d")), ERR_CONFLICT);
    cr_assert_eq(table_enter(&table, TABLE_LEDGERS_MAX, span_str("x")),
                 ERR_RANGE);
    cr_assert_null(table_find(&table, 2));
    cr_assert_not_null(table_find(&table, 3));
    cr_assert(table_find_origin(&table, &origin, &number));
    cr_assert_eq(number, 3);
    table_done(&table);
}
