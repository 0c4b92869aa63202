/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon/config.h"
#include "daemon/config_hours.h"

enum {
    MON,
    TUE,
    WED,
    THU,
    FRI,
    SAT,
    SUN
};

static struct config_hours hours_of(const char *text)
{
    struct config_hours hours;

    cr_assert_eq(config_hours_parse(span_str(text), &hours), ERR_OK, "%s",
                 text);
    return hours;
}

static bool holds(const char *text, unsigned day, unsigned hour,
                  unsigned minute)
{
    struct config_hours hours = hours_of(text);

    return config_hours_hold(&hours, day, hour * 60 + minute);
}

/* A time begins with its first minute and ends before its last one, on its days
 * alone. */
Test(config_hours, hold_from_the_first_minute_to_the_last)
{
    const char *text = "Mon-Fri 07:00-18:00";

    cr_assert(!holds(text, MON, 6, 59));
    cr_assert(holds(text, MON, 7, 0));
    cr_assert(holds(text, WED, 12, 0));
    cr_assert(holds(text, FRI, 17, 59));
    cr_assert(!holds(text, FRI, 18, 0));
    cr_assert(!holds(text, SAT, 12, 0));
    cr_assert(!holds(text, SUN, 12, 0));
}

/* A night belongs to the day on which it began, also over the week's end. */
Test(config_hours, hold_over_midnight)
{
    const char *text = "Fri-Sun 22:00-06:00";

    cr_assert(!holds(text, FRI, 5, 59));
    cr_assert(!holds(text, FRI, 21, 59));
    cr_assert(holds(text, FRI, 22, 0));
    cr_assert(holds(text, SAT, 0, 0));
    cr_assert(holds(text, SAT, 5, 59));
    cr_assert(!holds(text, SAT, 6, 0));
    cr_assert(holds(text, SUN, 23, 59));
    cr_assert(holds(text, MON, 5, 59));
    cr_assert(!holds(text, MON, 22, 0));
    cr_assert(!holds(text, TUE, 0, 0));
}

/* Whole days, single days, days that go round the week. */
Test(config_hours, hold_on_the_days_that_were_named)
{
    cr_assert(holds("Sat,Sun 00:00-24:00", SAT, 0, 0));
    cr_assert(holds("Sat,Sun 00:00-24:00", SUN, 23, 59));
    cr_assert(!holds("Sat,Sun 00:00-24:00", MON, 0, 0));
    cr_assert(holds("Sat-Mon 08:00-09:00", MON, 8, 30));
    cr_assert(holds("Sat-Mon 08:00-09:00", SUN, 8, 30));
    cr_assert(!holds("Sat-Mon 08:00-09:00", TUE, 8, 30));
    cr_assert(holds("Mon,Wed,Fri 08:00-09:00", WED, 8, 30));
    cr_assert(!holds("Mon,Wed,Fri 08:00-09:00", THU, 8, 30));
    cr_assert(holds("Mon-Sun 00:00-24:00", SUN, 0, 0));
}

/* What was never set never holds. */
Test(config_hours, without_days_never_hold)
{
    struct config_hours hours = { 0 };

    for (unsigned day = 0; day < HOURS_DAYS; day++) {
        cr_assert(!config_hours_hold(&hours, day, 0));
        cr_assert(!config_hours_hold(&hours, day, 720));
    }
}

/* What is written is read again as the same, in its shortest form. */
Test(config_hours, are_written_as_they_are_read)
{
    static const char *const cases[][2] = {
        { "Mon-Fri 07:00-18:00", "Mon-Fri 07:00-18:00" },
        { "Sat,Sun 00:00-24:00", "Sat-Sun 00:00-24:00" },
        { "Sun,Mon 22:00-06:30", "Mon,Sun 22:00-06:30" },
        { "Fri-Mon 09:05-09:06", "Mon,Fri-Sun 09:05-09:06" },
        { "Wed-Wed 01:00-02:00", "Wed 01:00-02:00" },
    };

    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        struct config_hours hours = hours_of(cases[index][0]);
        struct buf text;

        buf_init(&text, 64);
        config_hours_format(&text, &hours);
        buf_put_byte(&text, 0);
        cr_assert_str_eq((char *)text.data, cases[index][1]);
        hours = hours_of((char *)text.data);
        buf_done(&text);
        cr_assert_eq(hours.from_minutes,
                     hours_of(cases[index][0]).from_minutes);
        cr_assert_eq(hours.days, hours_of(cases[index][0]).days);
    }
}

/* Whatever is not exactly of the form is refused, and nothing filled in. */
Test(config_hours, refuse_what_is_no_time)
{
    static const char *const cases[] = {
        "",
        "Mon",
        "Mon ",
        "07:00-18:00",
        "mon-fri 07:00-18:00",
        "Monday 07:00-18:00",
        "Mon-Fri 7:00-18:00",
        "Mon-Fri 07:00-18",
        "Mon-Fri 07:00 - 18:00",
        "Mon-Fri  07:00-18:00",
        "Mon-Fri 07:00-18:00 ",
        "Mon-Fri 07:60-18:00",
        "Mon-Fri 07:00-24:01",
        "Mon-Fri 24:00-07:00",
        "Mon-Fri 07:00-07:00",
        "Mon-Fri,Wed 07:00-18:00",
        "Mon,Mon 07:00-18:00",
        "Mon, Tue 07:00-18:00",
        "Mon- 07:00-18:00",
        "Mon-Fri-Sun 07:00-18:00",
        "Mon,, 07:00-18:00",
        "Mon 07.00-18.00",
        "Mon -7:00-18:00",
    };
    struct config_hours hours = { .days = 99 };

    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        cr_assert_eq(config_hours_parse(span_str(cases[index]), &hours),
                     ERR_MALFORMED, "%s", cases[index]);
        cr_assert_eq(hours.days, 99);
    }
}

/* The limit that holds follows the local time: struct tm counts its days from
 * Sunday. */
Test(config_hours, choose_the_upload_limit)
{
    struct config config;
    struct tm local = { .tm_hour = 8, .tm_min = 0 };
    bool office;

    config_init(&config);
    config.max_upload = 20;
    local.tm_wday = 1; /* Monday */
    cr_assert_eq(config_upload_max(&config, &local, &office), 20);
    cr_assert(!office);
    config.office_hours = hours_of("Mon-Fri 07:00-18:00");
    config.office_max_upload = 2;
    cr_assert_eq(config_upload_max(&config, &local, &office), 2);
    cr_assert(office);
    local.tm_wday = 0; /* Sunday */
    cr_assert_eq(config_upload_max(&config, &local, &office), 20);
    local.tm_wday = 5; /* Friday */
    cr_assert_eq(config_upload_max(&config, &local, &office), 2);
    local.tm_wday = 6;
    config.max_upload = 0; /* no limit outside */
    cr_assert_eq(config_upload_max(&config, &local, &office), 0);
}
