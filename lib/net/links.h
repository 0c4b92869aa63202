/* SPDX-License-Identifier: Apache-2.0 */
/* All links of an endpoint (states: net/link_parts.h). Inside of net; owner's
 * thread. */
#ifndef HF_NET_LINKS_H
#define HF_NET_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "net/link.h"
#include "net/link_parts.h"

void links_init(struct links *links, struct inbox *inbox, struct pipes *pipes,
                struct upload *upload, size_t receive_size_max, uint64_t seed);
void links_done(struct links *links);
/* link_new() of net/endpoint.h. */
MUST_USE enum err links_add(struct links *links, const char *const *addresses,
                            size_t address_count, uint64_t user,
                            uint64_t now_ms, struct link **ret_link,
                            struct why *ret_why);
/* The link has a pipe. False when it is retired: the pipe is closed. */
MUST_USE bool link_went_up(struct link *link, struct pipe *pipe,
                           uint64_t now_ms);
/* Its pipe is gone: every request on it fails. */
void link_went_down(struct link *link, uint64_t now_ms);
void links_tick(struct links *links, uint64_t now_ms);
uint64_t links_deadline_ms(const struct links *links);
/* The wall clock jumped: cancel every request, make every dialer anew. */
void links_restart(struct links *links, uint64_t now_ms);

#endif
