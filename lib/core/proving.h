/* SPDX-License-Identifier: Apache-2.0 */
/* Proving what we hold: to a peer that challenges us, and to one whom only we
 * can dial, what its answer to our Sync asks. We answer only as ourselves and
 * only to the peer of the session, so an answer is of no use to anybody else.
 * Bounds: a peer may ask PROVING_AT_ONCE questions at once and then one in
 * PROVING_MS; what is above that is refused with "busy", or not brought. What a
 * Sync asks is brought within PROOF_MS or not at all, at most
 * CHALLENGES_PER_REQUEST_MAX at a time. Loop thread. */
#ifndef HF_CORE_PROVING_H
#define HF_CORE_PROVING_H

#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/state.h"

#define PROVING_AT_ONCE 128
#define PROVING_MS 500

/* A CHALLENGE of a peer. */
void proving_asked(struct node *node, const struct event *event);
/* The answer to our Sync asks these. */
void proving_given(struct node *node, uint32_t slot,
                   const struct challenge *questions, size_t count);
void proving_pump(struct node *node);

#endif
