/* SPDX-License-Identifier: Apache-2.0 */
/* Runs Criterion's tests one after the other in this process, for
 * ThreadSanitizer, which does not survive Criterion's forks. The functions that
 * Criterion's macros call are defined here and so take the place of those of
 * the library; the tests themselves are found in the linker sections where the
 * macros put them. What needs a process of its own is skipped, and said so:
 * tests that expect a signal or an exit code, and parameterized ones.
 *
 * Arguments: --filter PATTERN (of SUITE/NAME). Others are ignored. */
#include <fnmatch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#define TEST_TIMEOUT_S 240

extern struct criterion_test *__start_cr_tst[] __attribute__((weak));
extern struct criterion_test *__stop_cr_tst[] __attribute__((weak));
extern struct criterion_suite *__start_cr_sts[] __attribute__((weak));
extern struct criterion_suite *__stop_cr_sts[] __attribute__((weak));

enum outcome {
    OUTCOME_PASSED,
    OUTCOME_FAILED,
    OUTCOME_SKIPPED
};

static struct {
    const struct criterion_test *test;
    const struct criterion_suite *suite; /* NULL when it was not declared */
    enum outcome outcome;
    bool in_fixture; /* a jump out of a fixture must not run it again */
    jmp_buf end;
} run;

/* ---- What Criterion's macros call --------------------------------------- */

void criterion_send_assert(struct criterion_assert_stats *stats)
{
    if (!stats->passed) {
        run.outcome = OUTCOME_FAILED;
        printf("[----] %s:%u: Assertion Failed\n[----]   %s\n", stats->file,
               stats->line, stats->message);
    }
}

void cri_assert_node_send(const char *file, size_t line,
                          struct cri_assert_node *tree)
{
    if (!tree->pass) {
        run.outcome = OUTCOME_FAILED;
        printf("[----] %s:%zu: Assertion Failed\n[----]   %s\n", file, line,
               tree->message != NULL ? tree->message : tree->repr);
    }
}

void cri_asserts_passed_incr(void)
{
}

void criterion_continue_test(void)
{
    run.outcome = OUTCOME_FAILED;
}

void criterion_abort_test(void)
{
    run.outcome = OUTCOME_FAILED;
    longjmp(run.end, 1);
}

void criterion_skip_test(const char *format, ...)
{
    va_list args;

    printf("[SKIP] %s::%s: ", run.test->category, run.test->name);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    run.outcome = OUTCOME_SKIPPED;
    longjmp(run.end, 1);
}

void criterion_test_die(const char *msg, ...)
{
    va_list args;

    va_start(args, msg);
    vprintf(msg, args);
    va_end(args);
    printf("\n");
    exit(1);
}

static void fixture(void (*function)(void))
{
    if (function != NULL) {
        function();
    }
}

void criterion_internal_test_setup(void)
{
    if (run.suite != NULL && run.suite->data != NULL) {
        fixture(run.suite->data->init);
    }
    fixture(run.test->data->init);
}

void criterion_internal_test_main(void (*function)(void))
{
    function();
}

void criterion_internal_test_teardown(void)
{
    run.in_fixture = true;
    fixture(run.test->data->fini);
    if (run.suite != NULL && run.suite->data != NULL) {
        fixture(run.suite->data->fini);
    }
}

/* ---- The walk ------------------------------------------------------------ */

static const struct criterion_suite *suite_find(const char *name)
{
    for (struct criterion_suite **at = __start_cr_sts; at < __stop_cr_sts;
         at++) {
        if (*at != NULL && strcmp((*at)->name, name) == 0) {
            return *at;
        }
    }
    return NULL;
}

/* Why this test cannot run here, or NULL. */
static const char *obstacle(const struct criterion_test *test,
                            const struct criterion_suite *suite)
{
    bool suite_off =
        suite != NULL && suite->data != NULL && suite->data->disabled;

    if (test->data->disabled || suite_off) {
        return "Test is disabled";
    }
    if (test->data->kind_ == CR_TEST_PARAMETERIZED) {
        return "parameterized, runs without ThreadSanitizer only";
    }
    if (test->data->signal != 0 || test->data->exit_code != 0) {
        return "ends its process, runs without ThreadSanitizer only";
    }
    return NULL;
}

static enum outcome run_one(const struct criterion_test *test)
{
    run.test = test;
    run.suite = suite_find(test->category);
    run.outcome = OUTCOME_PASSED;
    run.in_fixture = false;

    const char *why_not = obstacle(test, run.suite);
    if (why_not != NULL) {
        printf("[SKIP] %s::%s: %s\n", test->category, test->name, why_not);
        return OUTCOME_SKIPPED;
    }
    printf("[RUN ] %s::%s\n", test->category, test->name);
    alarm(TEST_TIMEOUT_S);
    if (setjmp(run.end) == 0) {
        test->test();
    } else if (!run.in_fixture && setjmp(run.end) == 0) {
        criterion_internal_test_teardown();
    }
    alarm(0);
    if (run.outcome != OUTCOME_SKIPPED) {
        printf("[%s] %s::%s\n", run.outcome == OUTCOME_PASSED ? "PASS" : "FAIL",
               test->category, test->name);
    }
    return run.outcome;
}

int main(int argc, char **argv)
{
    const char *pattern = "*";
    int counts[3] = { 0, 0, 0 };

    setvbuf(stdout, NULL, _IONBF, 0);
    for (int index = 1; index + 1 < argc; index++) {
        if (strcmp(argv[index], "--filter") == 0) {
            pattern = argv[index + 1];
        }
    }
    for (struct criterion_test **at = __start_cr_tst; at < __stop_cr_tst;
         at++) {
        if (*at != NULL && fnmatch(pattern, (*at)->data->identifier_, 0) == 0) {
            counts[run_one(*at)]++;
        }
    }
    printf("[====] Synthesis: Tested: %d | Passing: %d | Failing: %d | "
           "Crashing: 0\n",
           counts[OUTCOME_PASSED] + counts[OUTCOME_FAILED],
           counts[OUTCOME_PASSED], counts[OUTCOME_FAILED]);
    return counts[OUTCOME_FAILED] > 0 ? 1 : 0;
}
