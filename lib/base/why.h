/* SPDX-License-Identifier: Apache-2.0 */
/* One bounded sentence for the operator: what is wrong, where. The function
 * that meets the fact writes it; callers only put the place in front. A NULL
 * why is allowed everywhere and means that nobody asks. */
#ifndef HF_BASE_WHY_H
#define HF_BASE_WHY_H

#include "base/compiler.h"
#include "base/err.h"

#define WHY_SIZE 512

struct why {
    char text[WHY_SIZE]; /* NUL-terminated; cut at the end when too long */
};

void why_clear(struct why *why);
/* Replace the sentence. Control bytes in it become '?'. Returns err, so that
 * a caller can write: return why_set(why, ERR_MALFORMED, "line %zu ...", n); */
enum err why_set(struct why *why, enum err err, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Put "place: " in front of the sentence. Returns err. */
enum err why_prefix(struct why *why, enum err err, const char *format, ...)
    PRINTF_LIKE(3, 4);

#endif
