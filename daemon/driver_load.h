/* SPDX-License-Identifier: Apache-2.0 */
/* The core as the store knows it. Before the loop runs. */
#ifndef HF_DAEMON_DRIVER_LOAD_H
#define HF_DAEMON_DRIVER_LOAD_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "driver_options.h"

struct driver;

/* Make driver->node: rosters of file and store, ledgers, pending deposits.
 * Takes options->chain, also on failure. */
MUST_USE enum err driver_load(struct driver *driver,
                              const struct driver_options *options,
                              struct why *ret_why);

#endif
