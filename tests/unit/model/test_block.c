/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/rng.h"
#include "model/block.h"

#define PAYLOAD_SIZE (3 * BLOCK_SIZE_MAX + 5 * SLICE_SIZE + 100)
#define BLOCK_COUNT 4
#define SLICE_COUNT 54

static uint8_t *payload;
static struct block_id names[BLOCK_COUNT];

static struct span block_bytes(size_t index)
{
    return span_part(span_of(payload, PAYLOAD_SIZE), index * BLOCK_SIZE_MAX,
                     BLOCK_SIZE_MAX);
}

static void setup(void)
{
    struct rng rng;

    payload = malloc(PAYLOAD_SIZE);
    cr_assert_not_null(payload);
    rng_init(&rng, 1);
    rng_fill(&rng, payload, PAYLOAD_SIZE);
    for (size_t index = 0; index < BLOCK_COUNT; index++) {
        cr_assert(block_name(block_bytes(index), &names[index]) == ERR_OK);
    }
}

static void teardown(void)
{
    free(payload);
}

TestSuite(block, .init = setup, .fini = teardown);

/* The root over block names is the root over all slices. */
Test(block, names_make_the_root)
{
    struct digest hashes[SLICE_COUNT];
    struct payload_root root;
    struct digest wanted;

    cr_assert_eq(payload_slice_count(PAYLOAD_SIZE), SLICE_COUNT);
    cr_assert_eq(payload_block_count(PAYLOAD_SIZE), BLOCK_COUNT);
    for (size_t index = 0; index < SLICE_COUNT; index++) {
        merkle_leaf(span_of(payload + index * SLICE_SIZE,
                            payload_slice_size(PAYLOAD_SIZE, index)),
                    &hashes[index]);
    }
    merkle_root_of(hashes, SLICE_COUNT, &wanted);
    payload_root_of(names, BLOCK_COUNT, &root);
    cr_expect(memcmp(root.bytes, wanted.bytes, 32) == 0);
}

/* A block is accepted under its own name only, whole and unchanged. */
Test(block, verify)
{
    struct block_id name;

    cr_expect(block_verify(block_bytes(1), &names[1]) == ERR_OK);
    cr_expect(block_verify(block_bytes(1), &names[0]) == ERR_WRONG_HASH);
    payload[BLOCK_SIZE_MAX + 77] ^= 1;
    cr_expect(block_verify(block_bytes(1), &names[1]) == ERR_WRONG_HASH);
    cr_expect(block_verify(span_of(payload, 0), &names[1]) == ERR_WRONG_HASH);
    cr_expect(block_name(span_of(payload, 0), &name) == ERR_RANGE);
    cr_expect(block_name(span_of(payload, BLOCK_SIZE_MAX + 1), &name) ==
              ERR_RANGE);
}

/* Every slice is proved by its path, and by no other place. */
Test(block, slices)
{
    struct digest path[MERKLE_PATH_MAX];
    struct payload_root root;
    size_t count;

    payload_root_of(names, BLOCK_COUNT, &root);
    for (uint64_t slice = 0; slice < SLICE_COUNT; slice++) {
        struct span bytes = span_of(payload + slice * SLICE_SIZE,
                                    payload_slice_size(PAYLOAD_SIZE, slice));

        cr_assert(slice_prove(PAYLOAD_SIZE, slice,
                              block_bytes(slice / BLOCK_SLICES), names,
                              BLOCK_COUNT, path, &count) == ERR_OK);
        cr_expect(slice_verify(&root, PAYLOAD_SIZE, slice, bytes, path,
                               count) == ERR_OK);
        cr_expect(slice_verify(&root, PAYLOAD_SIZE, slice ^ 1, bytes, path,
                               count) != ERR_OK);
    }
}

/* A proof needs the right block, the right names and a slice that exists. */
Test(block, slice_refusals)
{
    struct digest path[MERKLE_PATH_MAX];
    struct payload_root root;
    size_t count;

    payload_root_of(names, BLOCK_COUNT, &root);
    cr_expect(slice_prove(PAYLOAD_SIZE, SLICE_COUNT, block_bytes(3), names,
                          BLOCK_COUNT, path, &count) == ERR_RANGE);
    cr_expect(slice_prove(PAYLOAD_SIZE, 0, block_bytes(0), names,
                          BLOCK_COUNT - 1, path, &count) == ERR_RANGE);
    cr_expect(slice_prove(PAYLOAD_SIZE, 0, block_bytes(3), names, BLOCK_COUNT,
                          path, &count) == ERR_RANGE);
    cr_expect(slice_prove(PAYLOAD_SIZE, 0, block_bytes(1), names, BLOCK_COUNT,
                          path, &count) == ERR_WRONG_HASH);
    cr_expect(slice_prove(0, 0, block_bytes(0), names, BLOCK_COUNT, path,
                          &count) == ERR_RANGE);
    cr_expect(slice_verify(&root, PAYLOAD_SIZE, SLICE_COUNT, block_bytes(0),
                           path, 0) == ERR_RANGE);
    cr_expect(slice_verify(&root, 0, 0, block_bytes(0), path, 0) == ERR_RANGE);
}

/* Counts and sizes at the edges, up to the largest payload. */
Test(block, counts)
{
    cr_expect_eq(payload_block_count(PAYLOAD_SIZE_MIN), 1);
    cr_expect_eq(payload_block_count(BLOCK_SIZE_MAX), 1);
    cr_expect_eq(payload_block_count(BLOCK_SIZE_MAX + 1), 2);
    cr_expect_eq(payload_block_size(BLOCK_SIZE_MAX + 1, 0), BLOCK_SIZE_MAX);
    cr_expect_eq(payload_block_size(BLOCK_SIZE_MAX + 1, 1), 1);
    cr_expect_eq(payload_slice_size(SLICE_SIZE, 0), SLICE_SIZE);
    cr_expect_eq(payload_page_count(BLOCK_SIZE_MAX), 1);
    cr_expect_leq(payload_page_count(PAYLOAD_SIZE_MAX), NAME_PAGES_MAX);
    cr_expect_eq(
        payload_page_names(NAMES_PER_PAGE * (uint64_t)BLOCK_SIZE_MAX + 1, 1),
        1);
}

/* One page of names is checked against the record alone. */
Test(block, one_page)
{
    struct payload_root root;

    payload_root_of(names, BLOCK_COUNT, &root);
    cr_expect(names_page_verify(&root, PAYLOAD_SIZE, 0, names, BLOCK_COUNT,
                                NULL, 0) == ERR_OK);
    cr_expect(names_page_verify(&root, PAYLOAD_SIZE, 1, names, BLOCK_COUNT,
                                NULL, 0) == ERR_RANGE);
    cr_expect(names_page_verify(&root, PAYLOAD_SIZE, 0, names, 3, NULL, 0) ==
              ERR_RANGE);
    cr_expect(names_page_verify(&root, 0, 0, names, 0, NULL, 0) == ERR_RANGE);
    names[2].bytes[0] ^= 1;
    cr_expect(names_page_verify(&root, PAYLOAD_SIZE, 0, names, BLOCK_COUNT,
                                NULL, 0) == ERR_WRONG_HASH);
}
