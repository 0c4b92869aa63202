/* SPDX-License-Identifier: Apache-2.0 */
/* Is all of an item on a disk? By code that shares nothing with the core. */
#ifndef HF_SIM_WHOLE_H
#define HF_SIM_WHOLE_H

#include <stdbool.h>

#include "disk.h"
#include "model/record.h"

/* Header and all blocks are durable. */
bool whole_on(struct disk *disk, const struct deposit *deposit);

#endif
