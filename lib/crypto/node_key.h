/* SPDX-License-Identifier: Apache-2.0 */
/* What follows from the 32 bytes of a key file (proto/README.md, Names and
 * keys; holdfast.md 2 and 16). A governance key is simply
 * sign_key_init() of its seed. Secrets lie in guarded memory and belong to the
 * struct. Read-only after init, so threads may share it. */
#ifndef HF_CRYPTO_NODE_KEY_H
#define HF_CRYPTO_NODE_KEY_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "crypto/key_file.h"
#include "crypto/sign.h"
#include "crypto/x25519.h"

struct age_identity;

/* Of one node. */
struct node_key {
    struct sign_key ledger;     /* checkpoints, statements, passes */
    struct sign_key witness;    /* cosignatures only */
    struct x25519_pair session; /* Noise only */
};

/* Of one person who deposits. */
struct depositor_key {
    struct sign_key sign;       /* item metadata; the seed itself */
    struct x25519_pair session; /* Noise only; KEY of a line in `clients` */
};

/* Sub-key `id` of a seed: crypto_kdf with the context "holdfast". */
void key_derive(const uint8_t seed[static KEY_SEED_SIZE], uint64_t id,
                uint8_t ret_key[static KEY_SEED_SIZE]);

/* ERR_NO_MEMORY; then nothing is left behind. */
MUST_USE enum err node_key_init(struct node_key *key,
                                const uint8_t seed[static KEY_SEED_SIZE]);
/* Wipe and free. Also fine for a zeroed key. */
void node_key_done(struct node_key *key);

MUST_USE enum err depositor_key_init(struct depositor_key *key,
                                     const uint8_t seed[static KEY_SEED_SIZE]);
void depositor_key_done(struct depositor_key *key);

/* The evidence identity of one member and year; age_identity_done() is the
 * caller's. ERR_RANGE when the year has not four digits; ERR_NO_MEMORY. */
MUST_USE enum err master_identity_init(
    const uint8_t master[static KEY_SEED_SIZE], unsigned year,
    struct age_identity *ret_identity);

#endif
