/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/replay.h"

#include <string.h>

#include "crypto/noise.h"

static uint64_t bit_of(uint64_t counter)
{
    return 1ULL << (counter % 64);
}

static uint64_t word_of(uint64_t counter)
{
    return counter / 64;
}

void replay_init(struct replay *replay)
{
    memset(replay, 0, sizeof(*replay));
}

bool replay_check(const struct replay *replay, uint64_t counter)
{
    if (counter >= NOISE_COUNTER_LIMIT) {
        return false;
    }
    if (counter > replay->greatest) {
        return true;
    }
    if (replay->greatest - counter > REPLAY_WINDOW_SIZE) {
        return false;
    }
    return (replay->words[word_of(counter) % REPLAY_WORDS] & bit_of(counter)) ==
           0;
}

bool replay_mark(struct replay *replay, uint64_t counter)
{
    if (!replay_check(replay, counter)) {
        return false;
    }
    if (counter > replay->greatest) {
        uint64_t word = word_of(replay->greatest);
        uint64_t steps = word_of(counter) - word;

        /* One word of the ring is always spare, so whole words can go. */
        for (uint64_t step = 1; step <= steps && step <= REPLAY_WORDS; step++) {
            replay->words[(word + step) % REPLAY_WORDS] = 0;
        }
        replay->greatest = counter;
    }
    replay->words[word_of(counter) % REPLAY_WORDS] |= bit_of(counter);
    return true;
}
