/* SPDX-License-Identifier: Apache-2.0 */
/* What a browser asks: the target of its request line, its Host and its
 * Accept-Language, which strangers write (any program on this machine, any page
 * that a browser here shows). Pure functions on borrowed spans; nothing is
 * decoded but what stands in the grammar below, and no bytes of it reach a page
 * again.
 *
 *   target = path [ "?" pair *( "&" pair ) ]
 *   pair   = "lang=" en|be|ru  |  "state=" a state's word  |  "at=" L "." I
 *          |  anything else, which is passed over
 *
 * Bounds: WEB_TARGET_SIZE_MAX, WEB_HOST_SIZE_MAX, WEB_ACCEPT_SIZE_MAX. */
#ifndef HF_WEB_ASKED_H
#define HF_WEB_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "model/health.h"
#include "web/strings.h"

#define WEB_TARGET_SIZE_MAX 512
#define WEB_HOST_SIZE_MAX 300
#define WEB_ACCEPT_SIZE_MAX 512

enum web_page {
    WEB_FRONT,
    WEB_ITEMS,
    WEB_MEMBERS,
    WEB_HISTORY,
    WEB_REPORT,
    WEB_GLOSSARY,
    WEB_HEALTHZ,
    WEB_STATUS_JSON,
    WEB_METRICS,
    WEB_STYLE,
    WEB_SCRIPT,
    WEB_ICON,
    WEB_PAGE_COUNT
};

struct web_asked {
    enum web_page page;
    bool has_lang; /* the address names one; links then keep it */
    enum web_lang lang;
    bool has_state;
    enum item_state state;
    uint64_t ledger; /* cursor of a list, from "at" */
    uint64_t index;
};

/* ERR_NOT_FOUND: no such page. ERR_MALFORMED: a pair of ours with a value that
 * it cannot have. ERR_TOO_BIG. lang is WEB_EN when none is named. */
MUST_USE enum err web_asked_parse(struct span target,
                                  struct web_asked *ret_asked);
/* The path of a page, NUL-terminated. */
const char *web_path(enum web_page page);

/* May this Host be answered? The names of the loopback, and those of `names`
 * (single spaces between them), each with or without a port. So no page of
 * another site can read ours by a name of its own that leads here. */
bool web_host_allowed(struct span host, const char *names);

/* The best of our languages in an Accept-Language header: highest weight, then
 * the first one; English when none is named. Malformed parts are passed
 * over. */
enum web_lang web_lang_choose(struct span accept);
/* "en", "be", "ru". */
bool web_lang_find(struct span name, enum web_lang *ret_lang);

#endif
