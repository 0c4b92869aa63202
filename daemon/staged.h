/* SPDX-License-Identifier: Apache-2.0 */
/* Names of blocks that were appended to a group and are not durable yet. They
 * count as "here" for one purpose: whether all blocks of a deposited item have
 * come. Any thread; a lock inside, held briefly. Bounded by the blocks of the
 * groups that are open or being committed (at most three). */
#ifndef HF_DAEMON_STAGED_H
#define HF_DAEMON_STAGED_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "model/id.h"

struct staged;

MUST_USE enum err staged_new(struct staged **ret_staged);
void staged_free(struct staged *staged);
/* The name now belongs to this group. ERR_NO_MEMORY. */
MUST_USE enum err staged_add(struct staged *staged, const struct block_id *name,
                             uint64_t group);
bool staged_has(struct staged *staged, const struct block_id *name);
/* The group is durable (or gone): forget its names. Groups end in the order of
 * their numbers. */
void staged_drop(struct staged *staged, uint64_t group);

#endif
