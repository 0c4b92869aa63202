/* SPDX-License-Identifier: Apache-2.0 */
/* Guarded memory for keys: locked, between guard pages, not in core dumps,
 * wiped when freed. A secret has no printer and is never compared but in
 * constant time. The file behind this header is the one in lib/crypto that
 * asks the system for something (memory). Thread-safe as far as two threads
 * do not share one secret. Costs some pages and system calls each: for keys
 * that live, not for every intermediate value. */
#ifndef HF_CRYPTO_SECRET_H
#define HF_CRYPTO_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

struct secret;

/* Make the library ready. main() and every test program call it before
 * anything else of lib/crypto; calling again does nothing. ERR_IO when the
 * system gives no random numbers. */
MUST_USE enum err crypto_init(void);

/* `size` zero bytes, size >= 1, aligned to 16. NULL without memory. */
struct secret *secret_new(size_t size);
/* A copy of the bytes, or NULL without memory. The caller wipes the source. */
struct secret *secret_copy(struct span bytes);
/* Wipe and give back. Takes NULL. */
void secret_free(struct secret *secret);
/* Borrow the bytes for writing. */
uint8_t *secret_bytes(struct secret *secret);
/* Borrow the bytes for reading. */
const uint8_t *secret_data(const struct secret *secret);
/* Bytes. */
size_t secret_size(const struct secret *secret);
/* data and size in one. */
struct span secret_span(const struct secret *secret);
/* Wipe ordinary memory in a way that the compiler keeps. */
void secret_wipe(void *data, size_t size);

#endif
