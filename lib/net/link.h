/* SPDX-License-Identifier: Apache-2.0 */
/* One peer that is asked: made by link_new() in net/endpoint.h, which says what
 * it does. The endpoint owns its memory; the owner of the endpoint calls these
 * functions, on its thread. */
#ifndef HF_NET_LINK_H
#define HF_NET_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"

struct link;
struct packet;

/* Hang up. Requests in flight end without an item, and no item names the link
 * any more. Takes NULL. */
void link_free(struct link *link);
uint64_t link_user(const struct link *link);
/* Is a pipe up, and which one? */
bool link_is_up(const struct link *link, uint32_t *ret_pipe_id);
/* From the next loss of the connection on (at once when it is down). Nothing
 * happens when they are the same as before. ERR_MALFORMED. */
MUST_USE enum err link_set_addresses(struct link *link,
                                     const char *const *addresses,
                                     size_t address_count, uint64_t now_ms);
/* Send a request on this pipe of the link; its end is one ITEM_REPLY or
 * ITEM_FAILED with the token. Takes the packet in every case. ERR_UNREACHABLE
 * when this pipe is not the link's pipe (any more): the frame was sealed for a
 * session that went with it. ERR_BUSY: LINK_SLOTS requests in flight. After
 * three time-outs in a row the pipe is closed. */
MUST_USE enum err link_send(struct link *link, uint32_t pipe_id, uint64_t token,
                            struct packet *packet, uint32_t timeout_ms,
                            uint64_t now_ms);

#endif
