/* SPDX-License-Identifier: Apache-2.0 */
#include "model/tally.h"

uint64_t bits_word(const uint8_t *bits, size_t size, uint64_t word)
{
    uint64_t value = 0;
    size_t count = word * 8 < size ? (size_t)(size - word * 8) : 0;

    if (count >= 8) { /* a compiler makes one load of this */
        bits += word * 8;
        return (uint64_t)bits[0] | (uint64_t)bits[1] << 8 |
               (uint64_t)bits[2] << 16 | (uint64_t)bits[3] << 24 |
               (uint64_t)bits[4] << 32 | (uint64_t)bits[5] << 40 |
               (uint64_t)bits[6] << 48 | (uint64_t)bits[7] << 56;
    }
    for (size_t i = 0; i < count; i++) {
        value |= (uint64_t)bits[word * 8 + i] << (8 * i);
    }
    return value;
}

uint64_t bits_below(uint64_t end, uint64_t word)
{
    if (end >= word * 64 + 64) {
        return UINT64_MAX;
    }
    return end <= word * 64 ? 0 : UINT64_MAX >> (word * 64 + 64 - end);
}

unsigned word_count(uint64_t bits)
{
    bits -= bits >> 1 & 0x5555555555555555u;
    bits = (bits & 0x3333333333333333u) + (bits >> 2 & 0x3333333333333333u);
    bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
    return (unsigned)(bits * 0x0101010101010101u >> 56);
}

void tally_add(struct tally *tally, uint64_t bits)
{
    for (size_t i = 0; i < TALLY_PLANES; i++) {
        uint64_t carry = tally->planes[i] & bits;

        tally->planes[i] ^= bits;
        bits = carry;
    }
}

uint64_t tally_is(const struct tally *tally, unsigned n)
{
    uint64_t bits = n <= TALLY_MAX ? UINT64_MAX : 0;

    for (size_t i = 0; i < TALLY_PLANES; i++) {
        bits &= (n >> i & 1) != 0 ? tally->planes[i] : ~tally->planes[i];
    }
    return bits;
}

uint64_t tally_at_most(const struct tally *tally, unsigned n)
{
    uint64_t less = 0;
    uint64_t equal = UINT64_MAX;

    if (n >= TALLY_MAX) {
        return UINT64_MAX;
    }
    for (size_t i = TALLY_PLANES; i-- > 0;) {
        if ((n >> i & 1) != 0) {
            less |= equal & ~tally->planes[i];
            equal &= tally->planes[i];
        } else {
            equal &= ~tally->planes[i];
        }
    }
    return less | equal;
}
