/* SPDX-License-Identifier: Apache-2.0 */
/* The answer to a LIST that asks for states: which leaves, and what is known of
 * each. They are picked here, 64 at a time from the bitmaps of the last look,
 * without a record being read; serve_picked() then adds the leaves on the pool.
 * By the first bits of payload roots they are looked up first, one load a leaf
 * (EFFECT_LOAD, WANT_ITEM); FINDS_MAX such questions at a time, any further one
 * is refused with "try again". Loop thread. */
#ifndef HF_CORE_HEALTH_LIST_H
#define HF_CORE_HEALTH_LIST_H

#include <stdbool.h>

#include "core/event.h"
#include "core/state.h"

/* A LIST with states, EVENT_ASKED. */
void health_list_asked(struct node *node, const struct event *event);
/* EVENT_LOADED; false when the token is none of ours. */
bool health_list_loaded(struct node *node, const struct event *event);

#endif
