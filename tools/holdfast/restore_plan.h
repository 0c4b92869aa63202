/* SPDX-License-Identifier: Apache-2.0 */
/* What will be written where, once the items are open: each payload once, paths
 * below DIR, what is there already, and whether there is room. */
#ifndef HF_TOOLS_RESTORE_PLAN_H
#define HF_TOOLS_RESTORE_PLAN_H

#include "base/compiler.h"
#include "tools/holdfast/restore.h"

/* Paths and totals. ERR_NO_MEMORY; ERR_CANCELLED while it compares. */
MUST_USE enum err restore_plan(struct restore *restore);
/* Bytes that the files to be written will take on the disk. */
uint64_t restore_plan_bytes(const struct restore *restore);

#endif
