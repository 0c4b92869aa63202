/* SPDX-License-Identifier: Apache-2.0 */
/* What the build makes of the tables: the manual's pages (man.c, template.c)
 * and bash's completion (bash.c). A function that cannot write or finds a hole
 * says so on stderr and gives false; the build then fails. One thread. */
#ifndef HF_PAGES_PAGES_H
#define HF_PAGES_PAGES_H

#include <stdbool.h>
#include <stdio.h>

struct command;

#define PAGE_NAME_SIZE 64

/* "holdfast-roster-check" */
void page_name(const struct command *command,
               char ret_name[static PAGE_NAME_SIZE]);
/* One page for a command: examples first. */
void page_of_command(FILE *to, const struct command *command);
/* For the page of all: each command with its line, and the global flags. */
void page_commands(FILE *to);
void page_globals(FILE *to);
/* The codes of one severity ("critical"), or false when there is no such. */
bool page_codes(FILE *to, const char *severity);

/* Fill the template at `from`. Anywhere: @date@, @version@. On lines of their
 * own, with nothing else: @commands@, @global-flags@, @completion@,
 * @codes SEVERITY@, @key SECTION NAME@. A page with keys that leaves one of the
 * configuration's out has a hole. */
bool template_fill(const char *from, FILE *to, const char *date,
                   const char *version);

/* The cases of holdfast.bash.in. */
void completion_bash(FILE *to);

#endif
