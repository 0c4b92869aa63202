/* SPDX-License-Identifier: Apache-2.0 */
/* Sections that several pages have. Pure; one thread. */
#ifndef HF_WEB_PARTS_H
#define HF_WEB_PARTS_H

#include <stdbool.h>
#include <stddef.h>

#include "web/html.h"
#include "web/view.h"

/* Members and their nodes; `whole`: all columns. */
void parts_members(struct html *html, const struct web_view *view, bool whole);
/* What would be left if a country were lost. */
void parts_losses(struct html *html, const struct web_view *view);
/* The last `count` days as a picture. */
void parts_days(struct html *html, const struct web_view *view, size_t count);
/* The table of the items of a list. */
void parts_items(struct html *html, const struct web_view *view,
                 enum web_string caption);

#endif
