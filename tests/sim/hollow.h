/* SPDX-License-Identifier: Apache-2.0 */
/* A node whose blocks were deleted and which goes on claiming them: it answers
 * challenges with HMACs that it makes up. Whoever can ask it must state a
 * failure of it within HOLLOW_MS (world.h). By code that shares nothing with
 * the core but the parser of statements and the codec. */
#ifndef HF_SIM_HOLLOW_H
#define HF_SIM_HOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

/* Its proofs, in an answer to CHALLENGE or a request PUT_PROOFS. */
void hollow_forges(struct world *world, size_t from, enum message_kind kind,
                   bool is_reply, struct buf *bytes);
/* This node states that. */
void hollow_stated(struct world *world, size_t node, struct span text);

#endif
