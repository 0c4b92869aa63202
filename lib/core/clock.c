/* SPDX-License-Identifier: Apache-2.0 */
#include "core/clock.h"

#include <inttypes.h>

#include "core/alarms.h"
#include "core/state.h"

#define AHEAD_S 600

void clock_told(struct node *node, uint32_t slot, uint64_t clock_s)
{
    struct peer *peer = &node->peers[slot];

    if (clock_s > INT64_MAX / 2000) {
        clock_s = INT64_MAX / 2000; /* as wrong, and no overflow */
    }
    peer->clock_told = true;
    peer->clock_ms = node->now_ms;
    peer->clock_s = clock_s;
}

/* How far this peer's clock is ahead of ours. */
static int64_t ahead(const struct node *node, const struct peer *peer)
{
    uint64_t since_s = (node->now_ms - peer->clock_ms) / 1000;
    uint64_t ours_s =
        node->clock_s > INT64_MAX / 2000 ? INT64_MAX / 2000 : node->clock_s;

    return (int64_t)(peer->clock_s + since_s) - (int64_t)ours_s;
}

/* One of each other member, sorted. */
static size_t collect(const struct node *node,
                      int64_t list[static NODE_COUNT_MAX])
{
    const struct peer *latest[MEMBER_COUNT_MAX] = { NULL };
    size_t count = 0;

    for (size_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];

        if (!peer->used || !peer->clock_told || node->self == NULL ||
            peer->member == node->self->member ||
            node->now_ms - peer->clock_ms >= CLOCK_HEARD_MS) {
            continue;
        }
        if (latest[peer->member] == NULL ||
            latest[peer->member]->clock_ms < peer->clock_ms) {
            latest[peer->member] = peer;
        }
    }
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        int64_t value;
        size_t at = count;

        if (latest[i] == NULL) {
            continue;
        }
        value = ahead(node, latest[i]);
        for (; at > 0 && list[at - 1] > value; at--) {
            list[at] = list[at - 1];
        }
        list[at] = value;
        count++;
    }
    return count;
}

static uint64_t distance(int64_t value)
{
    return value < 0 ? (uint64_t)-value : (uint64_t)value;
}

bool clock_median(const struct node *node, int64_t *ret_ahead_s)
{
    int64_t list[NODE_COUNT_MAX];
    size_t count = collect(node, list);
    int64_t low;
    int64_t high;

    if (count < 2) {
        return false;
    }
    low = list[(count - 1) / 2];
    high = list[count / 2];
    *ret_ahead_s = distance(low) <= distance(high) ? low : high;
    return true;
}

bool clock_wrong(const struct node *node)
{
    int64_t ahead_s;

    return clock_median(node, &ahead_s) && distance(ahead_s) > CLOCK_WRONG_S;
}

uint64_t clock_latest_s(const struct node *node)
{
    int64_t ahead_s = 0;

    if (!clock_median(node, &ahead_s) && node->self != NULL &&
        roster_count_other_members(node->roster,
                                   roster_member_of(node->roster, node->self),
                                   false) >= 2) {
        return UINT64_MAX;
    }
    if (distance(ahead_s) <= CLOCK_WRONG_S) {
        ahead_s = 0;
    }
    return node->clock_s + (uint64_t)ahead_s + AHEAD_S;
}

void clock_pump(struct node *node)
{
    int64_t ahead_s;

    if (!clock_median(node, &ahead_s) || distance(ahead_s) <= CLOCK_WRONG_S) {
        alarm_clear(node, "CLOCK", NULL);
        return;
    }
    alarm_set(node, false, "CLOCK", NULL,
              "this machine's clock is %" PRIu64
              " s %s the median of the other members; nothing is cosigned "
              "here until it is right",
              distance(ahead_s), ahead_s < 0 ? "ahead of" : "behind");
}

void clock_status(const struct node *node, struct msg_status_reply *ret)
{
    int64_t ahead_s;

    ret->clock_known = clock_median(node, &ahead_s);
    if (!ret->clock_known) {
        return;
    }
    if (ahead_s < 0) {
        ret->clock_ahead_s = distance(ahead_s);
    } else {
        ret->clock_behind_s = distance(ahead_s);
    }
}
