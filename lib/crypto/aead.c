/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/aead.h"

#include <limits.h>

#include <openssl/evp.h>
#include <sodium.h>

#include "base/check.h"
#include "base/limits.h"

enum err aead_init(struct aead *aead)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();

    if (context == NULL) {
        return ERR_NO_MEMORY;
    }
    if (EVP_CipherInit_ex(context, EVP_chacha20_poly1305(), NULL, NULL, NULL,
                          1) != 1) {
        EVP_CIPHER_CTX_free(context);
        return ERR_NO_MEMORY;
    }
    aead->context = context;
    return ERR_OK;
}

void aead_done(struct aead *aead)
{
    EVP_CIPHER_CTX_free(aead->context);
    aead->context = NULL;
}

void aead_set_key(struct aead *aead, const uint8_t key[static AEAD_KEY_SIZE])
{
    CHECK(EVP_CipherInit_ex(aead->context, NULL, NULL, key, NULL, 1) == 1);
}

void aead_seal(struct aead *aead, const uint8_t nonce[static AEAD_NONCE_SIZE],
               struct span plain, uint8_t *ret_sealed)
{
    aead_seal_parts(aead, nonce, &plain, 1, ret_sealed);
}

void aead_seal_parts(struct aead *aead,
                     const uint8_t nonce[static AEAD_NONCE_SIZE],
                     const struct span *parts, size_t part_count,
                     uint8_t *ret_sealed)
{
    EVP_CIPHER_CTX *context = aead->context;
    uint8_t *to = ret_sealed;
    int size;

    CHECK(EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, 1) == 1);
    for (size_t index = 0; index < part_count; index++) {
        if (parts[index].size == 0) {
            continue;
        }
        CHECK(parts[index].size <= INT_MAX);
        CHECK(EVP_CipherUpdate(context, to, &size, parts[index].data,
                               (int)parts[index].size) == 1);
        CHECK((size_t)size == parts[index].size);
        to += size;
    }
    CHECK(EVP_CipherFinal_ex(context, to, &size) == 1);
    CHECK(size == 0);
    CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, AEAD_TAG_SIZE,
                              to) == 1);
}

enum err aead_open(struct aead *aead,
                   const uint8_t nonce[static AEAD_NONCE_SIZE],
                   struct span sealed, uint8_t *ret_plain)
{
    EVP_CIPHER_CTX *context = aead->context;
    uint8_t tag[AEAD_TAG_SIZE];
    size_t plain_size;
    int size;

    if (sealed.size < AEAD_TAG_SIZE || sealed.size > INT_MAX) {
        return ERR_WRONG_KEY;
    }
    plain_size = sealed.size - AEAD_TAG_SIZE;
    memcpy(tag, sealed.data + plain_size, AEAD_TAG_SIZE);
    CHECK(EVP_CipherInit_ex(context, NULL, NULL, NULL, nonce, 0) == 1);
    CHECK(EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, AEAD_TAG_SIZE,
                              tag) == 1);
    if (plain_size > 0) {
        CHECK(EVP_CipherUpdate(context, ret_plain, &size, sealed.data,
                               (int)plain_size) == 1);
    }
    if (EVP_CipherFinal_ex(context, tag, &size) != 1) {
        if (plain_size > 0) {
            sodium_memzero(ret_plain, plain_size);
        }
        return ERR_WRONG_KEY;
    }
    return ERR_OK;
}
