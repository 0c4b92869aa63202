/* SPDX-License-Identifier: Apache-2.0 */
/* VERIFY, the order of an operator: every peer that claims this item is asked
 * at once to prove some slices of it, and our own copy is read again, a part at
 * a time: the next request goes on where this one stopped. It is answered when
 * all has been judged, or after ORDER_MS; what was not answered by then is "no
 * answer". Orders: FREE -> NEW [verify_asked] -> FINDING [verify_pump] ->
 * ASKING [verify_loaded] -> FREE [verify_pump, verify_hung_up]. Bounds:
 * ORDERS_MAX at a time, a further one is refused with "busy"; few questions of
 * one order to one peer at a time. Loop thread. */
#ifndef HF_CORE_VERIFY_H
#define HF_CORE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

void verify_asked(struct node *node, const struct event *event);
void verify_hung_up(struct node *node, uint64_t request);
/* EVENT_LOADED; false when the token is none of ours. */
bool verify_loaded(struct node *node, const struct event *event);
void verify_pump(struct node *node);

#endif
