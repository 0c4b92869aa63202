/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/config_hours.h"

#include <stddef.h>

static const char *const day_names[HOURS_DAYS] = { "Mon", "Tue", "Wed", "Thu",
                                                   "Fri", "Sat", "Sun" };

/* Take a day's name off the front. */
static bool day_take(struct span *text, unsigned *ret_day)
{
    for (unsigned day = 0; day < HOURS_DAYS; day++) {
        if (span_starts(*text, day_names[day])) {
            *text = span_part(*text, 3, text->size);
            *ret_day = day;
            return true;
        }
    }
    return false;
}

static bool byte_take(struct span *text, char byte)
{
    if (text->size == 0 || text->data[0] != (uint8_t)byte) {
        return false;
    }
    *text = span_part(*text, 1, text->size);
    return true;
}

/* "Mon-Fri", "Sat", "Fri-Mon"; each day once. */
static bool days_take(struct span *text, uint16_t *days)
{
    unsigned first;
    unsigned last;

    if (!day_take(text, &first)) {
        return false;
    }
    last = first;
    if (byte_take(text, '-') && !day_take(text, &last)) {
        return false;
    }
    for (unsigned day = first;; day = (day + 1) % HOURS_DAYS) {
        uint16_t bit = (uint16_t)(1U << day);

        if ((*days & bit) != 0) {
            return false;
        }
        *days |= bit;
        if (day == last) {
            return true;
        }
    }
}

static bool two_digits_take(struct span *text, unsigned *ret_number)
{
    if (text->size < 2 || text->data[0] < '0' || text->data[0] > '9' ||
        text->data[1] < '0' || text->data[1] > '9') {
        return false;
    }
    *ret_number =
        (unsigned)(text->data[0] - '0') * 10 + (unsigned)(text->data[1] - '0');
    *text = span_part(*text, 2, text->size);
    return true;
}

/* "07:00"; up to "24:00". */
static bool minutes_take(struct span *text, uint16_t *ret_minutes)
{
    unsigned hour;
    unsigned minute;

    if (!two_digits_take(text, &hour) || !byte_take(text, ':') ||
        !two_digits_take(text, &minute) || minute > 59 ||
        hour * 60 + minute > HOURS_MINUTES_A_DAY) {
        return false;
    }
    *ret_minutes = (uint16_t)(hour * 60 + minute);
    return true;
}

enum err config_hours_parse(struct span text, struct config_hours *ret_hours)
{
    struct config_hours hours = { 0 };

    do {
        if (!days_take(&text, &hours.days)) {
            return ERR_MALFORMED;
        }
    } while (byte_take(&text, ','));
    if (!byte_take(&text, ' ') || !minutes_take(&text, &hours.from_minutes) ||
        !byte_take(&text, '-') || !minutes_take(&text, &hours.to_minutes) ||
        text.size != 0 || hours.from_minutes == HOURS_MINUTES_A_DAY ||
        hours.from_minutes == hours.to_minutes) {
        return ERR_MALFORMED;
    }
    *ret_hours = hours;
    return ERR_OK;
}

void config_hours_format(struct buf *to, const struct config_hours *hours)
{
    bool first = true;

    for (unsigned day = 0; day < HOURS_DAYS; day++) {
        unsigned last = day;

        if ((hours->days >> day & 1U) == 0) {
            continue;
        }
        while (last + 1 < HOURS_DAYS && (hours->days >> (last + 1) & 1U) != 0) {
            last++;
        }
        buf_printf(to, "%s%s", first ? "" : ",", day_names[day]);
        if (last != day) {
            buf_printf(to, "-%s", day_names[last]);
        }
        first = false;
        day = last;
    }
    buf_printf(to, " %02u:%02u-%02u:%02u", hours->from_minutes / 60U,
               hours->from_minutes % 60U, hours->to_minutes / 60U,
               hours->to_minutes % 60U);
}

bool config_hours_hold(const struct config_hours *hours, unsigned day,
                       unsigned minutes)
{
    unsigned yesterday = (day + HOURS_DAYS - 1) % HOURS_DAYS;
    bool today = (hours->days >> day & 1U) != 0;

    if (hours->from_minutes < hours->to_minutes) {
        return today && minutes >= hours->from_minutes &&
               minutes < hours->to_minutes;
    }
    return (today && minutes >= hours->from_minutes) ||
           ((hours->days >> yesterday & 1U) != 0 &&
            minutes < hours->to_minutes);
}
