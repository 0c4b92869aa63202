/* SPDX-License-Identifier: Apache-2.0 */
/* Blocks that nobody whom we dial can give: each is leased to one peer that
 * dials us, in the answer to its Sync, and it brings them by PUT_BLOCKS within
 * LEASE_MS. So no two bring the same.
 *
 * Wants: OPEN -> LEASED [leases_give], LEASED -> ARRIVED [leases_brought],
 * LEASED -> OPEN [leases_brought: it does not hold it; leases_pump: time over].
 *
 * Bounds: SYNC_LEASES_MAX and lease_window bytes to one peer; the window grows
 * while leases are honoured and shrinks when they are not, so that a slow line
 * is never asked for more than it brings in time. A peer that honours nothing
 * gets no lease for a while, and others are asked. Loop thread. */
#ifndef HF_CORE_LEASE_H
#define HF_CORE_LEASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

/* Is there enough to lease to this peer that its parked Sync is answered? */
bool leases_waiting(const struct node *node, uint32_t slot);
/* Into the answer to its Sync; their number is returned. */
size_t leases_give(struct node *node, uint32_t slot,
                   struct lease leases[static SYNC_LEASES_MAX]);
/* node_expects(). */
enum expected lease_expects(struct node *node, const struct caller *caller,
                            const struct block_id *name);
/* PUT_BLOCKS, answered at once. */
void leases_brought(struct node *node, const struct event *event);
/* Leases that are over. */
void leases_pump(struct node *node);

#endif
