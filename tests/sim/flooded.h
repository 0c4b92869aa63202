/* SPDX-License-Identifier: Apache-2.0 */
/* A flood: one member deposits far more than its quota, with a node that does
 * not keep to it. Nobody else stores more of it than quota and days allow, and
 * everybody stores what they allow. By code that shares nothing with the core
 * but the parser of records. */
#ifndef HF_SIM_FLOODED_H
#define HF_SIM_FLOODED_H

#include <stddef.h>
#include <stdint.h>

#include "check.h"
#include "disk.h"

#define FLOOD_QUOTA_BYTES (12ULL << 20)
#define FLOOD_QUOTA_RECORDS 24

/* What the disk of node `node` has of node `flooder`, after so much time. */
void flooded_check(struct check *check, size_t node, struct disk *disk,
                   size_t flooder, uint64_t elapsed_ms);

#endif
