/* SPDX-License-Identifier: Apache-2.0 */
/* What the asking half of an endpoint is made of: links, each a REQ socket with
 * its dialers, and slots, each an NNG context for one request:
 *
 *   IDLE -> SENDING [link_send], HELD [the same, upload limit]
 *   HELD -> SENDING [its turn], FAILED [time-out, pipe gone]
 *   SENDING -> RECEIVING [slot_event: NNG has it], IDLE [failed]
 *   RECEIVING, FAILED -> IDLE [slot_event: replied, failed]
 *
 * A link that was freed is retired: it gives no items, and when its last
 * request, pipe and dialer are gone, the next link_new() gets its socket.
 * Inside of net; owner's thread. */
#ifndef HF_NET_LINK_PARTS_H
#define HF_NET_LINK_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nng/nng.h>

#include "base/err.h"
#include "base/rng.h"
#include "net/inbox.h"
#include "net/item.h"
#include "net/pipes.h"
#include "net/upload.h"
#include "net/url.h"

struct links;

enum slot_state {
    SLOT_IDLE,
    SLOT_HELD,
    SLOT_SENDING,
    SLOT_RECEIVING,
    SLOT_FAILED
};

struct slot {
    struct event event;
    struct held held;
    struct link *link; /* borrowed */
    nng_ctx context;
    nng_aio *aio; /* owned */
    enum slot_state state;
    bool is_given_up; /* SENDING or RECEIVING, and cancelled, with err */
    enum err err;
    uint64_t token;
    uint32_t pipe_id;
    uint32_t timeout_ms;
    uint64_t deadline_ms;
    struct packet *packet; /* owned; HELD */
};

struct dialer {
    struct url url;
    nng_dialer nng;
    bool is_open;
    uint64_t start_ms; /* when to begin the next attempt */
    uint64_t pause_ms; /* after the last one; 0: there was none */
};

struct link {
    struct links *links; /* borrowed */
    nng_socket socket;
    bool is_open; /* the socket */
    bool is_retired;
    struct pipe_watch watch;
    uint64_t user;
    struct slot slots[LINK_SLOTS];
    size_t slot_count; /* that were initialised */
    struct dialer dialers[LINK_ADDRESSES_MAX];
    size_t dialer_count;
    uint64_t again_ms; /* when to drop all dialers and begin anew; 0: no */
    struct url wanted[LINK_ADDRESSES_MAX]; /* addresses from the next loss on */
    size_t wanted_count;
    bool is_up;
    uint32_t pipe_id;       /* when up */
    uint64_t activity_ms;   /* up, or last reply */
    uint32_t timeout_count; /* in a row */
};

struct links {
    struct inbox *inbox;   /* borrowed */
    struct pipes *pipes;   /* borrowed */
    struct upload *upload; /* borrowed */
    size_t receive_size_max;
    struct rng rng;
    struct link *list[LINK_COUNT_MAX]; /* owned */
    size_t count;
};

#endif
