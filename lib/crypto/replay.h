/* SPDX-License-Identifier: Apache-2.0 */
/* Which counters of one direction of a session have been seen (specs noise 4):
 * a window of 8192 bits, 8128 of them usable, that moves with the greatest
 * counter. Check before decrypting, mark only after it succeeded: else a
 * forger could burn counters. */
#ifndef HF_CRYPTO_REPLAY_H
#define HF_CRYPTO_REPLAY_H

#include <stdbool.h>
#include <stdint.h>

#define REPLAY_WORDS 128
#define REPLAY_WINDOW_SIZE (REPLAY_WORDS * 64 - 64)

struct replay {
    uint64_t words[REPLAY_WORDS]; /* a bit each, a ring over the counters */
    uint64_t greatest;            /* counter marked so far; 0 at the start */
};

void replay_init(struct replay *replay);
/* May this counter still come: neither seen, nor too old, nor beyond
 * NOISE_COUNTER_LIMIT? */
bool replay_check(const struct replay *replay, uint64_t counter);
/* It came. false, and nothing happens, when replay_check() says no. */
bool replay_mark(struct replay *replay, uint64_t counter);

#endif
