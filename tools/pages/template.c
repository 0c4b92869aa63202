/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "daemon/config_keys.h"
#include "tools/pages/pages.h"
#include "tools/pages/roff.h"

#define LINE_SIZE 1024

struct filling {
    FILE *to;
    const char *date;
    const char *version;
    bool has_keys; /* this page describes the configuration */
    bool described[CONFIG_KEY_COUNT];
};

/* Copy a line of the template. */
static void put_line(struct filling *filling, const char *line)
{
    while (*line != '\0') {
        if (strncmp(line, "@date@", 6) == 0) {
            fputs(filling->date, filling->to);
            line += 6;
        } else if (strncmp(line, "@version@", 9) == 0) {
            fputs(filling->version, filling->to);
            line += 9;
        } else {
            fputc(*line++, filling->to);
        }
    }
    fputc('\n', filling->to);
}

/* "SECTION NAME": the tag of a key, and what is meant by its value. */
static bool put_key(struct filling *filling, const char *words)
{
    filling->has_keys = true;
    for (size_t index = 0; index < CONFIG_KEY_COUNT; index++) {
        const struct key_row *row = &config_keys[index];
        char name[LINE_SIZE];

        snprintf(name, sizeof(name), "%s %s", row->section, row->name);
        if (strcmp(name, words) != 0 || filling->described[index]) {
            continue;
        }
        filling->described[index] = true;
        fputs(".TP\n\\fB", filling->to);
        roff_plain(filling->to, row->name);
        fprintf(filling->to, "\\fR =%s\nThe value: ",
                row->required ? " (must be there)" : "");
        roff_plain(filling->to, row->meant);
        fputs(".\n", filling->to);
        return true;
    }
    return false;
}

/* What stands between the two @ of a line of its own. */
static bool put_block(struct filling *filling, const char *words)
{
    if (strcmp(words, "commands") == 0) {
        page_commands(filling->to);
        return true;
    }
    if (strcmp(words, "global-flags") == 0) {
        page_globals(filling->to);
        return true;
    }
    if (strcmp(words, "completion") == 0) {
        completion_bash(filling->to);
        return true;
    }
    if (strncmp(words, "codes ", 6) == 0) {
        return page_codes(filling->to, words + 6);
    }
    return strncmp(words, "key ", 4) == 0 && put_key(filling, words + 4);
}

static bool fill_line(struct filling *filling, char *line)
{
    size_t size = strcspn(line, "\n");

    line[size] = '\0';
    if (size > 2 && line[0] == '@' && line[size - 1] == '@' &&
        strchr(line + 1, '@') == line + size - 1) {
        line[size - 1] = '\0';
        return put_block(filling, line + 1);
    }
    put_line(filling, line);
    return true;
}

static bool is_whole(const struct filling *filling, const char *from)
{
    bool whole = true;

    for (size_t index = 0; filling->has_keys && index < CONFIG_KEY_COUNT;
         index++) {
        if (!filling->described[index]) {
            fprintf(stderr, "%s: nothing about [%s] %s\n", from,
                    config_keys[index].section, config_keys[index].name);
            whole = false;
        }
    }
    return whole;
}

bool template_fill(const char *from, FILE *to, const char *date,
                   const char *version)
{
    struct filling filling = { .to = to, .date = date, .version = version };
    char line[LINE_SIZE];
    FILE *file = fopen(from, "re");
    unsigned number = 0;
    bool good = file != NULL;

    if (!good) {
        fprintf(stderr, "%s: cannot be read\n", from);
    }
    while (good && fgets(line, sizeof(line), file) != NULL) {
        number++;
        if (!fill_line(&filling, line)) {
            fprintf(stderr, "%s:%u: there is no \"%s\" to put in\n", from,
                    number, line);
            good = false;
        }
    }
    if (file != NULL) {
        good = ferror(file) == 0 && good;
        fclose(file);
    }
    return good && is_whole(&filling, from);
}
