/* SPDX-License-Identifier: Apache-2.0 */
/* Fetch the header objects of all listed items and open them with the keys
 * given: names, sizes, cases. Opening runs on a pool of its own. What was
 * learnt stands in the items, the file keys in restore->file_keys. */
#ifndef HF_TOOLS_RESTORE_OPEN_H
#define HF_TOOLS_RESTORE_OPEN_H

#include "tools/holdfast/restore.h"

/* ERR_OK also when items are missing or locked; else restore->err. */
enum err restore_open(struct restore *restore);

#endif
