/* SPDX-License-Identifier: Apache-2.0 */
/* What a driver does with a PUT_BLOCKS before the core hears of it, and with an
 * EFFECT_PUSH, on a simulated disk. */
#ifndef HF_SIM_BROUGHT_H
#define HF_SIM_BROUGHT_H

#include "core/effect.h"
#include "core/event.h"
#include "disk.h"

struct node;

/* Ask the core which are expected, verify each, append what is no header
 * object. Fills fates and appended_bytes of the event; fates live as long as
 * the array of BLOCKS_PER_REQUEST_MAX. */
void brought_take(struct node *core, struct disk *disk, struct event *event,
                  enum block_fate *fates);
/* The request that the effect makes; false: there is nothing to bring. */
bool brought_make(struct disk *disk, const struct effect *effect,
                  struct buf *to);

#endif
