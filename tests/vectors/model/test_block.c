/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "crypto/age_padding.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"
#include "model/block.h"
#include "support/vectors.h"

#define BLOCKS_MAX 8

/* The payload of an item, made again from the randomness of the case. */
static uint8_t *payload_make(const json_t *one)
{
    size_t size = vectors_uint(one, "size");
    size_t sealed = vectors_uint(one, "L");
    size_t padded = vectors_uint(one, "P");
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    uint8_t nonce[AGE_NONCE_SIZE];
    uint8_t *file = malloc(size + 1);
    uint8_t *payload = malloc(padded);
    struct age_padding padding;
    struct age_stream stream;
    uint64_t chunks = age_stream_chunk_count(size);

    cr_assert(file != NULL && payload != NULL);
    prg(vectors_str(one, "file_prg"), file, size);
    vectors_hex_fixed(one, "file_key", file_key, sizeof(file_key));
    vectors_hex_fixed(one, "payload_nonce", nonce, sizeof(nonce));
    cr_assert(age_stream_init(&stream, file_key, nonce) == ERR_OK);
    for (uint64_t index = 0; index < chunks; index++) {
        age_stream_seal(
            &stream, index, index + 1 == chunks,
            span_part(span_of(file, size), index * CHUNK_SIZE, CHUNK_SIZE),
            payload + index * SLICE_SIZE);
    }
    age_stream_done(&stream);
    age_padding_init(&padding, file_key, nonce);
    age_padding_make(&padding, 0, payload + sealed, padded - sealed);
    age_padding_done(&padding);
    free(file);
    return payload;
}

static void names_check(const json_t *one, struct span payload,
                        struct block_id names[static BLOCKS_MAX])
{
    json_t *list = json_object_get(one, "block_names");
    size_t count = payload_block_count(payload.size);
    struct payload_root root;
    struct payload_root wanted;

    cr_assert_eq(count, json_array_size(list));
    cr_assert_leq(count, BLOCKS_MAX);
    for (size_t index = 0; index < count; index++) {
        struct span block =
            span_part(payload, index * BLOCK_SIZE_MAX, BLOCK_SIZE_MAX);
        char text[65];

        cr_expect_eq(block.size, payload_block_size(payload.size, index));
        cr_assert(block_name(block, &names[index]) == ERR_OK);
        cr_expect(block_verify(block, &names[index]) == ERR_OK);
        hex_format(text, names[index].bytes, sizeof(names[index].bytes));
        cr_expect_str_eq(text, json_string_value(json_array_get(list, index)),
                         "%s block %zu", vectors_name(one), index);
    }
    payload_root_of(names, count, &root);
    vectors_hex_fixed(one, "root", wanted.bytes, sizeof(wanted.bytes));
    cr_expect(payload_root_equal(&root, &wanted), "%s", vectors_name(one));
    cr_expect(names_page_verify(&root, payload.size, 0, names, count, NULL,
                                0) == ERR_OK);
}

/* The path as made here equals the listed one, and proves the slice. */
static void proof_check(const json_t *one, const json_t *proof,
                        struct span payload, const struct block_id *names)
{
    json_t *list = json_object_get(proof, "path");
    uint64_t slice = vectors_uint(proof, "index");
    struct span block = span_part(
        payload, slice / BLOCK_SLICES * BLOCK_SIZE_MAX, BLOCK_SIZE_MAX);
    struct span bytes = span_part(payload, slice * SLICE_SIZE, SLICE_SIZE);
    size_t name_count = payload_block_count(payload.size);
    struct digest path[MERKLE_PATH_MAX];
    struct payload_root root;
    size_t count;

    cr_expect_eq(bytes.size, vectors_uint(proof, "slice_size"));
    cr_assert(slice_prove(payload.size, slice, block, names, name_count, path,
                          &count) == ERR_OK);
    cr_assert_eq(count, json_array_size(list), "%s", vectors_name(one));
    for (size_t index = 0; index < count; index++) {
        char text[65];

        hex_format(text, path[index].bytes, DIGEST_SIZE);
        cr_expect_str_eq(text, json_string_value(json_array_get(list, index)));
    }
    payload_root_of(names, name_count, &root);
    cr_expect(slice_verify(&root, payload.size, slice, bytes, path, count) ==
              ERR_OK);
    if (slice > 0) {
        cr_expect(slice_verify(&root, payload.size, slice - 1, bytes, path,
                               count) != ERR_OK);
    }
}

