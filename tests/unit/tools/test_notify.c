/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/notify.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "wire/message.h"

#define NOW 1795516927 /* Tuesday, 24 November 2026, 10:42:07 UTC */

static struct notify_memory remembered(enum notify_level level,
                                       const char *headline)
{
    struct notify_memory memory = { .is_there = true,
                                    .level = level,
                                    .sent_s = NOW - 100,
                                    .all_well_s = NOW - 100 };

    strcpy(memory.headline, headline);
    return memory;
}

static enum notify_reason reason(enum notify_level level, const char *headline,
                                 const struct notify_memory *memory)
{
    struct notify_state state = { .level = level };

    strcpy(state.headline, headline);
    return notify_reason_of(&state, memory, 3600, NOW - 86400, NOW);
}

/* One message a change, one when it is solved, again while it is critical. */
Test(notify, knows_when_to_speak)
{
    struct notify_memory good = remembered(NOTIFY_GOOD, "a");
    struct notify_memory bad = remembered(NOTIFY_CRITICAL, "b");
    struct notify_memory none = { .is_there = false };

    cr_expect_eq(reason(NOTIFY_GOOD, "a", &none), NOTIFY_ALL_WELL);
    cr_expect_eq(reason(NOTIFY_WARNING, "w", &none), NOTIFY_CHANGE);
    cr_expect_eq(reason(NOTIFY_GOOD, "more items", &good), NOTIFY_NOTHING);
    cr_expect_eq(reason(NOTIFY_WARNING, "w", &good), NOTIFY_CHANGE);
    cr_expect_eq(reason(NOTIFY_CRITICAL, "b", &bad), NOTIFY_NOTHING);
    cr_expect_eq(reason(NOTIFY_CRITICAL, "worse", &bad), NOTIFY_CHANGE);
    cr_expect_eq(reason(NOTIFY_GOOD, "a", &bad), NOTIFY_SOLVED);
    bad.sent_s = NOW - 3600;
    cr_expect_eq(reason(NOTIFY_CRITICAL, "b", &bad), NOTIFY_REPEAT);
    bad.sent_s = NOW + 3600; /* the clock was set back */
    cr_expect_eq(reason(NOTIFY_CRITICAL, "b", &bad), NOTIFY_REPEAT);
    good.all_well_s = NOW - 86401;
    cr_expect_eq(reason(NOTIFY_GOOD, "a", &good), NOTIFY_ALL_WELL);
}

/* The last Monday morning is never after now. */
Test(notify, finds_the_last_appointment)
{
    struct config_weekly monday = { 0, 8 * 60 };
    struct config_weekly later = { 1, 10 * 60 + 43 };

    setenv("TZ", "UTC", 1);
    tzset();
    cr_expect_eq(notify_week(&monday, NOW), 1795420800);
    cr_expect_eq(notify_week(&later, NOW), NOW + 53 - 7 * 86400);
}

/* What was said last is kept as a text; anything else is as if nothing was. */
Test(notify, remembers)
{
    static const char *const bad[] = { "",
                                       "x",
                                       "holdfast notify 1\n",
                                       "holdfast notify 1\n9 1 1\na\n",
                                       "holdfast notify 1\n1 1 1 a\n",
                                       "holdfast notify 1\n1 1 1\n" };
    struct notify_memory memory = remembered(NOTIFY_WARNING, "9 items");
    struct notify_memory again;
    struct buf text;

    buf_init(&text, 1000);
    notify_memory_format(&memory, &text);
    notify_memory_parse(buf_span(&text), &again);
    cr_expect(again.is_there);
    cr_expect_eq(again.level, NOTIFY_WARNING);
    cr_expect_eq(again.sent_s, memory.sent_s);
    cr_expect_eq(again.all_well_s, memory.all_well_s);
    cr_expect_str_eq(again.headline, "9 items");
    buf_done(&text);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        notify_memory_parse(span_str(bad[i]), &again);
        cr_expect_not(again.is_there, "%s", bad[i]);
    }
}

/* No text of a node becomes a header, and what no state counts is not said to
 * be well. */
Test(notify, says_one_line)
{
    struct status_problem problem = {
        .code = span_str("LAST-COPY"),
        .critical = true,
        .text = span_str("a\nBcc: x@example\r\n\nb"),
    };
    struct msg_status_reply status = { .items = 5 };
    struct notify_state state;
    struct config config;
    struct buf to;

    notify_state_of(&status, &state);
    cr_expect_eq(state.level, NOTIFY_WARNING);
    status.health.states[3] = 5;
    status.health.problems = &problem;
    status.health.problems_count = 1;
    notify_state_of(&status, &state);
    cr_expect_eq(state.level, NOTIFY_CRITICAL);
    config_init(&config);
    strcpy(config.notify_to, "a@b.example");
    strcpy(config.notify_from, "c@d.example");
    buf_init(&to, NOTIFY_MESSAGE_SIZE_MAX);
    notify_message(&config, "archive", &state, NOTIFY_CHANGE, &to);
    buf_put_byte(&to, 0);
    cr_assert_not(buf_failed(&to));
    cr_expect_null(strstr((char *)to.data, "\nBcc:"));
    cr_expect_not_null(
        strstr((char *)to.data, "Subject: [archive] ACTION: 5 "));
    buf_done(&to);
}
