/* SPDX-License-Identifier: Apache-2.0 */
/* The first page: the sentence, six numbers, what needs attention, members,
 * countries, thirty days. */
#include <stdio.h>

#include "base/limits.h"
#include "web/head.h"
#include "web/pages.h"
#include "web/parts.h"
#include "web/problem.h"
#include "web/states.h"
#include "wire/message.h"

static void put_numbers(struct html *html, const struct web_view *view)
{
    html_put(html, "<section id='numbers' data-live aria-labelledby='h-num'>"
                   "<h2 id='h-num' class='quiet'>");
    html_say(html, STR_NUMBERS);
    html_put(html, "</h2><ul class='numbers'>");
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        enum item_state state = item_states_worst[i];
        const struct web_state_row *row = web_state_row(state);
        uint64_t count = view_count(view, state);
        char text[WORD_SIZE];
        char query[64];

        snprintf(query, sizeof(query), "state=%s", item_state_word(state));
        html_put(html, "<li class='");
        html_put(html, count == 0 ? "zero" : item_state_word(state));
        html_put(html, "'><a");
        html_href(html, WEB_ITEMS, query);
        html_put(html, "><span class='word'>");
        html_shape(html, state);
        html_say(html, row->name);
        html_put(html, "</span> <span class='count'>");
        html_str(html, word_number(html, text, count));
        html_put(html, "</span></a></li>");
    }
    html_put(html, "</ul></section>\n");
}

/* "2 items", or whom it is about. */
static void put_subject(struct html *html, const struct status_problem *problem)
{
    char text[WORD_SIZE];

    html_cell_begin(html, NULL);
    if (problem->count > 0) {
        html_str(html, word_plural(html, text, PLURAL_ITEMS, problem->count));
        html_put(html, problem->subject.size > 0 ? "<br>" : "");
    }
    html_text(html, problem->subject);
    html_cell_end(html);
}

static void put_problem(struct html *html, const struct status_problem *problem)
{
    enum item_state state = problem_state(problem);
    char text[WORD_SIZE];

    html_row(html, NULL);
    html_put(html, "<span class='chip ");
    html_put(html, item_state_word(state));
    html_put(html, "'>");
    html_shape(html, state);
    html_say(html, problem_word(problem));
    html_put(html, "</span>");
    html_row_named(html);
    put_subject(html, problem);
    html_cell_begin(html, NULL);
    html_str(html, problem_text(html, problem, PROBLEM_WHAT, text));
    html_put(html, "<br><span class='do'>");
    html_say(html, STR_DO_LABEL);
    html_put(html, "</span> ");
    html_str(html, problem_text(html, problem, PROBLEM_YOU, text));
    html_cell_end(html);
    html_cell(html, word_span(html, text, problem->since));
    html_cell_begin(html, NULL);
    if (problem_word(problem) == web_state_row(state)->name) {
        char query[64];

        snprintf(query, sizeof(query), "state=%s", item_state_word(state));
        html_put(html, "<a");
        html_href(html, WEB_ITEMS, query);
        html_put(html, ">");
        html_say(html, STR_SHOW);
        html_put(html, "<span class='ears'> ");
        html_say(html, problem_word(problem));
        html_put(html, "</span></a>");
    }
    html_cell_end(html);
    html_row_end(html);
}

static void put_attention(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;

    html_put(html, "<section id='attention' data-live>");
    if (status->health.problems_count == 0) {
        html_put(html, "<h2>");
        html_say(html, STR_ATTENTION);
        html_put(html, "</h2><p>");
        html_say(html, STR_ATTENTION_NONE);
        html_put(html, "</p></section>\n");
        return;
    }
    html_table(html, STR_ATTENTION, "attention");
    html_column(html, STR_COL_WHAT);
    html_column(html, STR_COL_HOW_MANY);
    html_column(html, STR_COL_WHY);
    html_column(html, STR_COL_SINCE);
    html_column(html, STR_COL_SHOW);
    html_table_rows(html);
    for (size_t i = 0; i < status->health.problems_count; i++) {
        put_problem(html, &status->health.problems[i]);
    }
    html_table_end(html);
    html_put(html, "</section>\n");
}

void page_front(struct html *html, const struct web_view *view)
{
    struct web_head head;

    web_head_make(html, view, &head);
    layout_begin(html, view, head.title);
    web_head_put(html, view, &head);
    put_numbers(html, view);
    put_attention(html, view);
    parts_members(html, view, false);
    parts_losses(html, view);
    html_put(html, "<section id='days' data-live><h2>");
    html_say(html, STR_DAYS_30);
    html_put(html, "</h2>");
    parts_days(html, view, 30);
    if (view->status->health.days_count > 0) {
        html_put(html, "<p><a");
        html_href(html, WEB_HISTORY, NULL);
        html_put(html, ">");
        html_say(html, STR_HISTORY_AS_TABLE);
        html_put(html, "</a></p>");
    }
    html_put(html, "</section>\n");
    layout_end(html, view);
}
