/* SPDX-License-Identifier: Apache-2.0 */
/* What becomes of a block that reading again found bad. From that step on its
 * items are not held: not counted, not claimed, and wants like any others. One
 * batch sets it aside, takes the held bits away and keeps the incident; nothing
 * is looked up before that is durable. When its item is whole again, a second
 * incident says so.
 *
 *     good -> set aside [repair_reread] -> wanted -> repaired [repair_pump]
 *                      set aside -> back [repair_reread: BAD_BACK]
 *
 * Too much at once (MASS_SHARE of all blocks, or MASS_FILES files without a
 * good block, one after the other) is no rot but a lost disk: reading and
 * fetching pause with the alarm MASS-LOSS until the operator says go on. What
 * was found until then stays set aside.
 *
 * Bounds: REPAIRS_MAX blocks are followed until they are repaired; of further
 * ones only the finding is kept. Incidents are kept for ever. Where the pass is
 * is kept too: `at` means nothing here. Loop thread. */
#ifndef HF_CORE_REPAIR_H
#define HF_CORE_REPAIR_H

#include <stdbool.h>

#include "core/event.h"
#include "core/state.h"
#include "model/source.h"

#define MASS_SHARE 20 /* one block in so many, and */
#define MASS_BLOCKS_MIN 64
#define MASS_FILES 3

void repair_done(struct node *node);
/* The state that is kept. One that cannot be read counts as none. */
void repair_load(struct node *node, const struct source *source);
/* EVENT_REREAD */
void repair_reread(struct node *node, const struct event *event);
/* MESSAGE_SCRUB */
void repair_asked(struct node *node, const struct event *event);
void repair_hung_up(struct node *node, uint64_t request);
/* A batch is durable. */
void repair_persisted(struct node *node);
void repair_pump(struct node *node);
/* The figures of a status. */
void repair_status(const struct node *node, struct status_health *ret);

#endif