/* Block names, payload roots and slice paths of every good item. */
Test(block_vectors, items)
{
    json_t *file;
    json_t *one;
    size_t index;

    cr_assert(crypto_init() == ERR_OK);
    file = vectors_load("holdfast/items.json");
    json_array_foreach(vectors_cases(file, "items"), index, one)
    {
        struct block_id names[BLOCKS_MAX];
        struct span payload;
        uint8_t *bytes;
        json_t *proof;
        size_t at;

        if (!vectors_expect(one, "ok")) {
            continue;
        }
        bytes = payload_make(one);
        payload = span_of(bytes, vectors_uint(one, "P"));
        cr_expect_eq(payload_slice_count(payload.size),
                     vectors_uint(one, "slices"));
        names_check(one, payload, names);
        json_array_foreach(json_object_get(one, "slice_proofs"), at, proof)
        {
            proof_check(one, proof, payload, names);
        }
        free(bytes);
    }
    json_decref(file);
}

/* The header object of every good item has the listed id. */
Test(block_vectors, headers)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "items"), index, one)
    {
        struct header_id wanted;
        struct header_id id;
        struct buf header;

        if (!vectors_expect(one, "ok")) {
            continue;
        }
        buf_init(&header, HEADER_SIZE_MAX);
        vectors_base64(one, "header", &header);
        cr_assert(header_name(buf_span(&header), &id) == ERR_OK);
        vectors_hex_fixed(one, "header_id", wanted.bytes, sizeof(wanted.bytes));
        cr_expect(header_id_equal(&id, &wanted), "%s", vectors_name(one));
        buf_done(&header);
    }
    json_decref(file);
}

/* Names of blocks over slices whose leaf hashes are given by a formula. */
static struct block_id *pages_make(size_t slices, size_t blocks)
{
    struct block_id *names = calloc(blocks, sizeof(*names));
    struct digest hashes[BLOCK_SLICES];

    cr_assert(names != NULL);
    for (size_t block = 0; block < blocks; block++) {
        size_t first = block * BLOCK_SLICES;
        size_t count =
            slices - first < BLOCK_SLICES ? slices - first : BLOCK_SLICES;
        struct digest root;

        for (size_t index = 0; index < count; index++) {
            char text[64];

            (void)snprintf(text, sizeof(text), "holdfast vector slice %zu",
                           first + index);
            hashes[index] = digest_of(span_str(text));
        }
        merkle_root_of(hashes, count, &root);
        names[block] = block_id_from_digest(&root);
    }
    return names;
}

static void pages_check(const json_t *one)
{
    size_t slices = vectors_uint(one, "slices");
    size_t blocks = vectors_uint(one, "blocks");
    size_t pages = vectors_uint(one, "pages");
    uint64_t size = (uint64_t)slices * SLICE_SIZE;
    struct block_id *names = pages_make(slices, blocks);
    json_t *list = json_object_get(one, "page_roots");
    struct digest roots[4];
    struct payload_root root;

    vectors_hex_fixed(one, "root", root.bytes, sizeof(root.bytes));
    cr_assert_eq(payload_page_count(size), pages);
    for (size_t page = 0; page < pages; page++) {
        char text[65];

        names_page_root(names + page * NAMES_PER_PAGE,
                        payload_page_names(size, page), &roots[page]);
        hex_format(text, roots[page].bytes, DIGEST_SIZE);
        if (pages > 1) {
            cr_expect_str_eq(text,
                             json_string_value(json_array_get(list, page)));
        }
    }
    for (size_t page = 0; page < pages; page++) {
        struct block_id *first = names + page * NAMES_PER_PAGE;
        size_t count = payload_page_names(size, page);

        cr_expect(names_page_verify(&root, size, page, first, count, roots,
                                    pages) == ERR_OK);
        first[count - 1].bytes[31] ^= 1;
        cr_expect(names_page_verify(&root, size, page, first, count, roots,
                                    pages) == ERR_WRONG_HASH);
        cr_expect(names_page_verify(&root, size, page, first, count - 1, roots,
                                    pages) == ERR_RANGE);
    }
    free(names);
}

/* Pages of names: their roots and the payload root over them. */
Test(block_vectors, name_pages)
{
    json_t *file = vectors_load("holdfast/items.json");
    json_t *one;
    size_t index;

    json_array_foreach(vectors_cases(file, "name_pages"), index, one)
    {
        pages_check(one);
    }
    json_decref(file);
}
