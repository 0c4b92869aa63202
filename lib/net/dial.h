/* SPDX-License-Identifier: Apache-2.0 */
/* How a link finds its peer: the dialers of net/link_parts.h. All addresses are
 * tried, each a little after the one before, and the first that answers wins;
 * the dialers of the others are closed.
 *
 * The pauses between attempts are ours: jittered, from RECONNECT_MIN_MS
 * doubling to RECONNECT_MAX_MS; an attempt lasts until the next one begins.
 * NNG's own pauses run on the wall clock, and half of them are zero (1.5.2
 * draws them as a signed number), so its dialers are told to wait a day, and
 * dial again at once or never. A dialer must not be closed in that first moment
 * after its pipe's end: a connection that is just being made would be lost
 * memory. Inside of net; owner's thread. */
#ifndef HF_NET_DIAL_H
#define HF_NET_DIAL_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "net/link_parts.h"

/* HOST:PORT to URLs. ERR_MALFORMED, ERR_FULL (above LINK_ADDRESSES_MAX). */
MUST_USE enum err dial_urls(const char *const *addresses, size_t address_count,
                            struct url ret_urls[static LINK_ADDRESSES_MAX],
                            struct why *ret_why);
/* Drop all dialers, and dial the wanted addresses from start_ms on. */
void dial_begin(struct link *link, uint64_t start_ms);
/* Drop all dialers. */
void dial_end(struct link *link);
/* The link is up: leave the others alone. */
void dial_won(struct link *link);
/* The pipe is gone: after a short pause all addresses count again, or, when the
 * link is retired, its dialers end. */
void dial_again(struct link *link, uint64_t now_ms);
void dial_tick(struct link *link, uint64_t now_ms);
uint64_t dial_deadline_ms(const struct link *link);

#endif
