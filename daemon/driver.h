/* SPDX-License-Identifier: Apache-2.0 */
/* Binds the core to the world: turns what happens on sockets, disk and clock
 * into events, and carries out the effects, in list order. One libuv loop and
 * one thread; everything that blocks runs on the pool. */
#ifndef HF_DAEMON_DRIVER_H
#define HF_DAEMON_DRIVER_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "driver_options.h"

struct driver;

/* Load the core, bind the sockets, start the pool. */
MUST_USE enum err driver_new(const struct driver_options *options,
                             struct driver **ret_driver, struct why *ret_why);
/* Until SIGTERM or SIGINT, or until the store fails. Gives the exit code: 0 or
 * 75. */
int driver_run(struct driver *driver);
/* NULL is fine. */
void driver_free(struct driver *driver);

#endif
