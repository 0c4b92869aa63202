/* SPDX-License-Identifier: Apache-2.0 */
/* The `x-...` lines at the end of a text of ours (holdfast.md 1 and 16): kept
 * as they stand, order and repetition too, and without meaning. */
#ifndef HF_MODEL_X_LINES_H
#define HF_MODEL_X_LINES_H

#include "base/fields.h"
#include "base/span.h"

/* Take all x- lines that follow, each with its LF, borrowed from the text;
 * empty when there is none. A bad one fails the fields. */
struct span x_lines_take(struct fields *fields);

#endif
