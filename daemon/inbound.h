/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that come over the network: handshakes, opening, sealing. Whoever
 * is neither on the roster nor among the clients gets silence. Loop thread;
 * answers are sealed on the pool, and what a client deposits is opened there.
 * Bounded by the endpoint's contexts: each holds one request. Only who may
 * deposit may send more than the largest request of a node; how many clients
 * are connected is bounded by guests.h. */
#ifndef HF_DAEMON_INBOUND_H
#define HF_DAEMON_INBOUND_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "request.h"

struct clients;
struct endpoint;
struct inbound;
struct item;
struct pool;
struct roster;
struct sessions;

struct inbound_options {
    struct endpoint *endpoint; /* borrowed */
    struct sessions *sessions; /* borrowed */
    struct requests *requests; /* borrowed */
    struct pool *pool;         /* borrowed */
    /* The roster in force now. */
    const struct roster *(*roster)(void *ctx);
    /* And the clients. */
    const struct clients *(*clients)(void *ctx);
    /* A decoded request; whoever gets it ends it. */
    void (*asked)(void *ctx, struct request *request);
    void (*hung_up)(void *ctx, struct request *request);
    void *ctx;
};

MUST_USE enum err inbound_new(const struct inbound_options *options,
                              struct inbound **ret_inbound);
void inbound_free(struct inbound *inbound);
/* ITEM_REQUEST. Takes its packet. */
void inbound_request(struct inbound *inbound, struct item *item,
                     uint64_t now_ms);
/* ITEM_PIPE_GONE: its requests hang up. */
void inbound_pipe_gone(struct inbound *inbound, uint32_t pipe_id);
/* The roster or the clients have changed: hang up on whoever has no right any
 * more, at once. */
void inbound_recheck(struct inbound *inbound);
/* Drop every request that is not busy: at the end. */
void inbound_drop_all(struct inbound *inbound);

#endif
