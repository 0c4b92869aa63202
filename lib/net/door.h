/* SPDX-License-Identifier: Apache-2.0 */
/* The answering half of an endpoint: a REP socket, its listeners, and calls. A
 * call is one NNG context:
 *
 *   RECEIVING -> HANDED [door_event: a request came, the owner has it]
 *   HANDED -> SENDING [door_reply], HELD [the same, upload limit]
 *   HELD -> SENDING [its turn]
 *   HANDED, HELD, SENDING -> RECEIVING [ignored, answered, given up]
 *
 * Inside of net; owner's thread. */
#ifndef HF_NET_DOOR_H
#define HF_NET_DOOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nng/nng.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/why.h"
#include "net/inbox.h"
#include "net/item.h"
#include "net/pipes.h"
#include "net/upload.h"
#include "net/url.h"

struct door;

enum call_state {
    CALL_RECEIVING,
    CALL_HANDED,
    CALL_HELD,
    CALL_SENDING
};

struct call {
    struct event event;
    struct held held;
    struct door *door; /* borrowed */
    nng_ctx context;
    nng_aio *aio; /* owned */
    enum call_state state;
    bool is_given_up;      /* SENDING, and cancelled */
    uint32_t pipe_id;      /* who asked; not while RECEIVING */
    uint64_t reply_ms;     /* since when HELD or SENDING */
    struct packet *packet; /* owned; HELD */
};

struct listener {
    struct url url; /* with the port that it got */
    nng_listener nng;
    bool is_open;
    uint16_t port;
    uint64_t start_ms; /* when to open it, or to make it anew */
};

struct door {
    nng_socket socket;
    bool is_open;
    struct pipe_watch watch;
    struct pipes *pipes;   /* borrowed */
    struct upload *upload; /* borrowed */
    struct call *calls;    /* owned */
    uint32_t call_count;
    struct listener listeners[LISTEN_COUNT_MAX];
    size_t listener_count;
};

/* call_count 0: a door that never opens. ERR_NO_MEMORY, ERR_IO. */
MUST_USE enum err door_init(struct door *door, struct inbox *inbox,
                            struct pipes *pipes, struct upload *upload,
                            uint32_t call_count, size_t receive_size_max,
                            struct why *ret_why);
void door_done(struct door *door);
MUST_USE enum err door_listen(struct door *door, const char *address,
                              struct why *ret_why);
/* An operation of the call ended. True when a request came. */
MUST_USE bool door_event(struct door *door, struct call *call, uint64_t now_ms,
                         struct item *ret_item);
void door_reply(struct door *door, struct call *call, struct packet *packet,
                uint64_t now_ms);
void door_ignore(struct door *door, struct call *call);
/* Give up replies that nobody reads; make listeners anew. */
void door_tick(struct door *door, uint64_t now_ms);
uint64_t door_deadline_ms(const struct door *door);
/* The wall clock jumped: begin every operation and every listener again. */
void door_restart(struct door *door, uint64_t now_ms);
uint32_t door_busy_count(const struct door *door);

#endif
