/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "tools/holdfast/codes.h"
#include "tools/holdfast/command.h"
#include "tools/pages/pages.h"
#include "tools/pages/roff.h"

void page_name(const struct command *command,
               char ret_name[static PAGE_NAME_SIZE])
{
    snprintf(ret_name, PAGE_NAME_SIZE, "holdfast-%s", command->name);
    for (char *at = ret_name; *at != '\0'; at++) {
        if (*at == ' ') {
            *at = '-';
        }
    }
}

static void own_flags(FILE *to, const struct command *command)
{
    const struct flag *flag = command->flags;

    for (; flag != NULL && flag->name != NULL; flag++) {
        roff_flag(to, flag->name, NULL, flag->value);
        roff_text(to, flag->help);
        if (flag->repeated) {
            fputs(".br\n", to);
            roff_text(to, "It may be given more than once.");
        }
    }
}

static void global_flags(FILE *to, const struct command *command)
{
    struct flag_shown flag;

    for (size_t index = 0; command_global_at(command, index, &flag); index++) {
        roff_flag(to, flag.name, flag.other, flag.value);
        roff_text(to, flag.help);
    }
}

void page_of_command(FILE *to, const struct command *command)
{
    char name[PAGE_NAME_SIZE];

    page_name(command, name);
    roff_section(to, "NAME");
    roff_plain(to, name);
    fputs(" \\- ", to);
    roff_text(to, command->summary);
    roff_section(to, "EXAMPLES");
    roff_example(to, command->example);
    roff_section(to, "SYNOPSIS");
    fputs("\\fBholdfast ", to);
    roff_plain(to, command->name);
    fputs("\\fR ", to);
    roff_plain(to, command->synopsis);
    fputc('\n', to);
    if (command->text != NULL) {
        roff_section(to, "DESCRIPTION");
        roff_paragraphs(to, command->text);
    }
    if (command->flags != NULL) {
        roff_section(to, "OPTIONS");
        own_flags(to, command);
    }
    roff_section(to, "GLOBAL OPTIONS");
    global_flags(to, command);
    roff_section(to, "EXIT STATUS");
    for (const struct exit_text *row = command->exits; row->text != NULL;
         row++) {
        fprintf(to, ".TP\n%d\n", row->code);
        roff_text(to, row->text);
    }
    roff_section(to, "SEE ALSO");
    fputs(".BR holdfast (1),\n.BR holdfast.conf (5),\n"
          ".BR holdfast\\-codes (7)\n",
          to);
}

void page_commands(FILE *to)
{
    for (size_t index = 0; index < command_count; index++) {
        char name[PAGE_NAME_SIZE];

        page_name(commands[index], name);
        fputs(".TP\n\\fB", to);
        roff_plain(to, name);
        fputs("\\fR(1)\n", to);
        roff_text(to, commands[index]->summary);
    }
}

void page_globals(FILE *to)
{
    global_flags(to, NULL);
}

bool page_codes(FILE *to, const char *severity)
{
    const struct code *code;
    size_t count = 0;

    for (size_t index = 0; (code = code_at(index)) != NULL; index++) {
        if (strcmp(code_kind_word(code->kind), severity) != 0) {
            continue;
        }
        count++;
        fputs(".SS ", to);
        roff_plain(to, code->name);
        fputc('\n', to);
        roff_text(to, code->meaning);
        fputs(".TP\nCauses\n", to);
        roff_text(to, code->causes);
        fputs(".TP\nThe software\n", to);
        roff_text(to, code->doing);
        fputs(".TP\nYou\n", to);
        roff_text(to, code->action);
    }
    return count > 0;
}
