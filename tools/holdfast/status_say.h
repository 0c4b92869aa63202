/* SPDX-License-Identifier: Apache-2.0 */
/* A status for people, and as the one line that monitoring programs read.
 * What stands in it is the node's word; texts of the node are made safe to
 * show. Pure but for what it prints; the clock is a parameter. */
#ifndef HF_TOOLS_STATUS_SAY_H
#define HF_TOOLS_STATUS_SAY_H

#include <stdint.h>

#include "tools/holdfast/output.h"

struct msg_status_reply;
struct status_headline;

/* 0, 4 or 5: what the headline comes to. */
enum exit_code status_exit_code(const struct status_headline *headline);
/* The whole screen. */
void status_say(struct output *output, const struct msg_status_reply *status,
                const struct status_headline *headline, uint64_t now_s);
/* Only what is wrong; else one line. */
void status_say_wrong(struct output *output,
                      const struct msg_status_reply *status,
                      const struct status_headline *headline, uint64_t now_s);
/* The rows of nodes, and whose word does not count (status_nodes.c). */
void status_say_nodes(struct output *output,
                      const struct msg_status_reply *status, uint64_t now_s);

/* The codes that monitoring programs know. */
enum check_code {
    CHECK_OK = 0,
    CHECK_WARNING = 1,
    CHECK_CRITICAL = 2,
    CHECK_UNKNOWN = 3
};

/* "HOLDFAST CRITICAL - ... | protected=... ", one line. Gives the code. */
enum check_code status_say_check(struct output *output,
                                 const struct msg_status_reply *status,
                                 uint64_t now_s);
/* The line when there is no status. */
enum check_code status_say_no_answer(struct output *output);

#endif
