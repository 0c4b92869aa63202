/* SPDX-License-Identifier: Apache-2.0 */
/* Sizes, counts and times for people. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/text.h"
#include "tools/holdfast/output.h"

const char *text_size(char text[static TEXT_SIZE], uint64_t bytes)
{
    static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
    double value = (double)bytes;
    size_t unit = 0;

    while (value >= 999.5 && unit + 1 < sizeof(units) / sizeof(units[0])) {
        value /= 1000;
        unit++;
    }
    if (unit > 0 && value < 9.95) {
        snprintf(text, TEXT_SIZE, "%.1f %s", value, units[unit]);
    } else {
        snprintf(text, TEXT_SIZE, "%.0f %s", value, units[unit]);
    }
    return text;
}

const char *text_count(char text[static TEXT_SIZE], uint64_t count)
{
    char digits[24];
    int size =
        snprintf(digits, sizeof(digits), "%llu", (unsigned long long)count);
    char *to = text;

    for (int index = 0; index < size; index++) {
        if (index > 0 && (size - index) % 3 == 0) {
            *to++ = ',';
        }
        *to++ = digits[index];
    }
    *to = '\0';
    return text;
}

static bool time_parts(uint64_t posix_s, struct tm *ret_parts)
{
    /* The end of the year 9999: what four digits can say. */
    time_t time = (time_t)posix_s;

    return posix_s <= 253402300799ULL && gmtime_r(&time, ret_parts) != NULL;
}

const char *text_time(char text[static TEXT_SIZE], uint64_t posix_s)
{
    static const char *const months[] = { "Jan", "Feb", "Mar", "Apr",
                                          "May", "Jun", "Jul", "Aug",
                                          "Sep", "Oct", "Nov", "Dec" };
    struct tm parts;

    if (!time_parts(posix_s, &parts)) {
        snprintf(text, TEXT_SIZE, "after the year 9999");
        return text;
    }
    snprintf(text, TEXT_SIZE, "%d %s %d %02d:%02d UTC", parts.tm_mday,
             months[parts.tm_mon], parts.tm_year + 1900, parts.tm_hour,
             parts.tm_min);
    return text;
}

const char *text_span(char text[static TEXT_SIZE], uint64_t seconds)
{
    unsigned long long value = seconds;

    if (seconds < 120) {
        snprintf(text, TEXT_SIZE, "%llu s", value);
    } else if (seconds < 120 * 60) {
        snprintf(text, TEXT_SIZE, "%llu min", value / 60);
    } else if (seconds < 48 * 3600) {
        snprintf(text, TEXT_SIZE, "%llu h", value / 3600);
    } else {
        snprintf(text, TEXT_SIZE, "%llu d", value / 86400);
    }
    return text;
}

const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

char *visible(struct span raw)
{
    struct buf text;
    char *copy;

    buf_init(&text, raw.size * 4 + 1);
    buf_put_visible(&text, raw);
    buf_put_byte(&text, 0);
    CHECK(!buf_failed(&text));
    copy = strdup((const char *)text.data);
    CHECK(copy != NULL);
    buf_done(&text);
    return copy;
}

char *visible_str(const char *text)
{
    return visible(span_str(text));
}

uint64_t now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return now.tv_sec < 0 ? 0 : (uint64_t)now.tv_sec;
}
