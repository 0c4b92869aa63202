/* SPDX-License-Identifier: Apache-2.0 */
#include "model/x_lines.h"

#include <stdbool.h>
#include <string.h>

#include "base/text.h"

#define X_NAME_SIZE_MAX 30 /* characters after "x-" */

/* The keyword of the next line, "x-...", or false. */
static bool next_keyword(const struct fields *fields,
                         char keyword[static X_NAME_SIZE_MAX + 3])
{
    struct span left = fields->left;
    size_t size = 2;

    if (fields->failed || !span_starts(left, "x-")) {
        return false;
    }
    while (size < left.size && size < X_NAME_SIZE_MAX + 2) {
        uint8_t byte = left.data[size];

        if (!(byte >= 'a' && byte <= 'z') && !(byte >= '0' && byte <= '9') &&
            byte != '-') {
            break;
        }
        size++;
    }
    memcpy(keyword, left.data, size);
    keyword[size] = '\0';
    return size > 2;
}

static void check_value(struct fields *fields, struct span value)
{
    struct buf raw;

    if (fields->failed || span_is(value, "-")) {
        return;
    }
    buf_init(&raw, value.size);
    if (free_text_parse(value, &raw) != ERR_OK) {
        (void)fields_fail(fields, "this free text has another written form");
    }
    buf_done(&raw);
}

struct span x_lines_take(struct fields *fields)
{
    struct span all = fields->left;
    char keyword[X_NAME_SIZE_MAX + 3];

    while (next_keyword(fields, keyword) && fields_line(fields, keyword)) {
        check_value(fields, fields_rest(fields));
    }
    if (fields->failed) {
        return span_of(NULL, 0);
    }
    return span_part(all, 0, all.size - fields->left.size);
}
