/* SPDX-License-Identifier: Apache-2.0 */
#include "web/head.h"

#include <stdio.h>
#include <string.h>

#include "web/problem.h"
#include "web/states.h"
#include "wire/message.h"

struct state_head {
    enum item_state state;
    const char *code; /* of the problem that says more */
    enum web_plural text;
};

/* Worst first. */
static const struct state_head bad[] = {
    { ITEM_LOST, "LOST", PLURAL_HEAD_LOST },
    { ITEM_LAST_COPY, "LAST-COPY", PLURAL_HEAD_LAST },
    { ITEM_SHORT, "SHORT", PLURAL_HEAD_SHORT },
};

static void copy(char to[static WORD_SIZE], const char *from)
{
    snprintf(to, WORD_SIZE, "%s", from);
}

static void set(const struct html *html, struct web_head *head,
                enum item_state state, enum web_string title,
                enum web_string doing, enum web_string action)
{
    head->state = state;
    copy(head->title, word_string(html, title));
    copy(head->doing, word_string(html, doing));
    copy(head->action, word_string(html, action));
}

/* What is done about it and what to do, from the problem with this code. */
static void from_problem(const struct html *html, const struct web_view *view,
                         const char *code, struct web_head *head)
{
    const struct status_problem *problem = problem_find(view, code);
    struct status_problem none = { .code = span_str(code) };
    char doing[WORD_SIZE];
    char eta[WORD_SIZE];

    problem = problem == NULL ? &none : problem;
    problem_text(html, problem, PROBLEM_DOING, doing);
    if (problem->eta > 0) {
        word_fill(html, head->doing, STR_DOING_ETA, doing,
                  word_span(html, eta, problem->eta), NULL, NULL);
    } else {
        copy(head->doing, doing);
    }
    problem_text(html, problem, PROBLEM_YOU, head->action);
}

static uint64_t at_risk(const struct web_view *view)
{
    return view_count(view, ITEM_LOST) + view_count(view, ITEM_LAST_COPY) +
           view_count(view, ITEM_SHORT);
}

static bool by_state(const struct html *html, const struct web_view *view,
                     struct web_head *head)
{
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        uint64_t count = view_count(view, bad[i].state);

        if (count > 0) {
            head->state = bad[i].state;
            word_plural(html, head->text, bad[i].text, count);
            word_plural(html, head->title, PLURAL_AT_RISK, at_risk(view));
            from_problem(html, view, bad[i].code, head);
            return true;
        }
    }
    return false;
}

static bool by_alarm(const struct html *html, const struct web_view *view,
                     struct web_head *head)
{
    char what[WORD_SIZE];

    for (size_t i = 0; i < view->status->health.problems_count; i++) {
        const struct status_problem *problem =
            &view->status->health.problems[i];

        if (problem->critical) {
            set(html, head, ITEM_LAST_COPY, STR_SHORT_ALARM, STR_ALARM_DOING,
                STR_ALARM_YOU);
            word_fill(html, head->text, STR_HEAD_ALARM,
                      problem_text(html, problem, PROBLEM_WHAT, what), NULL,
                      NULL, NULL);
            problem_text(html, problem, PROBLEM_DOING, head->doing);
            problem_text(html, problem, PROBLEM_YOU, head->action);
            return true;
        }
    }
    return false;
}

static void by_unproven(const struct html *html, const struct web_view *view,
                        struct web_head *head)
{
    uint64_t count = view_count(view, ITEM_UNPROVEN);
    char silent[WORD_SIZE];

    head->state = ITEM_UNPROVEN;
    word_plural(html, head->text, PLURAL_HEAD_UNPROVEN, count);
    word_plural(html, head->title, PLURAL_CANNOT_TELL, count);
    from_problem(html, view, "UNPROVEN", head);
    if (view_silent(html, view, silent)[0] != '\0') {
        word_fill(html, head->why, STR_NO_REPORTS, silent, NULL, NULL, NULL);
    }
}

static void calm(const struct html *html, const struct web_view *view,
                 struct web_head *head)
{
    const struct msg_status_reply *status = view->status;
    char heard[WORD_SIZE];
    char needed[WORD_SIZE];

