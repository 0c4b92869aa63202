/* SPDX-License-Identifier: Apache-2.0 */
#include "base/rng.h"

#include "base/check.h"

static uint64_t rotate_left(uint64_t value, unsigned bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t splitmix64(uint64_t *state)
{
    uint64_t z;

    *state += UINT64_C(0x9e3779b97f4a7c15);
    z = *state;
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

void rng_init(struct rng *rng, uint64_t seed)
{
    for (size_t index = 0; index < 4; index++) {
        rng->state[index] = splitmix64(&seed);
    }
}

uint64_t rng_next(struct rng *rng)
{
    uint64_t *s = rng->state;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t shifted = s[1] << 17;

    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= shifted;
    s[3] = rotate_left(s[3], 45);
    return result;
}

uint64_t rng_below(struct rng *rng, uint64_t bound)
{
    uint64_t unfair;
    uint64_t value;

    CHECK(bound >= 1);
    /* 2^64 mod bound: as many of the lowest values would make the small
     * results likelier than the others. */
    unfair = (UINT64_MAX - bound + 1) % bound;
    do {
        value = rng_next(rng);
    } while (value < unfair);
    return value % bound;
}

void rng_fill(struct rng *rng, void *data, size_t size)
{
    uint8_t *bytes = data;
    uint64_t value = 0;

    /* Byte by byte from the low end: the same on every machine. */
    for (size_t index = 0; index < size; index++) {
        if (index % 8 == 0) {
            value = rng_next(rng);
        }
        bytes[index] = (uint8_t)value;
        value >>= 8;
    }
}
