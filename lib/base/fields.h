/* SPDX-License-Identifier: Apache-2.0 */
/* Walks a text of ours (holdfast.md 1): LF-terminated lines, each a keyword and
 * values with one space between. Errors stick; the line number is kept for the
 * sentence. Borrowed: every span points into the text. */
#ifndef HF_BASE_FIELDS_H
#define HF_BASE_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"

struct fields {
    struct span left;   /* lines not yet entered */
    struct span line;   /* the rest of the current line, not yet taken */
    size_t line_number; /* of the current line, from 1 */
    bool failed;
    struct why *why; /* borrowed; may be NULL; set by the first failure */
};

void fields_init(struct fields *fields, struct span text, struct why *why);
/* Is there another line, and is its first word `keyword`? Does not move. */
bool fields_next_is(const struct fields *fields, const char *keyword);
/* Is there no further line? */
bool fields_at_end(const struct fields *fields);
/* Enter the next line, which must begin with `keyword` and a space (or be just
 * `keyword`). Fails otherwise, and when the line before is not used up. A line
 * without its LF fails. */
MUST_USE bool fields_line(struct fields *fields, const char *keyword);
/* The next value of the current line: not empty, ends at one space or at the
 * end of the line. Empty span and failure when there is none. */
struct span fields_value(struct fields *fields);
/* Is a value left on the current line? */
bool fields_has_value(const struct fields *fields);
/* All that is left of the line, at least one byte: a last, free value. */
struct span fields_rest(struct fields *fields);
/* The current line must be used up. */
MUST_USE bool fields_line_end(struct fields *fields);
/* Fail with a sentence that begins with the line number. Returns
 * ERR_MALFORMED. */
enum err fields_fail(struct fields *fields, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* ERR_OK when nothing failed and no line is left. */
MUST_USE enum err fields_finish(struct fields *fields);

#endif
