/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/age_stream.h"

#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "crypto/hkdf.h"

_Static_assert(SLICE_SIZE == CHUNK_SIZE + AEAD_TAG_SIZE, "a slice is a chunk");

/* specs age 6: an 11-byte big-endian counter, then the flag. */
static void make_nonce(uint8_t nonce[static AEAD_NONCE_SIZE], uint64_t index,
                       bool last)
{
    memset(nonce, 0, AEAD_NONCE_SIZE);
    for (size_t place = 0; place < 8; place++) {
        nonce[10 - place] = (uint8_t)(index >> (8 * place));
    }
    nonce[11] = last ? 1 : 0;
}

enum err age_stream_init(struct age_stream *stream,
                         const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                         const uint8_t nonce[static AGE_NONCE_SIZE])
{
    enum err rc = aead_init(&stream->aead);

    if (rc != ERR_OK) {
        return rc;
    }
    age_stream_set_key(stream, file_key, nonce);
    return ERR_OK;
}

void age_stream_set_key(struct age_stream *stream,
                        const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                        const uint8_t nonce[static AGE_NONCE_SIZE])
{
    uint8_t key[HKDF_SIZE];

    hkdf_sha256(span_of(file_key, AGE_FILE_KEY_SIZE),
                span_of(nonce, AGE_NONCE_SIZE), span_str("payload"), key);
    aead_set_key(&stream->aead, key);
    sodium_memzero(key, sizeof(key));
}

void age_stream_done(struct age_stream *stream)
{
    aead_done(&stream->aead);
}

static bool chunk_size_good(uint64_t index, bool last, size_t plain_size)
{
    if (plain_size == CHUNK_SIZE) {
        return true;
    }
    return last && plain_size < CHUNK_SIZE && (plain_size > 0 || index == 0);
}

void age_stream_seal(struct age_stream *stream, uint64_t index, bool last,
                     struct span plain, uint8_t *ret_sealed)
{
    uint8_t nonce[AEAD_NONCE_SIZE];

    CHECK(chunk_size_good(index, last, plain.size));
    make_nonce(nonce, index, last);
    aead_seal(&stream->aead, nonce, plain, ret_sealed);
}

enum err age_stream_open(struct age_stream *stream, uint64_t index, bool last,
                         struct span sealed, uint8_t *ret_plain)
{
    uint8_t nonce[AEAD_NONCE_SIZE];

    if (sealed.size < AEAD_TAG_SIZE ||
        !chunk_size_good(index, last, sealed.size - AEAD_TAG_SIZE)) {
        return ERR_CORRUPT;
    }
    make_nonce(nonce, index, last);
    if (aead_open(&stream->aead, nonce, sealed, ret_plain) != ERR_OK) {
        return ERR_CORRUPT;
    }
    return ERR_OK;
}

uint64_t age_stream_chunk_count(uint64_t plain_size)
{
    uint64_t full = plain_size / CHUNK_SIZE;

    return full + (plain_size % CHUNK_SIZE != 0 || full == 0 ? 1 : 0);
}

uint64_t age_stream_sealed_size(uint64_t plain_size)
{
    CHECK(plain_size < 1ULL << 63);
    return plain_size + AEAD_TAG_SIZE * age_stream_chunk_count(plain_size);
}

enum err age_stream_plain_size(uint64_t sealed_size, uint64_t *ret_plain_size)
{
    uint64_t full = sealed_size / SLICE_SIZE;
    uint64_t rest = sealed_size % SLICE_SIZE;

    /* An empty chunk stands only alone; a rest below a tag is no chunk. */
    if (sealed_size < AEAD_TAG_SIZE || (rest > 0 && rest < AEAD_TAG_SIZE) ||
        (rest == AEAD_TAG_SIZE && full > 0)) {
        return ERR_MALFORMED;
    }
    *ret_plain_size = full * CHUNK_SIZE + (rest > 0 ? rest - AEAD_TAG_SIZE : 0);
    return ERR_OK;
}

void age_reader_init(struct age_reader *reader, struct age_stream *stream)
{
    *reader = (struct age_reader){ .stream = stream };
}

/* A full slice may be the last or not: the flag that opens it tells. The
 * plain flag is tried first, as the reference reader does (specs age 6). */
static enum err open_next(struct age_reader *reader, struct span sealed,
                          uint8_t *ret_plain, bool *ret_last)
{
    bool last = true;
    enum err rc = ERR_CORRUPT;

    if (sealed.size == SLICE_SIZE) {
        rc = age_stream_open(reader->stream, reader->index, false, sealed,
                             ret_plain);
        last = rc != ERR_OK;
    }
    if (last) {
        rc = age_stream_open(reader->stream, reader->index, true, sealed,
                             ret_plain);
    }
    *ret_last = last;
    return rc;
}

enum err age_reader_next(struct age_reader *reader, struct span sealed,
                         uint8_t ret_plain[static CHUNK_SIZE], size_t *ret_size)
{
    bool last;

    if (reader->failed) {
        return ERR_CORRUPT;
    }
    if (reader->ended && sealed.size == 0) {
        *ret_size = 0;
        return ERR_OK;
    }
    if (reader->ended ||
        open_next(reader, sealed, ret_plain, &last) != ERR_OK) {
        reader->failed = true;
        return ERR_CORRUPT;
    }
    reader->index++;
    reader->ended = last;
    *ret_size = sealed.size - AEAD_TAG_SIZE;
    return ERR_OK;
}

enum err age_reader_finish(const struct age_reader *reader)
{
    return reader->ended && !reader->failed ? ERR_OK : ERR_CORRUPT;
}
