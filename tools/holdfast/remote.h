/* SPDX-License-Identifier: Apache-2.0 */
/* A line to a node over the network: the session that nodes have among
 * themselves (net/session.h), with this client's key, in NNG's framing
 * (net/sp.h) on a TCP socket.
 *
 *   DOWN -> UP [each address in turn: connected, hands shaken]
 *   UP -> DOWN [the other side closed] -> UP [before a request, when nothing is
 *         under way: a node hangs up on who is silent for 90 s]
 *
 * Not ordered, CLIENT_REQUESTS_MAX deep. Hands are shaken anew after
 * SESSION_AGE_MS_MAX or SESSION_BYTES_MAX, between two requests. Every address
 * has its time: to connect, to shake hands, and in all; when a node closes
 * before hands are shaken, as it does when strangers crowd it, the same
 * address is tried again until its time is over. */
#ifndef HF_TOOLS_REMOTE_H
#define HF_TOOLS_REMOTE_H

#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/text.h"
#include "base/why.h"
#include "crypto/digest.h"
#include "crypto/x25519.h"

struct line;

struct remote_options {
    char node[LABEL_SIZE_MAX + 1];
    size_t address_count;
    char addresses[ADDRESS_COUNT_MAX][ADDRESS_SIZE_MAX + 1]; /* HOST:PORT */
    struct x25519_key node_key; /* its session key, from the roster */
    struct digest consortium;
    uint64_t timeout_ms; /* without a byte moved, and for one address */
    uint64_t renew_ms;   /* 0: SESSION_AGE_MS_MAX */
    /* What happens on the way, a sentence at a time: who is called, what came
     * of it, what comes next. */
    void (*say)(void *ctx, const char *sentence);
    void *ctx;
};

/* Takes the session key in every case. The caller calls line_free().
 * ERR_UNREACHABLE; ERR_NOT_A_MEMBER: a node is there and does not answer to
 * this key; ERR_WRONG_KEY: who answers is not the node of the roster;
 * ERR_CANCELLED, ERR_NO_MEMORY. The sentence names all addresses. */
MUST_USE enum err remote_connect(const struct remote_options *options,
                                 struct x25519_pair *key,
                                 struct line **ret_line, struct why *ret_why);
/* "fjord-1 at 192.0.2.7:7700": where the line goes to now. */
const char *remote_peer(const struct line *line);

#endif
