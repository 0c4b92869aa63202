/* SPDX-License-Identifier: Apache-2.0 */
/* A problem of a status, in words. The node's own sentences say most, and are
 * English; in the other languages stands what the code means. Pure. */
#ifndef HF_WEB_PROBLEM_H
#define HF_WEB_PROBLEM_H

#include <stddef.h>

#include "model/health.h"
#include "web/html.h"
#include "web/view.h"

struct status_problem;

enum problem_part {
    PROBLEM_WHAT,
    PROBLEM_DOING,
    PROBLEM_YOU
};

/* The first problem with this code, or NULL. */
const struct status_problem *problem_find(const struct web_view *view,
                                          const char *code);
/* Never empty. */
const char *problem_text(const struct html *html,
                         const struct status_problem *problem,
                         enum problem_part part, char text[static WORD_SIZE]);
/* The state whose shape and colour it has. */
enum item_state problem_state(const struct status_problem *problem);
/* "One copy", "Silent", "Alarm". */
enum web_string problem_word(const struct status_problem *problem);

#endif
