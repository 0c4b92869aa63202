/* SPDX-License-Identifier: Apache-2.0 */
/* Writing our own statement: after the first checkpoint of our ledger, after
 * what we hold changed (at most one in STATEMENT_PERIOD_MS), and while all is
 * quiet once in an hour, or less often the more nodes there are, so that
 * hearing all of them costs less than 2 KiB a peer and minute.
 *
 *     mark and signature [SIGN] -> kept [PERSIST] -> told
 *
 * Nothing is stated before our ledger may be appended to, or another machine's
 * ledger stopped us (core/own_rule.h), nor before the previous one is durable.
 * Numbers never go back: they go on after the mark, what is kept, and what
 * peers kept of ours. What is claimed is durable here; what finds no room is
 * not claimed. Loop thread. */
#ifndef HF_CORE_STATING_H
#define HF_CORE_STATING_H

#include <stdbool.h>

#include "core/event.h"
#include "core/state.h"

void stating_init(struct node *node);
void stating_done(struct node *node);
/* EVENT_SIGNED; false when the token is none of ours. */
bool stating_signed(struct node *node, const struct event *event);
void stating_pump(struct node *node);
/* No signature is being made? */
bool stating_idle(const struct node *node);

#endif
