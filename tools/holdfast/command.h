/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: one row gives dispatch, --help and what flags a
 * command takes, and the manual's pages and the shell's completion. A flag that
 * is not in a command's row is an error, also a global one that would change
 * nothing. Tables are constant; parsed arguments borrow argv. */
#ifndef HF_TOOLS_COMMAND_H
#define HF_TOOLS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

#define COMMAND_FLAGS_MAX 24
#define ARGUMENTS_MAX 65536

struct tool;

struct flag {
    const char *name;  /* "--out" */
    const char *value; /* "FILE"; NULL: a switch */
    const char *help;
    bool repeated; /* may be given more than once */
};

/* Which of the global flags a command takes, besides -h, --json, -q, -v and
 * --no-color, which all take. */
enum command_takes {
    TAKES_CONFIG = 1 << 0,   /* --config */
    TAKES_SOCKET = 1 << 1,   /* --socket, --via, --timeout */
    TAKES_DRY_RUN = 1 << 2,  /* -n */
    TAKES_YES = 1 << 3,      /* --yes: medium danger */
    TAKES_CONFIRM = 1 << 4,  /* --confirm=NAME: large danger */
    TAKES_NO_INPUT = 1 << 5, /* --no-input: it may ask something */
    TAKES_LOCAL = 1 << 6,    /* --socket, --timeout: never another node */
};

struct exit_text {
    int code;
    const char *text;
};

struct arguments {
    const struct command *command;
    size_t flag_count;
    struct {
        const struct flag *flag; /* one of the command's own */
        const char *value;       /* NULL for a switch */
    } flags[COMMAND_FLAGS_MAX * 4];
    int word_count;
    char **words; /* owned array of borrowed words */
};

struct command {
    const char *name;     /* "key new": one or two words */
    const char *synopsis; /* behind the name: "KIND --out FILE" */
    const char *summary;  /* one line */
    const char *example;  /* with "$ "; may have several lines */
    const char *text;     /* what else must be known; may be NULL */
    unsigned takes;       /* enum command_takes */
    int words_min;        /* arguments that are no flags */
    int words_max;
    const struct flag *flags;      /* ends with a NULL name; or NULL */
    const struct exit_text *exits; /* ends with a NULL text */
    int (*run)(struct tool *tool, const struct arguments *arguments);
};

/* The rows of all commands, sorted as help shows them. */
extern const struct command *const commands[];
extern const size_t command_count;

/* The value of a flag of the command, or NULL; of a repeated one the first. */
const char *argument(const struct arguments *arguments, const char *name);
bool argument_given(const struct arguments *arguments, const char *name);
/* The value of the index-th of that name, or NULL. */
const char *argument_at(const struct arguments *arguments, const char *name,
                        size_t index);

/* The command that argv begins with, and how many words name it; NULL when
 * there is none. */
const struct command *command_find(int argc, char *const *argv,
                                   int *ret_word_count);
/* All of argv: global flags into tool->options, the rest into the arguments.
 * ERR_MALFORMED with a sentence: exit 2. The caller calls arguments_done(). */
MUST_USE enum err arguments_parse(struct tool *tool, int argc, char **argv,
                                  struct arguments *ret_arguments,
                                  struct why *ret_why);
void arguments_done(struct arguments *arguments);

/* The index-th of the global flags that the command takes, or of all when it is
 * NULL; false behind the last. */
struct flag_shown {
    const char *name;
    const char *other; /* "--quiet"; NULL */
    const char *value; /* "FILE"; NULL: a switch */
    const char *help;
};
bool command_global_at(const struct command *command, size_t index,
                       struct flag_shown *ret);

void command_help(FILE *to, const struct command *command);
void command_help_all(FILE *to);

#endif
