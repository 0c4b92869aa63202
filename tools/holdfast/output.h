/* SPDX-License-Identifier: Apache-2.0 */
/* What the command says: the answer on stdout, everything on the way on
 * stderr; for people in at most 80 columns, or as JSON in one envelope.
 * Whoever prints a path, a name or a text from a file or a peer gives it
 * through visible(): no control byte reaches the terminal. One thread. */
#ifndef HF_TOOLS_OUTPUT_H
#define HF_TOOLS_OUTPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "daemon/json.h"

#define OUTPUT_COLUMNS 80
#define OUTPUT_ROWS_MAX 20 /* of a list for people */

/* The exit codes: fixed, and never one for two meanings. */
enum exit_code {
    EXIT_DONE = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_PARTLY = 3,
    EXIT_BAD = 4,     /* the command worked, the answer is bad */
    EXIT_UNKNOWN = 5, /* the command worked, the answer is not known */
    EXIT_REFUSED = 6,
    EXIT_NOT_FOUND = 7,
    EXIT_UNREACHABLE = 8,
    EXIT_KEY = 9,
    EXIT_AGAIN = 75,
    EXIT_CONFIG = 78,
    EXIT_INTERRUPTED = 130,
    EXIT_TERMINATED = 143
};

struct output {
    FILE *out;           /* borrowed; stdout */
    FILE *err;           /* borrowed; stderr */
    const char *command; /* borrowed; "roster-check": names the JSON schema */
    bool json;
    bool quiet;   /* nothing on the way, no progress */
    bool verbose; /* more on the way */
    bool dry_run; /* nothing is changed, and said so first and last */
    bool color_out;
    bool color_err;
    json_t *warnings; /* owned; texts, for the envelope */
    char node[33];    /* for the envelope; empty: not asked */
};

enum output_color {
    COLOR_GOOD,
    COLOR_WARN,
    COLOR_BAD,
    COLOR_DIM
};

/* Colour is off in a pipe, with NO_COLOR, with TERM=dumb and by no_color. */
void output_init(struct output *output, FILE *out, FILE *err, bool no_color);
void output_done(struct output *output);
/* Before the command runs: a dry run says so first. */
void output_begin(struct output *output);

/* A piece of the answer for people, on stdout; nothing with --json. */
void output_say(struct output *output, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* The same in a colour, where there is one. */
void output_say_color(struct output *output, enum output_color color,
                      const char *format, ...) PRINTF_LIKE(3, 4);
/* A line without its LF, as part of the answer, filled to 80 columns; further
 * lines begin with `indent` spaces. */
void output_paragraph(struct output *output, size_t indent, const char *format,
                      ...) PRINTF_LIKE(3, 4);
/* "LABEL      text", the text at column `width` and wrapped there. */
void output_row(struct output *output, size_t width, const char *label,
                const char *format, ...) PRINTF_LIKE(4, 5);
/* Something on the way, a line on stderr without its LF; nothing with --json
 * or -q. */
void output_note(struct output *output, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* The same, only with -v. */
void output_detail(struct output *output, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* "warning: ..." on stderr, wrapped; with --json kept for the envelope. */
void output_warning(struct output *output, const char *format, ...)
    PRINTF_LIKE(2, 3);
/* Fill `text` word by word at spaces to OUTPUT_COLUMNS, each further line with
 * `indent` spaces; the first one begins behind `used` columns already there. */
void output_wrap(FILE *to, size_t used, size_t indent, const char *text);

/* The end of a command that worked: with --json the envelope with `data`
 * (stolen; may be NULL) on stdout. Gives exit_code. `result` follows from it:
 * ok bad unknown partial refused failed. */
int output_finish(struct output *output, enum exit_code exit_code,
                  json_t *data);
/* One JSON line of a long command (stolen): start, progress, item, missing,
 * step, summary; a summary gains the warnings. Nothing without --json. */
void output_line(struct output *output, json_t *object);

/* What went wrong, for the one form that all errors have. */
struct problem {
    enum exit_code exit_code;
    const char *code;   /* STORE-FULL; stable, from codes.h */
    const char *state;  /* "nothing was sent."; NULL: nothing to say */
    const char *action; /* what to do now; NULL */
    json_t *detail;     /* stolen; NULL */
};

/* "holdfast: MESSAGE", the state, "do: ...", and where to read more about the
 * code. Gives problem->exit_code. Call it as the last thing of a command:
 * return output_problem(...). */
int output_problem(struct output *output, const struct problem *problem,
                   const char *format, ...) PRINTF_LIKE(3, 4);
/* The same from an error of a library; exit code and code follow from err,
 * `what` completes "cannot ": "read the roster". */
int output_err(struct output *output, enum err err, const struct why *why,
               const char *what);
/* Exit code and stable code for an error of a library. */
enum exit_code exit_of_err(enum err err);
const char *code_of_err(enum err err);

/* Texts of fixed places; each returns `text`. */
/* "412 MB", "1.3 GB"; powers of 1000. */
const char *text_size(char text[static TEXT_SIZE], uint64_t bytes);
/* "12,438" */
const char *text_count(char text[static TEXT_SIZE], uint64_t count);
/* "24 Nov 2026 09:58 UTC" */
const char *text_time(char text[static TEXT_SIZE], uint64_t posix_s);
/* "12 s", "3 min", "31 h", "3 d" */
const char *text_span(char text[static TEXT_SIZE], uint64_t seconds);
/* "s" unless count is 1: "%zu file%s". */
const char *plural(uint64_t count);

/* A text that is safe to show; owned by the caller: free(). Never NULL (ends
 * the program when memory is out). */
char *visible(struct span raw);
char *visible_str(const char *text);

/* POSIX seconds of this machine's clock. */
uint64_t now_s(void);

#endif
