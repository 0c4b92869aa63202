/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a status as JSON that speak of the state of items: what
 * status_json() is made of, beside the rest. Of a node that judges no items
 * the numbers are null. Pure. Linked by holdfastd and by holdfast. */
#ifndef HF_DAEMON_STATUS_JUDGED_H
#define HF_DAEMON_STATUS_JUDGED_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "wire/health.h"

struct msg_status_reply;
struct status_alarm;
struct status_peer;

/* `seconds` before now_s. */
uint64_t status_ago(uint64_t now_s, uint64_t seconds);
/* An alarm that is not among the problems already; and one as a problem. */
bool status_alarm_is_new(const struct msg_status_reply *status,
                         const struct status_alarm *alarm);
struct status_problem status_alarm_problem(const struct status_alarm *alarm);
/* The six numbers, into "items". */
void status_judged_items(json_t *items, const struct msg_status_reply *status);
/* Into one of "nodes": how often it was asked, and what it answered. */
void status_judged_peer(json_t *node, const struct msg_status_reply *status,
                        const struct status_peer *peer, uint64_t now_s);
/* "counted", "problems", "losses", "days" and "scrub". */
void status_judged_data(json_t *data, const struct msg_status_reply *status,
                        uint64_t now_s);

#endif
