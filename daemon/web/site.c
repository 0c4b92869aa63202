/* SPDX-License-Identifier: Apache-2.0 */
#include "web/site.h"

#include <stdlib.h>

#include "base/check.h"
#include "daemon/json.h"
#include "daemon/status_json.h"
#include "web/head.h"
#include "web/metrics.h"
#include "web/pages.h"
#include "wire/message.h"

/* made by the build from style.css and live.js */
#include "live_text.h"
#include "style_text.h"

const struct site_header site_headers[] = {
    { "Content-Security-Policy",
      "default-src 'none'; style-src 'self'; script-src 'self'; img-src "
      "'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
      "frame-ancestors 'none'" },
    { "X-Content-Type-Options", "nosniff" },
    { "Referrer-Policy", "no-referrer" },
    { "Cross-Origin-Opener-Policy", "same-origin" },
    { "Cross-Origin-Resource-Policy", "same-origin" },
    { "Cache-Control", "no-store" },
    { "Vary", "Accept-Language" },
};
const size_t site_headers_count =
    sizeof(site_headers) / sizeof(site_headers[0]);

static const char icon[] =
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'><path d='M8 "
    "1l6 2v5c0 4-3 6-6 7-3-1-6-3-6-7V3z' fill='#0b4a8f'/></svg>\n";

#define HTML "text/html; charset=utf-8"

enum site_need site_need(enum web_page page)
{
    switch (page) {
    case WEB_HEALTHZ:
    case WEB_STYLE:
    case WEB_SCRIPT:
    case WEB_ICON:
    case WEB_PAGE_COUNT:
        break;
    case WEB_ITEMS:
    case WEB_REPORT:
        return SITE_NEEDS_LIST;
    case WEB_FRONT:
    case WEB_MEMBERS:
    case WEB_HISTORY:
    case WEB_GLOSSARY:
    case WEB_STATUS_JSON:
    case WEB_METRICS:
        return SITE_NEEDS_STATUS;
    }
    return SITE_NEEDS_NOTHING;
}

static void begin(struct site_answer *answer, unsigned code, const char *type)
{
    answer->code = code;
    answer->type = type;
    answer->lang = NULL;
    buf_init(&answer->body, SITE_BODY_SIZE_MAX);
}

/* As "holdfast status --json" writes it. */
static void answer_json(const struct web_view *view, struct buf *to)
{
    json_t *envelope = status_answer_json(view->status, view->now_s,
                                          view->now_s - view->age_s);
    char *text;

    text = json_dumps(envelope, JSON_COMPACT);
    json_decref(envelope);
    CHECK(text != NULL);
    buf_put_str(to, text);
    buf_put_byte(to, '\n');
    free(text);
}

static void put_page(const struct web_view *view, struct html *html)
{
    switch (view->asked.page) {
    case WEB_ITEMS:
        page_items(html, view);
        break;
    case WEB_MEMBERS:
        page_members(html, view);
        break;
    case WEB_HISTORY:
        page_history(html, view);
        break;
    case WEB_REPORT:
        page_report(html, view);
        break;
    case WEB_GLOSSARY:
        page_glossary(html, view);
        break;
    case WEB_FRONT:
    case WEB_HEALTHZ:
    case WEB_STATUS_JSON:
    case WEB_METRICS:
    case WEB_STYLE:
    case WEB_SCRIPT:
    case WEB_ICON:
    case WEB_PAGE_COUNT:
        page_front(html, view);
        break;
    }
}

static void answer_page(const struct web_view *view, struct site_answer *answer)
{
    struct html html = { .to = &answer->body,
                         .strings = strings_of(view->asked.lang),
                         .lang = view->asked.lang,
                         .keep_lang = view->asked.has_lang };

    begin(answer, 200, HTML);
    answer->lang = html.strings->tag;
    put_page(view, &html);
}

void site_answer(const struct web_view *view, struct site_answer *ret_answer)
{
    switch (view->asked.page) {
    case WEB_HEALTHZ:
        begin(ret_answer, 200, "text/plain; charset=utf-8");
        buf_put_str(&ret_answer->body, "ok\n");
        return;
    case WEB_STYLE:
        begin(ret_answer, 200, "text/css; charset=utf-8");
        buf_put_data(&ret_answer->body, style_text, sizeof(style_text));
        return;
    case WEB_SCRIPT:
        begin(ret_answer, 200, "text/javascript; charset=utf-8");
        buf_put_data(&ret_answer->body, live_text, sizeof(live_text));
        return;
    case WEB_ICON:
        begin(ret_answer, 200, "image/svg+xml");
        buf_put_str(&ret_answer->body, icon);
        return;
    case WEB_METRICS:
        begin(ret_answer, 200, "text/plain; version=0.0.4; charset=utf-8");
        metrics_put(&ret_answer->body, view);
        return;
    case WEB_STATUS_JSON:
        begin(ret_answer, 200, "application/json");
        answer_json(view, &ret_answer->body);
        return;
    case WEB_FRONT:
    case WEB_ITEMS:
    case WEB_MEMBERS:
    case WEB_HISTORY:
    case WEB_REPORT:
    case WEB_GLOSSARY:
    case WEB_PAGE_COUNT:
        break;
    }
    answer_page(view, ret_answer);
}

unsigned site_code(enum err err)
{
    if (err == ERR_OK) {
        return 200;
    }
    if (err == ERR_TOO_BIG) {
        return 414;
    }
    return err == ERR_NOT_FOUND ? 404 : 400;
}

void site_refuse(unsigned code, enum web_lang lang,
                 struct site_answer *ret_answer)
{
    struct html html = { .to = &ret_answer->body,
                         .strings = strings_of(lang),
                         .lang = lang };

    begin(ret_answer, code, HTML);
    ret_answer->lang = html.strings->tag;
    page_wrong(&html, code == 503 ? STR_WRONG_BUSY : STR_WRONG_PAGE);
}
