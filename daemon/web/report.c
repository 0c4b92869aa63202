/* SPDX-License-Identifier: Apache-2.0 */
/* One A4 page to sign and file, then the exceptions by id. */
#include <stdio.h>

#include "daemon/status_json.h"
#include "web/pages.h"
#include "web/parts.h"
#include "web/states.h"
#include "wire/message.h"

#define MONTH_DAYS 30
#define DAY_S 86400

static void begin_point(struct html *html, enum web_string name)
{
    html_put(html, "<section class='point'><h2>");
    html_say(html, name);
    html_put(html, "</h2>");
}

static void end_point(struct html *html)
{
    html_put(html, "</section>\n");
}

static void put_sentence(struct html *html, const struct web_view *view)
{
    uint64_t all = view_items(view);
    char texts[5][WORD_SIZE];

    begin_point(html, STR_REPORT_1);
    html_put(html, "<p><strong>");
    if (all == 0) {
        html_say(html, STR_HEAD_EMPTY);
    } else {
        html_fill(
            html, STR_REPORT_SENTENCE,
            word_number(html, texts[0], view_count(view, ITEM_PROTECTED)),
            word_plural(html, texts[1], PLURAL_ITEMS, all),
            word_share(html, texts[2], view_count(view, ITEM_PROTECTED), all),
            NULL);
        html_put(html, " ");
        html_fill(html, STR_REPORT_WORST,
                  word_number(html, texts[3], view_count(view, ITEM_LAST_COPY)),
                  word_number(html, texts[4], view_count(view, ITEM_LOST)),
                  NULL, NULL);
    }
    html_put(html, "</strong></p>");
    end_point(html);
}

static void put_rule(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;
    char copies[WORD_SIZE];
    char countries[WORD_SIZE];
    char age[WORD_SIZE];
    char roster[WORD_SIZE];

    begin_point(html, STR_REPORT_2);
    html_put(html, "<p>");
    html_fill(
        html, STR_REPORT_RULE,
        word_plural(html, copies, PLURAL_COPIES, status->rule_copies),
        word_plural(html, countries, PLURAL_COUNTRIES, status->rule_countries),
        word_span(html, age, status->health.proof_age),
        word_number(html, roster, status->roster_version));
    html_put(html, "</p>");
    end_point(html);
}

/* The day that is a month back, or the oldest that is not older. */
static const struct status_day *month_back(const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;
    uint64_t today = view->now_s / DAY_S;

    for (size_t i = 0; i < status->health.days_count; i++) {
        if (status->health.days[i].day + MONTH_DAYS >= today) {
            return &status->health.days[i];
        }
    }
    return NULL;
}

static void put_change(struct html *html, uint64_t then, uint64_t now)
{
    char number[WORD_SIZE];
    char text[WORD_SIZE + 4];

    snprintf(text, sizeof(text), "%s%s",
             now > then ? "+" : (now < then ? "\u2212" : ""),
             word_number(html, number, now > then ? now - then : then - now));
    html_cell_number(html, text);
}

static void put_numbers(struct html *html, const struct web_view *view)
{
    const struct status_day *then = month_back(view);
    char text[WORD_SIZE];

    html_put(html, "<section class='point'>");
    html_table(html, STR_REPORT_3, "report");
    html_column(html, STR_REPORT_COL);
    html_column_number(html, STR_REPORT_COL_NOW);
    html_column_number(html, STR_REPORT_COL_CHANGE);
    html_table_rows(html);
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        enum item_state state = item_states_worst[i];

        html_row(html, NULL);
        html_shape(html, state);
        html_say(html, web_state_row(state)->name);
        html_row_named(html);
        html_cell_number(html,
                         word_number(html, text, view_count(view, state)));
        if (then == NULL) {
            html_cell_number(html, word_string(html, STR_REPORT_NOT_THEN));
        } else {
            put_change(html, then->states[state], view_count(view, state));
        }
        html_row_end(html);
    }
    html_table_end(html);
    end_point(html);
}

static bool is_worse(const struct status_loss *a, const struct status_loss *b)
{
    return a->none_left > b->none_left ||
           (a->none_left == b->none_left && a->one_left > b->one_left);
}

