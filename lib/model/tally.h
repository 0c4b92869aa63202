/* SPDX-License-Identifier: Apache-2.0 */
/* Bitmaps, and counting 64 of their columns at once. A bitmap is a row of
 * bytes; bit i % 8 of byte i / 8 is number i, and word w is the numbers 64 w to
 * 64 w + 63. A tally holds 64 numbers: bit i of planes[p] is bit p of number i.
 * Pure functions. */
#ifndef HF_MODEL_TALLY_H
#define HF_MODEL_TALLY_H

#include <stddef.h>
#include <stdint.h>

#include "base/limits.h"

#define TALLY_PLANES 5
#define TALLY_MAX ((1U << TALLY_PLANES) - 1)

struct tally {
    uint64_t planes[TALLY_PLANES];
};

_Static_assert(MEMBER_COUNT_MAX <= TALLY_MAX, "all members can be counted");
_Static_assert(NODE_COUNT_MAX <= TALLY_MAX, "and all countries of nodes");

/* One more for each bit that is set; a number is at most TALLY_MAX. */
void tally_add(struct tally *tally, uint64_t bits);
/* Those whose number is n, or at most n. */
uint64_t tally_is(const struct tally *tally, unsigned n);
uint64_t tally_at_most(const struct tally *tally, unsigned n);

/* 64 bits from a bitmap of `size` bytes; beyond it they are 0. */
uint64_t bits_word(const uint8_t *bits, size_t size, uint64_t word);
/* Those of a word that stand for numbers below `end`. */
uint64_t bits_below(uint64_t end, uint64_t word);
unsigned word_count(uint64_t bits);

#endif
