/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/output.h"

struct caught {
    struct output output;
    char *out;
    size_t out_size;
    char *err;
    size_t err_size;
};

static void begin(struct caught *caught)
{
    FILE *out = open_memstream(&caught->out, &caught->out_size);
    FILE *err = open_memstream(&caught->err, &caught->err_size);

    cr_assert(out != NULL && err != NULL);
    output_init(&caught->output, out, err, false);
}

static void flush(struct caught *caught)
{
    fflush(caught->output.out);
    fflush(caught->output.err);
}

static void end(struct caught *caught)
{
    fclose(caught->output.out);
    fclose(caught->output.err);
    output_done(&caught->output);
    free(caught->out);
    free(caught->err);
}

static size_t widest(const char *text)
{
    size_t widest = 0;

    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        widest = size > widest ? size : widest;
        text += size + (text[size] == '\n');
    }
    return widest;
}

struct size_case {
    uint64_t bytes;
    const char *text;
};

/* Sizes are powers of 1000, with one decimal below ten, and never "1000". */
Test(output, formats_sizes)
{
    static const struct size_case cases[] = {
        { 0, "0 B" },
        { 999, "999 B" },
        { 1000, "1.0 kB" },
        { 9949, "9.9 kB" },
        { 9950, "10 kB" },
        { 412000000, "412 MB" },
        { 999499, "999 kB" },
        { 999500, "1.0 MB" },
        { 1300000000, "1.3 GB" },
        { 1ULL << 63, "9223 PB" },
    };
    char text[TEXT_SIZE];

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        cr_expect_str_eq(text_size(text, cases[i].bytes), cases[i].text);
    }
}

/* Counts have commas, spans of time one unit, times are UTC. */
Test(output, formats_counts_and_times)
{
    char text[TEXT_SIZE];

    cr_expect_str_eq(text_count(text, 0), "0");
    cr_expect_str_eq(text_count(text, 999), "999");
    cr_expect_str_eq(text_count(text, 12438), "12,438");
    cr_expect_str_eq(text_count(text, UINT64_MAX),
                     "18,446,744,073,709,551,615");
    cr_expect_str_eq(text_span(text, 12), "12 s");
    cr_expect_str_eq(text_span(text, 180), "3 min");
    cr_expect_str_eq(text_span(text, 31 * 3600), "31 h");
    cr_expect_str_eq(text_span(text, 3 * 86400), "3 d");
    cr_expect_str_eq(text_time(text, 1795514283), "24 Nov 2026 09:58 UTC");
    cr_expect_str_eq(text_rfc3339(text, 1795514283), "2026-11-24T09:58:03Z");
    cr_expect_str_eq(text_rfc3339(text, UINT64_MAX), "9999-12-31T23:59:59Z");
    cr_expect_str_eq(text_time(text, UINT64_MAX), "after the year 9999");
}

/* No control byte and no direction mark reaches a terminal. */
Test(output, escapes_what_is_shown)
{
    char *shown = visible_str("a\033[31mb\xe2\x80\xae\xff\n");

    cr_assert_null(strchr(shown, '\033'));
    cr_assert_null(strchr(shown, '\n'));
    cr_assert_null(strstr(shown, "\xe2\x80\xae"));
    free(shown);
}

/* The error form: what happened, what state, what to do; 80 columns. */
Test(output, says_a_problem)
{
    struct problem problem = {
        .exit_code = EXIT_AGAIN,
        .code = "STORE-FULL",
        .state = "nothing was sent.",
        .action = "ask the admin of fjord-1 to add space, or deposit elsewhere "
                  "and think about it again tomorrow",
    };
    struct caught caught;

    begin(&caught);
    cr_assert_eq(output_problem(&caught.output, &problem,
                                "cannot deposit: %s needed, fjord-1 has 52 GB "
                                "free and keeps 50 GB for itself and its "
                                "neighbours",
                                "4.8 GB"),
                 75);
    flush(&caught);
    cr_assert_eq(caught.out_size, 0);
    cr_assert_eq(strncmp(caught.err, "holdfast: cannot deposit: 4.8 GB", 32),
                 0);
    cr_assert_not_null(
        strstr(caught.err, "\n  nothing was sent.\n  do:   ask"));
    cr_assert_leq(widest(caught.err), 80);
    cr_assert_null(strchr(caught.err, '\033'));
    end(&caught);
}

/* With --json the same goes to stderr as one line, the answer stays empty. */
Test(output, says_a_problem_as_json)
{
    struct problem problem = { .exit_code = EXIT_UNREACHABLE,
                               .code = "PEER-UNREACHABLE",
                               .action = "wait" };
    struct caught caught;
    json_t *object;
    json_t *error;

    begin(&caught);
    caught.output.json = true;
    output_say(&caught.output, "not for programs\n");
    output_note(&caught.output, "nor this");
    output_warning(&caught.output, "odd");
    cr_assert_eq(output_problem(&caught.output, &problem, "no \"answer\"\x01"),
                 8);
    flush(&caught);
    cr_assert_eq(caught.out_size, 0);
    object = json_loads(caught.err, 0, NULL);
    cr_assert_not_null(object);
    error = json_object_get(object, "error");
    cr_assert_str_eq(json_string_value(json_object_get(object, "schema")),
                     "holdfast.error/1");
    cr_assert_eq(json_integer_value(json_object_get(object, "exit_code")), 8);
    cr_assert_str_eq(json_string_value(json_object_get(error, "code")),
                     "PEER-UNREACHABLE");
    cr_assert_str_eq(json_string_value(json_object_get(error, "do")), "wait");
    cr_assert_eq(json_array_size(json_object_get(object, "warnings")), 1);
    json_decref(object);
    end(&caught);
}

