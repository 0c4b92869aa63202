/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/node_key.h"

#include <stdio.h>

#include <sodium.h>

#include "base/check.h"
#include "crypto/age_key.h"
#include "crypto/hkdf.h"
#include "crypto/secret.h"

/* holdfast.md 2: the ids of the sub-keys. */
#define ID_LEDGER 1
#define ID_WITNESS 2
#define ID_SESSION 3

#define YEAR_MIN 1000
#define YEAR_MAX 9999

_Static_assert(crypto_kdf_KEYBYTES == KEY_SEED_SIZE, "a seed is a kdf key");
_Static_assert(crypto_kdf_CONTEXTBYTES == 8, "the context is \"holdfast\"");

void key_derive(const uint8_t seed[static KEY_SEED_SIZE], uint64_t id,
                uint8_t ret_key[static KEY_SEED_SIZE])
{
    CHECK(crypto_kdf_derive_from_key(ret_key, KEY_SEED_SIZE, id, "holdfast",
                                     seed) == 0);
}

static enum err derive_sign_key(struct sign_key *key, const uint8_t *seed,
                                uint64_t id)
{
    uint8_t sub_seed[KEY_SEED_SIZE];
    enum err rc;

    key_derive(seed, id, sub_seed);
    rc = sign_key_init(key, sub_seed);
    sodium_memzero(sub_seed, sizeof(sub_seed));
    return rc;
}

static enum err derive_session(struct x25519_pair *pair, const uint8_t *seed)
{
    uint8_t scalar[KEY_SEED_SIZE];
    enum err rc;

    key_derive(seed, ID_SESSION, scalar);
    rc = x25519_pair_init(pair, scalar);
    sodium_memzero(scalar, sizeof(scalar));
    return rc;
}

enum err node_key_init(struct node_key *key,
                       const uint8_t seed[static KEY_SEED_SIZE])
{
    struct node_key made = { 0 };
    enum err rc = derive_sign_key(&made.ledger, seed, ID_LEDGER);

    if (rc == ERR_OK) {
        rc = derive_sign_key(&made.witness, seed, ID_WITNESS);
    }
    if (rc == ERR_OK) {
        rc = derive_session(&made.session, seed);
    }
    if (rc != ERR_OK) {
        node_key_done(&made);
        return rc;
    }
    *key = made;
    return ERR_OK;
}

void node_key_done(struct node_key *key)
{
    sign_key_done(&key->ledger);
    sign_key_done(&key->witness);
    x25519_pair_done(&key->session);
}

enum err depositor_key_init(struct depositor_key *key,
                            const uint8_t seed[static KEY_SEED_SIZE])
{
    struct depositor_key made = { 0 };
    enum err rc = sign_key_init(&made.sign, seed);

    if (rc == ERR_OK) {
        rc = derive_session(&made.session, seed);
    }
    if (rc != ERR_OK) {
        depositor_key_done(&made);
        return rc;
    }
    *key = made;
    return ERR_OK;
}

void depositor_key_done(struct depositor_key *key)
{
    sign_key_done(&key->sign);
    x25519_pair_done(&key->session);
}

enum err master_identity_init(const uint8_t master[static KEY_SEED_SIZE],
                              unsigned year, struct age_identity *ret_identity)
{
    char info[32];
    uint8_t scalar[AGE_KEY_SIZE];
    int size;
    enum err rc;

    if (year < YEAR_MIN || year > YEAR_MAX) {
        return ERR_RANGE;
    }
    size = snprintf(info, sizeof(info), "holdfast evidence %u", year);
    CHECK(size > 0 && (size_t)size < sizeof(info));
    hkdf_sha256(span_of(master, KEY_SEED_SIZE), span_of(NULL, 0),
                span_of(info, (size_t)size), scalar);
    rc = age_identity_init(ret_identity, scalar);
    sodium_memzero(scalar, sizeof(scalar));
    return rc;
}
