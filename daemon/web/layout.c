/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "base/limits.h"
#include "daemon/status_json.h"
#include "web/states.h"
#include "web/view.h"
#include "wire/message.h"

#define CID_DIGITS 16 /* that make a consortium's name unique */

static const struct {
    enum web_page page;
    enum web_string name;
} links[] = {
    { WEB_FRONT, STR_NAV_FRONT },     { WEB_ITEMS, STR_NAV_ITEMS },
    { WEB_MEMBERS, STR_NAV_MEMBERS }, { WEB_HISTORY, STR_NAV_HISTORY },
    { WEB_REPORT, STR_NAV_REPORT },   { WEB_GLOSSARY, STR_NAV_GLOSSARY },
};

struct span view_name(const struct web_view *view)
{
    struct span cid = view->status->consortium;

    if (cid.size > CID_DIGITS + 1 &&
        cid.data[cid.size - CID_DIGITS - 1] == '-') {
        cid.size -= CID_DIGITS + 1;
    }
    return cid;
}

uint64_t view_items(const struct web_view *view)
{
    uint64_t count = 0;

    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        count += view->status->health.states[i];
    }
    return count > view->status->items ? count : view->status->items;
}

uint64_t view_count(const struct web_view *view, enum item_state state)
{
    const uint32_t *states = view->status->health.states;
    uint64_t all = 0;

    if (state != ITEM_UNPROVEN) {
        return states[state];
    }
    for (size_t i = 0; i < ITEM_STATE_COUNT; i++) {
        all += i == ITEM_UNPROVEN ? 0 : states[i];
    }
    return view_items(view) - all;
}

const char *view_label(char text[static WORD_SIZE], struct span label)
{
    snprintf(text, WORD_SIZE, "%.*s", (int)label.size,
             label.size == 0 ? "" : (const char *)label.data);
    return text;
}

bool view_is_silent(const struct status_peer *peer)
{
    return peer->role != ROLE_OBSERVER && status_is_stale(peer);
}

const char *view_silent(const struct html *html, const struct web_view *view,
                        char text[static WORD_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (size_t i = 0; i < view->status->peers_count; i++) {
        const struct status_peer *peer = &view->status->peers[i];
        struct span name = peer->member.size > 0 ? peer->member : peer->node;

        if (view_is_silent(peer) && used + LABEL_SIZE_MAX + 8 < WORD_SIZE) {
            used += (size_t)snprintf(
                text + used, WORD_SIZE - used, "%s%.*s",
                used == 0 ? "" : word_string(html, STR_LIST_COMMA),
                (int)name.size, (const char *)name.data);
        }
    }
    return text;
}

static void put_languages(struct html *html, const struct web_view *view)
{
    html_put(html, "<nav class='langs' aria-label='");
    html_say(html, STR_LANG_LABEL);
    html_put(html, "'><ul>");
    for (size_t i = 0; i < WEB_LANG_COUNT; i++) {
        const struct strings *strings = strings_of((enum web_lang)i);
        struct html other = { .to = html->to,
                              .strings = strings,
                              .lang = (enum web_lang)i,
                              .keep_lang = true };
        const char *state =
            view->asked.has_state ? item_state_word(view->asked.state) : "";
        char query[64];

        snprintf(query, sizeof(query), "%s%s",
                 state[0] == '\0' ? "" : "state=", state);
        html_put(html, "<li><a lang='");
        html_put(html, strings->tag);
        html_put(html, "' hreflang='");
        html_put(html, strings->tag);
        html_put(html, "'");
        html_href(&other, view->asked.page, query);
        html_put(html,
                 strings == html->strings ? " aria-current='true'>" : ">");
        html_str(html, strings->texts[STR_LANG_NAME]);
        html_put(html, "</a></li>");
    }
    html_put(html, "</ul></nav>");
}

static void put_links(struct html *html, const struct web_view *view)
{
    html_put(html, "<nav aria-label='");
    html_say(html, STR_NAV_LABEL);
    html_put(html, "'><ul>");
    for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
        html_put(html, "<li><a");
        html_href(html, links[i].page, NULL);
        html_put(html, links[i].page == view->asked.page
                           ? " aria-current='page'>"
                           : ">");
        html_say(html, links[i].name);
        html_put(html, "</a></li>");
    }
    html_put(html, "</ul></nav>");
}

void layout_begin(struct html *html, const struct web_view *view,
                  const char *title)
{
    char name[WORD_SIZE];

    view_label(name, view_name(view));
    html_put(html, "<!doctype html>\n<html lang='");
    html_put(html, html->strings->tag);
    html_put(html, "'><head><meta charset='utf-8'><meta name='viewport' "
                   "content='width=device-width, initial-scale=1'>"
                   "<meta name='color-scheme' content='light dark'><title>");
    html_fill(html, STR_TITLE, title, name, NULL, NULL);
    html_put(html, "</title><link rel='icon' href='/icon.svg'>"
                   "<link rel='stylesheet' href='/style.css'>"
                   "<script src='/live.js' defer></script></head><body>"
                   "<a class='skip' href='#main'>");
    html_say(html, STR_SKIP);
    html_put(html, "</a><header><p class='site'>");
    html_str(html, name);
    html_put(html, "</p>");
    put_links(html, view);
    put_languages(html, view);
    html_put(html, "</header><p id='old' class='old' role='status' hidden>");
    html_say(html, STR_LIVE_LOST);
    html_put(html, "</p><main id='main' tabindex='-1'>\n");
}

void layout_end(struct html *html, const struct web_view *view)
{
    const struct msg_status_reply *status = view->status;
    char node[WORD_SIZE];
    char release[WORD_SIZE];
    char roster[WORD_SIZE];

    html_put(html, "</main><footer><p>");
    html_fill(html, STR_FOOT_NODE, view_label(node, status->node),
              word_number(html, roster, status->roster_version),
              view_label(release, status->release), NULL);
    html_put(html, " ");
    html_say(html, STR_FOOT_READ);
    if (word_string(html, STR_UNREVIEWED)[0] != '\0') {
        html_put(html, " <strong>");
        html_say(html, STR_UNREVIEWED);
        html_put(html, "</strong>");
    }
    html_put(html, "</p></footer></body></html>\n");
}
