/* SPDX-License-Identifier: Apache-2.0 */
/* How many items were in each state, day by day (UTC): of each day what its
 * last look showed. Written down when a day begins and then at most once an
 * hour when it changed (NOTE_DAY); what is older than STATUS_DAYS_MAX days is
 * forgotten. While our clock is known to be wrong no day is counted. Loop
 * thread. */
#ifndef HF_CORE_DAYS_H
#define HF_CORE_DAYS_H

#include "core/effect.h"
#include "core/state.h"
#include "model/source.h"

/* At the start: a day that cannot be read is left out. */
void days_load(struct node *node, const struct source *source);
/* After a look. */
void days_count(struct node *node);
void days_status(const struct node *node, struct effects *effects,
                 struct status_health *ret);

#endif
