/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/secret.h"

#include <string.h>

#include <sodium.h>

#include "base/check.h"

#define SECRET_ALIGNMENT 16
#define SECRET_SIZE_MAX (1U << 20)

/* The whole struct lies in guarded memory, its end at a guard page. */
struct secret {
    _Alignas(SECRET_ALIGNMENT) size_t size; /* bytes */
    _Alignas(SECRET_ALIGNMENT) uint8_t bytes[];
};

enum err crypto_init(void)
{
    return sodium_init() < 0 ? ERR_IO : ERR_OK;
}

struct secret *secret_new(size_t size)
{
    size_t room =
        (size + SECRET_ALIGNMENT - 1) & ~(size_t)(SECRET_ALIGNMENT - 1);
    struct secret *secret;

    CHECK(size >= 1);
    CHECK(size <= SECRET_SIZE_MAX);
    /* A multiple of the alignment: libsodium puts the end of what it gives at
     * the end of a page, so the beginning is aligned only then. */
    secret = sodium_malloc(sizeof(*secret) + room);
    if (secret == NULL) {
        return NULL;
    }
    sodium_memzero(secret, sizeof(*secret) + room);
    secret->size = size;
    return secret;
}

struct secret *secret_copy(struct span bytes)
{
    struct secret *secret = secret_new(bytes.size);

    if (secret != NULL) {
        memcpy(secret->bytes, bytes.data, bytes.size);
    }
    return secret;
}

void secret_free(struct secret *secret)
{
    sodium_free(secret);
}

uint8_t *secret_bytes(struct secret *secret)
{
    return secret->bytes;
}

const uint8_t *secret_data(const struct secret *secret)
{
    return secret->bytes;
}

size_t secret_size(const struct secret *secret)
{
    return secret->size;
}

struct span secret_span(const struct secret *secret)
{
    return span_of(secret->bytes, secret->size);
}

void secret_wipe(void *data, size_t size)
{
    sodium_memzero(data, size);
}
