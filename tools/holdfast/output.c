/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/output.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define DRY_RUN_LINE "DRY RUN - nothing was changed\n"
#define SENTENCE_SIZE 4096

/* ---- Colour -------------------------------------------------------------- */

static bool color_wanted(FILE *to, bool no_color)
{
    const char *term = getenv("TERM");
    const char *refused = getenv("NO_COLOR");

    return !no_color && (refused == NULL || refused[0] == '\0') &&
           term != NULL && strcmp(term, "dumb") != 0 && isatty(fileno(to)) == 1;
}

static const char *color_begin(enum output_color color)
{
    switch (color) {
    case COLOR_GOOD:
        return "\033[32m";
    case COLOR_WARN:
        return "\033[33m";
    case COLOR_BAD:
        return "\033[1;31m";
    case COLOR_DIM:
        return "\033[2m";
    }
    return "";
}

/* ---- For people ---------------------------------------------------------- */

void output_init(struct output *output, FILE *out, FILE *err, bool no_color)
{
    memset(output, 0, sizeof(*output));
    output->out = out;
    output->err = err;
    output->command = "holdfast";
    output->color_out = color_wanted(out, no_color);
    output->color_err = color_wanted(err, no_color);
    output->warnings = json_array();
}

void output_done(struct output *output)
{
    json_decref(output->warnings);
    output->warnings = NULL;
}

void output_begin(struct output *output)
{
    if (output->dry_run && !output->json) {
        fputs(DRY_RUN_LINE, output->out);
        fflush(output->out);
    }
}

void output_say(struct output *output, const char *format, ...)
{
    va_list args;

    if (output->json) {
        return;
    }
    va_start(args, format);
    vfprintf(output->out, format, args);
    va_end(args);
}

void output_say_color(struct output *output, enum output_color color,
                      const char *format, ...)
{
    va_list args;

    if (output->json) {
        return;
    }
    if (output->color_out) {
        fputs(color_begin(color), output->out);
    }
    va_start(args, format);
    vfprintf(output->out, format, args);
    va_end(args);
    if (output->color_out) {
        fputs("\033[0m", output->out);
    }
}

