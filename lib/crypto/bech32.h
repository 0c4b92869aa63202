/* SPDX-License-Identifier: Apache-2.0 */
/* Bech32 (BIP 173, checksum constant 1) without its length limit, as age uses
 * it. One case only, which the caller names; mixed case is an error. Pure
 * functions that copy no secret anywhere but to where the caller says. */
#ifndef HF_CRYPTO_BECH32_H
#define HF_CRYPTO_BECH32_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

enum bech32_case {
    BECH32_LOWER,
    BECH32_UPPER
};

/* Append the text. `prefix` is written in lower case here, whatever the case
 * of the output. */
void bech32_encode(struct buf *text, const char *prefix,
                   enum bech32_case letters, struct span bytes);
/* The whole of `text`: prefix, "1", data, checksum. Gives the prefix as it
 * stands (borrowed from text) and at most `room` bytes. ERR_MALFORMED for a
 * fault in the form, the case, the checksum or the padding; ERR_TOO_BIG when
 * the bytes do not fit. */
MUST_USE enum err bech32_decode(struct span text, enum bech32_case letters,
                                size_t room, struct span *ret_prefix,
                                uint8_t *ret_data, size_t *ret_size);
/* The same when prefix (lower case here) and size are known: anything else is
 * ERR_MALFORMED. */
MUST_USE enum err bech32_decode_fixed(struct span text,
                                      enum bech32_case letters,
                                      const char *prefix, uint8_t *ret_data,
                                      size_t size);

#endif
