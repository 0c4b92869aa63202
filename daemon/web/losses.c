/* SPDX-License-Identifier: Apache-2.0 */
/* If one country were lost tonight. */
#include "web/parts.h"
#include "web/states.h"
#include "wire/message.h"

static void put_loss(struct html *html, const struct status_loss *loss)
{
    enum item_state state = ITEM_PROTECTED;
    char text[WORD_SIZE];

    if (loss->none_left > 0) {
        state = ITEM_LOST;
    } else if (loss->one_left > 0) {
        state = ITEM_LAST_COPY;
    }
    html_row(html, NULL);
    html_str(html, view_country(html, text, loss->country));
    html_row_named(html);
    html_cell_begin(html, NULL);
    html_put(html, "<span class='chip ");
    html_put(html, item_state_word(state));
    html_put(html, "'>");
    html_shape(html, state);
    if (loss->none_left == 0 && loss->one_left == 0) {
        html_say(html, STR_LOSS_FINE);
    }
    if (loss->none_left > 0) {
        html_str(html, word_plural(html, text, PLURAL_LOSS_NONE_LEFT,
                                   loss->none_left));
        html_put(html, loss->one_left > 0 ? "; " : "");
    }
    if (loss->one_left > 0) {
        html_str(html,
                 word_plural(html, text, PLURAL_LOSS_ONE_LEFT, loss->one_left));
    }
    html_put(html, "</span>");
    html_cell_end(html);
    html_row_end(html);
}

void parts_losses(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;

    html_put(html, "<section id='losses' data-live>");
    if (status->health.losses_count == 0 || view_items(view) == 0) {
        html_put(html, "<h2>");
        html_say(html, STR_LOSSES);
        html_put(html, "</h2><p>");
        html_say(html, STR_LOSSES_NONE);
        html_put(html, "</p></section>\n");
        return;
    }
    html_table(html, STR_LOSSES, "losses");
    html_column(html, STR_COL_COUNTRY);
    html_column(html, STR_COL_IF_LOST);
    html_table_rows(html);
    for (size_t i = 0; i < status->health.losses_count; i++) {
        put_loss(html, &status->health.losses[i]);
    }
    html_table_end(html);
    html_put(html, "</section>\n");
}
