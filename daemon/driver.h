/* SPDX-License-Identifier: Apache-2.0 */
/* Binds the core to the world: turns what happens on sockets, disk and clock
 * into events, and carries out the effects, in list order. One libuv loop and
 * one thread; everything that blocks runs on the pool.
 *
 * A tour of the daemon; what stands left calls what stands right.
 *
 *   main -> config_*, input     file, key and roster, then the store is opened
 *   main -> driver              driver_load fills the core from the store
 *   driver -> driver_doors      opens what is listed under "in"
 *   main -> sandbox             few system calls; then the port is opened
 *   driver -> carry             one function for each kind of effect
 *   driver -> reload            SIGHUP and RELOAD: config_*, roster, clients
 *
 * In, from below:
 *   control -> connection, access    the local socket: frames, SO_PEERCRED
 *   inbound -> access, guests        the network: handshakes, opening frames
 *     both -> request -> carry_asked(): a deposit goes to intake first, all
 *     else straight to the core
 *   peers -> ask                     answers to what we asked other nodes
 *
 * Out, by carry:
 *   ANSWER, RELOAD       request -> the transport that brought it
 *   SERVE, RECEIPTS      serving -> pool: serve_*() of the core -> request
 *   LOAD                 serving -> pool: fetch_load() of the core
 *   ASK, HANG_UP, ROSTER peers -> ask -> net/endpoint
 *   PERSIST, SIGN        writer -> pool -> store
 *   ALARM                log
 *
 * Blocks come by intake (deposits) and ask (replication); both hash them on any
 * worker and append them in LANE_APPEND by writer_add(). staged knows what is
 * appended and not durable yet. The parts do not know the driver: they tell it
 * by sink.h.
 *
 * What a job on the pool may touch: its own struct; its request's message and
 * what request->ops->finish() is given; the store's source; the writer's open
 * group, in LANE_APPEND only; staged, which has a lock. All else is the
 * loop's. */
#ifndef HF_DAEMON_DRIVER_H
#define HF_DAEMON_DRIVER_H

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "driver_options.h"

struct driver;

/* Load the core, start pool and network, bind the local socket. Takes SIGTERM,
 * SIGINT and SIGHUP, and ignores SIGPIPE for the whole process. */
MUST_USE enum err driver_new(const struct driver_options *options,
                             struct driver **ret_driver, struct why *ret_why);
/* Bind the port, if the node has one: from here on strangers can call, and
 * NNG's threads read what they send. */
MUST_USE enum err driver_listen(struct driver *driver, struct why *ret_why);
/* Until SIGTERM or SIGINT, or until the store fails. Gives the exit code: 0 or
 * 75. */
int driver_run(struct driver *driver);
/* NULL is fine. Blocks until what the pool has in hand is done: store_close()
 * may follow. */
void driver_free(struct driver *driver);

#endif
