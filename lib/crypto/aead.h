/* SPDX-License-Identifier: Apache-2.0 */
/* ChaCha20-Poly1305 (RFC 8439) for bulk, without associated data. Wraps one
 * libcrypto context that is kept between calls, because making one costs more
 * than sealing a small chunk. One thread at a time; each thread brings its
 * own. */
#ifndef HF_CRYPTO_AEAD_H
#define HF_CRYPTO_AEAD_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

#define AEAD_KEY_SIZE 32
#define AEAD_NONCE_SIZE 12

struct evp_cipher_ctx_st;

struct aead {
    struct evp_cipher_ctx_st *context; /* owned; holds the key */
};

/* Without a key yet. ERR_NO_MEMORY. */
MUST_USE enum err aead_init(struct aead *aead);
/* Wipe and free. Also fine for a zeroed struct. */
void aead_done(struct aead *aead);
/* The key of all following calls. */
void aead_set_key(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE]);

/* Write plain.size + 16 bytes. ret_sealed may be plain.data itself. Each
 * pair of key and nonce is used once; that is the caller's to see to. */
void aead_seal(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
               struct span plain, uint8_t *ret_sealed);
/* The same for a plaintext in parts; ret_sealed overlaps none of them. */
void aead_seal_parts(struct aead *aead,
                     const uint8_t nonce[static AEAD_NONCE_SIZE],
                     const struct span *parts, size_t part_count,
                     uint8_t *ret_sealed);
/* Write sealed.size - 16 bytes, or ERR_WRONG_KEY: the bytes were not sealed
 * with this key and nonce, or were changed. Then ret_plain is wiped (this one
 * does not stay as it was). ret_plain may be sealed.data itself. */
MUST_USE enum err aead_open(struct aead *aead,
                            const uint8_t nonce[static AEAD_NONCE_SIZE],
                            struct span sealed, uint8_t *ret_plain);

#endif
