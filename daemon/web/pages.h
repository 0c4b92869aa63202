/* SPDX-License-Identifier: Apache-2.0 */
/* The pages for people. Each is a pure function that appends a whole document;
 * one thread. */
#ifndef HF_WEB_PAGES_H
#define HF_WEB_PAGES_H

#include "web/html.h"
#include "web/view.h"

void page_front(struct html *html, const struct web_view *view);
void page_items(struct html *html, const struct web_view *view);
void page_members(struct html *html, const struct web_view *view);
void page_history(struct html *html, const struct web_view *view);
void page_report(struct html *html, const struct web_view *view);
void page_glossary(struct html *html, const struct web_view *view);
/* What did not work, in the page's language; without a view. */
void page_wrong(struct html *html, enum web_string why);

#endif
