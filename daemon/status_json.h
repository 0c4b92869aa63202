/* SPDX-License-Identifier: Apache-2.0 */
/* A status as JSON: the "data" of "holdfast status --json" and of the page
 * /api/1/status.json, which are the same by this one function. Pure; the
 * clock is a parameter.
 *
 * Linked by holdfastd and by holdfast. */
#ifndef HF_DAEMON_STATUS_JSON_H
#define HF_DAEMON_STATUS_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct msg_status_reply;
struct status_headline;
struct status_peer;

/* `now_s`: when the status was taken, POSIX seconds. Never NULL; the caller
 * owns it. */
json_t *status_json(const struct msg_status_reply *status,
                    const struct status_headline *headline, uint64_t now_s);

/* The whole of what "holdfast status --json" says, as of `now_s`; the status
 * was taken at `taken_s`. As above. */
json_t *status_answer_json(const struct msg_status_reply *status,
                           uint64_t now_s, uint64_t taken_s);

/* How many members are to hold an item: the rule, or all that there are. */
uint64_t status_need(const struct msg_status_reply *status);
/* Nothing that this peer claims counts as a copy. */
bool status_is_stale(const struct status_peer *peer);

#endif
