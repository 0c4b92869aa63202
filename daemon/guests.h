/* SPDX-License-Identifier: Apache-2.0 */
/* The clients that are connected now: one guest for each connection. Bounds:
 * CLIENTS_CONNECTED_MAX in all, CLIENT_CONNECTIONS_MAX with one key. When there
 * is no place, the guest that has been silent for longest goes, if it has
 * nothing in hand and was silent for GUEST_IDLE_MS (of those with the same key,
 * when that is what is full); otherwise the newcomer is told to come back
 * later. So neither one key nor all clients together keep the nodes out. Loop
 * thread; plain values, no owner of anything. Times are monotonic. */
#ifndef HF_DAEMON_GUESTS_H
#define HF_DAEMON_GUESTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "crypto/x25519.h"

#define GUEST_IDLE_MS 5000

struct guest {
    bool in_use;
    uint32_t pipe_id;
    struct x25519_key key;
    uint64_t asked_ms; /* of its last request */
    size_t in_hand;    /* requests that are not answered yet */
};

/* All zero: nobody is there. */
struct guests {
    struct guest places[CLIENTS_CONNECTED_MAX];
};

/* This client asks something on this pipe. ret_is_new: for the first time on
 * it. ret_evicted: the pipe of the one that has to go for it; hang up there.
 * ERR_BUSY: no place. */
MUST_USE enum err guests_enter(struct guests *guests, uint32_t pipe_id,
                               const struct x25519_key *key, uint64_t now_ms,
                               bool *ret_is_new, bool *ret_has_evicted,
                               uint32_t *ret_evicted);
/* One request more, or less, is in hand. A guest that has gone is passed
 * over. */
void guests_count(struct guests *guests, uint32_t pipe_id, int change);
void guests_leave(struct guests *guests, uint32_t pipe_id);

#endif
