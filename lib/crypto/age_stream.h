/* SPDX-License-Identifier: Apache-2.0 */
/* The body of an age file (C2SP age.md; specs age 6): chunks of 65,536 bytes,
 * each sealed with its index and a flag on the last one. Plaintext may be
 * acted on only after the last chunk has opened. One struct serves one file at
 * a time and one thread at a time; it keeps its libcrypto context, so re-use
 * it by age_stream_set_key(). */
#ifndef HF_CRYPTO_AGE_STREAM_H
#define HF_CRYPTO_AGE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "crypto/aead.h"
#include "crypto/age_key.h"

struct age_stream {
    struct aead aead;
};

/* Ready for the payload that begins with `nonce`. ERR_NO_MEMORY. */
MUST_USE enum err age_stream_init(
    struct age_stream *stream, const uint8_t file_key[static AGE_FILE_KEY_SIZE],
    const uint8_t nonce[static AGE_NONCE_SIZE]);
/* The same struct for another payload. */
void age_stream_set_key(struct age_stream *stream,
                        const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                        const uint8_t nonce[static AGE_NONCE_SIZE]);
/* Wipe and free. Also fine for a zeroed stream. */
void age_stream_done(struct age_stream *stream);

/* Seal chunk `index`: plain has CHUNK_SIZE bytes, in the last chunk 1 to that
 * many (0 only when it is also the first). Writes plain.size + 16 bytes;
 * ret_sealed may be plain.data. */
void age_stream_seal(struct age_stream *stream, uint64_t index, bool last,
                     struct span plain, uint8_t *ret_sealed);
/* Open chunk `index`, in any order. Writes sealed.size - 16 bytes; ret_plain
 * may be sealed.data, and is wiped on failure. ERR_CORRUPT when it does not
 * open, or when its size cannot be (16 to SLICE_SIZE; a chunk that is not last
 * is full, one that is not first is not empty). */
MUST_USE enum err age_stream_open(struct age_stream *stream, uint64_t index,
                                  bool last, struct span sealed,
                                  uint8_t *ret_plain);

/* Number of chunks of a plaintext of so many bytes; at least 1. */
uint64_t age_stream_chunk_count(uint64_t plain_size);
/* Bytes of all chunks, without the nonce; plain_size is below 2^63. */
uint64_t age_stream_sealed_size(uint64_t plain_size);
/* And back; ERR_MALFORMED when no plaintext has this size. */
MUST_USE enum err age_stream_plain_size(uint64_t sealed_size,
                                        uint64_t *ret_plain_size);

/* Reads a payload of unknown length front to back. After any failure it stays
 * failed. */
struct age_reader {
    struct age_stream *stream; /* borrowed */
    uint64_t index;            /* of the next chunk */
    bool ended;                /* the last chunk has been opened */
    bool failed;
};

void age_reader_init(struct age_reader *reader, struct age_stream *stream);
/* The next SLICE_SIZE bytes of the payload, or what is left at its end (then
 * perhaps none). Writes up to CHUNK_SIZE bytes, which are released even if a
 * later call fails. ERR_CORRUPT for a chunk that does not open, for an empty
 * last chunk, for bytes after the last chunk, and for an end without one. */
MUST_USE enum err age_reader_next(struct age_reader *reader, struct span sealed,
                                  uint8_t ret_plain[static CHUNK_SIZE],
                                  size_t *ret_size);
/* At the end of the payload: ERR_OK when the last chunk was there and nothing
 * came after it, else ERR_CORRUPT. */
MUST_USE enum err age_reader_finish(const struct age_reader *reader);

#endif
