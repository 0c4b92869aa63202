/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/command.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/config.h"
#include "tools/holdfast/nearest.h"
#include "tools/holdfast/tool.h"

/* ---- The global flags ---------------------------------------------------- */

enum global {
    GLOBAL_CONFIG,
    GLOBAL_SOCKET,
    GLOBAL_VIA,
    GLOBAL_TIMEOUT,
    GLOBAL_DRY_RUN,
    GLOBAL_YES,
    GLOBAL_CONFIRM,
    GLOBAL_NO_INPUT,
    GLOBAL_JSON,
    GLOBAL_QUIET,
    GLOBAL_VERBOSE,
    GLOBAL_NO_COLOR,
    GLOBAL_HELP,
    GLOBAL_VERSION
};

struct global_flag {
    enum global global;
    const char *name;
    const char *other;
    const char *value;
    unsigned takes; /* 0: every command takes it */
    const char *help;
};

static const struct global_flag globals[] = {
    { GLOBAL_CONFIG, "--config", NULL, "FILE", TAKES_CONFIG,
      "the configuration; else " CONFIG_PATH_DEFAULT },
    { GLOBAL_SOCKET, "--socket", NULL, "PATH", TAKES_SOCKET | TAKES_LOCAL,
      "the local node; else " CONFIG_SOCKET_DEFAULT },
    { GLOBAL_VIA, "--via", NULL, "NODE", TAKES_SOCKET,
      "a node of the roster, over the network" },
    { GLOBAL_TIMEOUT, "--timeout", NULL, "TIME", TAKES_SOCKET | TAKES_LOCAL,
      "wait so long for an answer; 30s" },
    { GLOBAL_DRY_RUN, "-n", "--dry-run", NULL, TAKES_DRY_RUN,
      "say what would be done, change nothing" },
    { GLOBAL_YES, "--yes", NULL, NULL, TAKES_YES, "answer [y/N] with yes" },
    { GLOBAL_CONFIRM, "--confirm", NULL, "NAME", TAKES_CONFIRM,
      "the name that has to be typed" },
    { GLOBAL_NO_INPUT, "--no-input", NULL, NULL, TAKES_NO_INPUT,
      "never ask; a missing answer is an error" },
    { GLOBAL_JSON, "--json", NULL, NULL, 0, "output for programs" },
    { GLOBAL_QUIET, "-q", "--quiet", NULL, 0, "only the answer" },
    { GLOBAL_VERBOSE, "-v", "--verbose", NULL, 0, "more on the way" },
    { GLOBAL_NO_COLOR, "--no-color", NULL, NULL, 0,
      "no colours; also by NO_COLOR" },
    { GLOBAL_HELP, "-h", "--help", NULL, 0, "this text" },
    { GLOBAL_VERSION, "--version", NULL, NULL, 0, "the version" },
};
#define GLOBALS_COUNT (sizeof(globals) / sizeof(globals[0]))

/* Is `word` this flag, perhaps with "=VALUE" behind it? */
static bool flag_is(const char *word, const char *name, const char **ret_value)
{
    size_t size = name == NULL ? 0 : strlen(name);

    if (size == 0 || strncmp(word, name, size) != 0) {
        return false;
    }
    if (word[size] == '=' && size > 2) {
        *ret_value = word + size + 1;
        return true;
    }
    *ret_value = NULL;
    return word[size] == '\0';
}

static const struct global_flag *global_find(const char *word,
                                             const char **ret_value)
{
    for (size_t index = 0; index < GLOBALS_COUNT; index++) {
        if (flag_is(word, globals[index].name, ret_value) ||
            flag_is(word, globals[index].other, ret_value)) {
            return &globals[index];
        }
    }
    return NULL;
}

