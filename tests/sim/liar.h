/* SPDX-License-Identifier: Apache-2.0 */
/* What a lying node does to what it sends, until all is healed. One that is
 * dialled answers with wrong bytes. One that dials brings wrong bytes: blocks,
 * records, signed texts; it says that it does not hold what it has; and a miser
 * brings nothing of what was leased to it. */
#ifndef HF_SIM_LIAR_H
#define HF_SIM_LIAR_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

/* Does this request of it leave at all? It may be changed. */
bool liar_sends(struct world *world, struct request *request);
/* Its answer, which may be changed. */
void liar_answers(struct world *world, const struct request *request,
                  struct buf *bytes);

#endif
