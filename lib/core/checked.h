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

struct node;

/* Does any roster in force name the node that this ledger belongs to? */
bool checked_known_node(const struct node *node, const struct origin *origin);
/* Is this a checkpoint note of this ledger, with the key that the newest
 * fitting roster gives its node? ret_note (initialised; may be NULL) gets the
 * note with that one line. */
bool checked_checkpoint(const struct node *node, const struct origin *origin,
                        struct span bytes, struct checkpoint *ret_checkpoint,
                        struct buf *ret_note);

#endif
