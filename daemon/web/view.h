/* SPDX-License-Identifier: Apache-2.0 */
/* What a page is made from: one status of this node, what was asked, and the
 * time. A page is a pure function of it. All borrowed; one thread. */
#ifndef HF_WEB_VIEW_H
#define HF_WEB_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "model/health.h"
#include "web/asked.h"
#include "web/html.h"

#define VIEW_OLD_S 3600 /* older figures are no answer any more */

struct msg_list_reply;
struct msg_status_reply;
struct status_peer;
struct status_problem;

struct web_view {
    const struct msg_status_reply *status;
    const struct msg_list_reply *list; /* WEB_ITEMS and WEB_REPORT */
    struct web_asked asked;
    uint64_t now_s; /* clock */
    uint64_t age_s; /* of the status, since it was counted */
};

/* The consortium's name, without the digits that make it unique. */
struct span view_name(const struct web_view *view);
/* Items in a state. One that is known and that no state counts is not
 * proved. */
uint64_t view_count(const struct web_view *view, enum item_state state);
/* All that are known. */
uint64_t view_items(const struct web_view *view);
/* Has it a statement that counts? Observers are not asked for one. */
bool view_is_silent(const struct status_peer *peer);
/* "vilna, alpin": members without a fresh report; "" when there are none. */
const char *view_silent(const struct html *html, const struct web_view *view,
                        char text[static WORD_SIZE]);
/* "Lithuania", in the page's language; else its two letters. */
const char *view_country(const struct html *html, char text[static WORD_SIZE],
                         struct span code);
/* A label as a text. */
const char *view_label(char text[static WORD_SIZE], struct span label);

/* Everything around what a page says: head, navigation, foot. `title` is what
 * stands first in it. */
void layout_begin(struct html *html, const struct web_view *view,
                  const char *title);
void layout_end(struct html *html, const struct web_view *view);

#endif
