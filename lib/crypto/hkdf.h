/* SPDX-License-Identifier: Apache-2.0 */
/* HKDF with SHA-256 (RFC 5869), always one block of output. */
#ifndef HF_CRYPTO_HKDF_H
#define HF_CRYPTO_HKDF_H

#include <stdint.h>

#include "base/span.h"

#define HKDF_SIZE 32

/* Extract, then expand to 32 bytes. An empty salt is 32 zero bytes. What lies
 * between is wiped; the output is the caller's secret. */
void hkdf_sha256(struct span ikm, struct span salt, struct span info,
                 uint8_t ret_key[static HKDF_SIZE]);

#endif
