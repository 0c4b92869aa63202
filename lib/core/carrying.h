/* SPDX-License-Identifier: Apache-2.0 */
/* What of a forked ledger is held here and not on the other side is written
 * into our own ledger as `carried`, unless another member did so first: the
 * ledger itself is frozen, and who holds the other side does not take ours.
 *
 * Where the sides part is found by halving: a peer on the other side proves
 * which root its tree had at a size (core/prefix.h), and our store says which
 * one ours had. Then each leaf from there on that is an item, is whole here and
 * stands in no other ledger that goes on is carried. The nodes of the roster
 * take turns, the owner first, so that one of them is usually enough.
 *
 * One ledger is in hand at a time, with one load or one question outstanding.
 * While nobody on the other side is here, it waits. Loop thread. */
#ifndef HF_CORE_CARRYING_H
#define HF_CORE_CARRYING_H

#include <stdbool.h>

#include "core/event.h"
#include "core/state.h"
#include "wire/message.h"

void carrying_init(struct node *node);
void carrying_done(struct node *node);
/* ASK_CARRY; NULL: no answer, or a refusal. */
void carrying_answered(struct node *node, const struct ask *ask,
                       const struct msg_get_records_reply *reply);
/* EVENT_LOADED; false when the token is none of ours. */
bool carrying_loaded(struct node *node, const struct event *event);
void carrying_pump(struct node *node);

#endif
