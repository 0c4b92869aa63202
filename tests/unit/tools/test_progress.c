/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/progress.h"

struct caught {
    struct output output;
    struct progress progress;
    char *out;
    size_t out_size;
    char *err;
    size_t err_size;
    uint64_t start_ms;
};

static void begin(struct caught *caught, bool json)
{
    FILE *out = open_memstream(&caught->out, &caught->out_size);
    FILE *err = open_memstream(&caught->err, &caught->err_size);

    cr_assert(out != NULL && err != NULL);
    output_init(&caught->output, out, err, true);
    caught->output.json = json;
    progress_start(&caught->progress, &caught->output, 10, 1000000);
    caught->start_ms = caught->progress.started_ms;
}

static void at(struct caught *caught, uint64_t bytes, uint64_t ms)
{
    struct progress_at now = { bytes / 100000, bytes, "a\033b" };

    progress_update_at(&caught->progress, &now, caught->start_ms + ms);
    fflush(caught->output.err);
    fflush(caught->output.out);
}

static size_t lines(const char *text)
{
    size_t count = 0;

    for (; *text != '\0'; text++) {
        count += *text == '\n';
    }
    return count;
}

static void end(struct caught *caught)
{
    fclose(caught->output.out);
    fclose(caught->output.err);
    output_done(&caught->output);
    free(caught->out);
    free(caught->err);
}

/* In a pipe: a line at the start, at each quarter, and at the end; no more. */
Test(progress, prints_quarters_in_a_pipe)
{
    struct caught caught;
    struct progress_at done = { 10, 1000000, NULL };

    begin(&caught, false);
    for (uint64_t bytes = 0; bytes < 1000000; bytes += 1000) {
        at(&caught, bytes, bytes / 1000);
    }
    cr_assert_eq(lines(caught.err), 4, "%s", caught.err);
    progress_end(&caught.progress, &done);
    fflush(caught.output.err);
    cr_assert_eq(lines(caught.err), 5, "%s", caught.err);
    cr_assert_not_null(strstr(caught.err, "25 %"));
    cr_assert_not_null(strstr(caught.err, "75 %"));
    cr_assert_not_null(strstr(caught.err, "100 %"));
    cr_assert_null(strchr(caught.err, '\r'));
    cr_assert_null(strchr(caught.err, '\033'));
    cr_assert_eq(caught.out_size, 0);
    end(&caught);
}

/* A slow run says something at least every ten minutes. */
Test(progress, prints_every_ten_minutes)
{
    struct caught caught;

    begin(&caught, false);
    for (uint64_t ms = 0; ms <= 3600000; ms += 1000) {
        at(&caught, 10 + ms / 1000, ms);
    }
    cr_assert_geq(lines(caught.err), 6);
    cr_assert_leq(lines(caught.err), 8);
    end(&caught);
}

/* The time left follows from the rate, and is not said before one is known. */
Test(progress, knows_the_time_left)
{
    struct caught caught;
    uint64_t seconds;

    begin(&caught, false);
    at(&caught, 0, 0);
    cr_assert(!progress_left(&caught.progress, 0, &seconds));
    for (uint64_t ms = 0; ms <= 10000; ms += 500) {
        at(&caught, ms * 10, ms); /* 10,000 bytes a second */
    }
    cr_assert(progress_left(&caught.progress, 100000, &seconds));
    cr_assert_geq(seconds, 85);
    cr_assert_leq(seconds, 95);
    end(&caught);
}

/* SIGUSR1 prints a line now, once. */
Test(progress, answers_a_signal)
{
    struct caught caught;

    interrupt_install();
    begin(&caught, false);
    at(&caught, 1000, 10);
    cr_assert_eq(lines(caught.err), 1);
    raise(SIGUSR1);
    at(&caught, 2000, 20);
    at(&caught, 3000, 30);
    cr_assert_eq(lines(caught.err), 2, "%s", caught.err);
    end(&caught);
}

/* Programs get lines of type progress on stdout. */
Test(progress, prints_json_lines)
{
    struct caught caught;
    json_t *object;

    begin(&caught, true);
    at(&caught, 300000, 5000);
    cr_assert_eq(lines(caught.out), 2, "%s", caught.out);
    object = json_loads(strchr(caught.out, '\n') + 1, 0, NULL);
    cr_assert_not_null(object);
    cr_assert_str_eq(json_string_value(json_object_get(object, "type")),
                     "progress");
    cr_assert_eq(json_integer_value(json_object_get(object, "bytes_done")),
                 300000);
    cr_assert(json_is_integer(json_object_get(object, "seconds_left")));
    cr_assert_eq(caught.err_size, 0);
    json_decref(object);
    end(&caught);
}

/* The bar of a terminal fits its width, and escapes the name. */
Test(progress, draws_a_bar)
{
    struct caught caught;
    char *bar;

    begin(&caught, false);
    caught.progress.terminal = true;
    at(&caught, 500000, 3000);
    bar = strrchr(caught.err, '\r');
    cr_assert_not_null(bar);
    bar += strlen("\r\033[K");
    cr_assert_lt(strlen(bar), OUTPUT_COLUMNS);
    cr_assert_null(strchr(bar, '\033'));
    cr_assert_not_null(strstr(bar, "[#########.........]  50 %"));
    progress_clear(&caught.progress);
    cr_assert(!caught.progress.bar);
    end(&caught);
}

/* The first Ctrl-C sets the flag and names its exit code. */
Test(progress, notes_an_interrupt)
{
    interrupt_install();
    cr_assert(!interrupted());
    raise(SIGINT);
    cr_assert(interrupted());
    cr_assert_eq(interrupt_exit_code(), EXIT_INTERRUPTED);
}

/* SIGTERM has an exit code of its own. */
Test(progress, notes_a_termination)
{
    interrupt_install();
    raise(SIGTERM);
    cr_assert(interrupted());
    cr_assert_eq(interrupt_exit_code(), EXIT_TERMINATED);
}
