/* SPDX-License-Identifier: Apache-2.0 */
/* Given statuses and lists, each a situation that the first page must make
 * plain. Made anew by each call, in static memory; one thread. Times are
 * relative to SITUATION_NOW_S. */
#ifndef HF_TESTS_WEB_SITUATIONS_H
#define HF_TESTS_WEB_SITUATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "wire/message.h"

#define SITUATION_NOW_S 1795516927 /* 24 November 2026, 10:42:07 UTC */

struct situation {
    struct msg_status_reply status;
    struct msg_list_reply list;
    uint64_t age_s;
};

/* all-protected, one-copy, unknown, lost, setting-up; and spreading, empty,
 * alarm, old, many (30 nodes, all that can be wrong, a year, 100 items). False
 * when there is none of this name. */
bool situation_make(const char *name, struct situation *ret_situation);

#endif
