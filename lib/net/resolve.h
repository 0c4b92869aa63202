/* SPDX-License-Identifier: Apache-2.0 */
/* A name has several addresses, and NNG would try only the first: so names are
 * resolved here and every address is tried (specs nng 8). */
#ifndef HF_NET_RESOLVE_H
#define HF_NET_RESOLVE_H

#include <stddef.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/why.h"

/* HOST:PORT with a literal host, NUL-terminated. */
struct net_address {
    char text[ADDRESS_SIZE_MAX + 1];
};

/* Put the addresses of HOST:PORT behind the *count that `list` has already, up
 * to max, each one once. Asks the resolver and BLOCKS, up to some ten seconds:
 * call it on a pool thread. ERR_MALFORMED, ERR_UNREACHABLE (no such name, or
 * nobody to ask). When the list is full the rest is left out. */
MUST_USE enum err resolve_address(const char *address, struct net_address *list,
                                  size_t max, size_t *count,
                                  struct why *ret_why);

#endif