    if (status->phase == OWN_WAITING || status->phase == OWN_OPENING) {
        set(html, head, ITEM_SPREADING, STR_SHORT_SETTING_UP, STR_SETUP_DOING,
            STR_SETUP_YOU);
        word_fill(html, head->text, STR_HEAD_SETTING_UP,
                  word_number(html, heard, status->heard),
                  word_number(html, needed, status->needed), NULL, NULL);
    } else if (view_items(view) == 0) {
        set(html, head, ITEM_SPREADING, STR_SHORT_EMPTY, STR_EMPTY_DOING,
            STR_EMPTY_YOU);
        copy(head->text, word_string(html, STR_HEAD_EMPTY));
    } else if (view_count(view, ITEM_SPREADING) > 0) {
        set(html, head, ITEM_SPREADING, STR_SHORT_SPREADING,
            STR_SPREADING_DOING, STR_DO_NOTHING);
        word_plural(html, head->text, PLURAL_HEAD_SPREADING,
                    view_count(view, ITEM_SPREADING));
    } else {
        set(html, head, ITEM_PROTECTED, STR_SHORT_PROTECTED, STR_DO_NOTHING,
            STR_DO_NOTHING);
        word_plural(html, head->text, PLURAL_HEAD_PROTECTED, view_items(view));
        head->doing[0] = '\0';
    }
}

void web_head_make(const struct html *html, const struct web_view *view,
                   struct web_head *ret_head)
{
    char age[WORD_SIZE];

    *ret_head = (struct web_head){ 0 };
    if (view->age_s > VIEW_OLD_S) {
        set(html, ret_head, ITEM_UNPROVEN, STR_SHORT_OLD, STR_OLD_DOING,
            STR_OLD_YOU);
        word_fill(html, ret_head->text, STR_HEAD_OLD,
                  word_span(html, age, view->age_s), NULL, NULL, NULL);
    } else if (view->status->phase == OWN_STOPPED) {
        set(html, ret_head, ITEM_LAST_COPY, STR_SHORT_ALARM, STR_ALARM_DOING,
            STR_OLD_YOU);
        copy(ret_head->text, word_string(html, STR_HEAD_STOPPED));
    } else if (by_state(html, view, ret_head) ||
               by_alarm(html, view, ret_head)) {
        return;
    } else if (view_count(view, ITEM_UNPROVEN) > 0) {
        by_unproven(html, view, ret_head);
    } else {
        calm(html, view, ret_head);
    }
}

static void put_line(struct html *html, const char *class, const char *label,
                     const char *text)
{
    if (text[0] == '\0') {
        return;
    }
    html_put(html, "<p class='");
    html_put(html, class);
    html_put(html, "'>");
    if (label != NULL) {
        html_str(html, label);
        html_put(html, " ");
    }
    html_str(html, text);
    html_put(html, "</p>");
}

void web_head_put(struct html *html, const struct web_view *view,
                  const struct web_head *head)
{
    char time[WORD_SIZE];
    char age[WORD_SIZE];
    bool is_calm =
        head->state == ITEM_PROTECTED || head->state == ITEM_SPREADING;

    html_put(html, "<section id='head' data-live-class class='head ");
    html_put(html, item_state_word(head->state));
    html_put(html, "'><div id='line' data-live aria-live='polite'><h1>");
    html_shape(html, head->state);
    html_put(html, "<span>");
    html_str(html, head->text);
    html_put(html, "</span></h1></div><div id='more' data-live>");
    put_line(html, "why", NULL, head->why);
    put_line(html, "doing", is_calm ? NULL : word_string(html, STR_DOING_LABEL),
             head->doing);
    put_line(html, "todo",
             strcmp(head->action, word_string(html, STR_DO_NOTHING)) == 0
                 ? NULL
                 : word_string(html, STR_DO_LABEL),
             head->action);
    html_put(html, "<p class='picture'>");
    html_fill(
        html, STR_PICTURE_OF,
        word_time(html, time,
                  view->now_s > view->age_s ? view->now_s - view->age_s : 0),
        word_ago(html, age, view->age_s), NULL, NULL);
    html_put(html, "</p></div></section>\n");
}
