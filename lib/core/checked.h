/* SPDX-License-Identifier: Apache-2.0 */
/* Checkpoints that came from somebody else: proved before they are looked at.
 * Loop thread. */
#ifndef HF_CORE_CHECKED_H
#define HF_CORE_CHECKED_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/span.h"
#include "ledger/checkpoint.h"
#include "model/id.h"
#include "model/ledger_keys.h"

struct node;
struct roster;
struct serve_roster;

/* Does any roster in force name the node that this ledger belongs to? */
bool checked_known_node(const struct node *node, const struct origin *origin);
/* Is this a checkpoint note of this ledger, with the key that the newest
 * fitting roster gives its node? ret_note (initialised; may be NULL) gets the
 * note with that one line. */
bool checked_checkpoint(const struct node *node, const struct origin *origin,
                        struct span bytes, struct checkpoint *ret_checkpoint,
                        struct buf *ret_note);
/* The keys by which the newest roster that fits judges this checkpoint note,
 * its witnesses' included, and that roster (may be NULL). False: as above. */
bool checked_keys(const struct node *node, const struct origin *origin,
                  struct span bytes, struct ledger_keys *ret_keys,
                  const struct roster **ret_roster);
/* The rosters in force, the newest first, that know the node of this ledger and
 * whose keys differ; at most SERVE_ROSTERS_MAX. Their number is returned. */
size_t checked_rosters(const struct node *node, const struct origin *origin,
                       struct serve_roster *rosters);

#endif
