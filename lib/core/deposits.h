/* SPDX-License-Identifier: Apache-2.0 */
/* The requests DEPOSIT and RECEIPTS: taking items in hand, and answering when
 * all items of a request are registered, kept or refused. A request that fills
 * an open group that is too large already is answered when that group is
 * durable: so whoever deposits is slowed to what the disk takes. At most
 * WAIT_COUNT_MAX requests wait. Loop thread. */
#ifndef HF_CORE_DEPOSITS_H
#define HF_CORE_DEPOSITS_H

#include "core/event.h"
#include "core/state.h"

void deposits_asked(struct node *node, const struct event *event);
void deposits_asked_receipts(struct node *node, const struct event *event);
void deposits_hung_up(struct node *node, uint64_t request);
/* Answer what can be answered. */
void deposits_pump(struct node *node);
void deposits_done(struct node *node);

#endif
