/* SPDX-License-Identifier: Apache-2.0 */
/* Pieces of a manual page in the language of man(7). What is written is escaped
 * so that it shows as it stands in the source; words "in quotes" become bold.
 * Borrows; one thread. */
#ifndef HF_PAGES_ROFF_H
#define HF_PAGES_ROFF_H

#include <stdio.h>

/* One source line of running text, with its LF. */
void roff_text(FILE *to, const char *text);
/* The same, quotes left alone, without the LF. */
void roff_plain(FILE *to, const char *text);
/* Each line of the text is a paragraph. */
void roff_paragraphs(FILE *to, const char *text);
/* As typed: lines kept, no filling. */
void roff_example(FILE *to, const char *text);
/* ".SH TITLE" */
void roff_section(FILE *to, const char *title);
/* A tagged item: "-q, --quiet", "--out FILE"; its text comes next. other and
 * value may be NULL. */
void roff_flag(FILE *to, const char *name, const char *other,
               const char *value);

#endif
