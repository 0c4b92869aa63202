/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <string.h>

#include "model/checks.h"

#define DAY 86400ULL
#define NOW (20000 * DAY + 500)

static struct checks checks;
static struct origin origin;

static void setup(void)
{
    struct label label;

    cr_assert(label_parse(span_str("bravo"), &label) == ERR_OK);
    checks_init(&checks, &label);
    cr_assert(origin_parse(span_str("east-0123456789abcdef/bravo/"
                                    "0123456789abcdef0123456789abcdef"),
                           &origin) == ERR_OK);
}

TestSuite(checks, .init = setup);

/* Numbers of the last 30 days are kept, older ones are forgotten; a clock that
 * goes back does not break the order. */
Test(checks, days)
{
    for (uint64_t i = 0; i < 40; i++) {
        checks_count(&checks, NOW + i * DAY, CHECK_GOOD);
        checks_count(&checks, NOW + i * DAY, CHECK_BAD);
        checks_count(&checks, NOW + i * DAY, CHECK_SILENT);
    }
    cr_expect_eq(checks_sum(&checks, NOW + 39 * DAY, 30).asked, 90);
    cr_expect_eq(checks_sum(&checks, NOW + 39 * DAY, 7).good, 7);
    cr_expect_eq(checks_sum(&checks, NOW + 39 * DAY, 1).bad, 1);
    cr_expect_eq(checks_sum(&checks, NOW + 80 * DAY, 30).asked, 0);
    cr_expect_eq(checks.good_time, NOW + 39 * DAY);
    checks_count(&checks, NOW, CHECK_GOOD);
    cr_expect_eq(checks_sum(&checks, NOW + 39 * DAY, 1).good, 2);
}

static void fail(uint64_t index, uint64_t time)
{
    struct checks_failure *failure = checks_fail(&checks, &origin, index, 3);

    cr_assert_not_null(failure);
    failure->state = FAILURE_WRONG;
    failure->time = time;
}

/* Two items within seven days make the rest doubtful, until a scrub that began
 * after the later one has ended. */
Test(checks, doubted)
{
    fail(1, NOW);
    cr_expect(!checks_doubted(&checks, false, 0), "one");
    fail(2, NOW + 8 * DAY);
    cr_expect(!checks_doubted(&checks, false, 0), "too far apart");
    fail(3, NOW + 9 * DAY);
    cr_expect(checks_doubted(&checks, false, 0));
    cr_expect(checks_doubted(&checks, true, NOW + 9 * DAY - 1));
    cr_expect(!checks_doubted(&checks, true, NOW + 9 * DAY));
    checks_find(&checks, &origin, 3)->state = FAILURE_REPAIRED;
    cr_expect(checks_doubted(&checks, false, 0), "it failed all the same");
    checks_find(&checks, &origin, 3)->state = FAILURE_DENIED;
    cr_expect(!checks_doubted(&checks, false, 0), "it said so itself");
}

/* A failure is one an item; when all places are taken, those that decide
 * nothing any more make room, and wrong ones do not. */
Test(checks, many_failures)
{
    for (uint64_t i = 0; i < CHECKS_FAILURES_MAX; i++) {
        fail(i, NOW);
    }
    cr_expect_eq(checks.failures_count, CHECKS_FAILURES_MAX);
    cr_expect_null(checks_fail(&checks, &origin, 1000, 0));
    cr_expect_not_null(checks_fail(&checks, &origin, 5, 0));
    checks_find(&checks, &origin, 7)->state = FAILURE_REPAIRED;
    cr_expect_not_null(checks_fail(&checks, &origin, 1000, 0));
    cr_expect_null(checks_find(&checks, &origin, 7));
    checks_remove(&checks, checks_find(&checks, &origin, 0));
    cr_expect_null(checks_find(&checks, &origin, 0));
    cr_expect_not_null(checks_find(&checks, &origin, 63));
}

/* What is written is read as the same. */
Test(checks, text)
{
    struct checks again;
    struct buf text;
    struct buf once_more;

    buf_init(&text, CHECKS_SIZE_MAX);
    buf_init(&once_more, CHECKS_SIZE_MAX);
    for (uint64_t i = 0; i < 31; i++) {
        checks_count(&checks, NOW + i * DAY, CHECK_GOOD);
    }
    for (uint64_t i = 0; i < CHECKS_FAILURES_MAX; i++) {
        fail((uint64_t)INT64_MAX - i, INT64_MAX);
    }
    checks.has_reported = true;
    checks.reported_time = NOW;
    checks.reported_bad = 3;
    checks_format(&checks, &text);
    cr_assert(!buf_failed(&text), "it always fits");
    cr_assert(checks_parse(buf_span(&text), &again, NULL) == ERR_OK);
    checks_format(&again, &once_more);
    cr_expect(span_equal(buf_span(&text), buf_span(&once_more)));
    buf_done(&text);
    buf_done(&once_more);
}

/* Whatever breaks a rule is refused. */
Test(checks, bad_texts)
{
    static const char *const good = "holdfast checks 1\nnode bravo\n";
    static const char *const bad[] = {
        "good -\n",
        "good 1\ngood 2\n",
        "reported 1\n",
        "day 1 2 2 1\n",
        "day 2 1 1 0\nday 2 1 1 0\n",
        "day 2 1 1 0\nday 1 1 1 0\n",
        "day 1 2 2\n",
        "day 01 2 2 0\n",
        "failed here 1 2 3 wrong\n",
        "failed east-0123456789abcdef/bravo/0123456789abcdef0123456789abcdef "
        "1 2 3 odd\n",
        "x-more 1\n",
    };
    struct checks parsed;
    struct buf text;

    buf_init(&text, CHECKS_SIZE_MAX);
    cr_assert(checks_parse(span_str(good), &parsed, NULL) == ERR_OK);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        buf_clear(&text);
        buf_put_str(&text, good);
        buf_put_str(&text, bad[i]);
        cr_expect(checks_parse(buf_span(&text), &parsed, NULL) == ERR_MALFORMED,
                  "%s", bad[i]);
    }
    cr_expect(checks_parse(span_str("holdfast checks 2\n"), &parsed, NULL) ==
              ERR_UNREADABLE);
    buf_done(&text);
}
