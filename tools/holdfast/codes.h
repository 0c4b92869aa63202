/* SPDX-License-Identifier: Apache-2.0 */
/* The one list of codes: what the daemon logs, what stands in a refusal, in an
 * alarm and in the command's errors. `holdfast explain` and holdfast-codes(7)
 * are made from it, and tests/lint/codes keeps it in step with the sources: a
 * code that is used has a row, a row is used. A new code is a new row, in
 * codes_node.c when a node says it, in codes_command.c when only the command
 * does, at its place in the alphabet. Constant. */
#ifndef HF_TOOLS_CODES_H
#define HF_TOOLS_CODES_H

#include <stddef.h>

enum code_kind {
    CODE_CRITICAL, /* evidence, or a promise, is in danger: act now */
    CODE_WARNING,  /* gets worse when nobody looks */
    CODE_NOTICE,   /* a change that is worth a line */
    CODE_ANSWER,   /* why something that was asked was not done */
};
#define CODE_KIND_COUNT 4

struct code {
    const char *name; /* upper case, digits, hyphens; stable */
    enum code_kind kind;
    const char *meaning;
    const char *causes;
    const char *doing;  /* what the software does by itself */
    const char *action; /* what a person does; words in "..." are typed */
};

/* Those of a node, and those of the command alone; sorted by name, no name in
 * both. */
extern const struct code codes_node[];
extern const size_t codes_node_count;
extern const struct code codes_command[];
extern const size_t codes_command_count;

/* All of them, sorted by name; NULL behind the last. */
const struct code *code_at(size_t index);
/* By its name, upper or lower case; NULL. */
const struct code *code_find(const char *name);
/* The one that somebody most likely meant: a few letters away, else one that
 * contains the word; NULL. */
const struct code *code_nearest(const char *word);
/* "critical", "warning", "notice", "error" */
const char *code_kind_word(enum code_kind kind);

#endif
