/* SPDX-License-Identifier: Apache-2.0 */
/* What peers.c and peers_ask.c share: the nodes that are dialled, and what is
 * asked of them. Private to the two; loop thread. */
#ifndef HF_DAEMON_PEERS_STATE_H
#define HF_DAEMON_PEERS_STATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "ask.h"
#include "base/limits.h"
#include "crypto/aead.h"
#include "crypto/x25519.h"
#include "model/id.h"
#include "net/item.h"
#include "peers_options.h"

#define ASKS_PER_PEER_MAX LINK_SLOTS
/* A node that was dropped holds its place until its last answer was looked at;
 * a roster may replace all nodes at once. */
#define PEER_PLACES (2 * NODE_COUNT_MAX)

struct peer {
    bool is_used;
    struct label node;
    struct x25519_key key;
    struct link *link; /* owned; NULL until its names are resolved */
    uint32_t pipe_id;  /* while the link is up */
    bool is_up;
    bool is_connected;
    bool is_shaking;
    uint64_t shake_token; /* of the handshake under way */
    bool is_resolving;
    uint64_t resolved_ms;
    size_t address_count;
    char addresses[ADDRESS_COUNT_MAX][ADDRESS_SIZE_MAX + 1];
    struct ask *asks[ASKS_PER_PEER_MAX];
};

struct peers {
    struct peers_options options;
    struct peer list[PEER_PLACES];
    struct aead aead; /* of the loop */
    uint64_t serial;
    atomic_bool is_stopping; /* the one field that jobs look at */
};

/* Borrowed, or NULL. */
struct peer *peers_find(struct peers *peers, const struct label *node);
size_t peers_index(const struct peers *peers, const struct peer *peer);
/* An ask ended, after its event: free it. `ctx` is the peers. */
void peers_ask_ended(void *ctx, struct ask *ask);

#endif
