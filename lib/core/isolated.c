/* SPDX-License-Identifier: Apache-2.0 */
#include "core/isolated.h"

#include <inttypes.h>

#include "core/alarms.h"
#include "core/state.h"
#include "core/statements.h"

#define CODE "ISOLATED"

/* Seconds since anything was stated by this peer. */
static uint64_t silence_of(const struct node *node, uint32_t slot)
{
    const struct stated *stated = statements_find(node, slot);

    return stated != NULL ? statements_age_s(node, stated)
                          : (node->now_ms - node->started_ms) / 1000;
}

/* For each member, the least silence of its nodes; UINT64_MAX: it has none. */
static void silences(const struct node *node,
                     uint64_t least[static MEMBER_COUNT_MAX])
{
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        least[i] = UINT64_MAX;
    }
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        const struct peer *peer = &node->peers[i];
        uint64_t silence;

        if (!peer->used || peer->member == node->self->member) {
            continue;
        }
        silence = silence_of(node, i);
        if (silence < least[peer->member]) {
            least[peer->member] = silence;
        }
    }
}

void isolated_pump(struct node *node)
{
    uint64_t least[MEMBER_COUNT_MAX];
    uint64_t next = UINT64_MAX; /* seconds until one more is silent */
    size_t others = 0;
    size_t silent = 0;

    if (node->self == NULL) {
        alarm_clear(node, CODE, NULL);
        return;
    }
    silences(node, least);
    for (size_t i = 0; i < MEMBER_COUNT_MAX; i++) {
        if (least[i] == UINT64_MAX) {
            continue;
        }
        others++;
        if (least[i] >= ISOLATED_S) {
            silent++;
        } else if (ISOLATED_S - least[i] < next) {
            next = ISOLATED_S - least[i];
        }
    }
    if (next != UINT64_MAX) {
        node_due(node, node->now_ms + next * 1000);
    }
    if (2 * silent <= others) {
        alarm_clear(node, CODE, NULL);
        return;
    }
    alarm_set(node, true, CODE, NULL,
              "nothing new was stated by %zu of %zu other members for %u days; "
              "what is shown here is as old",
              silent, others, (unsigned)(ISOLATED_S / 86400));
}
