/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 (RFC 8032, deterministic). Public keys and signatures are values;
 * the secret half lives in guarded memory. Nothing here is thread-bound. */
#ifndef HF_CRYPTO_SIGN_H
#define HF_CRYPTO_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

#define SIGN_SEED_SIZE 32

struct secret;

struct public_key {
    uint8_t bytes[32];
};

struct signature {
    uint8_t bytes[64];
};

/* A key that can sign. */
struct sign_key {
    struct secret *secret; /* owned; seed and public key, 64 bytes */
    struct public_key public_key;
};

/* The pair that follows from a seed. The caller wipes the seed. ERR_NO_MEMORY.
 */
MUST_USE enum err sign_key_init(struct sign_key *key,
                                const uint8_t seed[static SIGN_SEED_SIZE]);
/* Wipe and free. Also fine for a zeroed key. */
void sign_key_done(struct sign_key *key);
void sign_key_sign(const struct sign_key *key, struct span message,
                   struct signature *ret_signature);

/* One signature from a seed; for more than one make a sign_key. */
void sign_from_seed(const uint8_t seed[static SIGN_SEED_SIZE],
                    struct span message, struct signature *ret_signature);
void sign_public_from_seed(const uint8_t seed[static SIGN_SEED_SIZE],
                           struct public_key *ret_public_key);

/* ERR_OK or ERR_WRONG_SIGNATURE, also for a key that is no good point. */
MUST_USE enum err sign_verify(const struct public_key *key, struct span message,
                              const struct signature *signature);

/* A canonical point of the main subgroup (holdfast.md 16, Roster)? */
bool public_key_valid(const struct public_key *key);
bool public_key_equal(const struct public_key *a, const struct public_key *b);

#endif
