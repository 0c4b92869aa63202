/* SPDX-License-Identifier: Apache-2.0 */
/* Numbers, times and filled-in texts. */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "web/html.h"

const char *word_string(const struct html *html, enum web_string name)
{
    return html->strings->texts[name];
}

/* "{1}" in `from` becomes the second of `values`. */
static void fill(char text[static WORD_SIZE], const char *from,
                 const char *const values[4])
{
    size_t used = 0;

    while (*from != '\0' && used + 1 < WORD_SIZE) {
        if (from[0] == '{' && from[1] >= '0' && from[1] <= '3' &&
            from[2] == '}') {
            const char *value = values[from[1] - '0'];
            int size = snprintf(text + used, WORD_SIZE - used, "%s",
                                value == NULL ? "" : value);

            used += (size_t)size < WORD_SIZE - used ? (size_t)size
                                                    : WORD_SIZE - used - 1;
            from += 3;
        } else {
            text[used++] = *from++;
        }
    }
    text[used] = '\0';
}

const char *word_fill(const struct html *html, char text[static WORD_SIZE],
                      enum web_string name, const char *a, const char *b,
                      const char *c, const char *d)
{
    fill(text, word_string(html, name), (const char *const[4]){ a, b, c, d });
    return text;
}

const char *word_number(const struct html *html, char text[static WORD_SIZE],
                        uint64_t number)
{
    const char *group = word_string(html, STR_GROUP);
    char digits[24];
    int count =
        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)number);
    size_t used = 0;

    for (int i = 0; i < count; i++) {
        if (i > 0 && (count - i) % 3 == 0) {
            memcpy(text + used, group, strlen(group));
            used += strlen(group);
        }
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

const char *word_plural(const struct html *html, char text[static WORD_SIZE],
                        enum web_plural name, uint64_t count)
{
    unsigned form = html->strings->form(count);
    char number[WORD_SIZE];

    fill(text, html->strings->plurals[name][form],
         (const char *const[4]){ word_number(html, number, count) });
    return text;
}

const char *word_share(const struct html *html, char text[static WORD_SIZE],
                       uint64_t part, uint64_t whole)
{
    /* In tenths of a percent; the product fits for 2^53 items. */
    uint64_t share = whole == 0 ? 0 : part * 1000 / whole;

    snprintf(text, WORD_SIZE, "%llu%s%llu", (unsigned long long)(share / 10),
             word_string(html, STR_POINT), (unsigned long long)(share % 10));
    return text;
}

const char *word_span(const struct html *html, char text[static WORD_SIZE],
                      uint64_t seconds)
{
    if (seconds < 120) {
        return word_plural(html, text, PLURAL_SECONDS, seconds);
    }
    if (seconds < 120 * 60) {
        return word_plural(html, text, PLURAL_MINUTES, seconds / 60);
    }
    if (seconds < 48 * 3600) {
        return word_plural(html, text, PLURAL_HOURS, seconds / 3600);
    }
    return word_plural(html, text, PLURAL_DAYS, seconds / 86400);
}

const char *word_ago(const struct html *html, char text[static WORD_SIZE],
                     uint64_t seconds)
{
    char span[WORD_SIZE];

    return word_fill(html, text, STR_AGO, word_span(html, span, seconds), NULL,
                     NULL, NULL);
}

const char *word_date(const struct html *html, char text[static WORD_SIZE],
                      uint64_t posix_s)
{
    time_t time = (time_t)posix_s;
    char day[16];
    char year[16];
    struct tm parts;

    if (posix_s > 253402300799ULL || gmtime_r(&time, &parts) == NULL) {
        snprintf(text, WORD_SIZE, "%s", word_string(html, STR_NOT_KNOWN));
        return text;
    }
    snprintf(day, sizeof(day), "%d", parts.tm_mday);
    snprintf(year, sizeof(year), "%d", parts.tm_year + 1900);
    return word_fill(
        html, text, STR_DATE, day,
        word_string(html, (enum web_string)(STR_MONTH_1 + parts.tm_mon)), year,
        NULL);
}

const char *word_time(const struct html *html, char text[static WORD_SIZE],
                      uint64_t posix_s)
{
    unsigned minutes = (unsigned)(posix_s % 86400 / 60);
    char date[WORD_SIZE];
    char clock[16];

    snprintf(clock, sizeof(clock), "%02u:%02u", minutes / 60, minutes % 60);
    return word_fill(html, text, STR_DATE_TIME, word_date(html, date, posix_s),
                     clock, NULL, NULL);
}

const char *word_size(const struct html *html, char text[static WORD_SIZE],
                      uint64_t bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
    const size_t last = sizeof(units) / sizeof(units[0]) - 1;
    uint64_t tenths = bytes > UINT64_MAX / 20 ? UINT64_MAX / 2 : bytes * 10;
    size_t unit = 0;

    while (tenths >= 9995 && unit < last) {
        tenths = (tenths + 500) / 1000;
        unit++;
    }
    if (unit > 0 && tenths < 100) {
        snprintf(text, WORD_SIZE, "%llu%s%llu %s",
                 (unsigned long long)(tenths / 10),
                 word_string(html, STR_POINT),
                 (unsigned long long)(tenths % 10), units[unit]);
    } else {
        snprintf(text, WORD_SIZE, "%llu %s",
                 (unsigned long long)((tenths + 5) / 10), units[unit]);
    }
    return text;
}
