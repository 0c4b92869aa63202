/* SPDX-License-Identifier: Apache-2.0 */
/* The word list of SLIP-39, and eight words for a hash that two people read to
 * each other (holdfast.md 12). */
#ifndef HF_CRYPTO_WORDS_H
#define HF_CRYPTO_WORDS_H

#include <stddef.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "crypto/digest.h"

#define WORD_COUNT 1024
#define WORD_SIZE_MAX 8 /* characters */

/* Sorted; 4 to 8 lower-case letters each; unique in the first four. */
extern const char *const slip39_words[WORD_COUNT];

/* Index of a word given whole and in lower case. ERR_NOT_FOUND. */
MUST_USE enum err word_find(struct span word, size_t *ret_index);

/* Append the eight words with one space between. SLOW (a fifth of a second)
 * and takes 64 MiB for that time, on purpose: guessing a roster with the same
 * words must cost. Never on the loop thread. ERR_NO_MEMORY. */
MUST_USE enum err words8_from_hash(const struct digest *hash, struct buf *text);

#endif
