/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/command.h"
#include "tools/holdfast/nearest.h"
#include "tools/holdfast/tool.h"

#define WORDS_MAX 16

struct parsed {
    struct tool tool;
    struct arguments arguments;
    struct why why;
    char *argv[WORDS_MAX];
};

/* "holdfast" and the words of a line. */
static enum err parse(struct parsed *parsed, char *line)
{
    int argc = 1;

    parsed->argv[0] = line;
    for (char *word = strtok(line, " "); word != NULL && argc < WORDS_MAX;
         word = strtok(NULL, " ")) {
        parsed->argv[argc++] = word;
    }
    why_clear(&parsed->why);
    return arguments_parse(&parsed->tool, argc, parsed->argv,
                           &parsed->arguments, &parsed->why);
}

/* Flags stand before, behind and between the words; both forms of a value. */
Test(command, takes_flags_anywhere)
{
    struct parsed parsed;
    char line[] = "--json key new --out=a.key node -n";

    cr_assert_eq(parse(&parsed, line), ERR_OK, "%s", parsed.why.text);
    cr_assert_str_eq(parsed.arguments.command->name, "key new");
    cr_assert_str_eq(argument(&parsed.arguments, "--out"), "a.key");
    cr_assert(argument_given(&parsed.arguments, "--out"));
    cr_assert_eq(parsed.arguments.word_count, 1);
    cr_assert_str_eq(parsed.arguments.words[0], "node");
    cr_assert(parsed.tool.options.json && parsed.tool.options.dry_run);
    cr_assert(!parsed.tool.options.yes);
    arguments_done(&parsed.arguments);
}

/* What looks at this machine takes its socket, and no other node's name. */
Test(command, knows_what_is_local)
{
    struct parsed parsed;
    char good[] = "doctor --socket /s --timeout 2s";
    char bad[] = "doctor --via fjord-1";

    cr_assert_eq(parse(&parsed, good), ERR_OK, "%s", parsed.why.text);
    cr_assert_eq(parsed.tool.options.timeout_ms, 2000);
    arguments_done(&parsed.arguments);
    cr_assert_eq(parse(&parsed, bad), ERR_MALFORMED);
    arguments_done(&parsed.arguments);
}

/* Behind -- everything is a word. */
Test(command, ends_flags)
{
    struct parsed parsed;
    char line[] = "key show -- --json";

    cr_assert_eq(parse(&parsed, line), ERR_OK);
    cr_assert(!parsed.tool.options.json);
    cr_assert_str_eq(parsed.arguments.words[0], "--json");
    arguments_done(&parsed.arguments);
}

/* What would do nothing, stands twice, lacks its value or is not known is an
 * error. */
Test(command, refuses_wrong_usage)
{
    static const char *const lines[] = {
        "bogus",
        "key",
        "key bogus",
        "k new node",
        "key show",
        "key show a b",
        "key show a --yes",
        "key show a -n",
        "--yes key show a",
        "--config x key show a",
        "key show a --bogus",
        "--bogus",
        "key new node --out",
        "key new node --out=",
        "key new node --out a --out b",
        "key new node --json=yes --out a",
        "key show a --timeout 5s",
        "status --timeout 5",
        "status --timeout 5000d",
        "status extra",
        "status --js",
    };

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct parsed parsed;
        char line[128];

        snprintf(line, sizeof(line), "%s", lines[i]);
        cr_expect_eq(parse(&parsed, line), ERR_MALFORMED, "%s", lines[i]);
        cr_expect(parsed.why.text[0] != '\0', "%s", lines[i]);
        arguments_done(&parsed.arguments);
    }
}

/* --json holds for errors too, wherever it stands. */
Test(command, knows_json_before_an_error)
{
    struct parsed parsed;
    char line[] = "bogus --json";

    cr_assert_eq(parse(&parsed, line), ERR_MALFORMED);
    cr_assert(parsed.tool.options.json);
    arguments_done(&parsed.arguments);
}

/* A time has a unit. */
Test(command, takes_a_time_out)
{
    struct parsed parsed;
    char line[] = "status --timeout 5s --socket /x";

    cr_assert_eq(parse(&parsed, line), ERR_OK, "%s", parsed.why.text);
    cr_assert_eq(parsed.tool.options.timeout_ms, 5000);
    cr_assert_str_eq(parsed.tool.options.socket, "/x");
    arguments_done(&parsed.arguments);
}

/* Asking for help needs nothing else. */
Test(command, helps_without_arguments)
{
    struct parsed parsed;
    char line[] = "key new --help";

    cr_assert_eq(parse(&parsed, line), ERR_OK);
    cr_assert(parsed.tool.options.help);
    arguments_done(&parsed.arguments);
}

/* Every row of the table is whole: an example first, exit codes, 80 columns. */
Test(command, describes_every_command)
{
    for (size_t i = 0; i < command_count; i++) {
        const struct command *command = commands[i];
        char *text = NULL;
        size_t size = 0;
        FILE *to = open_memstream(&text, &size);
        const char *line;

        cr_assert_not_null(to);
        command_help(to, command);
        fclose(to);
        cr_expect(command->run != NULL);
        cr_expect_eq(strncmp(command->example, "$ ", 2), 0);
        cr_expect_not_null(strstr(text, "\nExample\n  $ "));
        cr_expect_lt(strstr(text, "Example"), strstr(text, "Usage"));
        cr_expect_not_null(strstr(text, "\nExit codes\n    0  "));
        for (line = text; *line != '\0';) {
            size_t length = strcspn(line, "\n");

            cr_expect_leq(length, 80, "%s: %.*s", command->name, (int)length,
                          line);
            line += length + (line[length] == '\n');
        }
        free(text);
    }
}

struct nearest_case {
    const char *word;
    const char *found; /* NULL: nothing is near */
};

/* One or two letters changed, added, left out or swapped are found. */
Test(command, finds_the_nearest_word)
{
    static const struct nearest_case cases[] = {
        { "status", "status" },
        { "statsu", "status" },
        { "stats", "status" },
        { "lisst", "list" },
        { "lst", "list" },
        { "", NULL },
        { "photograph", NULL },
        { "xy", NULL },
        { "a-word-that-is-longer-than-any-command-is", NULL },
    };

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct nearest nearest;

        nearest_init(&nearest, cases[i].word);
        nearest_try(&nearest, "list");
        nearest_try(&nearest, NULL);
        nearest_try(&nearest, "status");
        if (cases[i].found == NULL) {
            cr_expect_null(nearest.found, "%s", cases[i].word);
        } else {
            cr_assert_not_null(nearest.found, "%s", cases[i].word);
            cr_expect_str_eq(nearest.found, cases[i].found);
        }
    }
}
