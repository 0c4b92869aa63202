/* SPDX-License-Identifier: Apache-2.0 */
/* The batch being collected, and when it becomes an EFFECT_PERSIST together
 * with the driver's open group. Batches are numbered from 1 and become durable
 * in that order; whoever waits for one remembers its number.
 *
 * A batch is closed when the open group is large, when somebody waits and
 * nothing is outstanding (a small group lingers a moment, more may follow at
 * once), when no block is in flight, or when it is old. At most PERSISTS_MAX
 * are outstanding. Loop thread. */
#ifndef HF_CORE_COMMIT_H
#define HF_CORE_COMMIT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/span.h"
#include "model/batch.h"

struct node;

void commit_init(struct node *node, uint64_t group_bytes_max);
void commit_done(struct node *node);
/* Into the batch being collected. */
void commit_add(struct node *node, const struct batch_op *op, struct span name,
                struct span value);
void commit_note(struct node *node, uint32_t kind, struct span name,
                 uint64_t number, struct span note);
/* A bit of this chunk changed: write it with the batch. */
void commit_held(struct node *node, uint32_t ledger_slot, uint64_t chunk);
/* The same of a bit that was taken away, which must not be lost. */
void commit_unheld(struct node *node, uint32_t ledger_slot, uint64_t chunk);
/* The driver's open group grew. */
void commit_appended(struct node *node, uint64_t bytes);
/* Deposits are on their way to the group: a small one waits for them. */
void commit_more_coming(struct node *node, bool more_coming);
/* Somebody waits for what is in the batch. */
void commit_urgent(struct node *node);
/* The batch speaks of blocks that may lie in the open group: the two become
 * durable together. */
void commit_needs_group(struct node *node);
/* May more work that ends in the batch be begun? */
bool commit_room(const struct node *node);
/* Is the open group so large that whoever fills it must wait? */
bool commit_group_full(const struct node *node);
/* Nothing collected and nothing outstanding? */
bool commit_idle(const struct node *node);
/* EVENT_PERSISTED: true and the number of the batch, false for a token that is
 * not ours. */
bool commit_persisted(struct node *node, uint64_t token, uint64_t *ret_seq);
void commit_pump(struct node *node);

#endif
