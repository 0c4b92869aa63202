/* SPDX-License-Identifier: Apache-2.0 */
/* What a status comes to: the worst that is true of it, in one sentence. The
 * command and the pages have it from here. An item that no state counts is
 * unproven, and old figures are no answer: so nothing says that all is
 * protected unless the node says so of every item that it knows, now. Pure.
 *
 * Linked by holdfastd and by holdfast. */
#ifndef HF_DAEMON_STATUS_HEAD_H
#define HF_DAEMON_STATUS_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "model/health.h"

struct msg_status_reply;
struct status_peer;

#define STATUS_VIEW_S_MAX 3600 /* older figures are no answer */
#define STATUS_SILENT_S 86400  /* not heard of for so long: silent */

struct status_headline {
    char code[64];  /* LAST-COPY, FORK ...: holdfast explain CODE */
    char text[256]; /* one sentence without a full stop */
    enum health_verdict verdict;
};

/* Does the node judge items at all? An older one does not. */
bool status_judges(const struct msg_status_reply *status);
/* Its figures are too old. */
bool status_is_past(const struct msg_status_reply *status);
/* The six numbers; they add up to all items. */
void status_states(const struct msg_status_reply *status,
                   uint32_t ret_states[static ITEM_STATE_COUNT]);
/* The first alarm, or else problem, that is critical, and no state of items.
 * False when there is none. */
bool status_critical(const struct msg_status_reply *status,
                     struct span *ret_code);
/* Not heard of, in any way, for a day. */
bool status_is_silent(const struct msg_status_reply *status,
                      const struct status_peer *peer, uint64_t now_s);
/* Of all peers. */
uint64_t status_silent_count(const struct msg_status_reply *status,
                             uint64_t now_s);
/* The code of a state: "LAST-COPY". */
const char *status_state_code(enum item_state state);

void status_headline_make(const struct msg_status_reply *status, uint64_t now_s,
                          struct status_headline *ret_headline);

#endif
