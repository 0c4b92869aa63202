/* SPDX-License-Identifier: Apache-2.0 */
/* Members: who holds how much, and when it was last heard of. */
#include "daemon/status_json.h"
#include "web/pages.h"
#include "web/parts.h"
#include "web/states.h"
#include "wire/message.h"

#define SILENT_S 86400 /* not heard of for so long: marked */

static void put_names(struct html *html, struct span node, struct span member,
                      struct span country, enum node_role_code role)
{
    char text[WORD_SIZE];

    html_row(html, NULL);
    html_text(html, member.size > 0 ? member : node);
    if (role != ROLE_STORE) {
        html_put(html, "<br><span class='muted'>");
        html_say(html,
                 role == ROLE_OBSERVER ? STR_ROLE_OBSERVER : STR_ROLE_LEAVING);
        html_put(html, "</span>");
    }
    html_row_named(html);
    html_cell_begin(html, NULL);
    html_text(html, node);
    html_cell_end(html);
    html_cell(html, view_country(html, text, country));
}

static void put_own(struct html *html, const struct web_view *view, bool whole)
{
    const struct msg_status_reply *status = view->status;
    char text[WORD_SIZE];

    put_names(html, status->node, status->member, status->country,
              status->role);
    html_cell_number(html, status->role == ROLE_OBSERVER
                               ? word_string(html, STR_NONE)
                               : word_number(html, text, status->held));
    html_cell(html, word_string(html, STR_THIS_NODE));
    html_cell_number(html, word_size(html, text, status->free_bytes));
    if (whole) {
        html_cell_number(html, word_number(html, text,
                                           status->placed > status->held
                                               ? status->placed - status->held
                                               : 0));
        html_cell(html, "");
        html_cell(html, status->health.scrubbed_s == 0
                            ? word_string(html, STR_NOT_KNOWN)
                            : word_date(html, text, status->health.scrubbed_s));
        html_cell(html, "");
        html_cell(html, view_label(text, status->release));
    }
    html_row_end(html);
}

/* Of the last 30 days, asked by this node. */
static void put_pieces(struct html *html, const struct status_peer *peer)
{
    char good[WORD_SIZE];
    char asked[WORD_SIZE];
    char bad[WORD_SIZE];

    html_cell_begin(html, NULL);
    if (peer->proofs.asked == 0) {
        html_say(html, STR_NONE);
    } else {
        html_fill(html, peer->proofs.bad > 0 ? STR_PIECES_BAD : STR_PIECES_OF,
                  word_number(html, good, peer->proofs.good),
                  word_number(html, asked, peer->proofs.asked),
                  word_number(html, bad, peer->proofs.bad), NULL);
    }
    html_cell_end(html);
}

static void put_more(struct html *html, const struct web_view *view,
                     const struct status_peer *peer)
{
    const char *unknown = word_string(html, STR_NOT_KNOWN);
    char text[WORD_SIZE];

    html_cell_number(html, peer->heard ? word_number(html, text, peer->behind)
                                       : unknown);
    html_cell(html,
              peer->has_statement && peer->statement_age_s != UINT64_MAX
                  ? word_ago(html, text, peer->statement_age_s + view->age_s)
                  : unknown);
    html_cell(html, peer->proofs.scrubbed_s == 0
                        ? unknown
                        : word_date(html, text, peer->proofs.scrubbed_s));
    put_pieces(html, peer);
    html_cell(html, view_label(text, peer->release));
}

static void put_peer(struct html *html, const struct web_view *view,
                     const struct status_peer *peer, bool whole)
{
    const char *unknown = word_string(html, STR_NOT_KNOWN);
    char text[WORD_SIZE];

    put_names(html, peer->node, peer->member, peer->country, peer->role);
    html_cell_number(html, peer->has_statement
                               ? word_number(html, text, peer->items_claimed)
                               : unknown);
    html_cell_begin(html, NULL);
    if (view_is_silent(peer) ||
        (!peer->connected && view->now_s > peer->proofs.seen_s + SILENT_S)) {
        html_shape(html, ITEM_SHORT);
        html_put(html, " ");
    }
    if (peer->proofs.seen_s == 0) {
        html_say(html, STR_NEVER);
    } else if (peer->connected) {
        html_str(html, word_ago(html, text, peer->silent_s + view->age_s));
    } else {
        html_str(html, word_ago(html, text,
                                view->now_s > peer->proofs.seen_s
                                    ? view->now_s - peer->proofs.seen_s
                                    : 0));
    }
    html_cell_end(html);
    html_cell_number(html, peer->has_statement
                               ? word_size(html, text, peer->free_bytes)
                               : unknown);
    if (whole) {
        put_more(html, view, peer);
    }
    html_row_end(html);
}

void parts_members(struct html *html, const struct web_view *view, bool whole)
{
    html_put(html, "<section id='members' data-live>");
    html_table(html, STR_MEMBERS, "members");
    html_column(html, STR_COL_MEMBER);
    html_column(html, STR_COL_NODE);
    html_column(html, STR_COL_COUNTRY);
    html_column_number(html, STR_COL_HELD);
    html_column(html, STR_COL_CONTACT);
    html_column_number(html, STR_COL_DISK);
    if (whole) {
        html_column_number(html, STR_COL_BEHIND);
        html_column(html, STR_COL_STATED);
        html_column(html, STR_COL_REREAD);
        html_column(html, STR_COL_PIECES);
        html_column(html, STR_COL_RELEASE);
    }
    html_table_rows(html);
    put_own(html, view, whole);
    for (size_t i = 0; i < view->status->peers_count; i++) {
        put_peer(html, view, &view->status->peers[i], whole);
    }
    html_table_end(html);
    html_put(html, "</section>\n");
}

void page_members(struct html *html, const struct web_view *view)
{
    layout_begin(html, view, word_string(html, STR_MEMBERS));
    html_put(html, "<h1>");
    html_say(html, STR_MEMBERS);
    html_put(html, "</h1>");
    parts_members(html, view, true);
    parts_losses(html, view);
    layout_end(html, view);
}