static enum err set_value(struct options *options, enum global global,
                          const char *value, struct why *ret_why)
{
    switch (global) {
    case GLOBAL_CONFIG:
        options->config = value;
        return ERR_OK;
    case GLOBAL_SOCKET:
        options->socket = value;
        return ERR_OK;
    case GLOBAL_VIA:
        options->via = value;
        return ERR_OK;
    case GLOBAL_CONFIRM:
        options->confirm = value;
        return ERR_OK;
    case GLOBAL_TIMEOUT:
        if (config_duration_parse(span_str(value), &options->timeout_ms) !=
                ERR_OK ||
            options->timeout_ms > 86400000) {
            return why_set(ret_why, ERR_MALFORMED,
                           "--timeout: found \"%s\"; meant: a time of at most "
                           "a day, for example 30s",
                           value);
        }
        return ERR_OK;
    case GLOBAL_DRY_RUN:
    case GLOBAL_YES:
    case GLOBAL_NO_INPUT:
    case GLOBAL_JSON:
    case GLOBAL_QUIET:
    case GLOBAL_VERBOSE:
    case GLOBAL_NO_COLOR:
    case GLOBAL_HELP:
    case GLOBAL_VERSION:
        break;
    }
    return ERR_OK;
}

/* What a switch switches on; NULL: it is none. */
static bool *switch_of(struct options *options, enum global global)
{
    switch (global) {
    case GLOBAL_DRY_RUN:
        return &options->dry_run;
    case GLOBAL_YES:
        return &options->yes;
    case GLOBAL_NO_INPUT:
        return &options->no_input;
    case GLOBAL_JSON:
        return &options->json;
    case GLOBAL_QUIET:
        return &options->quiet;
    case GLOBAL_VERBOSE:
        return &options->verbose;
    case GLOBAL_NO_COLOR:
        return &options->no_color;
    case GLOBAL_HELP:
        return &options->help;
    case GLOBAL_VERSION:
        return &options->version;
    case GLOBAL_CONFIG:
    case GLOBAL_SOCKET:
    case GLOBAL_VIA:
    case GLOBAL_TIMEOUT:
    case GLOBAL_CONFIRM:
        break;
    }
    return NULL;
}

/* ---- Finding the command ------------------------------------------------- */

/* How many words name it if argv begins with it, else 0. */
static int names_match(const struct command *command, int argc,
                       char *const *argv)
{
    const char *space = strchr(command->name, ' ');
    size_t first =
        space == NULL ? strlen(command->name) : (size_t)(space - command->name);

    if (argc < 1 || strlen(argv[0]) != first ||
        memcmp(argv[0], command->name, first) != 0) {
        return 0;
    }
    if (space == NULL) {
        return 1;
    }
    return argc >= 2 && strcmp(argv[1], space + 1) == 0 ? 2 : 0;
}

const struct command *command_find(int argc, char *const *argv,
                                   int *ret_word_count)
{
    for (size_t index = 0; index < command_count; index++) {
        int words = names_match(commands[index], argc, argv);

        if (words > 0) {
            *ret_word_count = words;
            return commands[index];
        }
    }
    return NULL;
}

static enum err no_command(int argc, char *const *argv, struct why *ret_why)
{
    struct nearest one;
    struct nearest two;
    char words[80];
    const char *found;

    snprintf(words, sizeof(words), "%s %s", argv[0], argc > 1 ? argv[1] : "");
    nearest_init(&one, argv[0]);
    nearest_init(&two, words);
    for (size_t index = 0; index < command_count; index++) {
        nearest_try(strchr(commands[index]->name, ' ') == NULL ? &one : &two,
                    commands[index]->name);
    }
    found = two.found != NULL ? two.found : one.found;
    return why_set(ret_why, ERR_MALFORMED, "\"%s\" is no command%s%s%s",
                   two.found != NULL ? words : argv[0],
                   found == NULL ? "" : "; the nearest is \"",
                   found == NULL ? "" : found, found == NULL ? "" : "\"");
}

/* A flag that neither the command nor everybody knows. */
static enum err no_flag(const struct command *command, const char *word,
                        struct why *ret_why)
{
    char name[40];
    struct nearest nearest;

    snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
    nearest_init(&nearest, name);
    for (size_t index = 0; index < GLOBALS_COUNT; index++) {
        nearest_try(&nearest, globals[index].name);
        nearest_try(&nearest, globals[index].other);
    }
    for (const struct flag *flag = command == NULL ? NULL : command->flags;
         flag != NULL && flag->name != NULL; flag++) {
        nearest_try(&nearest, flag->name);
    }
    return why_set(ret_why, ERR_MALFORMED, "%s does not know %s%s%s",
                   command == NULL ? "holdfast" : command->name, word,
                   nearest.found == NULL ? "" : "; the nearest is ",
                   nearest.found == NULL ? "" : nearest.found);
}

