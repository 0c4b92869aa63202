/* SPDX-License-Identifier: Apache-2.0 */
/* The table of holdfast.bash.in: for each command its flags, which of them take
 * a file, a folder or another value, and what its own words are. */
#include <string.h>

#include "tools/holdfast/codes.h"
#include "tools/holdfast/command.h"
#include "tools/pages/pages.h"

enum takes {
    TAKES_NOTHING,
    TAKES_FILE,
    TAKES_FOLDER,
    TAKES_OTHER
};

static bool is_one_of(const char *word, size_t size, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strlen(*list) == size && memcmp(*list, word, size) == 0) {
            return true;
        }
    }
    return false;
}

static enum takes takes_of(const char *value)
{
    static const char *const files[] = { "FILE", "PATH", "OLD", "GOVERNANCE",
                                         NULL };
    static const char *const folders[] = { "DIR", NULL };

    if (value == NULL) {
        return TAKES_NOTHING;
    }
    if (is_one_of(value, strlen(value), files)) {
        return TAKES_FILE;
    }
    return is_one_of(value, strlen(value), folders) ? TAKES_FOLDER
                                                    : TAKES_OTHER;
}

/* The flags that take this; with `all` every flag. command NULL: the globals
 * in front of any command. */
static void put_flags(FILE *to, const char *variable,
                      const struct command *command, bool all, enum takes takes)
{
    const struct flag *flag = command == NULL ? NULL : command->flags;
    struct flag_shown shown;

    fprintf(to, "        %s='", variable);
    for (; flag != NULL && flag->name != NULL; flag++) {
        if (all || takes_of(flag->value) == takes) {
            fprintf(to, " %s", flag->name);
        }
    }
    for (size_t index = 0; command_global_at(command, index, &shown); index++) {
        if (all || takes_of(shown.value) == takes) {
            fprintf(to, " %s", shown.name);
            if (shown.other != NULL) {
                fprintf(to, " %s", shown.other);
            }
        }
    }
    fputs("'\n", to);
}

static void put_all_flags(FILE *to, const struct command *command)
{
    put_flags(to, "flags", command, true, TAKES_NOTHING);
    put_flags(to, "files", command, false, TAKES_FILE);
    put_flags(to, "folders", command, false, TAKES_FOLDER);
    put_flags(to, "values", command, false, TAKES_OTHER);
}

static void put_codes(FILE *to)
{
    const struct code *code;

    for (size_t index = 0; (code = code_at(index)) != NULL; index++) {
        fprintf(to, " %s", code->name);
    }
}

/* The command's own words, by the first one of its synopsis. */
static void put_words(FILE *to, const struct command *command)
{
    static const char *const files[] = { "FILE", "PATH", "NEW", NULL };
    static const char *const codes[] = { "CODE", NULL };
    const char *word = command->synopsis;
    size_t size;

    word += strspn(word, "[");
    size = strcspn(word, ".] ");
    if (command->words_max == 0 || size == 0) {
        return;
    }
    fputs("        words='", to);
    if (is_one_of(word, size, files)) {
        fputs("FILES", to);
    } else if (is_one_of(word, size, codes)) {
        put_codes(to);
    } else if (word[0] >= 'a' && word[0] <= 'z') {
        for (size_t at = 0; at < size; at++) { /* "master|node" */
            fputc(word[at] == '|' ? ' ' : word[at], to);
        }
    }
    fputs("'\n", to);
}

static size_t first_size(const struct command *command)
{
    return strcspn(command->name, " ");
}

/* The index of the first command with the same first word. */
static size_t same_first(size_t index)
{
    size_t size = first_size(commands[index]);

    for (size_t at = 0; at < index; at++) {
        if (first_size(commands[at]) == size &&
            memcmp(commands[at]->name, commands[index]->name, size) == 0) {
            return at;
        }
    }
    return index;
}

static void put_first_words(FILE *to)
{
    fputs("    '')\n", to);
    put_all_flags(to, NULL);
    fputs("        words='", to);
    for (size_t index = 0; index < command_count; index++) {
        if (same_first(index) == index) {
            fprintf(to, " %.*s", (int)first_size(commands[index]),
                    commands[index]->name);
        }
    }
    fputs("'\n        ;;\n", to);
}

/* "key" alone: what can follow. */
static void put_second_words(FILE *to, size_t first)
{
    size_t size = first_size(commands[first]);

    fprintf(to, "    %.*s)\n", (int)size, commands[first]->name);
    put_all_flags(to, NULL);
    fputs("        words='", to);
    for (size_t index = first; index < command_count; index++) {
        if (same_first(index) == first) {
            fprintf(to, " %s", commands[index]->name + size + 1);
        }
    }
    fputs("'\n        ;;\n", to);
}

void completion_bash(FILE *to)
{
    put_first_words(to);
    for (size_t index = 0; index < command_count; index++) {
        const struct command *command = commands[index];

        if (strchr(command->name, ' ') != NULL && same_first(index) == index) {
            put_second_words(to, index);
        }
        fprintf(to, "    '%s')\n        whole=1\n", command->name);
        put_all_flags(to, command);
        put_words(to, command);
        fputs("        ;;\n", to);
    }
}
