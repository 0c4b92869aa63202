/* SPDX-License-Identifier: Apache-2.0 */
#include "web/asked.h"

#include <string.h>

#include "base/text.h"
#include "web/states.h"

static const char *const paths[WEB_PAGE_COUNT] = {
    [WEB_FRONT] = "/",          [WEB_ITEMS] = "/items",
    [WEB_MEMBERS] = "/members", [WEB_HISTORY] = "/history",
    [WEB_REPORT] = "/report",   [WEB_GLOSSARY] = "/glossary",
    [WEB_HEALTHZ] = "/healthz", [WEB_STATUS_JSON] = "/api/1/status.json",
    [WEB_METRICS] = "/metrics", [WEB_STYLE] = "/style.css",
    [WEB_SCRIPT] = "/live.js",  [WEB_ICON] = "/icon.svg",
};

const char *web_path(enum web_page page)
{
    return paths[page];
}

/* Up to the byte, which is taken away too; without it, all. */
static struct span take_until(struct span *text, char byte)
{
    const uint8_t *at =
        text->size == 0 ? NULL : memchr(text->data, byte, text->size);
    struct span part = *text;

    if (at == NULL) {
        *text = span_part(*text, text->size, 0);
        return part;
    }
    part.size = (size_t)(at - text->data);
    *text = span_part(*text, part.size + 1, text->size);
    return part;
}

bool web_lang_find(struct span name, enum web_lang *ret_lang)
{
    for (size_t i = 0; i < WEB_LANG_COUNT; i++) {
        if (span_is(name, strings_of((enum web_lang)i)->tag)) {
            *ret_lang = (enum web_lang)i;
            return true;
        }
    }
    return false;
}

static enum err take_cursor(struct span value, struct web_asked *asked)
{
    struct span ledger = take_until(&value, '.');

    if (decimal_parse(ledger, &asked->ledger) != ERR_OK ||
        decimal_parse(value, &asked->index) != ERR_OK) {
        return ERR_MALFORMED;
    }
    return ERR_OK;
}

static enum err take_pair(struct span pair, struct web_asked *asked)
{
    struct span name = take_until(&pair, '=');

    if (span_is(name, "lang")) {
        asked->has_lang = web_lang_find(pair, &asked->lang);
        return asked->has_lang ? ERR_OK : ERR_MALFORMED;
    }
    if (span_is(name, "state")) {
        asked->has_state = item_state_parse(pair, &asked->state) == ERR_OK;
        return asked->has_state ? ERR_OK : ERR_MALFORMED;
    }
    if (span_is(name, "at")) {
        return take_cursor(pair, asked);
    }
    return ERR_OK;
}

enum err web_asked_parse(struct span target, struct web_asked *ret_asked)
{
    struct web_asked asked = { .page = WEB_PAGE_COUNT, .lang = WEB_EN };
    struct span path;

    if (target.size > WEB_TARGET_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    path = take_until(&target, '?');
    for (size_t i = 0; i < WEB_PAGE_COUNT; i++) {
        if (span_is(path, paths[i])) {
            asked.page = (enum web_page)i;
        }
    }
    if (asked.page == WEB_PAGE_COUNT) {
        return ERR_NOT_FOUND;
    }
    while (target.size > 0) {
        enum err err = take_pair(take_until(&target, '&'), &asked);

        if (err != ERR_OK) {
            return err;
        }
    }
    *ret_asked = asked;
    return ERR_OK;
}

/* ---- Host ---------------------------------------------------------------- */

static uint8_t small(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + 32) : byte;
}

/* Names of hosts do not know capitals. */
static bool same_name(struct span a, struct span b)
{
    if (a.size != b.size) {
        return false;
    }
    for (size_t i = 0; i < a.size; i++) {
        if (small(a.data[i]) != small(b.data[i])) {
            return false;
        }
    }
    return true;
}

/* Takes ":PORT" off the end. False when what follows the colon is no port. */
static bool drop_port(struct span *host)
{
    size_t from = 0;
    uint64_t port;

    if (host->size > 0 && host->data[0] == '[') {
        const uint8_t *end = memchr(host->data, ']', host->size);

        if (end == NULL) {
            return false;
        }
        from = (size_t)(end - host->data) + 1;
        if (from < host->size && host->data[from] != ':') {
            return false;
        }
    } else {
        while (from < host->size && host->data[from] != ':') {
            from++;
        }
    }
    if (from < host->size &&
        (decimal_parse(span_part(*host, from + 1, host->size), &port) !=
             ERR_OK ||
         port == 0 || port > 65535)) {
        return false;
    }
    host->size = from;
    return true;
}

/* 127.x.y.z: no name of the network consists of digits alone. */
static bool is_loopback(struct span host)
{
    for (size_t i = 0; i < host.size; i++) {
        if (host.data[i] != '.' &&
            !(host.data[i] >= '0' && host.data[i] <= '9')) {
            return false;
        }
    }
    return span_starts(host, "127.");
}

bool web_host_allowed(struct span host, const char *names)
{
    struct span left = span_str(names);

    if (host.size > WEB_HOST_SIZE_MAX || !drop_port(&host)) {
        return false;
    }
    if (same_name(host, span_str("localhost")) || is_loopback(host) ||
        span_is(host, "[::1]")) {
        return true;
    }
    while (left.size > 0) {
        if (host.size > 0 && same_name(host, take_until(&left, ' '))) {
            return true;
        }
        if (host.size == 0) {
            return false;
        }
    }
    return false;
}

/* ---- Accept-Language ----------------------------------------------------- */

/* "q=0.75" in thousandths; -1: no weight at all. */
static int weight_of(struct span text)
{
    int weight;
    int unit = 100;

    if (text.size < 3 || small(text.data[0]) != 'q' || text.data[1] != '=' ||
        (text.data[2] != '0' && text.data[2] != '1') || text.size > 7) {
        return -1;
    }
    weight = (text.data[2] - '0') * 1000;
    if (text.size > 3 && text.data[3] != '.') {
        return -1;
    }
    for (size_t i = 4; i < text.size; i++, unit /= 10) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return -1;
        }
        weight += (text.data[i] - '0') * unit;
    }
    return weight <= 1000 ? weight : -1;
}

enum web_lang web_lang_choose(struct span accept)
{
    enum web_lang best = WEB_EN;
    int best_weight = 0;

    accept = span_part(accept, 0, WEB_ACCEPT_SIZE_MAX);
    while (accept.size > 0) {
        struct span part = take_until(&accept, ',');
        struct span name = take_until(&part, ';');
        int weight = part.size == 0 ? 1000 : weight_of(span_trim(part));
        struct span trimmed = span_trim(name);
        struct span tag = take_until(&trimmed, '-');
        char lower[3] = "";

        for (size_t i = 0; i < tag.size && i < 2; i++) {
            lower[i] = (char)small(tag.data[i]);
        }
        if (tag.size == 2 && weight > best_weight &&
            web_lang_find(span_str(lower), &best)) {
            best_weight = weight;
        }
    }
    return best;
}