/* ---- All of argv --------------------------------------------------------- */

struct walk {
    struct tool *tool;
    int argc;
    char **argv;
    int at;
    bool flags_ended; /* behind "--" */
    struct arguments *arguments;
    struct why *why;
};

/* The value of the flag at hand: behind '=', or the next word. */
static enum err value_take(struct walk *walk, const char *name,
                           const char **value)
{
    if (*value == NULL) {
        if (walk->at + 1 >= walk->argc) {
            return why_set(walk->why, ERR_MALFORMED, "%s needs a value", name);
        }
        *value = walk->argv[++walk->at];
    }
    if ((*value)[0] == '\0') {
        return why_set(walk->why, ERR_MALFORMED, "%s has an empty value", name);
    }
    return ERR_OK;
}

static enum err no_value(struct walk *walk, const char *name, const char *value)
{
    return value == NULL
               ? ERR_OK
               : why_set(walk->why, ERR_MALFORMED, "%s takes no value", name);
}

static enum err global_take(struct walk *walk, const struct global_flag *flag,
                            const char *value)
{
    const struct command *command = walk->arguments->command;
    enum err err;

    if (flag->takes != 0 && command != NULL &&
        (command->takes & flag->takes) == 0) {
        return why_set(walk->why, ERR_MALFORMED,
                       "\"%s\" does not take %s: it would change nothing",
                       command->name, flag->name);
    }
    if (flag->value == NULL) {
        err = no_value(walk, flag->name, value);
        *switch_of(&walk->tool->options, flag->global) = true;
        return err;
    }
    err = value_take(walk, flag->name, &value);
    return err == ERR_OK
               ? set_value(&walk->tool->options, flag->global, value, walk->why)
               : err;
}

static enum err own_take(struct walk *walk, const char *word)
{
    struct arguments *arguments = walk->arguments;
    const struct flag *flag = arguments->command->flags;
    const char *value = NULL;
    enum err err = ERR_OK;

    while (flag != NULL && flag->name != NULL &&
           !flag_is(word, flag->name, &value)) {
        flag++;
    }
    if (flag == NULL || flag->name == NULL) {
        return no_flag(arguments->command, word, walk->why);
    }
    err = flag->value == NULL ? no_value(walk, flag->name, value)
                              : value_take(walk, flag->name, &value);
    if (err != ERR_OK) {
        return err;
    }
    if (!flag->repeated && argument_given(arguments, flag->name)) {
        return why_set(walk->why, ERR_MALFORMED, "%s is given twice",
                       flag->name);
    }
    if (arguments->flag_count ==
        sizeof(arguments->flags) / sizeof(arguments->flags[0])) {
        return why_set(walk->why, ERR_MALFORMED, "too many flags");
    }
    arguments->flags[arguments->flag_count].flag = flag;
    arguments->flags[arguments->flag_count].value = value;
    arguments->flag_count++;
    return ERR_OK;
}

/* The word at walk->at: a flag, or what the command works on. */
static enum err word_take(struct walk *walk)
{
    char *word = walk->argv[walk->at];
    const struct global_flag *global;
    const char *value;

    if (!walk->flags_ended && strcmp(word, "--") == 0) {
        walk->flags_ended = true;
        return ERR_OK;
    }
    if (walk->flags_ended || word[0] != '-' || word[1] == '\0') {
        walk->arguments->words[walk->arguments->word_count++] = word;
        return ERR_OK;
    }
    global = global_find(word, &value);
    if (global != NULL) {
        return global_take(walk, global, value);
    }
    if (walk->arguments->command == NULL) {
        return no_flag(NULL, word, walk->why);
    }
    return own_take(walk, word);
}

static enum err count_words(const struct arguments *arguments, struct why *why)
{
    const struct command *command = arguments->command;

    if (arguments->word_count < command->words_min) {
        return why_set(why, ERR_MALFORMED,
                       "something is missing: holdfast %s "
                       "%s",
                       command->name, command->synopsis);
    }
    if (arguments->word_count > command->words_max) {
        return why_set(why, ERR_MALFORMED, "\"%s\" is one word too many",
                       arguments->words[command->words_max]);
    }
    return ERR_OK;
}

