/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "base/buf.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"

#define ROOM (1 << 20)

static const uint8_t file_key[AGE_FILE_KEY_SIZE] = { 1 };
static const uint8_t nonce[AGE_NONCE_SIZE] = { 2 };
static struct age_stream stream;
static uint8_t chunk[CHUNK_SIZE];

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
    cr_assert(age_stream_init(&stream, file_key, nonce) == ERR_OK);
}

static void over(void)
{
    age_stream_done(&stream);
    age_stream_done(&stream);
}

TestSuite(age_stream, .init = ready, .fini = over);

static void put_chunk(struct buf *sealed, uint64_t index, bool last,
                      size_t size)
{
    uint8_t *to = buf_extend(sealed, size + AEAD_TAG_SIZE);

    cr_assert_not_null(to);
    for (size_t at = 0; at < size; at++) {
        chunk[at] = (uint8_t)(at + index);
    }
    age_stream_seal(&stream, index, last, span_of(chunk, size), to);
}

/* Read all; gives the result of the whole and the bytes released. */
static enum err read_all(struct span sealed, uint64_t *ret_released)
{
    struct age_reader reader;
    size_t size;

    *ret_released = 0;
    age_reader_init(&reader, &stream);
    while (sealed.size > 0) {
        struct span slice = span_part(sealed, 0, SLICE_SIZE);

        if (age_reader_next(&reader, slice, chunk, &size) != ERR_OK) {
            cr_expect_eq(age_reader_next(&reader, slice, chunk, &size),
                         ERR_CORRUPT, "a failure does not stay");
            break;
        }
        *ret_released += size;
        sealed = span_part(sealed, slice.size, sealed.size);
    }
    return age_reader_finish(&reader);
}

/* Plaintexts around the edges of chunks come back, and their sizes can be
 * computed both ways. */
Test(age_stream, reads_what_it_wrote)
{
    static const size_t sizes[] = { 0,
                                    1,
                                    CHUNK_SIZE - 1,
                                    CHUNK_SIZE,
                                    CHUNK_SIZE + 1,
                                    2 * CHUNK_SIZE,
                                    2 * CHUNK_SIZE + 5 };

    for (size_t index = 0; index < sizeof(sizes) / sizeof(sizes[0]); index++) {
        uint64_t count = age_stream_chunk_count(sizes[index]);
        uint64_t released;
        uint64_t plain_size;
        struct buf sealed;

        buf_init(&sealed, ROOM);
        for (uint64_t at = 0; at < count; at++) {
            bool last = at == count - 1;

            put_chunk(&sealed, at, last,
                      last ? sizes[index] - at * CHUNK_SIZE : CHUNK_SIZE);
        }
        cr_expect_eq(age_stream_sealed_size(sizes[index]), sealed.size);
        cr_expect_eq(age_stream_plain_size(sealed.size, &plain_size), ERR_OK);
        cr_expect_eq(plain_size, sizes[index]);
        cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_OK);
        cr_expect_eq(released, sizes[index]);
        buf_done(&sealed);
    }
}

/* Any chunk opens alone, at its own index and with its own flag only. */
Test(age_stream, opens_any_chunk)
{
    struct buf sealed;
    struct span slice;

    buf_init(&sealed, ROOM);
    put_chunk(&sealed, 1ULL << 40, false, CHUNK_SIZE);
    slice = buf_span(&sealed);
    cr_expect_eq(age_stream_open(&stream, 1ULL << 40, false, slice, chunk),
                 ERR_OK);
    cr_expect_eq(chunk[5], 5);
    cr_expect_eq(age_stream_open(&stream, 1ULL << 40, true, slice, chunk),
                 ERR_CORRUPT);
    cr_expect_eq(chunk[5], 0, "what did not verify is not left behind");
    cr_expect_eq(age_stream_open(&stream, 1, false, slice, chunk), ERR_CORRUPT);
    cr_expect_eq(
        age_stream_open(&stream, 0, true, span_part(slice, 0, 15), chunk),
        ERR_CORRUPT);
    sealed.data[9] ^= 1;
    cr_expect_eq(age_stream_open(&stream, 1ULL << 40, false, slice, chunk),
                 ERR_CORRUPT);
    buf_done(&sealed);
}

/* Another nonce is another key. */
Test(age_stream, changes_its_key)
{
    static const uint8_t other[AGE_NONCE_SIZE] = { 3 };
    struct buf sealed;

    buf_init(&sealed, ROOM);
    put_chunk(&sealed, 0, true, 10);
    age_stream_set_key(&stream, file_key, other);
    cr_expect_eq(age_stream_open(&stream, 0, true, buf_span(&sealed), chunk),
                 ERR_CORRUPT);
    age_stream_set_key(&stream, file_key, nonce);
    cr_expect_eq(age_stream_open(&stream, 0, true, buf_span(&sealed), chunk),
                 ERR_OK);
    buf_done(&sealed);
}

/* A payload that was cut, continued or put together wrongly fails at the
 * place where it shows, and not before. */
Test(age_stream, notices_where_it_is_broken)
{
    uint64_t released;
    struct buf sealed;

    buf_init(&sealed, ROOM);
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_CORRUPT);
    /* Cut off after a full chunk. */
    put_chunk(&sealed, 0, false, CHUNK_SIZE);
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_CORRUPT);
    cr_expect_eq(released, CHUNK_SIZE);
    /* An empty last chunk. */
    put_chunk(&sealed, 1, true, 5);
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_OK);
    sealed.size -= 5 + AEAD_TAG_SIZE;
    buf_put_str(&sealed, "sixteen bytes 16");
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_CORRUPT);
    cr_expect_eq(released, CHUNK_SIZE);
    /* Bytes after the last chunk. */
    buf_clear(&sealed);
    put_chunk(&sealed, 0, true, CHUNK_SIZE);
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_OK);
    buf_put_byte(&sealed, 0);
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_CORRUPT);
    cr_expect_eq(released, CHUNK_SIZE);
    /* Chunks in the wrong order. */
    buf_clear(&sealed);
    put_chunk(&sealed, 1, false, CHUNK_SIZE);
    put_chunk(&sealed, 0, true, 5);
    cr_expect_eq(read_all(buf_span(&sealed), &released), ERR_CORRUPT);
    cr_expect_eq(released, 0);
    buf_done(&sealed);
}

/* Sizes that no plaintext gives are refused. */
Test(age_stream, knows_impossible_sizes)
{
    static const uint64_t bad[] = { 0, 15, SLICE_SIZE + 1, SLICE_SIZE + 16,
                                    2ULL * SLICE_SIZE + 15 };
    uint64_t size = 7;

    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        cr_expect_eq(age_stream_plain_size(bad[index], &size), ERR_MALFORMED);
    }
    cr_expect_eq(size, 7);
    cr_expect_eq(age_stream_plain_size(SLICE_SIZE + 17, &size), ERR_OK);
    cr_expect_eq(size, CHUNK_SIZE + 1);
}
