/* SPDX-License-Identifier: Apache-2.0 */
/* The bytes that stand behind the chunks of a payload up to its padded size
 * (proto/README.md, Items; holdfast.md 3): ChaCha20 (IETF, nonce 0, counter 0)
 * under HKDF(file key, payload nonce, "holdfast padding"). Any part of them
 * can be made alone, and they never differ. */
#ifndef HF_CRYPTO_AGE_PADDING_H
#define HF_CRYPTO_AGE_PADDING_H

#include <stddef.h>
#include <stdint.h>

#include "crypto/age_key.h"

/* No payload needs more: the counter of ChaCha20 ends here. */
#define AGE_PADDING_SIZE_MAX (1ULL << 38)

struct age_padding {
    uint8_t key[32]; /* secret, though it hides nothing but a length */
};

void age_padding_init(struct age_padding *padding,
                      const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                      const uint8_t nonce[static AGE_NONCE_SIZE]);
/* Wipe. */
void age_padding_done(struct age_padding *padding);
/* Bytes `offset` .. offset + size - 1 of the padding. Their end is at most
 * AGE_PADDING_SIZE_MAX. */
void age_padding_make(const struct age_padding *padding, uint64_t offset,
                      uint8_t *ret_bytes, size_t size);

#endif
