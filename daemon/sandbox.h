/* SPDX-License-Identifier: Apache-2.0 */
/* What the daemon may ask of the kernel once strangers can reach it: a filter
 * of system calls (seccomp), written by libseccomp. Whoever takes the process
 * over by a bug of ours or of a library can still do what a node does (read
 * and write its files, talk to peers), and no more: start no program, look
 * into no other process, make no executable memory, change no user, mount
 * nothing, load nothing into the kernel.
 *
 * The rules, in sandbox_rules.c:
 *   - Listed calls are allowed, some only with the arguments that a node
 *     uses. That list is wider than what a run was seen to use: glibc, NSS
 *     modules, RocksDB and NNG pick other calls for the same work in other
 *     releases, and a refusal in a rare path (a full disk, a slow resolver)
 *     would come at the worst time.
 *   - A call that is on no list gets ENOSYS, as from an older kernel: libraries
 *     try new calls and have a way without them.
 *   - A listed call with arguments that are not allowed gets the error that
 *     the kernel itself would give where the manager's rules forbid it
 *     (EAFNOSUPPORT for a family of sockets, EPERM for executable memory).
 *   - What no node and no library of ours ever does, and what an intruder does
 *     first (another program, tracing, mounts, namespaces, kernel code, another
 *     user), ends the process by SIGSYS: it is seen (status=31/SYS), and the
 *     service manager starts a fresh one.
 *   - Another ABI of the machine (i386, x32) ends the process, too.
 *
 * Name resolution works without AF_NETLINK: glibc then takes it that the
 * machine has IPv4 and IPv6, and every address is tried anyway. Files may be
 * mapped executable, because NSS modules are loaded at the first name that is
 * looked up; pages that are or were writable may not.
 *
 * It holds for all threads, those of NNG, RocksDB and the pool included
 * (SECCOMP_FILTER_FLAG_TSYNC), and for all made later; nothing takes it away
 * again. It comes on top of the unit's own filter, which needs the call
 * `seccomp` for it. */
#ifndef HF_DAEMON_SANDBOX_H
#define HF_DAEMON_SANDBOX_H

#include <stdbool.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

/* False in builds with AddressSanitizer or ThreadSanitizer, whose run-time
 * libraries fork and trace. */
bool sandbox_is_used(void);
/* Once, after the start-up work and before the first stranger can call; any
 * thread. Sets no-new-privileges. ERR_UNSUPPORTED: the kernel or the manager
 * does not let us; ERR_NO_MEMORY. The caller must then not go on. */
MUST_USE enum err sandbox_enter(struct why *ret_why);

#endif
