/* SPDX-License-Identifier: Apache-2.0 */
/* A small node for the tests of net: an endpoint, sessions, and an owner's loop
 * that waits on eventfds. It shakes hands on every link by itself and echoes
 * what it is asked, or does what the test tells it to. Time is the monotonic
 * clock plus `shift_ms`, so that long time-outs pass at once. */
#ifndef HF_NET_PEER_H
#define HF_NET_PEER_H

#include <stdbool.h>
#include <stdint.h>

#include "crypto/aead.h"
#include "net/endpoint.h"
#include "net/session.h"

#define PEER_CALLS_MAX 64
#define TOKEN_HANDSHAKE UINT64_MAX

struct peer {
    struct endpoint *endpoint;
    struct sessions *sessions;
    struct x25519_pair pair;
    struct aead aead;
    int wake_fd;
    int64_t wall_shift_ms; /* of the wall clock */
    const struct peer *known[8];
    size_t known_count;
    bool holds;                         /* keep calls instead of answering */
    bool trusts_all;                    /* every pipe counts as known at once */
    bool has_clients;                   /* who is opened is a client */
    size_t reply_size;                  /* of an answer; 0: the echo */
    struct call *calls[PEER_CALLS_MAX]; /* kept */
    size_t call_count;
    uint64_t counters[PEER_CALLS_MAX]; /* of their requests */
    uint32_t call_pipes[PEER_CALLS_MAX];

    /* What happened. */
    size_t ready_count; /* handshakes that we began and that ended well */
    size_t up_count;
    size_t down_count;
    size_t gone_count;
    size_t request_count; /* transport messages that were opened */
    size_t dropped_count; /* frames without an answer */
    size_t reply_count;
    size_t failed_count;
    enum err last_err;
    uint64_t last_token;
    size_t last_reply_size;
    enum err drop_err; /* of the last drop */
};

/* Milliseconds that all peers' clocks are ahead. */
extern uint64_t shift_ms;
uint64_t now_ms(void);
/* NNG 1.5.2 loses the memory of a message when the end of its pipe meets it on
 * its way out. A test that provokes this sets it, and its process does not look
 * for leaks. */
extern bool leaks_are_expected;

/* options->wake, wake_ctx, wall_ms are set here. NULL: 32 contexts. */
void peer_init(struct peer *peer, const struct endpoint_options *options);
void peer_done(struct peer *peer);
/* Both know each other's key. */
void peers_acquaint(struct peer *a, struct peer *b);
/* Listen on a free port of 127.0.0.1; "127.0.0.1:PORT" into text. */
void peer_listen(struct peer *peer, char text[static 32]);
/* A link to the peer; its user number is the place in `known`. */
struct link *peer_dial(struct peer *peer, const struct peer *to,
                       const char *address);
/* Seal and send `size` bytes on the link. */
enum err peer_ask(struct peer *peer, struct link *link, uint64_t token,
                  size_t size, uint32_t timeout_ms);
/* Answer one kept call (with reply_size bytes), or say nothing to it. */
void peer_answer(struct peer *peer, size_t place);
void peer_ignore(struct peer *peer, size_t place);

/* Run all these peers until `done` says so; fails the test after 20 s. */
void run_until(struct peer *const *peers, size_t count,
               bool (*done)(const void *ctx), const void *ctx,
               const char *what);
/* Until the counter has at least this value. */
void run_count(struct peer *const *peers, size_t count, const size_t *counter,
               size_t value, const char *what);
/* Take and tick what is there now, without waiting. */
void run_now(struct peer *const *peers, size_t count);
/* For as long as that. */
void run_for(struct peer *const *peers, size_t count, uint64_t ms);

#endif