static void put_countries(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;
    const struct status_loss *worst = NULL;
    char country[WORD_SIZE];
    char what[WORD_SIZE];

    for (size_t i = 0; i < status->health.losses_count; i++) {
        if (worst == NULL || is_worse(&status->health.losses[i], worst)) {
            worst = &status->health.losses[i];
        }
    }
    begin_point(html, STR_REPORT_4);
    html_put(html, "<p>");
    if (worst == NULL || view_items(view) == 0) {
        html_say(html, STR_LOSSES_NONE);
    } else if (worst->none_left == 0 && worst->one_left == 0) {
        html_say(html, STR_REPORT_COUNTRY_FINE);
    } else {
        html_fill(html, STR_REPORT_COUNTRY,
                  view_country(html, country, worst->country),
                  worst->none_left > 0
                      ? word_plural(html, what, PLURAL_LOSS_NONE_LEFT,
                                    worst->none_left)
                      : word_plural(html, what, PLURAL_LOSS_ONE_LEFT,
                                    worst->one_left),
                  NULL, NULL);
    }
    html_put(html, "</p>");
    end_point(html);
}

static void put_checks(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;
    uint64_t sums[4] = { 0 };
    char texts[4][WORD_SIZE];

    for (size_t i = 0; i < status->peers_count; i++) {
        sums[0] += status->peers[i].proofs.asked;
        sums[1] += status->peers[i].proofs.good;
        sums[2] += status->peers[i].proofs.bad;
        sums[3] += status->peers[i].proofs.silent;
    }
    begin_point(html, STR_REPORT_5);
    html_put(html, "<p>");
    if (sums[0] == 0) {
        html_say(html, STR_REPORT_NO_CHECKS);
    } else {
        html_fill(html, STR_REPORT_CHECKS, word_number(html, texts[0], sums[0]),
                  word_number(html, texts[1], sums[1]),
                  word_number(html, texts[2], sums[2]),
                  word_number(html, texts[3], sums[3]));
    }
    html_put(html, " ");
    html_fill(html, STR_REPORT_REREAD,
              word_number(html, texts[0], status->health.scrub_bad),
              word_number(html, texts[1], status->health.repaired),
              word_number(html, texts[2], status->health.quarantined), NULL);
    html_put(html, "</p><p class='muted'>");
    html_say(html, STR_REPORT_LIMITS);
    html_put(html, "</p>");
    end_point(html);
}

/* Codes only: what they mean is on the first page, and in the manual. */
static void put_alarms(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;
    char text[WORD_SIZE] = "";
    size_t used = 0;

    for (size_t i = 0; i < status->alarms_count && used + 64 < WORD_SIZE; i++) {
        used += (size_t)snprintf(
            text + used, WORD_SIZE - used, "%s%.*s",
            i == 0 ? "" : word_string(html, STR_LIST_COMMA),
            (int)(status->alarms[i].code.size < 40 ? status->alarms[i].code.size
                                                   : 40),
            (const char *)status->alarms[i].code.data);
    }
    begin_point(html, STR_REPORT_6);
    html_put(html, "<p>");
    if (used == 0) {
        html_say(html, STR_REPORT_NO_ALARMS);
    } else {
        html_fill(html, STR_REPORT_ALARMS, text, NULL, NULL, NULL);
    }
    html_put(html, "</p>");
    end_point(html);
}

static void put_annex(struct html *html, const struct web_view *view)
{
    html_put(html, "<section class='annex'>");
    if (view->list->count == 0) {
        html_put(html, "<h2>");
        html_say(html, STR_REPORT_ANNEX);
        html_put(html, "</h2><p>");
        html_say(html, STR_REPORT_ANNEX_NONE);
        html_put(html, "</p>");
    } else {
        parts_items(html, view, STR_REPORT_ANNEX);
    }
    if (view->list->more) {
        html_put(html, "<p>");
        html_say(html, STR_REPORT_ANNEX_MORE);
        html_put(html, "</p>");
    }
    end_point(html);
}

void page_report(struct html *html, const struct web_view *view)
{
    char name[WORD_SIZE];
    char date[WORD_SIZE];

    layout_begin(html, view, word_string(html, STR_REPORT));
    html_put(html, "<article class='sheet'><h1>");
    html_fill(html, STR_REPORT_TITLE, view_label(name, view_name(view)), NULL,
              NULL, NULL);
    html_put(html, "</h1><p class='when'>");
    html_str(
        html,
        word_time(html, date,
                  view->now_s > view->age_s ? view->now_s - view->age_s : 0));
    html_put(html, "</p><p class='screen muted'>");
    html_say(html, STR_REPORT_PRINT);
    html_put(html, "</p><p class='sign'><span>");
    html_say(html, STR_REPORT_PREPARED);
    html_put(html, "</span><span>");
    html_say(html, STR_REPORT_SEEN);
    html_put(html, "</span></p>");
    put_sentence(html, view);
    put_rule(html, view);
    put_numbers(html, view);
    put_countries(html, view);
    put_checks(html, view);
    put_alarms(html, view);
    html_put(html, "</article>");
    put_annex(html, view);
    layout_end(html, view);
}
