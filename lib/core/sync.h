/* SPDX-License-Identifier: Apache-2.0 */
/* Sync: one request outstanding to each connected peer, and at most one of each
 * peer parked here until there is news or SYNC_WAIT_MS are over. A summary goes
 * out only when the digests differ and the asker has not seen this news yet, so
 * the quiet state costs one digest each way. When only held counts moved, a
 * peer is woken at most each WAKE_PERIOD_MS. Loop thread. */
#ifndef HF_CORE_SYNC_H
#define HF_CORE_SYNC_H

#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

/* Our session with this peer is up, or gone. */
void sync_connected(struct node *node, uint32_t peer);
void sync_lost(struct node *node, uint32_t peer);
/* Somebody asks. */
void sync_asked(struct node *node, const struct event *event);
/* A parked request whose asker is gone. */
void sync_hung_up(struct node *node, uint64_t request);
/* What became of ours. NULL: no answer, or a refusal. */
void sync_answered(struct node *node, const struct ask *ask,
                   const struct msg_sync_reply *reply);
/* Wake who waits, ask who is not asked. */
void sync_pump(struct node *node);

#endif
