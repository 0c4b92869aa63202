/* SPDX-License-Identifier: Apache-2.0 */
/* A roster as somebody hands it over: a draft (text alone), a note with some
 * signatures, or a whole file with the chain of those before it; and what is to
 * be said about it. One thread. */
#ifndef HF_TOOLS_ROSTER_GIVEN_H
#define HF_TOOLS_ROSTER_GIVEN_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"
#include "model/id.h"
#include "model/roster.h"
#include "model/roster_chain.h"
#include "tools/holdfast/output.h"

struct tool;

struct roster_given {
    struct buf bytes;           /* owned; the file */
    bool is_draft;              /* no signature lines at all */
    struct span note;           /* in bytes: the last note; a draft's text */
    struct roster *roster;      /* owned */
    struct roster_chain *chain; /* owned; the rosters before it; or NULL */
    /* Whose governance keys count: the one before it, version 1 itself. NULL
     * when the one before it was not given. */
    const struct roster *judge;
    bool has_cid;
    struct cid cid;
};

/* Read and take apart. `after`: a roster file with the ones before it, or NULL.
 * Returns EXIT_DONE, or the exit code of a problem that was said: `bad` when
 * the text breaks a rule. The caller calls roster_given_done(). */
int roster_given_load(struct tool *tool, const char *path, const char *after,
                      enum exit_code bad, struct roster_given *ret_given);
void roster_given_done(struct roster_given *given);

/* The eight words; the caller calls free(). Never NULL. SLOW. */
char *roster_words(const struct digest *hash);
/* "  words  a b c d e f g h" */
void roster_say_words(struct output *output, const char *words);
json_t *roster_words_json(const char *words);
/* "3 members in 2 countries; re-read within 30 d" behind "  rule   ". */
void roster_say_rule(struct output *output, const struct roster *roster);
/* What changes from the judge to the roster: lines for people, and the list
 * for JSON (the caller's). Nothing for version 1 or without a judge. */
json_t *roster_say_changes(struct output *output,
                           const struct roster_given *given);
/* Warnings of roster_check_warnings(), each through output_warning(). */
void roster_say_warnings(struct output *output, const struct roster *roster);

#endif
