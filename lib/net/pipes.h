/* SPDX-License-Identifier: Apache-2.0 */
/* The open connections of an endpoint: who may have one (specs nng 4), and how
 * long. Inside of net.
 *
 * An incoming pipe: STRANGER -> PENDING -> CLIENT or KNOWN, by what the owner
 * learns about its sessions. Admission is decided in NNG's hook, before the
 * pipe can say anything, under the table's mutex: a newcomer is refused only
 * when all that he competes with are CLIENT or KNOWN; otherwise the oldest
 * other one goes. CLIENT pipes are the owner's to bound, and do not count
 * against their address: an office's laptops must not keep out the node behind
 * the same router. A link's pipe: at most one per link.
 *
 * Fields marked [m] belong to the mutex, the rest to the owner. */
#ifndef HF_NET_PIPES_H
#define HF_NET_PIPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nng/nng.h>
#include <nng/supplemental/util/platform.h>

#include "base/compiler.h"
#include "base/err.h"
#include "net/inbox.h"

struct link;

#define PIPE_ADDRESS_SIZE 16
/* Places for pipes that are gone and that the owner has not looked at yet. */
#define PIPES_GONE_MAX 64

enum pipe_trust {
    PIPE_STRANGER,
    PIPE_PENDING,
    PIPE_CLIENT,
    PIPE_KNOWN
};

struct pipe {
    struct event event;
    struct link *link;     /* [m] borrowed; NULL: incoming */
    nng_pipe nng;          /* [m] */
    bool in_use;           /* [m] */
    bool is_up;            /* [m] a link's pipe that may be used */
    bool is_gone;          /* [m] */
    bool is_closing;       /* [m] hung up */
    enum pipe_trust trust; /* [m] */
    uint64_t order;        /* [m] grows with each newcomer */
    /* [m] IPv4 as ::ffff:a.b.c.d; IPv6 cut to its /64. */
    uint8_t address[PIPE_ADDRESS_SIZE];

    bool is_told;          /* NNG was told to close it */
    uint64_t closing_ms;   /* since when is_closing; 0: not seen yet */
    bool is_seen;          /* the owner has given it its times */
    bool is_reported;      /* ITEM_LINK_UP went out */
    bool has_spoken;       /* a request of it went out */
    uint64_t trust_ms;     /* since when it has its trust */
    uint64_t activity_ms;  /* of its last request, or reply */
    size_t stranger_bytes; /* received before it had a session */
    uint32_t call_count;   /* calls of it that are not answered */
};

struct pipes {
    nng_mtx *mutex;      /* owned */
    struct inbox *inbox; /* borrowed */
    struct pipe *places; /* owned; [m] */
    size_t place_count;
    uint32_t max;          /* pipes in all */
    uint32_t stranger_max; /* STRANGER and PENDING, incoming */
    uint32_t address_max;  /* incoming, not CLIENT, per address */
    uint32_t link_count;   /* [m] links, each counts as a pipe */
    uint64_t order_next;   /* [m] */
    uint64_t refused;      /* [m] refused or evicted */
    bool is_closed;        /* [m] nobody comes in any more */
};

/* What the hook of one socket needs to know. */
struct pipe_watch {
    struct pipes *pipes;
    struct link *link; /* NULL: incoming */
};

MUST_USE enum err pipes_init(struct pipes *pipes, struct inbox *inbox,
                             uint32_t max, uint32_t stranger_max,
                             uint32_t address_max);
void pipes_done(struct pipes *pipes);
/* Let nobody in any more, hang up on all, and wait until all are gone and NNG's
 * dialers have stopped trying (net/dial.h): two seconds at most. */
void pipes_shut(struct pipes *pipes, bool has_links);
/* Hang up on all incoming ones. */
void pipes_close_incoming(struct pipes *pipes);
/* Have the pipes of a REP socket, or of a link's REQ socket, come in here. The
 * watch is borrowed until the socket is closed. 0 or an NNG error. */
MUST_USE int pipes_watch(nng_socket socket, struct pipe_watch *watch);
/* Count one link more or less. */
void pipes_count_link(struct pipes *pipes, int change);

/* The pipe with this number, also when it is gone but not yet freed; or NULL.
 * Borrowed until pipes_free_place(). */
struct pipe *pipes_find(struct pipes *pipes, uint32_t pipe_id);
/* What the mutex guards, in one look. */
struct pipe_state {
    struct link *link;
    uint32_t id;
    bool is_up;
    bool is_gone;
    bool is_closing;
    enum pipe_trust trust;
};
struct pipe_state pipes_state(struct pipes *pipes, const struct pipe *pipe);
void pipes_trust(struct pipes *pipes, struct pipe *pipe, enum pipe_trust trust,
                 uint64_t now_ms);
/* Hang up; the gone event follows. What it still says is dropped. */
void pipes_close(struct pipes *pipes, struct pipe *pipe);
/* A gone pipe that nobody needs any more. */
void pipes_free_place(struct pipes *pipes, struct pipe *pipe);
/* Does any pipe, gone or not, still belong to this link? */
bool pipes_of_link(struct pipes *pipes, const struct link *link);
void pipes_count(struct pipes *pipes, uint32_t *ret_open,
                 uint32_t *ret_strangers, uint64_t *ret_refused);

/* Did NNG not take a pipe apart that it was told to close long ago? Then its
 * reaper hangs, and only a new process helps. */
bool pipes_are_stuck(struct pipes *pipes, uint64_t now_ms);
/* Close incoming pipes that are over: strangers after 10 s, known ones after
 * 90 s of silence, but not while a reply is on its way to them. */
void pipes_tick(struct pipes *pipes, uint64_t now_ms);
uint64_t pipes_deadline_ms(struct pipes *pipes);

#endif
