/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/hkdf.h"

#include <string.h>

#include <sodium.h>

#include "crypto/digest.h"

void hkdf_sha256(struct span ikm, struct span salt, struct span info,
                 uint8_t ret_key[static HKDF_SIZE])
{
    static const uint8_t first_block = 1;
    struct digest prk = hmac_sha256(salt, ikm);
    struct span parts[] = { info, span_of(&first_block, 1) };
    struct digest okm =
        hmac_sha256_parts(span_of(prk.bytes, DIGEST_SIZE), parts, 2);

    memcpy(ret_key, okm.bytes, HKDF_SIZE);
    sodium_memzero(&prk, sizeof(prk));
    sodium_memzero(&okm, sizeof(okm));
}
