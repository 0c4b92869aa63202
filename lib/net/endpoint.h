/* SPDX-License-Identifier: Apache-2.0 */
/* All of a process's NNG sockets: one REP socket that answers, and one REQ
 * socket per peer that is asked (a link). Frames go in and out; what is in
 * them is not looked at here, nor who sent them: identity comes from a session
 * (net/session.h), never from a pipe.
 *
 * Thread: everything below belongs to one thread, the owner's loop. NNG's own
 * threads only mark what happened and call options.wake; the owner then calls
 * endpoint_take() until it says that nothing is left.
 *
 * Time: now_ms is monotonic and never goes back. NNG's timers run on the wall
 * clock, so all time-outs are ours: endpoint_tick() keeps them, and when the
 * wall clock jumps by more than a second against the monotonic one, it cancels
 * every operation and makes dialers and listeners anew (specs nng 2).
 *
 * Bounds: every queue is as long as the contexts and slots that feed it, so
 * none can overflow. A link has LINK_SLOTS requests in flight, then ERR_BUSY;
 * when all contexts are taken, further requests wait unread in their senders'
 * connections; pipes are counted and evicted as in specs nng 4.
 *
 * Sockets are opened once and closed in endpoint_free() only: closing them in
 * the middle of work has races in this release of NNG (specs nng 9). A freed
 * link's socket waits for the next link_new(). */
#ifndef HF_NET_ENDPOINT_H
#define HF_NET_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/why.h"
#include "net/item.h"
#include "net/link.h"
#include "net/packet.h"

struct call;
struct endpoint;

struct endpoint_options {
    /* Called from any thread when endpoint_take() has something to give. Must
     * not block and must not call back: uv_async_send, or an eventfd. */
    void (*wake)(void *ctx);
    void *wake_ctx;
    uint32_t context_count; /* 3 x peers + 16 (specs nng 5); 0: only dials */
    /* Zero in the following: the limit from base/limits.h. */
    size_t receive_size_max;
    uint32_t pipes_max;             /* in all; our links count */
    uint32_t pipes_stranger_max;    /* without a session */
    uint32_t pipes_per_address_max; /* per IPv4 address or IPv6 /64 */
    uint64_t upload_max;            /* bytes per second; 0: no limit */
    uint64_t seed;                  /* of the jitter */
    /* The wall clock in ms; NULL: CLOCK_REALTIME. For tests. */
    int64_t (*wall_ms)(void *ctx);
    void *wall_ctx;
};

/* ERR_NO_MEMORY, ERR_IO (with ret_why). */
MUST_USE enum err endpoint_new(const struct endpoint_options *options,
                               uint64_t now_ms, struct endpoint **ret_endpoint,
                               struct why *ret_why);
/* Close everything, links too. wake is not called any more when it returns.
 * Packets of items that were taken stay valid. Takes NULL. */
void endpoint_free(struct endpoint *endpoint);
/* Bytes per second, 0: no limit. */
void endpoint_set_upload_max(struct endpoint *endpoint, uint64_t bytes_per_s);

/* ---- what happened ------------------------------------------------------- */

/* The next thing that happened; false when there is none. The caller calls
 * item_done(), or takes the packet out (sets it NULL) before. */
MUST_USE bool endpoint_take(struct endpoint *endpoint, uint64_t now_ms,
                            struct item *ret_item);
/* Time-outs, upload budget, silent pipes, the wall clock. Call it at
 * endpoint_deadline_ms() or earlier, and at least every 5 s. */
void endpoint_tick(struct endpoint *endpoint, uint64_t now_ms);
uint64_t endpoint_deadline_ms(struct endpoint *endpoint);
/* Does NNG's reaper hang (net/hang_up.h)? Then no pipe ever ends again, and the
 * program should say so, end, and be started anew. Look at it every minute. */
bool endpoint_is_stuck(struct endpoint *endpoint, uint64_t now_ms);

/* ---- answering ----------------------------------------------------------- */

/* HOST:PORT; an IPv6 host listens on both families when it is [::]. Port 0
 * takes a free one. ERR_MALFORMED, ERR_IO (in use, no such address), ERR_FULL
 * (LISTEN_COUNT_MAX), ERR_UNSUPPORTED (no contexts). */
MUST_USE enum err endpoint_listen(struct endpoint *endpoint,
                                  const char *address, struct why *ret_why);
/* The port of the listener `index`, from 0 in the order of endpoint_listen;
 * 0 when there is none. */
uint16_t endpoint_port(const struct endpoint *endpoint, size_t index);

/* Answer a call and take the next one. Takes the packet in every case. An
 * answer that the asker does not read is dropped after TIMEOUT_BLOCK_MS, and
 * after REPLY_STUCK_MS when fewer than a quarter of the contexts are free. */
void endpoint_reply(struct endpoint *endpoint, struct call *call,
                    struct packet *packet, uint64_t now_ms);
/* Say nothing and take the next one: strangers, garbage, replays. */
void endpoint_ignore(struct endpoint *endpoint, struct call *call);

/* The pipe has a pending session: messages of any size, still a stranger when
 * pipes are counted; closed after 10 s if it stays so. */
void endpoint_pipe_pending(struct endpoint *endpoint, uint32_t pipe_id,
                           uint64_t now_ms);
/* The pipe has a confirmed session: counted as known, closed after 90 s of
 * silence. */
void endpoint_pipe_known(struct endpoint *endpoint, uint32_t pipe_id,
                         uint64_t now_ms);
/* The same for a client: never evicted either, but it does not count against
 * its address, and has CLIENT_REQUESTS_MAX requests in hand. The caller sees to
 * it that there are CLIENTS_CONNECTED_MAX of them at most. */
void endpoint_pipe_client(struct endpoint *endpoint, uint32_t pipe_id,
                          uint64_t now_ms);
/* Close the pipe (either side): its peer has lost its rights, or lies. */
void endpoint_pipe_close(struct endpoint *endpoint, uint32_t pipe_id);
/* Remote address for the log, as "[2001:db8::1]:7711"; "" when unknown. */
void endpoint_pipe_address(uint32_t pipe_id,
                           char ret_text[static ADDRESS_SIZE_MAX + 1]);

struct endpoint_counts {
    uint32_t pipes;      /* open, both directions */
    uint32_t strangers;  /* of these, incoming and without confirmed session */
    uint32_t calls;      /* contexts that are not waiting for a request */
    uint64_t refused;    /* pipes refused or evicted, since the start */
    uint64_t held_bytes; /* frames waiting for upload budget */
};
void endpoint_counts(struct endpoint *endpoint,
                     struct endpoint_counts *ret_counts);

/* ---- asking -------------------------------------------------------------- */

/* A link to one peer. Dials the addresses (HOST:PORT, best literal ones from
 * net/resolve.h) one after the other with a short delay, until one answers;
 * then the others are left alone. After a loss it dials again by itself, with
 * jittered pauses that grow from 1 s to 60 s. No addresses: waits for
 * link_set_addresses(). ERR_MALFORMED, ERR_FULL (LINK_COUNT_MAX), ERR_IO,
 * ERR_NO_MEMORY. */
MUST_USE enum err link_new(struct endpoint *endpoint,
                           const char *const *addresses, size_t address_count,
                           uint64_t user, uint64_t now_ms,
                           struct link **ret_link, struct why *ret_why);

#endif
