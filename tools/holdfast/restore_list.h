/* SPDX-License-Identifier: Apache-2.0 */
/* Which items there are: the node's list, all of it or by prefixes of ids.
 * Blocking; one thread. */
#ifndef HF_TOOLS_RESTORE_LIST_H
#define HF_TOOLS_RESTORE_LIST_H

#include "tools/holdfast/restore.h"

/* Are the ids that were typed ids? EXIT_DONE, or the exit code of a problem
 * that has been said. Asks nobody. */
int restore_list_check(struct restore *restore);
/* Fill restore->items, each deposit once. EXIT_DONE, or as above: an id that
 * nothing or more than one item has. */
int restore_list(struct restore *restore);

#endif
