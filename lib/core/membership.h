/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters: by gossip (a peer tells a higher version) or from a file. A roster
 * is verified by the chain, made durable, and only then in force here. Loop
 * thread. */
#ifndef HF_CORE_MEMBERSHIP_H
#define HF_CORE_MEMBERSHIP_H

#include "core/event.h"
#include "core/state.h"

/* EVENT_ROSTER. */
void membership_file(struct node *node, const struct event *event);
/* ASK_ROSTERS; NULL: no answer. */
void membership_answered(struct node *node, const struct ask *ask,
                         const struct msg_get_notes_reply *reply);
/* A batch is durable: the roster in it is in force. */
void membership_persisted(struct node *node);
void membership_pump(struct node *node);

#endif
