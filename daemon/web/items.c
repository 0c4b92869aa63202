/* SPDX-License-Identifier: Apache-2.0 */
/* Items by state: ids, reasons, who has them. No names: a node knows none. */
#include <stdio.h>

#include "model/item_id.h"
#include "model/record.h"
#include "web/pages.h"
#include "web/parts.h"
#include "web/states.h"
#include "wire/message.h"

static enum web_string reason_text(enum list_reason_code code)
{
    switch (code) {
    case REASON_BAD:
        return STR_REASON_COPY_BAD;
    case REASON_SILENT:
        return STR_REASON_SILENT;
    case REASON_TO_FETCH:
        return STR_REASON_TO_FETCH;
    case REASON_UNPROVEN:
        return STR_REASON_NOT_CHECKED;
    case REASON_NOT_REREAD:
        return STR_REASON_NOT_REREAD;
    }
    return STR_REASON_OTHER; /* of a newer release */
}

static void put_members(struct html *html, const struct web_view *view,
                        uint32_t mask)
{
    bool first = true;

    html_cell_begin(html, NULL);
    for (size_t i = 0; i < view->list->members_count && i < 32; i++) {
        if ((mask >> i & 1U) != 0) {
            html_put(html, first ? "" : " ");
            html_text(html, label_span(&view->list->members[i]));
            first = false;
        }
    }
    if (first) {
        html_say(html, STR_NONE);
    }
    html_cell_end(html);
}

static void put_reason(struct html *html, const struct web_view *view,
                       const struct list_reason *reason)
{
    const char *node = reason->node < view->list->nodes_count
                           ? view->list->nodes[reason->node].text
                           : word_string(html, STR_NOT_KNOWN);

    html_fill(html, reason_text(reason->code), node, NULL, NULL, NULL);
}

/* The deposit of a leaf, as it is or carried over. */
static bool deposit_of(struct span leaf, struct deposit *ret_deposit)
{
    struct record record;
    struct record inner;

    if (record_parse(leaf, &record, NULL) != ERR_OK) {
        return false;
    }
    if (record.kind == RECORD_DEPOSIT) {
        *ret_deposit = record.deposit;
        return true;
    }
    if (record.kind != RECORD_CARRIED ||
        record_parse_carried(&record, &inner, NULL) != ERR_OK ||
        inner.kind != RECORD_DEPOSIT) {
        return false;
    }
    *ret_deposit = inner.deposit;
    return true;
}

/* Its id and size stand in the record; one that cannot be read has a place in
 * its ledger. */
static void put_id(struct html *html, const struct list_entry *entry)
{
    struct deposit deposit;
    char id[ITEM_ID_TEXT_SIZE];
    char size[WORD_SIZE];

    html_row(html, "id");
    if (deposit_of(entry->leaf, &deposit)) {
        item_id_format(&deposit.payload_root, id);
        html_str(html, id);
        html_row_named(html);
        html_cell_number(html, word_size(html, size, deposit.payload_size));
    } else {
        html_text(html, entry->origin);
        buf_printf(html->to, " %llu", (unsigned long long)entry->index);
        html_row_named(html);
        html_cell_number(html, word_string(html, STR_NOT_KNOWN));
    }
}

static void put_entry(struct html *html, const struct web_view *view,
                      const struct list_entry *entry)
{
    const struct list_state *known = &entry->state;
    enum item_state state = known->state < ITEM_STATE_COUNT
                                ? (enum item_state)known->state
                                : ITEM_UNPROVEN;
    char text[WORD_SIZE];

    put_id(html, entry);
    html_cell_begin(html, NULL);
    html_put(html, "<span class='chip ");
    html_put(html, item_state_word(state));
    html_put(html, "'>");
    html_shape(html, state);
    html_say(html, web_state_row(state)->name);
    html_put(html, "</span>");
    html_cell_end(html);
    put_members(html, view, known->proven);
    put_members(html, view, known->open);
    html_cell_begin(html, NULL);
    for (size_t i = 0; i < known->reasons_count; i++) {
        html_put(html, i == 0 ? "" : "<br>");
        put_reason(html, view, &known->reasons[i]);
    }
    html_cell_end(html);
    html_cell(html, word_span(html, text, known->since + view->age_s));
    html_row_end(html);
}

void parts_items(struct html *html, const struct web_view *view,
                 enum web_string caption)
{
    html_table(html, caption, "items");
    html_column(html, STR_COL_ITEM);
    html_column_number(html, STR_COL_SIZE);
    html_column(html, STR_COL_STATE);
    html_column(html, STR_COL_PROVEN);
    html_column(html, STR_COL_OPEN);
    html_column(html, STR_COL_WHY);
    html_column(html, STR_COL_SINCE);
    html_table_rows(html);
    for (size_t i = 0; i < view->list->count; i++) {
        put_entry(html, view, &view->list->entries[i]);
    }
    html_table_end(html);
}

static void put_filter(struct html *html, const struct web_view *view)
{
    html_put(html, "<nav class='filter' aria-label='");
    html_say(html, STR_ITEMS_FILTER);
    html_put(html, "'><ul><li><a");
    html_href(html, WEB_ITEMS, NULL);
    html_put(html, view->asked.has_state ? ">" : " aria-current='true'>");
    html_say(html, STR_ITEMS_ALL_BAD);
    html_put(html, "</a></li>");
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        const struct web_state_row *row = web_state_row(item_states_worst[i]);
        char query[64];

        snprintf(query, sizeof(query), "state=%s",
                 item_state_word(item_states_worst[i]));
        html_put(html, "<li><a");
        html_href(html, WEB_ITEMS, query);
        html_put(html, view->asked.has_state &&
                               view->asked.state == item_states_worst[i]
                           ? " aria-current='true'>"
                           : ">");
        html_shape(html, item_states_worst[i]);
        html_say(html, row->name);
        html_put(html, "</a></li>");
    }
    html_put(html, "</ul></nav>");
}

static void put_next(struct html *html, const struct web_view *view)
{
    char query[128];

    snprintf(query, sizeof(query), "%s%s%sat=%llu.%llu",
             view->asked.has_state ? "state=" : "",
             view->asked.has_state ? item_state_word(view->asked.state) : "",
             view->asked.has_state ? "&" : "",
             (unsigned long long)view->list->ledger,
             (unsigned long long)view->list->index);
    html_put(html, "<p><a");
    html_href(html, WEB_ITEMS, query);
    html_put(html, ">");
    html_say(html, STR_ITEMS_NEXT);
    html_put(html, "</a></p>");
}

void page_items(struct html *html, const struct web_view *view)
{
    layout_begin(html, view, word_string(html, STR_ITEMS));
    html_put(html, "<h1>");
    html_say(html, STR_ITEMS);
    html_put(html, "</h1><p>");
    html_say(html, STR_ITEMS_INTRO);
    html_put(html, "</p>");
    put_filter(html, view);
    html_put(html, "<section id='items' data-live>");
    if (view->list->count > 0) {
        parts_items(html, view, STR_ITEMS);
    } else if (!view->list->more) {
        html_put(html, "<p>");
        html_say(html, STR_ITEMS_NONE);
        html_put(html, "</p>");
    }
    if (view->list->more) {
        put_next(html, view);
    }
    html_put(html, "</section>\n");
    layout_end(html, view);
}
