/* SPDX-License-Identifier: Apache-2.0 */
/* Witnessed checkpoints of the time when this node was away, or of all time
 * when its store was lost: those of each hour that a peer kept, asked for one
 * after the other, from the last one that we kept up to the first one since.
 * Each is proved like any other: signatures of the owner and of K other
 * members, and the root that our own tree had at that size.
 *
 * A short absence costs nothing: within one hour there is nothing to lack. One
 * ledger is in hand at a time, with one question or one load outstanding; when
 * no peer that is here helps, it is given up until the next start.
 * Loop thread. */
#ifndef HF_CORE_HISTORY_H
#define HF_CORE_HISTORY_H

#include <stdbool.h>

#include "core/event.h"
#include "core/state.h"
#include "wire/message.h"

void history_init(struct node *node);
void history_done(struct node *node);
/* ASK_HISTORY; NULL: no answer, or a refusal. */
void history_answered(struct node *node, const struct ask *ask,
                      const struct msg_get_notes_reply *reply);
/* EVENT_LOADED; false when the token is none of ours. */
bool history_loaded(struct node *node, const struct event *event);
void history_pump(struct node *node);

#endif
