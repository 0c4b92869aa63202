/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/pages/roff.h"

#include <stdbool.h>
#include <string.h>

static void put_byte(FILE *to, char byte)
{
    switch (byte) {
    case '\\':
        fputs("\\e", to);
        break;
    case '-':
        fputs("\\-", to);
        break;
    case '\'':
        fputs("\\(aq", to);
        break;
    case '~':
        fputs("\\(ti", to);
        break;
    case '^':
        fputs("\\(ha", to);
        break;
    case '`':
        fputs("\\(ga", to);
        break;
    default:
        fputc(byte, to);
    }
}

static void put(FILE *to, const char *text, size_t size, bool bold_quotes)
{
    bool inside = false;

    if (size > 0 && (text[0] == '.' || text[0] == '\'')) {
        fputs("\\&", to); /* no request */
    }
    for (size_t at = 0; at < size; at++) {
        if (bold_quotes && text[at] == '"') {
            inside = !inside;
            fputs(inside ? "\\fB" : "\\fR", to);
        } else {
            put_byte(to, text[at]);
        }
    }
    if (inside) {
        fputs("\\fR", to);
    }
}

void roff_text(FILE *to, const char *text)
{
    put(to, text, strlen(text), true);
    fputc('\n', to);
}

void roff_plain(FILE *to, const char *text)
{
    put(to, text, strlen(text), false);
}

void roff_paragraphs(FILE *to, const char *text)
{
    const char *first = text;

    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        if (size > 0) {
            fputs(text == first ? "" : ".PP\n", to);
            put(to, text, size, true);
            fputc('\n', to);
        }
        text += size + (text[size] == '\n');
    }
}

void roff_example(FILE *to, const char *text)
{
    fputs(".RS 4\n.EX\n", to);
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        put(to, text, size, false);
        fputc('\n', to);
        text += size + (text[size] == '\n');
    }
    fputs(".EE\n.RE\n", to);
}

void roff_section(FILE *to, const char *title)
{
    fprintf(to, ".SH %s\n", title);
}

void roff_flag(FILE *to, const char *name, const char *other, const char *value)
{
    fputs(".TP\n\\fB", to);
    roff_plain(to, name);
    fputs("\\fR", to);
    if (other != NULL) {
        fputs(", \\fB", to);
        roff_plain(to, other);
        fputs("\\fR", to);
    }
    if (value != NULL) {
        fputs(" \\fI", to);
        roff_plain(to, value);
        fputs("\\fR", to);
    }
    fputc('\n', to);
}
