/* SPDX-License-Identifier: Apache-2.0 */
/* A seeded, reproducible generator for jitter, samples and the simulator:
 * same seed, same numbers. NOT for keys, nonces or salts: those come from
 * the caller, who has libsodium's randombytes. xoshiro256** seeded through
 * splitmix64. */
#ifndef HF_BASE_RNG_H
#define HF_BASE_RNG_H

#include <stddef.h>
#include <stdint.h>

struct rng {
    uint64_t state[4];
};

void rng_init(struct rng *rng, uint64_t seed);
uint64_t rng_next(struct rng *rng);
/* Uniform in 0 .. bound - 1; bound >= 1. */
uint64_t rng_below(struct rng *rng, uint64_t bound);
void rng_fill(struct rng *rng, void *data, size_t size);

#endif
