/* SPDX-License-Identifier: Apache-2.0 */
/* Following the ledgers of all nodes: what a peer offers, asking for leaves,
 * proving a batch, storing it whole or not at all. A ledger is asked of one
 * peer at a time. A peer whose batch does not verify is left alone for that
 * ledger for a while; a ledger is frozen only when its own owner's signatures
 * contradict each other (core/prefix.h). Loop thread. */
#ifndef HF_CORE_RECORDS_H
#define HF_CORE_RECORDS_H

#include "core/state.h"
#include "wire/message.h"

/* A peer says that it holds this. */
void records_offered(struct node *node, uint32_t peer, const struct head *head);
/* ASK_RECORDS; NULL: no answer, or a refusal. */
void records_answered(struct node *node, const struct ask *ask,
                      const struct msg_get_records_reply *reply);
/* ASK_PREFIX. */
void records_prefix_answered(struct node *node, const struct ask *ask,
                             const struct msg_get_records_reply *reply);
/* PUT_RECORDS, answered at once. */
void records_brought(struct node *node, const struct event *event);
/* ASK_CHECKPOINT. */
void records_note_answered(struct node *node, const struct ask *ask,
                           const struct msg_get_notes_reply *reply);
void records_pump(struct node *node);

#endif
