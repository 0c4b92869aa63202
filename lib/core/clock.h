/* SPDX-License-Identifier: Apache-2.0 */
/* Our clock against those of the other members: each Sync and each answer to
 * one carries the time. A peer's clock is kept as its distance from our
 * monotonic time, so that a jump of our own clock shows at once. One clock a
 * member, that of the node heard last, and only of members heard within
 * CLOCK_HEARD_MS. Of two middle ones the nearer counts: nobody is called wrong
 * on one other's word. Times in POSIX seconds. Loop thread. */
#ifndef HF_CORE_CLOCK_H
#define HF_CORE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct node;
struct msg_status_reply;

#define CLOCK_WRONG_S 300 /* further than this from the median: CLOCK */
#define CLOCK_HEARD_MS 3600000

/* This peer just said what time it is. */
void clock_told(struct node *node, uint32_t peer, uint64_t clock_s);
/* How many seconds the median of at least two other members is ahead of us.
 * False: fewer told. */
bool clock_median(const struct node *node, int64_t *ret_ahead_s);
/* Is our clock known to be wrong? */
bool clock_wrong(const struct node *node);
/* A time that nothing true can be dated after, give or take ten minutes;
 * UINT64_MAX when nobody can tell yet. */
uint64_t clock_latest_s(const struct node *node);
/* Set or end the alarm CLOCK. */
void clock_pump(struct node *node);
void clock_status(const struct node *node, struct msg_status_reply *ret);

#endif
