/* SPDX-License-Identifier: Apache-2.0 */
/* What a node states is true: numbers of one ledger only grow, and every item
 * that it claims is whole on its disk, durably. */
#ifndef HF_SIM_STATED_H
#define HF_SIM_STATED_H

#include <stddef.h>
#include <stdint.h>

#include "base/span.h"
#include "check.h"
#include "disk.h"
#include "model/id.h"

/* The last statement of a node. */
struct stated_last {
    struct origin ledger;
    uint64_t number;
};

/* The node signs this statement. */
void stated_check(struct check *check, size_t node, struct disk *disk,
                  struct span text, struct stated_last *last);

#endif
