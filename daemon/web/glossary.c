/* SPDX-License-Identifier: Apache-2.0 */
/* What the words mean; and the page for what did not work. */
#include "web/pages.h"
#include "web/states.h"

static const enum web_string terms[][2] = {
    { STR_TERM_COPY, STR_TERM_COPY_TEXT },
    { STR_TERM_MEMBER, STR_TERM_MEMBER_TEXT },
    { STR_TERM_PROVEN, STR_TERM_PROVEN_TEXT },
    { STR_TERM_REPORT, STR_TERM_REPORT_TEXT },
    { STR_TERM_PIECE, STR_TERM_PIECE_TEXT },
    { STR_TERM_REREAD, STR_TERM_REREAD_TEXT },
    { STR_TERM_RULE, STR_TERM_RULE_TEXT },
    { STR_TERM_LEDGER, STR_TERM_LEDGER_TEXT },
    { STR_TERM_OBSERVER, STR_TERM_OBSERVER_TEXT },
};

static void put_term(struct html *html, enum web_string term,
                     enum web_string text)
{
    html_put(html, "<dt>");
    html_say(html, term);
    html_put(html, "</dt><dd>");
    html_say(html, text);
    html_put(html, "</dd>");
}

void page_glossary(struct html *html, const struct web_view *view)
{
    layout_begin(html, view, word_string(html, STR_GLOSSARY));
    html_put(html, "<h1>");
    html_say(html, STR_GLOSSARY);
    html_put(html, "</h1><p>");
    html_say(html, STR_GLOSSARY_INTRO);
    html_put(html, "</p><dl>");
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        const struct web_state_row *row = web_state_row(item_states_worst[i]);

        html_put(html, "<dt><span class='chip ");
        html_put(html, item_state_word(item_states_worst[i]));
        html_put(html, "'>");
        html_shape(html, item_states_worst[i]);
        html_say(html, row->name);
        html_put(html, "</span></dt><dd>");
        html_say(html, row->definition);
        html_put(html, "</dd>");
    }
    for (size_t i = 0; i < sizeof(terms) / sizeof(terms[0]); i++) {
        put_term(html, terms[i][0], terms[i][1]);
    }
    html_put(html, "</dl>");
    layout_end(html, view);
}

void page_wrong(struct html *html, enum web_string why)
{
    html_put(html, "<!doctype html>\n<html lang='");
    html_put(html, html->strings->tag);
    html_put(html, "'><head><meta charset='utf-8'><meta name='viewport' "
                   "content='width=device-width, initial-scale=1'><title>");
    html_say(html, STR_WRONG_TITLE);
    html_put(html, "</title><link rel='icon' href='/icon.svg'>"
                   "<link rel='stylesheet' href='/style.css'></head>"
                   "<body><main id='main'><h1>");
    html_say(html, STR_WRONG_TITLE);
    html_put(html, "</h1><p>");
    html_say(html, why);
    html_put(html, "</p><p><a");
    html_href(html, WEB_FRONT, NULL);
    html_put(html, ">");
    html_say(html, STR_NAV_FRONT);
    html_put(html, "</a></p></main></body></html>\n");
}