struct result_case {
    enum exit_code code;
    const char *result;
};

/* The word of the result follows from the exit code. */
Test(output, finishes_with_an_envelope)
{
    static const struct result_case cases[] = {
        { EXIT_DONE, "ok" },         { EXIT_FAILED, "failed" },
        { EXIT_PARTLY, "partial" },  { EXIT_BAD, "bad" },
        { EXIT_UNKNOWN, "unknown" }, { EXIT_REFUSED, "refused" },
        { EXIT_AGAIN, "unknown" },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct caught caught;
        json_t *object;

        begin(&caught);
        caught.output.json = true;
        caught.output.command = "roster-check";
        cr_assert_eq(output_finish(&caught.output, cases[i].code, NULL),
                     (int)cases[i].code);
        flush(&caught);
        object = json_loads(caught.out, 0, NULL);
        cr_assert_not_null(object);
        cr_assert_str_eq(json_string_value(json_object_get(object, "schema")),
                         "holdfast.roster-check/1");
        cr_assert_str_eq(json_string_value(json_object_get(object, "result")),
                         cases[i].result);
        cr_assert(json_is_object(json_object_get(object, "data")));
        cr_assert(json_is_array(json_object_get(object, "warnings")));
        cr_assert_null(json_object_get(object, "node"));
        json_decref(object);
        end(&caught);
    }
}

/* A dry run says so in its first and last line. */
Test(output, frames_a_dry_run)
{
    struct caught caught;

    begin(&caught);
    caught.output.dry_run = true;
    output_begin(&caught.output);
    output_say(&caught.output, "work\n");
    cr_assert_eq(output_finish(&caught.output, EXIT_DONE, NULL), 0);
    flush(&caught);
    cr_assert_str_eq(caught.out, "DRY RUN - nothing was changed\nwork\n"
                                 "DRY RUN - nothing was changed\n");
    end(&caught);
}

/* Long sentences break at words; a word is never cut. */
Test(output, wraps_at_words)
{
    struct caught caught;

    begin(&caught);
    output_paragraph(&caught.output, 4, "  %s",
                     "one two three four five six seven eight nine ten eleven "
                     "twelve thirteen fourteen fifteen sixteen seventeen");
    output_row(&caught.output, 11, "  data",
               "one two three four five six seven eight nine ten eleven "
               "twelve thirteen fourteen fifteen");
    flush(&caught);
    cr_assert_leq(widest(caught.out), 80);
    cr_assert_eq(strncmp(caught.out, "  one two", 9), 0);
    cr_assert_not_null(strstr(caught.out, "\n    "));
    cr_assert_not_null(strstr(caught.out, "\n  data     one two"));
    end(&caught);
}

/* -q leaves out what is said on the way, -v adds to it; neither touches the
 * answer. */
Test(output, obeys_quiet_and_verbose)
{
    struct caught caught;

    begin(&caught);
    output_detail(&caught.output, "detail");
    caught.output.verbose = true;
    output_detail(&caught.output, "more");
    caught.output.quiet = true;
    output_note(&caught.output, "note");
    output_say(&caught.output, "answer\n");
    flush(&caught);
    cr_assert_str_eq(caught.err, "more\n");
    cr_assert_str_eq(caught.out, "answer\n");
    end(&caught);
}

/* Every error of a library has an exit code of the table and a stable code. */
Test(output, knows_every_error)
{
    for (int err = 0; err < ERR_COUNT; err++) {
        const char *code = code_of_err((enum err)err);

        cr_assert(code != NULL && code[0] != '\0');
        cr_assert_eq(strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-"), strlen(code));
        cr_assert_eq(exit_of_err((enum err)err) == EXIT_DONE, err == ERR_OK);
    }
}

/* Text for JSON is what it was when it is UTF-8, else visible. */
Test(output, puts_any_text_into_json)
{
    json_t *good = json_text(span_str("\xc3\xb8y \"x\""));
    json_t *bad = json_text(span_of("a\xff\x00z", 4));

    cr_assert_str_eq(json_string_value(good), "\xc3\xb8y \"x\"");
    cr_assert_not_null(strstr(json_string_value(bad), "z"));
    json_decref(good);
    json_decref(bad);
}

/* The last line of a long command carries the warnings. */
Test(output, ends_lines_with_warnings)
{
    struct caught caught;
    json_t *item = json_object();
    json_t *summary = json_object();

    begin(&caught);
    caught.output.json = true;
    output_warning(&caught.output, "odd");
    json_put(item, "type", json_string("item"));
    json_put(summary, "type", json_string("summary"));
    output_line(&caught.output, item);
    output_line(&caught.output, summary);
    flush(&caught);
    cr_assert_str_eq(caught.out,
                     "{\"type\":\"item\"}\n"
                     "{\"type\":\"summary\",\"warnings\":[\"odd\"]}\n");
    end(&caught);
}
