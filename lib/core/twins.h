/* SPDX-License-Identifier: Apache-2.0 */
/* Two machines with one node key. A node has one current ledger: the one that
 * no other of its ledgers names as earlier. Who leaves a ledger says nothing in
 * it any more. So two voices of one key within a day are two machines:
 * two current ledgers that both grow or are stated from, or one, and another
 * that goes on more than LEFT_S after the `open` that named it earlier.
 * What a ledger said before all of it was here is as old as it says itself.
 * Who hears that his ledger was left elsewhere registers nothing more, but goes
 * on stating: that tells the others that two machines run (core/stating.h).
 *
 * Evidence from both is taken; no statement of that node counts as a copy,
 * until a roster gives it a new key or the second voice is silent. Each ledger
 * counts only while the roster's key for the node is the one that signed it.
 * Loop thread. */
#ifndef HF_CORE_TWINS_H
#define HF_CORE_TWINS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "core/state.h"
#include "model/source.h"

#define TWINS_SILENT_MS 86400000
#define LEFT_S 600

/* Leaves came, the last of which says that it was written at time_s (0: it says
 * nothing); `all`: they are all that there is. */
void twins_grew(struct node *node, struct ledger *ledger, uint64_t time_s,
                bool all);
/* A verified statement says that this ledger is current. */
void twins_stated(struct node *node, const struct origin *origin,
                  uint64_t number, uint64_t time_s);
/* Is a statement of this number, from a ledger that was left, worth a look? */
bool twins_curious(const struct node *node, const struct ledger *ledger,
                   uint64_t number);
/* When another ledger of its node named this one earlier; false: none did. */
bool twins_left_at(const struct node *node, const struct ledger *ledger,
                   uint64_t *ret_time_s);
/* Do two machines speak with this node's key? */
bool twins_found(const struct node *node, const struct label *label);
/* At the start: how old the ledger's last leaf says that it is. */
MUST_USE enum err twins_load(struct node *node, struct ledger *ledger,
                             const struct source *source);
void twins_pump(struct node *node);

#endif
