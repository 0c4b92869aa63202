/* SPDX-License-Identifier: Apache-2.0 */
#include "core/lessee.h"

#define DIALLED_SOON_MS 20000 /* so long a node that listens is dialled first */

bool lessee_can(const struct node *node, uint32_t slot)
{
    const struct peer *peer = &node->peers[slot];

    if (peer->listens && node->now_ms - peer->lost_ms < DIALLED_SOON_MS) {
        return false;
    }
    return peer->used && !peer->connected && peer->brings &&
           peer->inbound_ms != 0 && peer->role != NODE_OBSERVER &&
           node->now_ms - peer->inbound_ms < PIPE_SILENT_MS;
}

bool lessee_may(const struct node *node, uint32_t slot,
                const struct want_slot *want)
{
    const struct item_slot *item = &node->fetch.items[want->item];

    return want->state == WANT_OPEN && !item->failed &&
           (want->tried >> slot & 1) == 0 && lessee_can(node, slot);
}

bool lessee_anybody(const struct node *node)
{
    for (uint32_t i = 0; i < NODE_COUNT_MAX; i++) {
        if (lessee_can(node, i)) {
            return true;
        }
    }
    return false;
}

void lessee_forget(struct node *node, uint32_t slot)
{
    for (size_t i = 0; i < WANT_COUNT_MAX; i++) {
        struct want_slot *want = &node->fetch.wants[i];

        if (!want->was_leased || want->lessee != slot) {
            continue;
        }
        if (want->state == WANT_LEASED) {
            want->state = WANT_OPEN;
            node->fetch.leased--;
        }
        want->was_leased = false;
    }
    node->peers[slot].leased_bytes = 0;
}
