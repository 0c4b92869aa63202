/* SPDX-License-Identifier: Apache-2.0 */
/* X25519 key agreement. Secrets are kept as they were drawn; the clamping is
 * done inside each operation (holdfast.md 16). */
#ifndef HF_CRYPTO_X25519_H
#define HF_CRYPTO_X25519_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

#define X25519_SIZE 32

struct secret;

/* A public key. */
struct x25519_key {
    uint8_t bytes[X25519_SIZE];
};

struct x25519_pair {
    struct secret *secret; /* owned; 32 bytes */
    struct x25519_key public_key;
};

/* The caller wipes `secret`. ERR_NO_MEMORY. */
MUST_USE enum err x25519_pair_init(struct x25519_pair *pair,
                                   const uint8_t secret[static X25519_SIZE]);
/* Wipe and free. Also fine for a zeroed pair. */
void x25519_pair_done(struct x25519_pair *pair);

void x25519_public(const uint8_t secret[static X25519_SIZE],
                   struct x25519_key *ret_public_key);
/* ERR_MALFORMED when the point has low order: then there is no secret. */
MUST_USE enum err x25519_shared(const uint8_t secret[static X25519_SIZE],
                                const struct x25519_key *public_key,
                                uint8_t ret_shared[static X25519_SIZE]);

/* Not of low order? */
bool x25519_key_valid(const struct x25519_key *key);
bool x25519_key_equal(const struct x25519_key *a, const struct x25519_key *b);

#endif
