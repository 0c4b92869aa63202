/* SPDX-License-Identifier: Apache-2.0 */
/* Values of JSON as both programs write them: times are RFC 3339 in UTC, sizes
 * and counts are integers, and no text is ever other than UTF-8. None gives
 * NULL: without memory the program ends. The caller owns what is returned. Any
 * thread.
 *
 * Linked by holdfastd and by holdfast. */
#ifndef HF_DAEMON_JSON_H
#define HF_DAEMON_JSON_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "base/span.h"

#define TEXT_SIZE 40 /* of every text that a number or a time becomes */

/* "2026-11-24T09:58:03Z"; returns `text`. What is later than the year 9999
 * becomes its end. */
const char *text_rfc3339(char text[static TEXT_SIZE], uint64_t posix_s);

/* A text that is not UTF-8, or has a NUL in it, becomes buf_put_visible()
 * text. */
json_t *json_text(struct span text);
json_t *json_hex(const void *bytes, size_t size);
json_t *json_time(uint64_t posix_s);
json_t *json_count(uint64_t value);
/* Add to an object; steals the value. */
void json_put(json_t *object, const char *key, json_t *value);

#endif
