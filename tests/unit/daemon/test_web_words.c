/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "web/html.h"

static struct html html_of(enum web_lang lang)
{
    return (struct html){ .strings = strings_of(lang), .lang = lang };
}

static unsigned places_of(const char *text)
{
    unsigned places = 0;

    for (; *text != '\0'; text++) {
        if (text[0] == '{' && text[1] >= '0' && text[1] <= '3') {
            places |= 1U << (text[1] - '0');
        }
    }
    return places;
}

/* A text has the same places to fill in every language, and is not empty but
 * for the note that a translation was not reviewed. */
Test(web_words, same_places_in_each_language)
{
    for (size_t i = 0; i < STR_COUNT; i++) {
        for (size_t lang = 0; lang < WEB_LANG_COUNT; lang++) {
            const char *text = strings_of((enum web_lang)lang)->texts[i];

            cr_assert_not_null(text);
            cr_expect_eq(places_of(text), places_of(strings_en.texts[i]), "%s",
                         text);
            cr_expect(text[0] != '\0' ||
                      (i == STR_UNREVIEWED && lang == WEB_EN));
        }
    }
    for (size_t i = 0; i < PLURAL_COUNT; i++) {
        for (size_t lang = 0; lang < WEB_LANG_COUNT; lang++) {
            const struct strings *strings = strings_of((enum web_lang)lang);

            for (uint64_t n = 0; n < 130; n++) {
                unsigned form = strings->form(n);

                cr_assert(form < PLURAL_FORMS);
                cr_expect(strings->plurals[i][form][0] != '\0');
                cr_expect((places_of(strings->plurals[i][form]) & ~1U) == 0);
            }
        }
    }
}

/* 1, 2, 5, 11, 21 and 111 take the forms that the languages give them. */
Test(web_words, counts)
{
    static const struct {
        enum web_lang lang;
        uint64_t count;
        const char *text;
    } cases[] = {
        { WEB_EN, 1, "1 copy" },
        { WEB_EN, 2, "2 copies" },
        { WEB_EN, 0, "0 copies" },
        { WEB_BE, 1, "1 копія" },
        { WEB_BE, 2, "2 копіі" },
        { WEB_BE, 5, "5 копій" },
        { WEB_BE, 11, "11 копій" },
        { WEB_BE, 21, "21 копія" },
        { WEB_BE, 24, "24 копіі" },
        { WEB_BE, 112, "112 копій" },
        { WEB_RU, 1, "1 копия" },
        { WEB_RU, 3, "3 копии" },
        { WEB_RU, 14, "14 копий" },
        { WEB_RU, 101, "101 копия" },
        { WEB_RU, 0, "0 копий" },
        { WEB_EN, 12438, "12,438 copies" },
        { WEB_BE, 1234567, "1\u00a0234\u00a0567 копій" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct html html = html_of(cases[i].lang);
        char text[WORD_SIZE];

        cr_expect_str_eq(
            word_plural(&html, text, PLURAL_COPIES, cases[i].count),
            cases[i].text);
    }
}

/* Times, spans and sizes in the page's language. */
Test(web_words, tells_times_and_sizes)
{
    struct html en = html_of(WEB_EN);
    struct html be = html_of(WEB_BE);
    struct html ru = html_of(WEB_RU);
    char text[WORD_SIZE];

    cr_expect_str_eq(word_time(&en, text, 1795516927),
                     "24 November 2026, 10:42 UTC");
    cr_expect_str_eq(word_date(&be, text, 1795516927), "24 лістапада 2026");
    cr_expect_str_eq(word_date(&ru, text, 0), "1 января 1970");
    cr_expect_str_eq(word_date(&en, text, UINT64_MAX), "not known");
    cr_expect_str_eq(word_span(&en, text, 119), "119 seconds");
    cr_expect_str_eq(word_span(&en, text, 120), "2 minutes");
    cr_expect_str_eq(word_ago(&en, text, 31 * 3600), "31 hours ago");
    cr_expect_str_eq(word_ago(&ru, text, 86400 * 21), "21 день назад");
    cr_expect_str_eq(word_size(&en, text, 999), "999 B");
    cr_expect_str_eq(word_size(&en, text, 1107296256), "1.1 GB");
    cr_expect_str_eq(word_size(&ru, text, 1107296256), "1,1 GB");
    cr_expect_str_eq(word_size(&en, text, 310000000000), "310 GB");
    cr_expect_str_eq(word_size(&en, text, 500000000000000000), "500 PB");
}

/* 100.0 % is said of all and of nothing less. */
Test(web_words, rounds_a_share_down)
{
    struct html html = html_of(WEB_EN);
    char text[WORD_SIZE];

    cr_expect_str_eq(word_share(&html, text, 9999999, 10000000), "99.9");
    cr_expect_str_eq(word_share(&html, text, 10000000, 10000000), "100.0");
    cr_expect_str_eq(word_share(&html, text, 0, 0), "0.0");
}

/* What is put in is not filled in again, and is cut at the end of its place. */
Test(web_words, fills_in_once)
{
    struct html html = html_of(WEB_EN);
    char text[WORD_SIZE];
    char value[2 * WORD_SIZE];

    cr_expect_str_eq(
        word_fill(&html, text, STR_TITLE, "{1}", "{0}", NULL, NULL),
        "{1} - {0}");
    memset(value, 'a', sizeof(value));
    value[sizeof(value) - 1] = '\0';
    word_fill(&html, text, STR_TITLE, value, value, NULL, NULL);
    cr_expect_eq(strlen(text), WORD_SIZE - 1);
}

/* Nothing from outside becomes markup. */
Test(web_words, escapes)
{
    struct buf to;
    struct html html = html_of(WEB_EN);

    buf_init(&to, 1000);
    html.to = &to;
    html_text(&html, span_str("<b>&\"'\x1b[0m\xff"));
    cr_expect(span_is(buf_span(&to), "&lt;b&gt;&amp;&quot;&#39;\\x1b[0m\\xff"),
              "%.*s", (int)to.size, (const char *)to.data);
    buf_done(&to);
}
