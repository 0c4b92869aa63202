/* SPDX-License-Identifier: Apache-2.0 */
#include "base/fields.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct span nothing = { NULL, 0 };

void fields_init(struct fields *fields, struct span text, struct why *why)
{
    *fields = (struct fields){ .left = text, .line = nothing, .why = why };
}

enum err fields_fail(struct fields *fields, const char *format, ...)
{
    char text[WHY_SIZE];
    va_list args;

    if (fields->failed) {
        return ERR_MALFORMED;
    }
    fields->failed = true;
    fields->line = nothing;
    va_start(args, format);
    if (vsnprintf(text, sizeof(text), format, args) < 0) {
        text[0] = '\0';
    }
    va_end(args);
    return why_set(fields->why, ERR_MALFORMED, "line %zu: %s",
                   fields->line_number, text);
}

/* The first line of the text without its LF. False when there is none. */
static bool first_line(struct span text, struct span *ret_line)
{
    const uint8_t *end = NULL;

    if (text.size > 0) {
        end = memchr(text.data, '\n', text.size);
    }
    if (end == NULL) {
        return false;
    }
    *ret_line = span_of(text.data, (size_t)(end - text.data));
    return true;
}

static bool line_begins(struct span line, const char *keyword)
{
    size_t size = strlen(keyword);

    return span_starts(line, keyword) &&
           (line.size == size || line.data[size] == ' ');
}

bool fields_next_is(const struct fields *fields, const char *keyword)
{
    struct span line;

    return !fields->failed && first_line(fields->left, &line) &&
           line_begins(line, keyword);
}

bool fields_at_end(const struct fields *fields)
{
    return fields->left.size == 0;
}

bool fields_line_end(struct fields *fields)
{
    if (fields->failed) {
        return false;
    }
    if (fields->line.size > 0) {
        (void)fields_fail(fields, "more on the line than belongs there");
        return false;
    }
    return true;
}

bool fields_line(struct fields *fields, const char *keyword)
{
    struct span line;

    if (!fields_line_end(fields)) {
        return false;
    }
    fields->line_number++;
    if (fields->left.size == 0) {
        (void)fields_fail(fields, "the text ends where \"%s\" is due", keyword);
        return false;
    }
    if (!first_line(fields->left, &line)) {
        (void)fields_fail(fields, "the line has no end");
        return false;
    }
    if (!line_begins(line, keyword)) {
        (void)fields_fail(fields, "\"%s\" is due here, not \"%.*s\"", keyword,
                          line.size < 40 ? (int)line.size : 40,
                          (const char *)line.data);
        return false;
    }
    fields->left = span_part(fields->left, line.size + 1, fields->left.size);
    fields->line = span_part(line, strlen(keyword), line.size);
    return true;
}

/* The space before a value. False, and failed, when there is none. */
static bool enter_value(struct fields *fields)
{
    if (fields->failed) {
        return false;
    }
    if (fields->line.size == 0) {
        (void)fields_fail(fields, "a value is missing");
        return false;
    }
    if (fields->line.data[0] != ' ') {
        (void)fields_fail(fields, "a space is due");
        return false;
    }
    if (fields->line.size == 1) {
        (void)fields_fail(fields, "a value is empty");
        return false;
    }
    fields->line = span_part(fields->line, 1, fields->line.size);
    return true;
}

struct span fields_value(struct fields *fields)
{
    const uint8_t *end;
    struct span value;

    if (!enter_value(fields)) {
        return nothing;
    }
    end = memchr(fields->line.data, ' ', fields->line.size);
    if (end == fields->line.data) {
        (void)fields_fail(fields, "a value is empty");
        return nothing;
    }
    value = fields->line;
    if (end != NULL) {
        value.size = (size_t)(end - value.data);
    }
    fields->line = span_part(fields->line, value.size, fields->line.size);
    return value;
}

bool fields_has_value(const struct fields *fields)
{
    return !fields->failed && fields->line.size > 0;
}

struct span fields_rest(struct fields *fields)
{
    struct span rest;

    if (!enter_value(fields)) {
        return nothing;
    }
    rest = fields->line;
    fields->line = nothing;
    return rest;
}

enum err fields_finish(struct fields *fields)
{
    if (fields->failed) {
        return ERR_MALFORMED;
    }
    if (fields->line.size > 0) {
        return fields_fail(fields, "more on the line than belongs there");
    }
    if (fields->left.size > 0) {
        fields->line_number++;
        return fields_fail(fields, "a line that does not belong there");
    }
    return ERR_OK;
}
