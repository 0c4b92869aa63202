/* SPDX-License-Identifier: Apache-2.0 */
/* Rosters: by gossip (a peer tells a higher version) or from a file. A roster
 * is verified by the chain, made durable, and only then in force here. Loop
 * thread. */
#ifndef HF_CORE_MEMBERSHIP_H
#define HF_CORE_MEMBERSHIP_H

#include "core/event.h"
#include "core/note_fate.h"
#include "core/state.h"

/* EVENT_ROSTER. */
void membership_file(struct node *node, const struct event *event);
/* ASK_ROSTERS; NULL: no answer. */
void membership_answered(struct node *node, const struct ask *ask,
                         const struct msg_get_notes_reply *reply);
/* A roster note from somebody. slot SLOT_NONE: not from a peer. */
enum note_fate membership_take(struct node *node, uint32_t slot,
                               struct span note);
/* Is it in the chain, in force or not? */
bool membership_has(const struct node *node, const struct digest *hash);
/* All of the chain is durable now. */
void membership_durable(struct node *node);
/* The rosters that are durable and not in force, newest first: those of a fork,
 * and what was superseded. Their number is returned. */
size_t membership_others(const struct node *node,
                         struct digest others[static SYNC_OTHERS_MAX]);
/* A batch is durable: the roster in it is in force. */
void membership_persisted(struct node *node);
void membership_pump(struct node *node);

#endif
