/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever asks for a block of an item that he claims does not hold it: the
 * claim is withdrawn until his next statement. What peers ask for is looked up
 * by payload root, so this catches a page of names, and the one block of a
 * small item; a later block of a large item is known by no index, and there
 * only the names give the asker away. Bounds: DOUBTS_MAX names wait; when they
 * are full, further ones are not looked up. Loop thread. */
#ifndef HF_CORE_DOUBTS_H
#define HF_CORE_DOUBTS_H

#include <stdbool.h>

#include "core/event.h"
#include "core/state.h"

/* A GET_NAMES or GET_BLOCKS of a peer, or a CHALLENGE that asks to be shown a
 * slice: who holds it asks for an HMAC. */
void doubts_asked(struct node *node, uint32_t slot,
                  const struct message *message);
/* EVENT_LOADED; false when the token is none of ours. */
bool doubts_loaded(struct node *node, const struct event *event);
void doubts_pump(struct node *node);

#endif
