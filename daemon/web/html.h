/* SPDX-License-Identifier: Apache-2.0 */
/* Writes a page: fixed markup as it is, everything else escaped. Numbers, times
 * and plurals come out in the page's language. Errors stick in the buffer
 * (base/buf.h). One thread. */
#ifndef HF_WEB_HTML_H
#define HF_WEB_HTML_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/span.h"
#include "model/health.h"
#include "web/asked.h"
#include "web/strings.h"

#define COLUMNS_MAX 12
#define WORD_SIZE 640 /* of a text that one of the functions below makes */

struct html {
    struct buf *to;                /* borrowed */
    const struct strings *strings; /* borrowed */
    enum web_lang lang;
    bool keep_lang; /* links name the language */
    /* The columns of the table that is open: a narrow screen shows each cell
     * with the name of its column. */
    enum web_string columns[COLUMNS_MAX];
    size_t columns_count;
    size_t column; /* of the next cell */
};

/* Fixed markup. */
void html_put(struct html *html, const char *markup);
/* Text from anywhere, escaped; what is no UTF-8 and control bytes become
 * visible. */
void html_text(struct html *html, struct span text);
void html_str(struct html *html, const char *text);
/* A text of the language, with {0} to {3} filled in: escaped. NULL: none. */
void html_say(struct html *html, enum web_string name);
void html_fill(struct html *html, enum web_string name, const char *a,
               const char *b, const char *c, const char *d);
/* A state's shape; nothing for ears, the word stands beside it. */
void html_shape(struct html *html, enum item_state state);
/* " href='...'" of a page with `query` ("state=short") or NULL. */
void html_href(struct html *html, enum web_page page, const char *query);
/* A table whose caption is a heading, up to its columns; then its rows. Each
 * row begins with the cell that names it. */
void html_table(struct html *html, enum web_string caption, const char *class);
void html_table_rows(struct html *html);
void html_table_end(struct html *html);
void html_row(struct html *html, const char *class);
void html_row_named(struct html *html);
void html_row_end(struct html *html);
void html_column(struct html *html, enum web_string name);
void html_column_number(struct html *html, enum web_string name);
void html_cell_begin(struct html *html, const char *class);
void html_cell_end(struct html *html);
void html_cell(struct html *html, const char *text);
void html_cell_number(struct html *html, const char *text);

/* Texts in the page's language; each returns `text`. */
const char *word_string(const struct html *html, enum web_string name);
const char *word_fill(const struct html *html, char text[static WORD_SIZE],
                      enum web_string name, const char *a, const char *b,
                      const char *c, const char *d);
/* The plural that goes with the number, the number grouped. */
const char *word_plural(const struct html *html, char text[static WORD_SIZE],
                        enum web_plural name, uint64_t count);
/* "12,438" */
const char *word_number(const struct html *html, char text[static WORD_SIZE],
                        uint64_t number);
/* "99.7": a share, rounded down, so that 100.0 is all of it. */
const char *word_share(const struct html *html, char text[static WORD_SIZE],
                       uint64_t part, uint64_t whole);
/* "31 hours" */
const char *word_span(const struct html *html, char text[static WORD_SIZE],
                      uint64_t seconds);
/* "40 seconds ago" */
const char *word_ago(const struct html *html, char text[static WORD_SIZE],
                     uint64_t seconds);
/* "24 November 2026" */
const char *word_date(const struct html *html, char text[static WORD_SIZE],
                      uint64_t posix_s);
/* "24 November 2026, 10:42 UTC" */
const char *word_time(const struct html *html, char text[static WORD_SIZE],
                      uint64_t posix_s);
/* "310 GB" */
const char *word_size(const struct html *html, char text[static WORD_SIZE],
                      uint64_t bytes);

#endif
