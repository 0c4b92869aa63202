/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/words.h"

#include <sodium.h>

#define SALT "holdfast roster words 1"
#define SCRYPT_N (1U << 16)
#define SCRYPT_R 8
#define SCRYPT_P 1
#define WORD_BITS 10
#define WORDS8_SIZE 10 /* bytes: eight words of ten bits */

/* memcmp order of a span and a text; both without NUL inside. */
static int word_compare(struct span word, const char *text)
{
    struct span other = span_str(text);
    size_t size = word.size < other.size ? word.size : other.size;
    int order = size == 0 ? 0 : memcmp(word.data, other.data, size);

    if (order != 0 || word.size == other.size) {
        return order;
    }
    return word.size < other.size ? -1 : 1;
}

enum err word_find(struct span word, size_t *ret_index)
{
    size_t low = 0;
    size_t high = WORD_COUNT;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = word_compare(word, slip39_words[middle]);

        if (order == 0) {
            *ret_index = middle;
            return ERR_OK;
        }
        if (order < 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return ERR_NOT_FOUND;
}

enum err words8_from_hash(const struct digest *hash, struct buf *text)
{
    uint8_t bits[WORDS8_SIZE];
    uint32_t window = 0;
    unsigned bit_count = 0;
    const char *space = "";

    if (crypto_pwhash_scryptsalsa208sha256_ll(
            hash->bytes, DIGEST_SIZE, (const uint8_t *)SALT, sizeof(SALT) - 1,
            SCRYPT_N, SCRYPT_R, SCRYPT_P, bits, sizeof(bits)) != 0) {
        return ERR_NO_MEMORY;
    }
    for (size_t index = 0; index < sizeof(bits); index++) {
        window = window << 8 | bits[index];
        bit_count += 8;
        if (bit_count >= WORD_BITS) {
            bit_count -= WORD_BITS;
            buf_put_str(text, space);
            buf_put_str(text, slip39_words[(window >> bit_count) % WORD_COUNT]);
            space = " ";
        }
    }
    return text->err;
}
