/* SPDX-License-Identifier: Apache-2.0 */
/* The rosters of the file and those of the store, before the loop runs: what
 * came by gossip is newer than the file, what the file had must be there for
 * peers that ask for it. */
#ifndef HF_DAEMON_DRIVER_ROSTERS_H
#define HF_DAEMON_DRIVER_ROSTERS_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct roster_chain;
struct store;

/* Take all rosters of the store into the chain, and write those that only the
 * chain has into the store (a full disk keeps them out until the next start).
 * Says ROSTER-FORK when the chain is forked. Blocking. ERR_IO,
 * ERR_NO_MEMORY. */
MUST_USE enum err driver_rosters(struct store *store,
                                 struct roster_chain *chain,
                                 struct why *ret_why);

#endif
