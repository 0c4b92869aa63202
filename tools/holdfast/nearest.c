/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/nearest.h"

#include <string.h>

#define LETTERS_MAX 32 /* of a word that is compared */

void nearest_init(struct nearest *nearest, const char *word)
{
    nearest->word = word;
    nearest->found = NULL;
    nearest->letters = NEAREST_LETTERS_MAX + 1;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters to change, add, leave out, or swap with the next: so many rows of the
 * usual table are kept that a swap can look two rows back. */
static size_t distance(const char *a, const char *b)
{
    size_t rows[3][LETTERS_MAX + 1];
    size_t a_size = strlen(a);
    size_t b_size = strlen(b);

    if (a_size > LETTERS_MAX || b_size > LETTERS_MAX) {
        return LETTERS_MAX;
    }
    for (size_t i = 0; i <= a_size; i++) {
        size_t *now = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3];
        const size_t *earlier = rows[(i + 1) % 3];

        now[0] = i;
        for (size_t j = 1; j <= b_size; j++) {
            if (i == 0) {
                now[j] = j;
                continue;
            }
            now[j] = smaller(smaller(before[j], now[j - 1]) + 1,
                             before[j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                now[j] = smaller(now[j], earlier[j - 2] + 1);
            }
        }
    }
    return rows[a_size % 3][b_size];
}

void nearest_try(struct nearest *nearest, const char *known)
{
    size_t letters;

    if (known == NULL) {
        return;
    }
    letters = distance(nearest->word, known);
    if (letters < nearest->letters && letters < strlen(known) / 2) {
        nearest->letters = letters;
        nearest->found = known;
    }
}
