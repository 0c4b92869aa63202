/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/sign.h"

#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "crypto/secret.h"

_Static_assert(crypto_sign_SEEDBYTES == SIGN_SEED_SIZE, "Ed25519 seed");
_Static_assert(sizeof(struct public_key) == crypto_sign_PUBLICKEYBYTES,
               "Ed25519 public key");
_Static_assert(sizeof(struct signature) == crypto_sign_BYTES,
               "Ed25519 signature");

enum err sign_key_init(struct sign_key *key,
                       const uint8_t seed[static SIGN_SEED_SIZE])
{
    struct secret *secret = secret_new(crypto_sign_SECRETKEYBYTES);

    if (secret == NULL) {
        return ERR_NO_MEMORY;
    }
    CHECK(crypto_sign_seed_keypair(key->public_key.bytes, secret_bytes(secret),
                                   seed) == 0);
    key->secret = secret;
    return ERR_OK;
}

void sign_key_done(struct sign_key *key)
{
    secret_free(key->secret);
    key->secret = NULL;
}

void sign_key_sign(const struct sign_key *key, struct span message,
                   struct signature *ret_signature)
{
    CHECK(crypto_sign_detached(ret_signature->bytes, NULL, message.data,
                               message.size, secret_data(key->secret)) == 0);
}

void sign_from_seed(const uint8_t seed[static SIGN_SEED_SIZE],
                    struct span message, struct signature *ret_signature)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    struct public_key public_key;

    CHECK(crypto_sign_seed_keypair(public_key.bytes, secret, seed) == 0);
    CHECK(crypto_sign_detached(ret_signature->bytes, NULL, message.data,
                               message.size, secret) == 0);
    sodium_memzero(secret, sizeof(secret));
}

void sign_public_from_seed(const uint8_t seed[static SIGN_SEED_SIZE],
                           struct public_key *ret_public_key)
{
    uint8_t secret[crypto_sign_SECRETKEYBYTES];

    CHECK(crypto_sign_seed_keypair(ret_public_key->bytes, secret, seed) == 0);
    sodium_memzero(secret, sizeof(secret));
}

enum err sign_verify(const struct public_key *key, struct span message,
                     const struct signature *signature)
{
    if (crypto_sign_verify_detached(signature->bytes, message.data,
                                    message.size, key->bytes) != 0) {
        return ERR_WRONG_SIGNATURE;
    }
    return ERR_OK;
}

bool public_key_valid(const struct public_key *key)
{
    return crypto_core_ed25519_is_valid_point(key->bytes) == 1;
}

bool public_key_equal(const struct public_key *a, const struct public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof(a->bytes)) == 0;
}
