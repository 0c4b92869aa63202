/* SPDX-License-Identifier: Apache-2.0 */
/* A TCP connection to one address, within a time. Looks for interrupts. */
#ifndef HF_TOOLS_TCP_H
#define HF_TOOLS_TCP_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

/* HOST:PORT with a literal host (net/resolve.h gives them). The caller closes
 * the socket. ERR_UNREACHABLE (refused, no way there), ERR_TIMEOUT,
 * ERR_CANCELLED, ERR_MALFORMED, ERR_IO. */
MUST_USE enum err tcp_connect(const char *address, uint64_t timeout_ms,
                              int *ret_fd, struct why *ret_why);

#endif
