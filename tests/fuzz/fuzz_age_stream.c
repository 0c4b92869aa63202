/* SPDX-License-Identifier: Apache-2.0 */
/* The first byte of the input chooses: either the rest is read as a payload,
 * which must fail, since nobody knows the key; or it is sealed, read again, and
 * read once more with one bit changed, which must fail. With its second bit the
 * plaintext is the rest three times, so that there are several chunks. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/check.h"
#include "crypto/age_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t file_key[AGE_FILE_KEY_SIZE] = { 1 };
static const uint8_t nonce[AGE_NONCE_SIZE] = { 2 };

/* ERR_OK when all of it opens; then compares with `expected` if there is
 * one. */
static enum err read_all(struct age_stream *stream, struct span sealed,
                         const struct span *expected)
{
    uint8_t *plain = malloc(CHUNK_SIZE);
    struct age_reader reader;
    size_t offset = 0;
    size_t size;
    enum err rc = ERR_OK;

    CHECK(plain != NULL);
    age_reader_init(&reader, stream);
    do {
        struct span slice = span_part(sealed, 0, SLICE_SIZE);

        rc = age_reader_next(&reader, slice, plain, &size);
        if (rc == ERR_OK && expected != NULL) {
            CHECK(span_equal(span_of(plain, size),
                             span_part(*expected, offset, size)));
            offset += size;
        }
        sealed = span_part(sealed, slice.size, sealed.size);
    } while (rc == ERR_OK && sealed.size > 0);
    if (rc == ERR_OK) {
        rc = age_reader_finish(&reader);
    }
    free(plain);
    return rc;
}

static void seal_all(struct age_stream *stream, struct span plain,
                     uint8_t *ret_sealed)
{
    uint64_t count = age_stream_chunk_count(plain.size);

    for (uint64_t index = 0; index < count; index++) {
        struct span chunk =
            span_part(plain, (size_t)index * CHUNK_SIZE, CHUNK_SIZE);

        age_stream_seal(stream, index, index == count - 1, chunk,
                        ret_sealed + index * SLICE_SIZE);
    }
}

static void round_trip(struct age_stream *stream, struct span plain)
{
    uint64_t size = age_stream_sealed_size(plain.size);
    uint8_t *sealed = malloc(size);
    uint64_t back;
    size_t bit;

    CHECK(sealed != NULL);
    CHECK(age_stream_plain_size(size, &back) == ERR_OK && back == plain.size);
    seal_all(stream, plain, sealed);
    CHECK(read_all(stream, span_of(sealed, size), &plain) == ERR_OK);
    bit = (plain.size > 0 ? plain.data[0] * 257U : 3) % (size * 8);
    sealed[bit / 8] ^= (uint8_t)(1U << bit % 8);
    CHECK(read_all(stream, span_of(sealed, size), NULL) == ERR_CORRUPT);
    free(sealed);
}

static void round_trip_thrice(struct age_stream *stream, struct span part)
{
    struct buf plain;

    buf_init(&plain, 3 * part.size);
    buf_put(&plain, part);
    buf_put(&plain, part);
    buf_put(&plain, part);
    round_trip(stream, buf_span(&plain));
    buf_done(&plain);
}

static void read_foreign(struct age_stream *stream, struct span sealed)
{
    uint64_t plain_size;

    /* Nobody without the key makes a payload that opens. */
    CHECK(read_all(stream, sealed, NULL) == ERR_CORRUPT);
    if (age_stream_plain_size(sealed.size, &plain_size) == ERR_OK) {
        CHECK(age_stream_sealed_size(plain_size) == sealed.size);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct age_stream stream;

    if (size == 0) {
        return 0;
    }
    CHECK(age_stream_init(&stream, file_key, nonce) == ERR_OK);
    if (data[0] % 2 == 0) {
        read_foreign(&stream, span_of(data + 1, size - 1));
    } else if ((data[0] & 2) != 0) {
        round_trip_thrice(&stream, span_of(data + 1, size - 1));
    } else {
        round_trip(&stream, span_of(data + 1, size - 1));
    }
    age_stream_done(&stream);
    return 0;
}
