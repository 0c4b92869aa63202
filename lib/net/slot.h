/* SPDX-License-Identifier: Apache-2.0 */
/* One request of a link (states: net/link_parts.h). Inside of net; owner's
 * thread. */
#ifndef HF_NET_SLOT_H
#define HF_NET_SLOT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "net/link_parts.h"

/* ERR_NO_MEMORY: then slot_done() must not be called. */
MUST_USE enum err slot_init(struct slot *slot, struct link *link);
/* After the socket was closed. */
void slot_done(struct slot *slot);
/* Takes the packet. token, pipe_id, timeout and deadline stand in the slot. */
void slot_send(struct slot *slot, struct packet *packet, uint64_t now_ms);
/* End the request, if there is one; its event follows. */
void slot_fail(struct slot *slot, enum err err);
/* An operation of the slot ended, or it failed. True when the owner must
 * know. */
MUST_USE bool slot_event(struct slot *slot, uint64_t now_ms,
                         struct item *ret_item);

#endif
