/* SPDX-License-Identifier: Apache-2.0 */
#include "model/padme.h"

#include "base/limits.h"

#define PADME_MAX (1ULL << 62)
#define TAG_SIZE (SLICE_SIZE - CHUNK_SIZE)

static unsigned floor_log2(uint64_t value)
{
    unsigned bit = 0;

    while (value > 1) {
        value >>= 1;
        bit++;
    }
    return bit;
}

enum err padme(uint64_t length, uint64_t *ret_padded)
{
    unsigned exponent;
    uint64_t mask;

    if (length > PADME_MAX) {
        return ERR_TOO_BIG;
    }
    if (length < 2) {
        *ret_padded = length;
        return ERR_OK;
    }
    exponent = floor_log2(length);
    mask = (1ULL << (exponent - (floor_log2(exponent) + 1))) - 1;
    *ret_padded = (length + mask) & ~mask;
    return ERR_OK;
}

static uint64_t sealed_size(uint64_t size)
{
    uint64_t chunks = size / CHUNK_SIZE + (size % CHUNK_SIZE != 0);

    return size + TAG_SIZE * (chunks == 0 ? 1 : chunks);
}

enum err payload_sealed_size(uint64_t size, uint64_t *ret_sealed)
{
    uint64_t padded;
    uint64_t sealed;

    if (size > PAYLOAD_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    sealed = sealed_size(size);
    if (payload_padded_size(sealed, &padded) != ERR_OK) {
        return ERR_TOO_BIG;
    }
    *ret_sealed = sealed;
    return ERR_OK;
}

/* P without the upper bound. */
static enum err pad(uint64_t sealed, uint64_t *ret_padded)
{
    if (sealed <= PAYLOAD_SIZE_MIN) {
        *ret_padded = PAYLOAD_SIZE_MIN;
        return ERR_OK;
    }
    return padme(sealed, ret_padded);
}

enum err payload_padded_size(uint64_t sealed, uint64_t *ret_padded)
{
    uint64_t padded;

    if (pad(sealed, &padded) != ERR_OK || padded > PAYLOAD_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    *ret_padded = padded;
    return ERR_OK;
}

bool payload_sealed_valid(uint64_t sealed, uint64_t size)
{
    return size <= PADME_MAX && sealed == sealed_size(size);
}

bool payload_size_possible(uint64_t padded)
{
    uint64_t again;

    return pad(padded, &again) == ERR_OK && again == padded;
}
