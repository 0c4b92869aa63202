/* SPDX-License-Identifier: Apache-2.0 */
/* Tells the service manager how we are, by one datagram to $NOTIFY_SOCKET; does
 * nothing when there is none. Any thread. */
#ifndef HF_DAEMON_SDNOTIFY_H
#define HF_DAEMON_SDNOTIFY_H

#include <stdint.h>

#include "base/compiler.h"

/* For example "READY=1\nSTATUS=two of two peers are there". */
void sdnotify(const char *format, ...) PRINTF_LIKE(1, 2);
/* How often to say WATCHDOG=1, in ms: half of what the manager waits. 0: the
 * manager does not want it. */
uint64_t sdnotify_watchdog_ms(void);

#endif
