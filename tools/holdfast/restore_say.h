/* SPDX-License-Identifier: Apache-2.0 */
/* What `restore` says: for people on stdout, or JSON lines. */
#ifndef HF_TOOLS_RESTORE_SAY_H
#define HF_TOOLS_RESTORE_SAY_H

#include "tools/holdfast/restore.h"

/* Before the first byte is written. */
void restore_say_start(struct restore *restore);
/* One item is written, there, or missing. `seconds` it took; 0: not known. */
void restore_say_item(struct restore *restore, const struct restore_item *item,
                      uint64_t seconds);
/* A dry run: what would happen. */
void restore_say_plan(struct restore *restore, uint64_t free_bytes);
/* The end. missing_list: path of MISSING.txt, or "". */
void restore_say_summary(struct restore *restore, int exit_code,
                         const char *missing_list);

#endif
