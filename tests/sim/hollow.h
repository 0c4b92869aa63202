/* SPDX-License-Identifier: Apache-2.0 */
/* A node whose blocks were deleted and which goes on claiming them: it answers
 * challenges with HMACs that it makes up. Whoever can ask it must state a
 * failure of it within HOLLOW_MS: an hour and a half until it is asked, and
 * what is left until the next statement. By code that shares nothing with the
 * core but the parser of statements and the codec. */
#ifndef HF_SIM_HOLLOW_H
#define HF_SIM_HOLLOW_H

#include <stdbool.h>
#include <stddef.h>

#include "world.h"

#define HOLLOW_MS (3 * HOUR_MS)

/* From now on the last node is one. */
void hollow_begin(struct world *world);
/* Its proofs, in an answer to CHALLENGE or a request PUT_PROOFS. */
void hollow_forges(struct world *world, size_t from, enum message_kind kind,
                   bool is_reply, struct buf *bytes);
/* This node states that. */
void hollow_stated(struct world *world, size_t node, struct span text);
/* In the end. */
void hollow_check(struct world *world);

#endif
