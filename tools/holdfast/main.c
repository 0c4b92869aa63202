/* SPDX-License-Identifier: Apache-2.0 */
/* holdfast: what people type. */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "crypto/secret.h"
#include "tools/holdfast/command.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/tool.h"

#define SCHEMA_SIZE 64

/* "roster check" -> "roster-check" */
static void schema_name(const struct command *command,
                        char ret_name[static SCHEMA_SIZE])
{
    snprintf(ret_name, SCHEMA_SIZE, "%s", command->name);
    for (char *at = ret_name; *at != '\0'; at++) {
        if (*at == ' ') {
            *at = '-';
        }
    }
}

static void prepare(void)
{
    struct rlimit none = { 0, 0 };

    /* Large blocks come back from the heap, not from fresh zeroed pages. */
    mallopt(M_MMAP_THRESHOLD, 64 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
    mallopt(M_TOP_PAD, 64 << 20);
    /* A core would hold keys. */
    setrlimit(RLIMIT_CORE, &none);
    interrupt_install();
}

static int usage(struct tool *tool, const struct command *command,
                 const struct why *why)
{
    struct problem problem = { .exit_code = EXIT_USAGE, .code = "USAGE" };
    char action[128];
    char *shown = visible_str(why->text);
    int code;

    snprintf(action, sizeof(action), "holdfast %s%s--help",
             command == NULL ? "" : command->name, command == NULL ? "" : " ");
    problem.action = action;
    code = output_problem(&tool->output, &problem, "%s", shown);
    free(shown);
    return code;
}

static int run(struct tool *tool, int argc, char **argv)
{
    struct arguments arguments;
    struct why why;
    char schema[SCHEMA_SIZE];
    enum err err;
    int code;

    why_clear(&why);
    err = arguments_parse(tool, argc, argv, &arguments, &why);
    output_init(&tool->output, stdout, stderr, tool->options.no_color);
    tool->output.json = tool->options.json;
    tool->output.quiet = tool->options.quiet;
    tool->output.verbose = tool->options.verbose;
    tool->output.dry_run = tool->options.dry_run;
    if (err != ERR_OK) {
        code = usage(tool, arguments.command, &why);
    } else if (tool->options.version) {
        printf("holdfast %s\n", HF_VERSION);
        code = EXIT_DONE;
    } else if (arguments.command == NULL) {
        command_help_all(tool->options.help ? stdout : stderr);
        code = tool->options.help ? EXIT_DONE : EXIT_USAGE;
    } else if (tool->options.help) {
        command_help(stdout, arguments.command);
        code = EXIT_DONE;
    } else {
        schema_name(arguments.command, schema);
        tool->output.command = schema;
        output_begin(&tool->output);
        code = arguments.command->run(tool, &arguments);
    }
    output_done(&tool->output);
    arguments_done(&arguments);
    return code;
}

int main(int argc, char **argv)
{
    struct tool *tool;
    int code;

    prepare();
    tool = calloc(1, sizeof(*tool));
    if (tool == NULL || crypto_init() != ERR_OK) {
        fputs("holdfast: no memory, or no random numbers\n", stderr);
        free(tool);
        return EXIT_FAILED;
    }
    code = run(tool, argc, argv);
    free(tool);
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("holdfast: the answer could not be written\n", stderr);
        return code == EXIT_DONE ? EXIT_FAILED : code;
    }
    return code;
}
