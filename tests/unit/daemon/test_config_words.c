/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config_words.h"

#include <criterion/criterion.h>
#include <string.h>

/* Pages are offered to this machine alone. */
Test(config_words, listens_on_loopback_only)
{
    static const char *const good[] = { "127.0.0.1:7780", "127.255.3.4:1",
                                        "[::1]:65535", "unix:/run/x.sock" };
    static const char *const bad[] = {
        "0.0.0.0:7780",     "128.0.0.1:7780", "127.0.0.1",
        "127.0.0:7780",     "[::]:7780",      "[::2]:1",
        "unix:run/x",       "unix:/",         "127.0.0.1.evil.example:80",
        "127.0.0.01:7780",  "localhost:7780", "127.0.0.256:7780",
        "127.0.0.1.:7780",  "unix:",          "127.0.0.1.1:7780",
        "127.0.0.1234:780",
    };
    char path[200] = "unix:/";

    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        cr_expect(config_text_valid(VALUE_WEB, span_str(good[i])), "%s",
                  good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_not(config_text_valid(VALUE_WEB, span_str(bad[i])), "%s",
                      bad[i]);
    }
    memset(path + 6, 'a', 120);
    cr_expect_not(config_text_valid(VALUE_WEB, span_str(path)));
}

/* Names of hosts, with single spaces between them. */
Test(config_words, names_hosts)
{
    static const char *const bad[] = { "",
                                       "a..b",
                                       ".a",
                                       "a.",
                                       "-a",
                                       "a b ",
                                       "a  b",
                                       "A",
                                       "a-",
                                       "a_b",
                                       "a b c d e f g h i" };

    cr_expect(config_text_valid(VALUE_NAMES, span_str("a b-c.example xn--3d")));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_not(config_text_valid(VALUE_NAMES, span_str(bad[i])), "%s",
                      bad[i]);
    }
}

/* A mail address can be nothing else for the program that gets it. */
Test(config_words, takes_plain_addresses)
{
    static const char *const bad[] = { "",         "a",       "@b",
                                       "a@",       "-a@b.c",  "a b@c.d",
                                       "a@b\nc.d", "a@b@c.d", "\"a\"@b.c" };

    cr_expect(config_text_valid(VALUE_MAIL, span_str("An.na+x@fjord.example")));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_not(config_text_valid(VALUE_MAIL, span_str(bad[i])), "%s",
                      bad[i]);
    }
}

/* A day and a time; nothing else is one. */
Test(config_words, reads_a_time_of_the_week)
{
    static const char *const bad[] = { "Mon",       "Mon 24:00", "mon 08:00",
                                       "Mon 08:60", "Mon 08:0x", "Mon 008:0" };
    struct config_weekly weekly;

    cr_assert_eq(config_weekly_parse(span_str("Sun 23:59"), &weekly), ERR_OK);
    cr_expect_eq(weekly.day, 6);
    cr_expect_eq(weekly.minutes, 1439);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        cr_expect_eq(config_weekly_parse(span_str(bad[i]), &weekly),
                     ERR_MALFORMED, "%s", bad[i]);
    }
}

/* The largest unit that says it exactly. */
Test(config_words, prints_times)
{
    static const struct {
        uint64_t ms;
        const char *text;
    } cases[] = { { 21600000, "6 h" },
                  { 5400000, "90 min" },
                  { 2592000000, "30 d" },
                  { 1500, "1500 ms" } };
    struct buf text;

    buf_init(&text, 100);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&text);
        config_duration_format(&text, cases[i].ms);
        cr_expect(span_is(buf_span(&text), cases[i].text), "%s", cases[i].text);
    }
    buf_done(&text);
}