static bool json_wanted(int argc, char **argv)
{
    for (int index = 1; index < argc && strcmp(argv[index], "--") != 0;
         index++) {
        if (strcmp(argv[index], "--json") == 0) {
            return true;
        }
    }
    return false;
}

static enum err walk_all(struct walk *walk)
{
    struct arguments *arguments = walk->arguments;
    enum err err = ERR_OK;
    int words;

    for (walk->at = 1; walk->at < walk->argc && err == ERR_OK; walk->at++) {
        char *word = walk->argv[walk->at];

        if (arguments->command == NULL && word[0] != '-') {
            arguments->command = command_find(walk->argc - walk->at,
                                              walk->argv + walk->at, &words);
            if (arguments->command == NULL) {
                return no_command(walk->argc - walk->at, walk->argv + walk->at,
                                  walk->why);
            }
            walk->at += words - 1;
        } else {
            err = word_take(walk);
        }
    }
    return err;
}

/* Flags in front of the command were taken without knowing it. */
static enum err check_globals(const struct walk *walk)
{
    const struct options *options = &walk->tool->options;
    const struct command *command = walk->arguments->command;
    const bool given[] = {
        [GLOBAL_CONFIG] = options->config != NULL,
        [GLOBAL_SOCKET] = options->socket != NULL,
        [GLOBAL_TIMEOUT] = options->timeout_ms != TOOL_TIMEOUT_MS,
        [GLOBAL_DRY_RUN] = options->dry_run,
        [GLOBAL_YES] = options->yes,
        [GLOBAL_CONFIRM] = options->confirm != NULL,
        [GLOBAL_NO_INPUT] = options->no_input,
    };

    for (size_t index = 0; index < sizeof(given) / sizeof(given[0]); index++) {
        if (given[index] && (command->takes & globals[index].takes) == 0) {
            return why_set(walk->why, ERR_MALFORMED,
                           "\"%s\" does not take %s: it would change nothing",
                           command->name, globals[index].name);
        }
    }
    return ERR_OK;
}

enum err arguments_parse(struct tool *tool, int argc, char **argv,
                         struct arguments *ret_arguments, struct why *ret_why)
{
    struct walk walk = {
        .tool = tool,
        .argc = argc,
        .argv = argv,
        .arguments = ret_arguments,
        .why = ret_why,
    };
    enum err err;

    memset(ret_arguments, 0, sizeof(*ret_arguments));
    memset(&tool->options, 0, sizeof(tool->options));
    tool->options.timeout_ms = TOOL_TIMEOUT_MS;
    tool->options.json = json_wanted(argc, argv);
    ret_arguments->words = calloc((size_t)argc + 1, sizeof(char *));
    if (ret_arguments->words == NULL) {
        return why_set(ret_why, ERR_MALFORMED, "out of memory");
    }
    err = walk_all(&walk);
    if (err == ERR_OK && ret_arguments->command != NULL &&
        !tool->options.help && !tool->options.version) {
        err = check_globals(&walk);
        if (err == ERR_OK) {
            err = count_words(ret_arguments, ret_why);
        }
    }
    return err;
}

void arguments_done(struct arguments *arguments)
{
    free(arguments->words);
    arguments->words = NULL;
}

const char *argument_at(const struct arguments *arguments, const char *name,
                        size_t index)
{
    for (size_t at = 0; at < arguments->flag_count; at++) {
        if (strcmp(arguments->flags[at].flag->name, name) == 0 &&
            index-- == 0) {
            return arguments->flags[at].value;
        }
    }
    return NULL;
}

const char *argument(const struct arguments *arguments, const char *name)
{
    return argument_at(arguments, name, 0);
}

bool argument_given(const struct arguments *arguments, const char *name)
{
    for (size_t at = 0; at < arguments->flag_count; at++) {
        if (strcmp(arguments->flags[at].flag->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* ---- What a command takes ------------------------------------------------ */

bool command_global_at(const struct command *command, size_t index,
                       struct flag_shown *ret)
{
    for (size_t at = 0; at < GLOBALS_COUNT; at++) {
        const struct global_flag *flag = &globals[at];

        if (command != NULL && flag->takes != 0 &&
            (command->takes & flag->takes) == 0) {
            continue;
        }
        if (index-- == 0) {
            *ret = (struct flag_shown){ flag->name, flag->other, flag->value,
                                        flag->help };
            return true;
        }
    }
    return false;
}
