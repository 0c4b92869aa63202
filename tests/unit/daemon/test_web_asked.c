/* SPDX-License-Identifier: Apache-2.0 */
#include "web/asked.h"

#include <criterion/criterion.h>
#include <string.h>

#include "web/states.h"

static enum err parse(const char *target, struct web_asked *asked)
{
    return web_asked_parse(span_str(target), asked);
}

/* Each page has its path, and what else is asked is kept. */
Test(web_asked, reads_targets)
{
    struct web_asked asked;

    for (size_t i = 0; i < WEB_PAGE_COUNT; i++) {
        cr_assert_eq(parse(web_path((enum web_page)i), &asked), ERR_OK);
        cr_expect_eq(asked.page, i);
        cr_expect(!asked.has_lang && !asked.has_state);
    }
    cr_assert_eq(parse("/items?state=last-copy&utm=x&at=3.17&lang=ru", &asked),
                 ERR_OK);
    cr_expect_eq(asked.page, WEB_ITEMS);
    cr_expect(asked.has_state);
    cr_expect_eq(asked.state, ITEM_LAST_COPY);
    cr_expect_eq(asked.ledger, 3);
    cr_expect_eq(asked.index, 17);
    cr_expect_eq(asked.lang, WEB_RU);
    cr_expect_eq(parse("/?", &asked), ERR_OK);
    cr_expect_eq(parse("/?&&=&lang", &asked), ERR_MALFORMED);
}

/* What is no page is not found, a value that cannot be is wrong, and a target
 * of many bytes is too long. */
Test(web_asked, refuses_targets)
{
    static const char *const absent[] = { "",       "//",         "/items/",
                                          "/Items", "http://a/",  "/../",
                                          "*",      "/metrics%20" };
    static const char *const wrong[] = { "/?lang=xx",
                                         "/?lang=",
                                         "/?state=bad",
                                         "/?at=1",
                                         "/?at=1.-1",
                                         "/?at=1.2.3",
                                         "/?at=99999999999999999999.1" };
    struct web_asked asked;
    char target[WEB_TARGET_SIZE_MAX + 2];

    for (size_t i = 0; i < sizeof(absent) / sizeof(absent[0]); i++) {
        cr_expect_eq(parse(absent[i], &asked), ERR_NOT_FOUND, "%s", absent[i]);
    }
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        cr_expect_eq(parse(wrong[i], &asked), ERR_MALFORMED, "%s", wrong[i]);
    }
    memset(target, 'a', sizeof(target));
    cr_expect_eq(web_asked_parse(span_of(target, sizeof(target)), &asked),
                 ERR_TOO_BIG);
}

/* Only names of the loopback and those that are configured are answered. */
Test(web_asked, checks_the_host)
{
    static const char names[] = "health.example b.example";
    static const char *const good[] = { "localhost",      "LocalHost:1",
                                        "127.0.0.1:7780", "127.3.2.1",
                                        "[::1]",          "[::1]:65535",
                                        "Health.Example", "b.example:443" };
    static const char *const bad[] = {
        "",          "evil.example",       "localhost.evil.example",
        ":80",       "127.0.0.1.evil.com", "health.example b.example",
        "[::2]",     "localhost:",         "localhost:0",
        "[::1",      "localhost:65536",    "health.example:x",
        "[::1]x:80", "health.example:1:2", "health.exampl",
        " localhost"
    };
    char host[WEB_HOST_SIZE_MAX + 10];

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_expect(web_host_allowed(span_str(good[i]), names), "%s", good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_not(web_host_allowed(span_str(bad[i]), names), "%s", bad[i]);
    }
    cr_expect_not(web_host_allowed(span_str("health.example"), ""));
    memset(host, '1', sizeof(host));
    memcpy(host, "127.", 4);
    cr_expect_not(web_host_allowed(span_of(host, sizeof(host)), names));
}

/* The language with the highest weight that we have; else English. */
Test(web_asked, chooses_a_language)
{
    static const struct {
        const char *accept;
        enum web_lang lang;
    } cases[] = {
        { "", WEB_EN },
        { "be", WEB_BE },
        { "ru-RU,ru;q=0.9,en;q=0.8", WEB_RU },
        { "en;q=0.5, be-BY ;q=0.75, ru;q=0.7", WEB_BE },
        { "de-DE, fr", WEB_EN },
        { "RU", WEB_RU },
        { "be;q=0, ru;q=0.1", WEB_RU },
        { "be;q=0", WEB_EN },
        { "be;q=x, ru;q=2, en", WEB_EN },
        { "*, ber, rus", WEB_EN },
        { "be, ru", WEB_BE },
        { "ru;q=1.001, be;q=1.000", WEB_BE },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_eq(web_lang_choose(span_str(cases[i].accept)), cases[i].lang,
                     "%s", cases[i].accept);
    }
}
