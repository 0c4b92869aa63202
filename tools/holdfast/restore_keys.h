/* SPDX-License-Identifier: Apache-2.0 */
/* The evidence keys of a restore: every --key, with a question first, for they
 * do not belong on the machine of a node. Blocking; SLOW for sealed ones. */
#ifndef HF_TOOLS_RESTORE_KEYS_H
#define HF_TOOLS_RESTORE_KEYS_H

#include "tools/holdfast/restore.h"

/* Fill restore->identities; nothing in the mode SEALED. EXIT_DONE, or the exit
 * code of a problem that has been said. */
int restore_keys_read(struct restore *restore);

#endif
