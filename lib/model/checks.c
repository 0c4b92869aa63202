/* SPDX-License-Identifier: Apache-2.0 */
#include "model/checks.h"

#include <string.h>

#include "base/check.h"
#include "base/fields.h"
#include "model/take.h"

#define DAY_S 86400
#define DOUBT_S (7 * DAY_S)

static const char *const STATES[] = {
    [FAILURE_DENIED] = "denied",
    [FAILURE_WRONG] = "wrong",
    [FAILURE_REPAIRED] = "repaired",
};

#define STATES_COUNT (sizeof(STATES) / sizeof(STATES[0]))

void checks_init(struct checks *checks, const struct label *node)
{
    memset(checks, 0, sizeof(*checks));
    checks->node = *node;
}

/* ---- numbers ---- */

static struct checks_day *today(struct checks *checks, uint64_t now_s)
{
    uint64_t day = now_s / DAY_S;
    struct checks_day *last =
        checks->days_count == 0 ? NULL : &checks->days[checks->days_count - 1];

    if (last != NULL && day <= last->day) {
        return last;
    }
    if (checks->days_count == CHECKS_DAYS) {
        memmove(checks->days, checks->days + 1,
                (CHECKS_DAYS - 1) * sizeof(checks->days[0]));
        checks->days_count--;
    }
    last = &checks->days[checks->days_count];
    *last = (struct checks_day){ .day = day };
    checks->days_count++;
    return last;
}

void checks_count(struct checks *checks, uint64_t now_s,
                  enum check_result result)
{
    struct checks_day *day = today(checks, now_s);

    day->asked++;
    if (result == CHECK_GOOD) {
        day->good++;
        checks->has_good = true;
        checks->good_time = now_s;
    } else if (result == CHECK_BAD) {
        day->bad++;
    }
}

struct checks_day checks_sum(const struct checks *checks, uint64_t now_s,
                             unsigned days)
{
    uint64_t day = now_s / DAY_S;
    struct checks_day sum = { .day = 0 };

    for (size_t i = 0; i < checks->days_count; i++) {
        if (checks->days[i].day + days > day) {
            sum.asked += checks->days[i].asked;
            sum.good += checks->days[i].good;
            sum.bad += checks->days[i].bad;
        }
    }
    return sum;
}

/* ---- failures ---- */

struct checks_failure *checks_find(struct checks *checks,
                                   const struct origin *origin, uint64_t index)
{
    for (size_t i = 0; i < checks->failures_count; i++) {
        struct checks_failure *failure = &checks->failures[i];

        if (failure->index == index && origin_equal(&failure->origin, origin)) {
            return failure;
        }
    }
    return NULL;
}

void checks_remove(struct checks *checks, struct checks_failure *failure)
{
    size_t at = (size_t)(failure - checks->failures);

    CHECK(at < checks->failures_count);
    checks->failures_count--;
    memmove(failure, failure + 1,
            (checks->failures_count - at) * sizeof(*failure));
}

/* One that no longer decides anything makes room. */
static void make_room(struct checks *checks)
{
    for (size_t i = 0; i < checks->failures_count; i++) {
        if (checks->failures[i].state != FAILURE_WRONG) {
            checks_remove(checks, &checks->failures[i]);
            return;
        }
    }
}

struct checks_failure *checks_fail(struct checks *checks,
                                   const struct origin *origin, uint64_t index,
                                   uint64_t slice)
{
    struct checks_failure *failure = checks_find(checks, origin, index);

    if (failure != NULL) {
        return failure;
    }
    if (checks->failures_count == CHECKS_FAILURES_MAX) {
        make_room(checks);
    }
    if (checks->failures_count == CHECKS_FAILURES_MAX) {
        return NULL;
    }
    failure = &checks->failures[checks->failures_count];
    *failure = (struct checks_failure){ .origin = *origin,
                                        .index = index,
                                        .slice = slice,
                                        .state = FAILURE_DENIED };
    checks->failures_count++;
    return failure;
}

static bool counts(const struct checks_failure *failure, bool has_scrubbed,
                   uint64_t scrubbed)
{
    return failure->state != FAILURE_DENIED &&
           (!has_scrubbed || scrubbed < failure->time);
}

/* A scrub that began after the newest of them has seen to all. */
bool checks_doubted(const struct checks *checks, bool has_scrubbed,
                    uint64_t scrubbed)
{
    for (size_t i = 0; i < checks->failures_count; i++) {
        const struct checks_failure *a = &checks->failures[i];

        for (size_t j = 0;
             counts(a, has_scrubbed, scrubbed) && j < checks->failures_count;
             j++) {
            const struct checks_failure *b = &checks->failures[j];

            if (i != j && b->state != FAILURE_DENIED && b->time <= a->time &&
                a->time - b->time <= DOUBT_S) {
                return true;
            }
        }
    }
    return false;
}

/* ---- text ---- */

static void format_number(struct buf *to, uint64_t number)
{
    buf_put_byte(to, ' ');
    buf_put_decimal(to, number);
}

