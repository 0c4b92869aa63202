/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, SHA-512 and HMAC-SHA-256. The state lies in the caller's memory:
 * nothing is allocated, so nothing here can fail, and one struct may be used
 * again and again by calling its init. No shared state: every thread brings
 * its own struct. Bulk runs at the speed of the processor's SHA instructions.
 */
#ifndef HF_CRYPTO_DIGEST_H
#define HF_CRYPTO_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <openssl/sha.h>

#include "base/span.h"

#define DIGEST_SIZE 32
#define DIGEST512_SIZE 64

struct digest {
    uint8_t bytes[DIGEST_SIZE];
};

struct digest512 {
    uint8_t bytes[DIGEST512_SIZE];
};

/* A SHA-256 in progress. */
struct sha256 {
    SHA256_CTX state;
};

/* A SHA-512 in progress. */
struct sha512 {
    SHA512_CTX state;
};

/* Begin; also to begin again after sha256_final(). */
void sha256_init(struct sha256 *sha);
void sha256_update(struct sha256 *sha, struct span bytes);
/* The hash of all bytes so far. Afterwards only init and done are allowed. */
void sha256_final(struct sha256 *sha, struct digest *ret_digest);
/* Wipe. Needed only when what was hashed is a secret. */
void sha256_done(struct sha256 *sha);

void sha512_init(struct sha512 *sha);
void sha512_update(struct sha512 *sha, struct span bytes);
void sha512_final(struct sha512 *sha, struct digest512 *ret_digest);
void sha512_done(struct sha512 *sha);

/* SHA-256 in one step. */
struct digest digest_of(struct span bytes);
/* SHA-256 of the parts one after the other. */
struct digest digest_of_parts(const struct span *parts, size_t part_count);
/* SHA-512 in one step. */
struct digest512 digest512_of(struct span bytes);

/* For public values: not in constant time. */
bool digest_equal(const struct digest *a, const struct digest *b);
/* Order of the bytes, as memcmp. */
int digest_compare(const struct digest *a, const struct digest *b);

/* HMAC with SHA-256; the key has any length. */
struct digest hmac_sha256(struct span key, struct span message);
/* The same over the parts one after the other. */
struct digest hmac_sha256_parts(struct span key, const struct span *parts,
                                size_t part_count);

#endif
