/* SPDX-License-Identifier: Apache-2.0 */
/* The states of all items, from the bitmaps in memory: what is held here, what
 * the newest statements claim, and what challenges showed (core/copies.h). One
 * look judges 64 items at a time, in a few milliseconds for a million items of
 * thirty nodes; it is taken once a minute, and for a question when the last one
 * is older than LOOK_AGE_MS or saw fewer items. No record is read for it. Loop
 * thread. */
#ifndef HF_CORE_HEALTH_H
#define HF_CORE_HEALTH_H

#include <stdint.h>

#include "core/effect.h"
#include "core/state.h"
#include "wire/message.h"

/* Look again, if the last look is too old. */
void health_look(struct node *node);
/* Once a minute. */
void health_pump(struct node *node);
/* The numbers, losses and problems of a status, in the memory of `effects`;
 * health_look() came before. */
void health_status(const struct node *node, struct effects *effects,
                   struct msg_status_reply *ret);
/* problems.c: what somebody may have to do something about, the worst first. */
void health_problems(const struct node *node, struct effects *effects,
                     struct msg_status_reply *ret);

#endif
