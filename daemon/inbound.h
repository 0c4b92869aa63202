/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that come over the network: handshakes, opening, sealing. Whoever is
 * not on the roster gets silence. Loop thread; answers are sealed on the pool.
 * Bounded by the endpoint's contexts: each holds one request. */
#ifndef HF_DAEMON_INBOUND_H
#define HF_DAEMON_INBOUND_H

#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "request.h"

struct endpoint;
struct inbound;
struct item;
struct roster;
struct sessions;

struct inbound_options {
    struct endpoint *endpoint; /* borrowed */
    struct sessions *sessions; /* borrowed */
    struct requests *requests; /* borrowed */
    /* The roster in force now. */
    const struct roster *(*roster)(void *ctx);
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
/* Drop every request that is not busy: at the end. */
void inbound_drop_all(struct inbound *inbound);

#endif
