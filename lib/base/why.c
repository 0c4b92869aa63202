/* SPDX-License-Identifier: Apache-2.0 */
#include "base/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void neutralise(char *text)
{
    for (char *p = text; *p != '\0'; p++) {
        unsigned char byte = (unsigned char)*p;

        if (byte < 0x20 || byte == 0x7f) {
            *p = '?';
        }
    }
}

/* Format into text, which stays a valid string whatever happens. */
PRINTF_LIKE(2, 0)
static void format_text(char text[static WHY_SIZE], const char *format,
                        va_list args)
{
    if (vsnprintf(text, WHY_SIZE, format, args) < 0) {
        text[0] = '\0';
    }
    neutralise(text);
}

void why_clear(struct why *why)
{
    if (why != NULL) {
        why->text[0] = '\0';
    }
}

enum err why_set(struct why *why, enum err err, const char *format, ...)
{
    char text[WHY_SIZE];
    va_list args;

    if (why == NULL) {
        return err;
    }
    /* By way of a copy: the old sentence may be one of the arguments. */
    va_start(args, format);
    format_text(text, format, args);
    va_end(args);
    memcpy(why->text, text, strlen(text) + 1);
    return err;
}

enum err why_prefix(struct why *why, enum err err, const char *format, ...)
{
    char text[WHY_SIZE];
    size_t size;
    va_list args;

    if (why == NULL) {
        return err;
    }
    va_start(args, format);
    format_text(text, format, args);
    va_end(args);
    size = strlen(text);
    (void)snprintf(text + size, sizeof(text) - size, ": %s", why->text);
    memcpy(why->text, text, strlen(text) + 1);
    return err;
}
