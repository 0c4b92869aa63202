/* SPDX-License-Identifier: Apache-2.0 */
/* Integers into bytes of known size, big-endian; reading is base/reader.h's,
 * appending base/buf.h's. Pure. */
#ifndef HF_BASE_BYTES_H
#define HF_BASE_BYTES_H

#include <stddef.h>
#include <stdint.h>

static inline void bytes_put_u32(uint8_t *to, uint32_t value)
{
    for (size_t i = 0; i < 4; i++) {
        to[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static inline void bytes_put_u64(uint8_t *to, uint64_t value)
{
    bytes_put_u32(to, (uint32_t)(value >> 32));
    bytes_put_u32(to + 4, (uint32_t)value);
}

#endif
