/* SPDX-License-Identifier: Apache-2.0 */
/* This file uses libcrypto's low-level calls on purpose. They run the same
 * code for the processor as EVP does, but need no allocated context, so they
 * cannot fail, and a small hash costs about half of one through EVP. Only this
 * file knows; if a release of libcrypto drops them, only this file changes. */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/digest.h"

#include <string.h>

#include <sodium.h>

#include "base/check.h"

#define HMAC_BLOCK_SIZE 64

void sha256_init(struct sha256 *sha)
{
    CHECK(SHA256_Init(&sha->state) == 1);
}

void sha256_update(struct sha256 *sha, struct span bytes)
{
    if (bytes.size > 0) {
        CHECK(SHA256_Update(&sha->state, bytes.data, bytes.size) == 1);
    }
}

void sha256_final(struct sha256 *sha, struct digest *ret_digest)
{
    CHECK(SHA256_Final(ret_digest->bytes, &sha->state) == 1);
}

void sha256_done(struct sha256 *sha)
{
    sodium_memzero(sha, sizeof(*sha));
}

void sha512_init(struct sha512 *sha)
{
    CHECK(SHA512_Init(&sha->state) == 1);
}

void sha512_update(struct sha512 *sha, struct span bytes)
{
    if (bytes.size > 0) {
        CHECK(SHA512_Update(&sha->state, bytes.data, bytes.size) == 1);
    }
}

void sha512_final(struct sha512 *sha, struct digest512 *ret_digest)
{
    CHECK(SHA512_Final(ret_digest->bytes, &sha->state) == 1);
}

void sha512_done(struct sha512 *sha)
{
    sodium_memzero(sha, sizeof(*sha));
}

struct digest digest_of(struct span bytes)
{
    return digest_of_parts(&bytes, 1);
}

struct digest digest_of_parts(const struct span *parts, size_t part_count)
{
    struct sha256 sha;
    struct digest digest;

    sha256_init(&sha);
    for (size_t index = 0; index < part_count; index++) {
        sha256_update(&sha, parts[index]);
    }
    sha256_final(&sha, &digest);
    return digest;
}

struct digest512 digest512_of(struct span bytes)
{
    struct sha512 sha;
    struct digest512 digest;

    sha512_init(&sha);
    sha512_update(&sha, bytes);
    sha512_final(&sha, &digest);
    return digest;
}

bool digest_equal(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_SIZE) == 0;
}

int digest_compare(const struct digest *a, const struct digest *b)
{
    return memcmp(a->bytes, b->bytes, DIGEST_SIZE);
}

struct digest hmac_sha256(struct span key, struct span message)
{
    return hmac_sha256_parts(key, &message, 1);
}

/* Begin a hash with the key's block, each byte changed by `mask`. */
static void hmac_begin(struct sha256 *sha,
                       const uint8_t block[static HMAC_BLOCK_SIZE],
                       uint8_t mask)
{
    uint8_t pad[HMAC_BLOCK_SIZE];

    for (size_t index = 0; index < HMAC_BLOCK_SIZE; index++) {
        pad[index] = block[index] ^ mask;
    }
    sha256_init(sha);
    sha256_update(sha, span_of(pad, sizeof(pad)));
    sodium_memzero(pad, sizeof(pad));
}

struct digest hmac_sha256_parts(struct span key, const struct span *parts,
                                size_t part_count)
{
    uint8_t block[HMAC_BLOCK_SIZE] = { 0 };
    struct sha256 sha;
    struct digest digest;

    /* RFC 2104: a key longer than a block stands for its hash. */
    if (key.size > HMAC_BLOCK_SIZE) {
        digest = digest_of(key);
        memcpy(block, digest.bytes, DIGEST_SIZE);
    } else if (key.size > 0) {
        memcpy(block, key.data, key.size);
    }
    hmac_begin(&sha, block, 0x36);
    for (size_t index = 0; index < part_count; index++) {
        sha256_update(&sha, parts[index]);
    }
    sha256_final(&sha, &digest);
    hmac_begin(&sha, block, 0x5C);
    sha256_update(&sha, span_of(digest.bytes, DIGEST_SIZE));
    sha256_final(&sha, &digest);
    sodium_memzero(block, sizeof(block));
    sha256_done(&sha);
    return digest;
}
