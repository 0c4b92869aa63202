/* SPDX-License-Identifier: Apache-2.0 */
/* Days: a picture of columns, and all of them as a table. */
#include <stdio.h>

#include "web/pages.h"
#include "web/parts.h"
#include "web/states.h"
#include "wire/message.h"

#define DAY_S 86400
#define PICTURE_DAYS_MAX STATUS_DAYS_MAX
#define COLUMN 8 /* units of the picture */
#define HEIGHT 64

static uint64_t count_of(const struct status_day *day)
{
    uint64_t all = 0;

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        all += day->states[i];
    }
    return all;
}

static bool is_good(const struct status_day *day)
{
    return count_of(day) ==
           (uint64_t)day->states[ITEM_PROTECTED] + day->states[ITEM_SPREADING];
}

/* Of a column, what each state has; one that has any is never invisible. */
static void put_column(struct html *html, const struct status_day *day,
                       uint64_t x)
{
    uint64_t all = count_of(day);
    unsigned top = 0;

    for (size_t i = 0; i < ITEM_STATE_COUNT && all > 0; i++) {
        enum item_state state = item_states_worst[i];
        unsigned height =
            (unsigned)((uint64_t)day->states[state] * HEIGHT / all);

        if (day->states[state] > 0 && height < 3) {
            height = 3;
        }
        if (state == ITEM_PROTECTED) {
            height = top < HEIGHT && day->states[state] > 0 ? HEIGHT - top : 0;
        }
        if (height > 0) {
            buf_printf(html->to,
                       "<rect class='f-%s' x='%llu' y='%u' width='%d' "
                       "height='%u'/>",
                       item_state_word(state), (unsigned long long)x, top,
                       COLUMN - 1, height);
        }
        top += height;
    }
}

/* The days of a status are in order, the newest last. */
static size_t first_of(const struct web_view *view, size_t count)
{
    size_t days = view->status->health.days_count;

    return days > count ? days - count : 0;
}

void parts_days(struct html *html, const struct web_view *view, size_t count)
{
    const struct msg_status_reply *status = view->status;
    char days[WORD_SIZE];
    char last[WORD_SIZE];
    char good[WORD_SIZE];
    size_t from;
    uint64_t fine = 0;

    if (count > PICTURE_DAYS_MAX) {
        count = PICTURE_DAYS_MAX;
    }
    from = first_of(view, count);
    if (status->health.days_count == 0) {
        html_put(html, "<p>");
        html_say(html, STR_HISTORY_NONE);
        html_put(html, "</p>");
        return;
    }
    for (size_t i = from; i < status->health.days_count; i++) {
        fine += is_good(&status->health.days[i]);
    }

    uint64_t first_day = status->health.days[from].day;
    uint64_t last_day = status->health.days[status->health.days_count - 1].day;
    uint64_t columns = last_day - first_day + 1;

    if (columns > 2 * PICTURE_DAYS_MAX) {
        columns = 2 * PICTURE_DAYS_MAX;
        first_day = last_day - columns + 1;
    }
    buf_printf(html->to,
               "<svg class='days' role='img' viewBox='0 0 %llu %d' "
               "preserveAspectRatio='none' aria-label='",
               (unsigned long long)(columns * COLUMN), HEIGHT);
    html_fill(html, STR_HISTORY_ALT,
              word_number(html, days, status->health.days_count - from),
              word_date(html, last, last_day * DAY_S),
              word_number(html, good, fine), NULL);
    html_put(html, "'>");
    for (size_t i = from; i < status->health.days_count; i++) {
        if (status->health.days[i].day >= first_day) {
            put_column(html, &status->health.days[i],
                       (status->health.days[i].day - first_day) * COLUMN);
        }
    }
    html_put(html, "</svg>");
}

static void put_table(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;

    html_table(html, STR_HISTORY, "days");
    html_column(html, STR_COL_DAY);
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        html_column_number(html, web_state_row(item_states_worst[i])->name);
    }
    html_table_rows(html);
    for (size_t i = status->health.days_count; i-- > 0;) {
        char text[WORD_SIZE];

        html_row(html, NULL);
        html_str(html,
                 word_date(html, text, status->health.days[i].day * DAY_S));
        html_row_named(html);
        for (size_t at = 0; at < ITEM_STATE_COUNT; at++) {
            html_cell_number(
                html,
                word_number(
                    html, text,
                    status->health.days[i].states[item_states_worst[at]]));
        }
        html_row_end(html);
    }
    html_table_end(html);
}

void page_history(struct html *html, const struct web_view *view)
{
    layout_begin(html, view, word_string(html, STR_HISTORY));
    html_put(html, "<h1>");
    html_say(html, STR_HISTORY);
    html_put(html, "</h1><p>");
    html_say(html, STR_HISTORY_INTRO);
    html_put(html, "</p><section id='days' data-live>");
    parts_days(html, view, PICTURE_DAYS_MAX);
    if (view->status->health.days_count > 0) {
        put_table(html, view);
    }
    html_put(html, "</section>\n");
    layout_end(html, view);
}
