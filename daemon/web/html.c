/* SPDX-License-Identifier: Apache-2.0 */
#include "web/html.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "web/states.h"

void html_put(struct html *html, const char *markup)
{
    buf_put_str(html->to, markup);
}

static void put_escaped(struct buf *to, struct span text)
{
    for (size_t i = 0; i < text.size; i++) {
        switch (text.data[i]) {
        case '<':
            buf_put_str(to, "&lt;");
            break;
        case '>':
            buf_put_str(to, "&gt;");
            break;
        case '&':
            buf_put_str(to, "&amp;");
            break;
        case '"':
            buf_put_str(to, "&quot;");
            break;
        case '\'':
            buf_put_str(to, "&#39;");
            break;
        default:
            buf_put_byte(to, text.data[i]);
        }
    }
}

void html_text(struct html *html, struct span text)
{
    struct buf shown;

    buf_init(&shown, text.size * 4 + 1);
    buf_put_visible(&shown, text);
    if (buf_failed(&shown)) {
        html->to->err = ERR_NO_MEMORY;
    } else {
        put_escaped(html->to, buf_span(&shown));
    }
    buf_done(&shown);
}

void html_str(struct html *html, const char *text)
{
    html_text(html, span_str(text));
}

void html_say(struct html *html, enum web_string name)
{
    html_str(html, word_string(html, name));
}

void html_fill(struct html *html, enum web_string name, const char *a,
               const char *b, const char *c, const char *d)
{
    char text[2 * WORD_SIZE];

    html_str(html, word_fill(html, text, name, a, b, c, d));
}

void html_shape(struct html *html, enum item_state state)
{
    html_put(html, "<svg class='shape' viewBox='0 0 16 16' aria-hidden='true' "
                   "focusable='false'>");
    html_put(html, web_state_row(state)->shape);
    html_put(html, "</svg>");
}

void html_href(struct html *html, enum web_page page, const char *query)
{
    const char *mark = "?";

    html_put(html, " href='");
    html_put(html, web_path(page));
    if (query != NULL && query[0] != '\0') {
        html_put(html, mark);
        html_str(html, query);
        mark = "&amp;";
    }
    if (html->keep_lang) {
        html_put(html, mark);
        html_put(html, "lang=");
        html_put(html, html->strings->tag);
    }
    html_put(html, "'");
}

void html_table(struct html *html, enum web_string caption, const char *class)
{
    html->columns_count = 0;
    html_put(html, "<table class='");
    html_put(html, class);
    html_put(html, "'><caption><h2>");
    html_say(html, caption);
    html_put(html, "</h2></caption><thead role='rowgroup'>"
                   "<tr role='row'>");
}

static void put_head(struct html *html, const char *open, enum web_string name)
{
    CHECK(html->columns_count < COLUMNS_MAX);
    html->columns[html->columns_count++] = name;
    html_put(html, open);
    html_say(html, name);
    html_put(html, "</th>");
}

void html_column(struct html *html, enum web_string name)
{
    put_head(html, "<th scope='col' role='columnheader'>", name);
}

void html_column_number(struct html *html, enum web_string name)
{
    put_head(html, "<th scope='col' role='columnheader' class='n'>", name);
}

void html_table_rows(struct html *html)
{
    html_put(html, "</tr></thead><tbody role='rowgroup'>");
}

void html_table_end(struct html *html)
{
    html_put(html, "</tbody></table>");
}

void html_row(struct html *html, const char *class)
{
    html->column = 1;
    html_put(html, "<tr role='row'><th scope='row' role='rowheader'");
    if (class != NULL) {
        html_put(html, " class='");
        html_put(html, class);
        html_put(html, "'");
    }
    html_put(html, ">");
}

void html_row_named(struct html *html)
{
    html_put(html, "</th>");
}

void html_row_end(struct html *html)
{
    html_put(html, "</tr>");
}

void html_cell_begin(struct html *html, const char *class)
{
    CHECK(html->column < html->columns_count);
    html_put(html, "<td role='cell' data-l='");
    html_say(html, html->columns[html->column++]);
    html_put(html, "'");
    if (class != NULL) {
        html_put(html, " class='");
        html_put(html, class);
        html_put(html, "'");
    }
    html_put(html, ">");
}

void html_cell_end(struct html *html)
{
    html_put(html, "</td>");
}

void html_cell(struct html *html, const char *text)
{
    html_cell_begin(html, NULL);
    html_str(html, text);
    html_cell_end(html);
}

void html_cell_number(struct html *html, const char *text)
{
    html_cell_begin(html, "n");
    html_str(html, text);
    html_cell_end(html);
}
