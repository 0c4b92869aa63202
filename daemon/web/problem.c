/* SPDX-License-Identifier: Apache-2.0 */
#include "web/problem.h"

#include <stdio.h>

#include "web/states.h"
#include "wire/message.h"

struct row {
    const char *code;
    enum item_state state;
    enum web_string word;
    enum web_string parts[3];
};

static const struct row rows[] = {
    { "LOST",
      ITEM_LOST,
      STR_STATE_LOST,
      { STR_LOST_WHAT, STR_LOST_DOING, STR_LOST_YOU } },
    { "LAST-COPY",
      ITEM_LAST_COPY,
      STR_STATE_LAST,
      { STR_LAST_WHAT, STR_LAST_DOING, STR_LAST_YOU } },
    { "SHORT",
      ITEM_SHORT,
      STR_STATE_SHORT,
      { STR_SHORT_WHAT, STR_SHORT_DOING, STR_SHORT_YOU } },
    { "UNPROVEN",
      ITEM_UNPROVEN,
      STR_STATE_UNPROVEN,
      { STR_UNPROVEN_WHAT, STR_UNPROVEN_DOING, STR_UNPROVEN_YOU } },
    { "PEER-SILENT",
      ITEM_UNPROVEN,
      STR_WORD_SILENT,
      { STR_SILENT_WHAT, STR_SILENT_DOING, STR_SILENT_YOU } },
};

static const enum web_string others[3] = { STR_ALARM_WHAT, STR_ALARM_DOING,
                                           STR_ALARM_YOU };

static const struct row *row_of(const struct status_problem *problem)
{
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (span_is(problem->code, rows[i].code)) {
            return &rows[i];
        }
    }
    return NULL;
}

const struct status_problem *problem_find(const struct web_view *view,
                                          const char *code)
{
    for (size_t i = 0; i < view->status->health.problems_count; i++) {
        if (span_is(view->status->health.problems[i].code, code)) {
            return &view->status->health.problems[i];
        }
    }
    return NULL;
}

static struct span own_words(const struct status_problem *problem,
                             enum problem_part part)
{
    switch (part) {
    case PROBLEM_WHAT:
        break;
    case PROBLEM_DOING:
        return problem->doing;
    case PROBLEM_YOU:
        return problem->do_next;
    }
    return problem->text;
}

const char *problem_text(const struct html *html,
                         const struct status_problem *problem,
                         enum problem_part part, char text[static WORD_SIZE])
{
    struct span own = own_words(problem, part);
    const struct row *row = row_of(problem);
    char code[WORD_SIZE];

    if (html->lang == WEB_EN && own.size > 0) {
        return view_label(text, own);
    }
    return word_fill(html, text, row != NULL ? row->parts[part] : others[part],
                     view_label(code, problem->code), NULL, NULL, NULL);
}

enum item_state problem_state(const struct status_problem *problem)
{
    const struct row *row = row_of(problem);

    if (row != NULL) {
        return row->state;
    }
    return problem->critical ? ITEM_LAST_COPY : ITEM_SHORT;
}

enum web_string problem_word(const struct status_problem *problem)
{
    const struct row *row = row_of(problem);

    return row == NULL ? STR_WORD_ALARM : row->word;
}