void checks_format(const struct checks *checks, struct buf *to)
{
    buf_printf(to, "holdfast checks 1\nnode %s\n", checks->node.text);
    if (checks->has_good) {
        buf_put_str(to, "good");
        format_number(to, checks->good_time);
        buf_put_byte(to, '\n');
    }
    if (checks->has_reported) {
        buf_put_str(to, "reported");
        format_number(to, checks->reported_time);
        format_number(to, checks->reported_bad);
        buf_put_byte(to, '\n');
    }
    for (size_t i = 0; i < checks->days_count; i++) {
        buf_put_str(to, "day");
        format_number(to, checks->days[i].day);
        format_number(to, checks->days[i].asked);
        format_number(to, checks->days[i].good);
        format_number(to, checks->days[i].bad);
        buf_put_byte(to, '\n');
    }
    for (size_t i = 0; i < checks->failures_count; i++) {
        const struct checks_failure *failure = &checks->failures[i];

        buf_printf(to, "failed %s", failure->origin.text);
        format_number(to, failure->index);
        format_number(to, failure->slice);
        format_number(to, failure->time);
        buf_printf(to, " %s\n", STATES[failure->state]);
    }
}

static void take_day(struct fields *fields, struct checks *checks)
{
    struct checks_day *day;
    uint64_t least = 0;

    if (checks->days_count == CHECKS_DAYS) {
        (void)fields_fail(fields, "too many days");
        return;
    }
    if (checks->days_count > 0) {
        least = checks->days[checks->days_count - 1].day + 1;
    }
    day = &checks->days[checks->days_count];
    day->day = take_number(fields, "day", least, INT32_MAX);
    day->asked = take_number(fields, "number", 0, UINT32_MAX);
    day->good = take_number(fields, "number", 0, day->asked);
    day->bad = take_number(fields, "number", 0, day->asked - day->good);
    take_end(fields);
    checks->days_count++;
}

static void take_state(struct fields *fields, enum failure_state *ret_state)
{
    struct span word = fields_value(fields);

    for (size_t i = 0; i < STATES_COUNT; i++) {
        if (span_is(word, STATES[i])) {
            *ret_state = (enum failure_state)i;
            return;
        }
    }
    (void)fields_fail(fields, "no state of a failure");
}

static void take_failure(struct fields *fields, struct checks *checks)
{
    struct checks_failure failure = { .state = FAILURE_DENIED };

    if (origin_parse(fields_value(fields), &failure.origin) != ERR_OK) {
        (void)fields_fail(fields, "no origin of a ledger");
        return;
    }
    failure.index = take_number(fields, "index", 0, INT64_MAX);
    failure.slice = take_number(fields, "slice", 0, INT64_MAX);
    failure.time = take_number(fields, "time", 0, INT64_MAX);
    take_state(fields, &failure.state);
    take_end(fields);
    if (checks->failures_count == CHECKS_FAILURES_MAX ||
        checks_find(checks, &failure.origin, failure.index) != NULL) {
        (void)fields_fail(fields, "too many failures, or one twice");
        return;
    }
    checks->failures[checks->failures_count] = failure;
    checks->failures_count++;
}

static void take_times(struct fields *fields, struct checks *checks)
{
    if (fields_next_is(fields, "good") && fields_line(fields, "good")) {
        checks->has_good = true;
        checks->good_time = take_number(fields, "time", 0, INT64_MAX);
        take_end(fields);
    }
    if (fields_next_is(fields, "reported") && fields_line(fields, "reported")) {
        checks->has_reported = true;
        checks->reported_time = take_number(fields, "time", 0, INT64_MAX);
        checks->reported_bad = take_number(fields, "number", 0, INT64_MAX);
        take_end(fields);
    }
}

enum err checks_parse(struct span text, struct checks *ret_checks,
                      struct why *ret_why)
{
    struct fields fields;
    struct checks checks;
    enum err err;

    if (span_starts(text, "holdfast checks ") &&
        !span_starts(text, "holdfast checks 1\n")) {
        return why_set(ret_why, ERR_UNREADABLE,
                       "line 1: a version that this release does not know");
    }
    memset(&checks, 0, sizeof(checks));
    fields_init(&fields, text, ret_why);
    if (fields_line(&fields, "holdfast checks 1") && fields_line_end(&fields) &&
        fields_line(&fields, "node")) {
        take_label(&fields, "node", &checks.node);
        take_end(&fields);
    }
    take_times(&fields, &checks);
    while (!fields.failed && fields_next_is(&fields, "day") &&
           fields_line(&fields, "day")) {
        take_day(&fields, &checks);
    }
    while (!fields.failed && fields_next_is(&fields, "failed") &&
           fields_line(&fields, "failed")) {
        take_failure(&fields, &checks);
    }
    err = fields_finish(&fields);
    if (err == ERR_OK) {
        *ret_checks = checks;
    }
    return err;
}
