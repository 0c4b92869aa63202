/* SPDX-License-Identifier: Apache-2.0 */
/* --help, from the table. */
#include <stdlib.h>
#include <string.h>

#include "tools/holdfast/command.h"
#include "tools/holdfast/output.h"

#define HELP_COLUMN 24

static void help_row(FILE *to, const char *name, const char *other,
                     const char *value, const char *help)
{
    char text[64];
    int used = snprintf(text, sizeof(text), "  %s%s%s%s%s", name,
                        other == NULL ? "" : ", ", other == NULL ? "" : other,
                        value == NULL ? "" : " ", value == NULL ? "" : value);

    if (used >= HELP_COLUMN - 1) {
        fprintf(to, "%s\n%*s", text, HELP_COLUMN, "");
    } else {
        fprintf(to, "%-*s", HELP_COLUMN, text);
    }
    output_wrap(to, HELP_COLUMN, HELP_COLUMN, help);
}

static void help_paragraphs(FILE *to, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");
        char *line = strndup(text, size);

        if (line == NULL) {
            return;
        }
        output_wrap(to, 0, 0, line);
        free(line);
        text += size + (text[size] == '\n');
    }
}

static void help_example(FILE *to, const char *text)
{
    while (*text != '\0') {
        size_t size = strcspn(text, "\n");

        fprintf(to, "  %.*s\n", (int)size, text);
        text += size + (text[size] == '\n');
    }
}

static void help_globals(FILE *to, const struct command *command)
{
    struct flag_shown flag;

    for (size_t index = 0; command_global_at(command, index, &flag); index++) {
        help_row(to, flag.name, flag.other, flag.value, flag.help);
    }
}

void command_help(FILE *to, const struct command *command)
{
    char line[256];

    fprintf(to, "holdfast %s - ", command->name);
    output_wrap(to, strlen(command->name) + 12, 2, command->summary);
    fputs("\nExample\n", to);
    help_example(to, command->example);
    snprintf(line, sizeof(line), "holdfast %s %s", command->name,
             command->synopsis);
    fputs("\nUsage\n  ", to);
    output_wrap(to, 2, 6, line);
    if (command->text != NULL) {
        fputc('\n', to);
        help_paragraphs(to, command->text);
    }
    if (command->flags != NULL) {
        fputs("\nFlags\n", to);
        for (const struct flag *flag = command->flags; flag->name != NULL;
             flag++) {
            help_row(to, flag->name, NULL, flag->value, flag->help);
        }
    }
    fputs("\nGlobal flags\n", to);
    help_globals(to, command);
    fputs("\nExit codes\n", to);
    for (const struct exit_text *row = command->exits; row->text != NULL;
         row++) {
        fprintf(to, "  %3d  ", row->code);
        output_wrap(to, 7, 7, row->text);
    }
}

void command_help_all(FILE *to)
{
    fputs("holdfast - keeps evidence safe on the nodes of several "
          "organisations\n\n"
          "Usage\n  holdfast COMMAND [flags] [arguments]\n"
          "  holdfast COMMAND --help\n\nCommands\n",
          to);
    for (size_t index = 0; index < command_count; index++) {
        help_row(to, commands[index]->name, NULL, NULL,
                 commands[index]->summary);
    }
    fputs("\nGlobal flags (each command says which it takes)\n", to);
    help_globals(to, NULL);
}
