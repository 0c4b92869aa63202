/* SPDX-License-Identifier: Apache-2.0 */
/* What a leaf says of an item. Pure; the caller lends the room, since a struct
 * record is large. */
#ifndef HF_CORE_LEAF_H
#define HF_CORE_LEAF_H

#include <stdbool.h>

#include "base/span.h"
#include "model/record.h"

/* Is it a deposit, or a carried one? Then *ret_deposit says of what. */
bool leaf_deposit(struct span leaf, struct record *record, struct record *inner,
                  struct deposit *ret_deposit);

#endif
