/* SPDX-License-Identifier: Apache-2.0 */
/* A line over a node's local socket: frames of wire/frame.h on a Unix stream
 * socket. Ordered, and as deep as lines get. */
#ifndef HF_TOOLS_LOCAL_H
#define HF_TOOLS_LOCAL_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"

struct line;

/* The caller calls line_free(). ERR_UNREACHABLE (nobody there),
 * ERR_PERMISSION, ERR_TOO_BIG (the path), ERR_NO_MEMORY. */
MUST_USE enum err local_connect(const char *path, uint64_t timeout_ms,
                                struct line **ret_line, struct why *ret_why);

#endif