void output_wrap(FILE *to, size_t used, size_t indent, const char *text)
{
    size_t column = used;
    bool first = true;

    while (*text != '\0') {
        size_t word = strcspn(text, " \n");

        if (!first && column + 1 + word > OUTPUT_COLUMNS - 1) {
            fprintf(to, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', to);
            column++;
        }
        fwrite(text, 1, word, to);
        column += word;
        first = false;
        text += word;
        while (*text == ' ' || *text == '\n') {
            text++;
        }
    }
    fputc('\n', to);
}

void output_paragraph(struct output *output, size_t indent, const char *format,
                      ...)
{
    char text[SENTENCE_SIZE];
    size_t spaces;
    va_list args;

    if (output->json) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    spaces = strspn(text, " ");
    fprintf(output->out, "%*s", (int)spaces, "");
    output_wrap(output->out, spaces, indent, text + spaces);
}

void output_row(struct output *output, size_t width, const char *label,
                const char *format, ...)
{
    char text[SENTENCE_SIZE];
    va_list args;

    if (output->json) {
        return;
    }
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    fprintf(output->out, "%-*s", (int)width, label);
    output_wrap(output->out, width, width, text);
}

static void say_on_the_way(struct output *output, const char *format,
                           va_list args)
{
    char text[SENTENCE_SIZE];

    vsnprintf(text, sizeof(text), format, args);
    output_wrap(output->err, 0, 2, text);
}

void output_note(struct output *output, const char *format, ...)
{
    va_list args;

    if (output->json || output->quiet) {
        return;
    }
    va_start(args, format);
    say_on_the_way(output, format, args);
    va_end(args);
}

void output_detail(struct output *output, const char *format, ...)
{
    va_list args;

    if (output->json || output->quiet || !output->verbose) {
        return;
    }
    va_start(args, format);
    say_on_the_way(output, format, args);
    va_end(args);
}

void output_warning(struct output *output, const char *format, ...)
{
    char text[SENTENCE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (output->json) {
        json_array_append_new(output->warnings, json_text(span_str(text)));
        return;
    }
    if (output->color_err) {
        fputs(color_begin(COLOR_WARN), output->err);
    }
    fputs("warning:", output->err);
    if (output->color_err) {
        fputs("\033[0m", output->err);
    }
    fputc(' ', output->err);
    output_wrap(output->err, 9, 2, text);
}

/* ---- Envelopes ----------------------------------------------------------- */

static const char *result_of(enum exit_code exit_code)
{
    switch (exit_code) {
    case EXIT_DONE:
        return "ok";
    case EXIT_BAD:
        return "bad";
    case EXIT_UNKNOWN:
    case EXIT_AGAIN:
        return "unknown";
    case EXIT_PARTLY:
        return "partial";
    case EXIT_REFUSED:
        return "refused";
    case EXIT_FAILED:
    case EXIT_USAGE:
    case EXIT_NOT_FOUND:
    case EXIT_UNREACHABLE:
    case EXIT_KEY:
    case EXIT_CONFIG:
    case EXIT_INTERRUPTED:
    case EXIT_TERMINATED:
        break;
    }
    return "failed";
}

static json_t *envelope(const struct output *output, const char *schema,
                        enum exit_code exit_code)
{
    json_t *object = json_object();
    char text[80];

    snprintf(text, sizeof(text), "holdfast.%s/1", schema);
    json_put(object, "schema", json_string(text));
    json_put(object, "generated_at", json_time(now_s()));
    if (output->node[0] != '\0') {
        json_put(object, "node", json_string(output->node));
    }
    json_put(object, "result", json_string(result_of(exit_code)));
    json_put(object, "exit_code", json_integer((json_int_t)exit_code));
    return object;
}

int output_finish(struct output *output, enum exit_code exit_code, json_t *data)
{
    json_t *object;

    if (!output->json) {
        json_decref(data);
        if (output->dry_run) {
            fputs(DRY_RUN_LINE, output->out);
        }
        return (int)exit_code;
    }
    object = envelope(output, output->command, exit_code);
    if (output->dry_run) {
        json_put(object, "dry_run", json_true());
    }
    json_put(object, "data", data == NULL ? json_object() : data);
    json_object_set(object, "warnings", output->warnings);
    json_dumpf(object, output->out, JSON_INDENT(2));
    fputc('\n', output->out);
    json_decref(object);
    return (int)exit_code;
}

void output_line(struct output *output, json_t *object)
{
    const char *type = json_string_value(json_object_get(object, "type"));

    if (output->json) {
        if (type != NULL && strcmp(type, "summary") == 0) {
            json_object_set(object, "warnings", output->warnings);
        }
        json_dumpf(object, output->out, JSON_COMPACT);
        fputc('\n', output->out);
        fflush(output->out);
    }
    json_decref(object);
}

/* ---- Errors -------------------------------------------------------------- */

static void problem_json(struct output *output, const struct problem *problem,
                         const char *message)
{
    json_t *object = envelope(output, "error", problem->exit_code);
    json_t *error = json_object();

    json_put(error, "code", json_string(problem->code));
    json_put(error, "message", json_text(span_str(message)));
    if (problem->state != NULL) {
        json_put(error, "state", json_text(span_str(problem->state)));
    }
    if (problem->action != NULL) {
        json_put(error, "do", json_text(span_str(problem->action)));
    }
    json_put(error, "detail",
             problem->detail == NULL ? json_object() : problem->detail);
    json_put(object, "error", error);
    json_object_set(object, "warnings", output->warnings);
    json_dumpf(object, output->err, JSON_COMPACT);
    fputc('\n', output->err);
    json_decref(object);
}

int output_problem(struct output *output, const struct problem *problem,
                   const char *format, ...)
{
    char message[SENTENCE_SIZE];
    va_list args;

    va_start(args, format);
    vsnprintf(message, sizeof(message), format, args);
    va_end(args);
    fflush(output->out);
    if (output->json) {
        problem_json(output, problem, message);
        return (int)problem->exit_code;
    }
    fputs("holdfast: ", output->err);
    output_wrap(output->err, 10, 2, message);
    if (problem->state != NULL) {
        fputs("  ", output->err);
        output_wrap(output->err, 2, 2, problem->state);
    }
    if (problem->action != NULL) {
        fputs("  do:   ", output->err);
        output_wrap(output->err, 8, 8, problem->action);
    }
    if (problem->exit_code != EXIT_USAGE &&
        problem->exit_code != EXIT_INTERRUPTED) {
        fprintf(output->err, "  more: holdfast explain %s\n", problem->code);
    }
    json_decref(problem->detail);
    return (int)problem->exit_code;
}

struct err_row {
    enum exit_code exit_code;
    const char *code;
};

static const struct err_row err_rows[ERR_COUNT] = {
    [ERR_OK] = { EXIT_DONE, "OK" },
    [ERR_MALFORMED] = { EXIT_FAILED, "MALFORMED" },
    [ERR_UNREADABLE] = { EXIT_FAILED, "UNREADABLE" },
    [ERR_UNSUPPORTED] = { EXIT_FAILED, "UNSUPPORTED" },
    [ERR_TOO_BIG] = { EXIT_FAILED, "TOO-BIG" },
    [ERR_RANGE] = { EXIT_FAILED, "RANGE" },
    [ERR_WRONG_HASH] = { EXIT_FAILED, "WRONG-HASH" },
    [ERR_WRONG_SIGNATURE] = { EXIT_FAILED, "WRONG-SIGNATURE" },
    [ERR_WRONG_KEY] = { EXIT_KEY, "WRONG-KEY" },
    [ERR_NOT_A_MEMBER] = { EXIT_REFUSED, "NOT-A-MEMBER" },
    [ERR_NOT_FOUND] = { EXIT_NOT_FOUND, "NOT-FOUND" },
    [ERR_CONFLICT] = { EXIT_FAILED, "CONFLICT" },
    [ERR_FORKED] = { EXIT_FAILED, "FORK" },
    [ERR_REFUSED] = { EXIT_REFUSED, "REFUSED" },
    [ERR_PENDING] = { EXIT_AGAIN, "PENDING" },
    [ERR_BUSY] = { EXIT_AGAIN, "BUSY" },
    [ERR_FULL] = { EXIT_AGAIN, "STORE-FULL" },
    [ERR_NEWER] = { EXIT_FAILED, "NEWER" },
    [ERR_MOVED] = { EXIT_FAILED, "MOVED" },
    [ERR_CORRUPT] = { EXIT_FAILED, "CORRUPT" },
    [ERR_PERMISSION] = { EXIT_FAILED, "PERMISSION" },
    [ERR_IO] = { EXIT_FAILED, "IO" },
    [ERR_NO_MEMORY] = { EXIT_FAILED, "NO-MEMORY" },
    [ERR_UNREACHABLE] = { EXIT_UNREACHABLE, "PEER-UNREACHABLE" },
    [ERR_TIMEOUT] = { EXIT_UNREACHABLE, "PEER-UNREACHABLE" },
    [ERR_CLOSED] = { EXIT_UNREACHABLE, "PEER-UNREACHABLE" },
    [ERR_CANCELLED] = { EXIT_INTERRUPTED, "INTERRUPTED" },
};

enum exit_code exit_of_err(enum err err)
{
    return (unsigned)err < ERR_COUNT ? err_rows[err].exit_code : EXIT_FAILED;
}

const char *code_of_err(enum err err)
{
    return (unsigned)err < ERR_COUNT ? err_rows[err].code : "FAILED";
}

int output_err(struct output *output, enum err err, const struct why *why,
               const char *what)
{
    struct problem problem = { .exit_code = exit_of_err(err),
                               .code = code_of_err(err) };
    bool has_why = why != NULL && why->text[0] != '\0';
    char *shown = visible_str(has_why ? why->text : err_text(err));
    int code = output_problem(output, &problem, "cannot %s: %s", what, shown);

    free(shown);
    return code;
}
