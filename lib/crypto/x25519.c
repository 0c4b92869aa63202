/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/x25519.h"

#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "crypto/secret.h"

_Static_assert(crypto_scalarmult_BYTES == X25519_SIZE, "X25519 point");
_Static_assert(crypto_scalarmult_SCALARBYTES == X25519_SIZE, "X25519 scalar");

enum err x25519_pair_init(struct x25519_pair *pair,
                          const uint8_t secret[static X25519_SIZE])
{
    struct secret *copy = secret_copy(span_of(secret, X25519_SIZE));

    if (copy == NULL) {
        return ERR_NO_MEMORY;
    }
    pair->secret = copy;
    x25519_public(secret, &pair->public_key);
    return ERR_OK;
}

void x25519_pair_done(struct x25519_pair *pair)
{
    secret_free(pair->secret);
    pair->secret = NULL;
}

void x25519_public(const uint8_t secret[static X25519_SIZE],
                   struct x25519_key *ret_public_key)
{
    CHECK(crypto_scalarmult_base(ret_public_key->bytes, secret) == 0);
}

enum err x25519_shared(const uint8_t secret[static X25519_SIZE],
                       const struct x25519_key *public_key,
                       uint8_t ret_shared[static X25519_SIZE])
{
    uint8_t shared[X25519_SIZE];

    if (crypto_scalarmult(shared, secret, public_key->bytes) != 0) {
        return ERR_MALFORMED;
    }
    memcpy(ret_shared, shared, X25519_SIZE);
    sodium_memzero(shared, sizeof(shared));
    return ERR_OK;
}

bool x25519_key_valid(const struct x25519_key *key)
{
    /* Clamping makes every scalar a multiple of the cofactor, so any one
     * shows whether the point has low order. */
    static const uint8_t scalar[X25519_SIZE] = { 8 };
    uint8_t product[X25519_SIZE];

    return crypto_scalarmult(product, scalar, key->bytes) == 0;
}

bool x25519_key_equal(const struct x25519_key *a, const struct x25519_key *b)
{
    return memcmp(a->bytes, b->bytes, X25519_SIZE) == 0;
}
