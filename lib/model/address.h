/* SPDX-License-Identifier: Apache-2.0 */
/* HOST:PORT, the way a node is reached (holdfast.md 16, Roster). HOST is a
 * name, an IPv4 address or an IPv6 address in brackets. Pure functions. */
#ifndef HF_MODEL_ADDRESS_H
#define HF_MODEL_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"

struct address {
    struct span host; /* borrowed; without brackets */
    uint16_t port;    /* 1 to 65535 */
    bool is_ipv6;
};

/* ERR_MALFORMED is the only error. Nothing is resolved. */
MUST_USE enum err address_parse(struct span text, struct address *ret_address);
bool address_valid(struct span text);

#endif
