/* SPDX-License-Identifier: Apache-2.0 */
/* Our own ledger: opening one, appending a group of deposits, signing. One
 * group is in hand at a time:
 *
 *     append -> PERSISTED -> SIGN -> SIGNED -> note in the next batch, together
 *     with the next group's leaves -> PERSISTED -> receipts
 *
 * Only a size and root that are durable are ever signed, and nothing is
 * appended while a signature is being made, so no size gets two roots.
 * Phases: WAITING -> OPENING [rule met] -> READY [first checkpoint durable],
 * any -> STOPPED [own_saw_open], STOPPED -> OPENING [OPEN_LEDGER].
 * Loop thread. */
#ifndef HF_CORE_OWN_H
#define HF_CORE_OWN_H

#include "core/event.h"
#include "core/state.h"

/* After all ledgers are loaded: which one is current? */
void own_start(struct node *node);
/* OPEN_LEDGER by an operator. */
void own_asked_open(struct node *node, const struct event *event);
void own_signed(struct node *node, const struct event *event);
/* A batch became durable. */
void own_persisted(struct node *node);
void own_pump(struct node *node);
/* Nothing of ours is half done? */
bool own_idle(const struct node *node);

#endif
