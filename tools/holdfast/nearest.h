/* SPDX-License-Identifier: Apache-2.0 */
/* The known word that somebody most likely meant. Pure. */
#ifndef HF_TOOLS_NEAREST_H
#define HF_TOOLS_NEAREST_H

#include <stddef.h>

#define NEAREST_LETTERS_MAX 2 /* that may be wrong */

struct nearest {
    const char *word;  /* borrowed: what was typed */
    const char *found; /* borrowed; NULL: nothing is near */
    size_t letters;    /* that are wrong in it */
};

void nearest_init(struct nearest *nearest, const char *word);
/* A known word; NULL is fine. It stays if it is nearer than all before. */
void nearest_try(struct nearest *nearest, const char *known);

#endif
