/* SPDX-License-Identifier: Apache-2.0 */
/* The two keys of a session, shared by the session and by the sealings and
 * openings under way on other threads. Counted; the last one to let go wipes
 * them. Sharing and releasing are safe from any thread; the keys themselves
 * never change. Inside of net/session and net/transport. */
#ifndef HF_NET_SESSION_KEYS_H
#define HF_NET_SESSION_KEYS_H

#include <stdatomic.h>

#include "base/compiler.h"
#include "base/err.h"
#include "crypto/noise.h"

struct session_keys {
    atomic_uint reference_count;
    struct noise_keys noise; /* owned */
};

/* The keys of a finished handshake, with one reference. The caller still frees
 * the handshake. ERR_NO_MEMORY, ERR_REFUSED. */
MUST_USE enum err session_keys_new(struct noise_handshake *handshake,
                                   struct session_keys **ret_keys);
/* One more reference. */
struct session_keys *session_keys_share(struct session_keys *keys);
/* One less. Takes NULL. */
void session_keys_release(struct session_keys *keys);

#endif
