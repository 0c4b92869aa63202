/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/age_padding.h"

#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "crypto/hkdf.h"

#define STREAM_BLOCK_SIZE 64

void age_padding_init(struct age_padding *padding,
                      const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                      const uint8_t nonce[static AGE_NONCE_SIZE])
{
    hkdf_sha256(span_of(file_key, AGE_FILE_KEY_SIZE),
                span_of(nonce, AGE_NONCE_SIZE), span_str("holdfast padding"),
                padding->key);
}

void age_padding_done(struct age_padding *padding)
{
    sodium_memzero(padding, sizeof(*padding));
}

/* Key stream from the beginning of block `counter` on. */
static void make_stream(const struct age_padding *padding, uint64_t counter,
                        uint8_t *ret_bytes, size_t size)
{
    static const uint8_t nonce[crypto_stream_chacha20_ietf_NONCEBYTES];

    memset(ret_bytes, 0, size);
    CHECK(crypto_stream_chacha20_ietf_xor_ic(ret_bytes, ret_bytes, size, nonce,
                                             (uint32_t)counter,
                                             padding->key) == 0);
}

void age_padding_make(const struct age_padding *padding, uint64_t offset,
                      uint8_t *ret_bytes, size_t size)
{
    size_t skip = (size_t)(offset % STREAM_BLOCK_SIZE);
    uint64_t counter = offset / STREAM_BLOCK_SIZE;

    CHECK(offset <= AGE_PADDING_SIZE_MAX);
    CHECK(size <= AGE_PADDING_SIZE_MAX - offset);
    if (size > 0 && skip > 0) {
        uint8_t block[STREAM_BLOCK_SIZE];
        size_t head = STREAM_BLOCK_SIZE - skip;

        if (head > size) {
            head = size;
        }
        make_stream(padding, counter, block, sizeof(block));
        memcpy(ret_bytes, block + skip, head);
        ret_bytes += head;
        size -= head;
        counter++;
    }
    if (size > 0) {
        make_stream(padding, counter, ret_bytes, size);
    }
}
