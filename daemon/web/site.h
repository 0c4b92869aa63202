/* SPDX-License-Identifier: Apache-2.0 */
/* All that the daemon answers over HTTP, as one pure function: what is asked
 * and a view in, status code, headers and body out. The server (server.h) and
 * the tests' renderer are its two callers. One thread. */
#ifndef HF_WEB_SITE_H
#define HF_WEB_SITE_H

#include <stdbool.h>

#include "base/buf.h"
#include "web/view.h"

#define SITE_BODY_SIZE_MAX (1U << 20)
#define SITE_ITEMS_MAX 100 /* of a list on a page */

/* Sent with every answer. */
struct site_header {
    const char *name;
    const char *value;
};

extern const struct site_header site_headers[];
extern const size_t site_headers_count;

struct site_answer {
    unsigned code;    /* 200, 404 ... */
    const char *type; /* of its content */
    const char *lang; /* of its content, or NULL */
    struct buf body;  /* owned */
};

/* What a page needs before it can be made. */
enum site_need {
    SITE_NEEDS_NOTHING,
    SITE_NEEDS_STATUS,
    SITE_NEEDS_LIST /* a status, too */
};

enum site_need site_need(enum web_page page);
/* The page that was asked for. ret_answer->body is the caller's to free, also
 * when it has failed. */
void site_answer(const struct web_view *view, struct site_answer *ret_answer);
/* The status code for what web_asked_parse() says. */
unsigned site_code(enum err err);
/* What cannot be answered, as a small page: 400, 404, 405, 414, 421, 503. */
void site_refuse(unsigned code, enum web_lang lang,
                 struct site_answer *ret_answer);

#endif
