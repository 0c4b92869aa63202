/* SPDX-License-Identifier: Apache-2.0 */
/* The time that other members' cosignatures prove for one item: asked of the
 * node as a receipt, and verified here. */
#ifndef HF_TOOLS_PROVEN_H
#define HF_TOOLS_PROVEN_H

#include <stdbool.h>

#include "tools/holdfast/receipts_check.h"

struct line;
struct roster_chain;

/* True when the node gave a genuine receipt of this deposit; ret_item owns
 * nothing then. False also when it may not be asked, or does not answer: that
 * is no problem of the caller's. */
bool proven_ask(struct line *line, const struct roster_chain *chain,
                const struct deposit *deposit,
                struct checked_receipt *ret_item);

#endif
