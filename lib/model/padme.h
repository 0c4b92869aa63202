/* SPDX-License-Identifier: Apache-2.0 */
/* The sizes of an item. A file of `size` bytes becomes L sealed bytes (one tag
 * of 16 for each chunk of 65,536, at least one) and P bytes with padding, of
 * which some hundreds are possible in all. Integers only, pure functions.
 * Format: proto/README.md, Items. */
#ifndef HF_MODEL_PADME_H
#define HF_MODEL_PADME_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

/* The PADME length of any length; ERR_TOO_BIG above 2^62. */
MUST_USE enum err padme(uint64_t length, uint64_t *ret_padded);
/* L of a file. ERR_TOO_BIG when P would exceed PAYLOAD_SIZE_MAX. */
MUST_USE enum err payload_sealed_size(uint64_t size, uint64_t *ret_sealed);
/* P of L. ERR_TOO_BIG when it exceeds PAYLOAD_SIZE_MAX. */
MUST_USE enum err payload_padded_size(uint64_t sealed, uint64_t *ret_padded);
/* Is it the L of a file of this size? */
bool payload_sealed_valid(uint64_t sealed, uint64_t size);
/* Is it a possible P, of any size? What is taken or fetched is besides at most
 * PAYLOAD_SIZE_MAX. */
bool payload_size_possible(uint64_t padded);

#endif
