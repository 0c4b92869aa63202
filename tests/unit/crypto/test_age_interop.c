/* SPDX-License-Identifier: Apache-2.0 */
/* With the age tool itself, where it is installed. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/age_header.h"
#include "crypto/age_stream.h"
#include "crypto/secret.h"

#define PLAIN_SIZE (3 * CHUNK_SIZE + 777)
#define ROOM (1 << 20)

static const uint8_t file_key[AGE_FILE_KEY_SIZE] = { 6 };
static const uint8_t nonce[AGE_NONCE_SIZE] = { 7 };
static const uint8_t scalar[AGE_KEY_SIZE] = { 8, 1 };

struct place {
    char folder[64];
    struct age_identity identity;
    struct buf plain;
};

static void put_file(const struct place *place, const char *name,
                     struct span bytes)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", place->folder, name);
    file = fopen(path, "wb");
    cr_assert_not_null(file);
    cr_assert_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    cr_assert_eq(fclose(file), 0);
}

static void get_file(const struct place *place, const char *name,
                     struct buf *ret_bytes)
{
    char path[128];
    uint8_t block[4096];
    size_t size;
    FILE *file;

    snprintf(path, sizeof(path), "%s/%s", place->folder, name);
    file = fopen(path, "rb");
    cr_assert_not_null(file);
    while ((size = fread(block, 1, sizeof(block), file)) > 0) {
        buf_put_data(ret_bytes, block, size);
    }
    fclose(file);
    cr_assert(!buf_failed(ret_bytes));
}

static bool shell(const struct place *place, const char *command)
{
    char line[512];

    snprintf(line, sizeof(line), "cd '%s' && %s", place->folder, command);
    return system(line) == 0;
}

/* A folder with an identity (key), its recipient (to) and a file (plain). */
static void place_init(struct place *place)
{
    struct buf text;

    if (system("command -v age >/dev/null 2>&1") != 0) {
        cr_skip_test("the age tool is not installed");
    }
    cr_assert(crypto_init() == ERR_OK);
    snprintf(place->folder, sizeof(place->folder), "/tmp/hf-age-XXXXXX");
    cr_assert_not_null(mkdtemp(place->folder));
    cr_assert_eq(age_identity_init(&place->identity, scalar), ERR_OK);
    buf_init(&text, 200);
    age_identity_format(&text, &place->identity);
    put_file(place, "key", buf_span(&text));
    buf_clear(&text);
    age_recipient_format(&text, &place->identity.recipient);
    put_file(place, "to", buf_span(&text));
    buf_done(&text);
    buf_init(&place->plain, ROOM);
    for (size_t index = 0; index < PLAIN_SIZE; index++) {
        buf_put_byte(&place->plain, (uint8_t)(index * index >> 5));
    }
    put_file(place, "plain", buf_span(&place->plain));
}

static void place_done(struct place *place)
{
    cr_expect(shell(place, "rm -r \"$PWD\""));
    age_identity_done(&place->identity);
    buf_done(&place->plain);
}

/* age opens what we sealed, to a recipient. */
Test(age_interop, age_reads_ours)
{
    static const struct age_ephemeral ephemeral = { { 9 } };
    struct age_stream stream;
    struct place place;
    struct buf bytes;

    place_init(&place);
    buf_init(&bytes, ROOM);
    cr_assert_eq(age_header_seal(&bytes, file_key, &place.identity.recipient,
                                 &ephemeral, 1),
                 ERR_OK);
    buf_put_data(&bytes, nonce, sizeof(nonce));
    cr_assert_eq(age_stream_init(&stream, file_key, nonce), ERR_OK);
    for (uint64_t index = 0; index < 4; index++) {
        struct span chunk =
            span_part(buf_span(&place.plain), index * CHUNK_SIZE, CHUNK_SIZE);
        uint8_t *to = buf_extend(&bytes, chunk.size + AEAD_TAG_SIZE);

        cr_assert_not_null(to);
        age_stream_seal(&stream, index, index == 3, chunk, to);
    }
    put_file(&place, "sealed", buf_span(&bytes));
    cr_expect(shell(&place, "age -d -i key -o opened sealed"));
    cr_expect(shell(&place, "cmp plain opened"));
    age_stream_done(&stream);
    buf_done(&bytes);
    place_done(&place);
}

/* We open what age sealed. */
Test(age_interop, we_read_ages)
{
    uint8_t found[AGE_FILE_KEY_SIZE];
    uint8_t plain[CHUNK_SIZE];
    struct age_header header;
    struct age_reader reader;
    struct age_stream stream;
    struct place place;
    struct buf bytes;
    struct span left;
    size_t offset = 0;
    size_t size;

    place_init(&place);
    buf_init(&bytes, ROOM);
    cr_assert(shell(&place, "age -r \"$(cat to)\" -o sealed plain"));
    get_file(&place, "sealed", &bytes);
    cr_assert_eq(age_header_parse(buf_span(&bytes), &header, NULL), ERR_OK);
    cr_assert_eq(age_header_unwrap(&header, &place.identity, 1, found, NULL),
                 ERR_OK);
    cr_assert_eq(age_header_verify(&header, found), ERR_OK);
    left = span_part(buf_span(&bytes), header.bytes.size, bytes.size);
    cr_assert_eq(age_stream_init(&stream, found, left.data), ERR_OK);
    age_reader_init(&reader, &stream);
    left = span_part(left, AGE_NONCE_SIZE, left.size);
    while (left.size > 0) {
        struct span slice = span_part(left, 0, SLICE_SIZE);

        cr_assert_eq(age_reader_next(&reader, slice, plain, &size), ERR_OK);
        cr_assert(span_equal(span_of(plain, size),
                             span_part(buf_span(&place.plain), offset, size)));
        offset += size;
        left = span_part(left, slice.size, left.size);
    }
    cr_expect_eq(age_reader_finish(&reader), ERR_OK);
    cr_expect_eq(offset, place.plain.size);
    age_stream_done(&stream);
    age_header_done(&header);
    buf_done(&bytes);
    place_done(&place);
}
