/* SPDX-License-Identifier: Apache-2.0 */
/* The one sentence of a page: the worst that is true, as model/health.h finds
 * it, in the page's language. Pure. */
#ifndef HF_WEB_HEAD_H
#define HF_WEB_HEAD_H

#include "web/view.h"

struct web_head {
    enum item_state state; /* shape and colour */
    char text[WORD_SIZE];
    char title[WORD_SIZE];  /* of the window: "2 at risk" */
    char why[WORD_SIZE];    /* may be empty */
    char doing[WORD_SIZE];  /* what is being done; may be empty */
    char action[WORD_SIZE]; /* what the reader has to do; may be empty */
};

void web_head_make(const struct html *html, const struct web_view *view,
                   struct web_head *ret_head);
/* The block that a page begins with. */
void web_head_put(struct html *html, const struct web_view *view,
                  const struct web_head *head);

#endif
