/* SPDX-License-Identifier: Apache-2.0 */
/* What happens at an endpoint, one thing at a time, and the bounds that its
 * parts share. */
#ifndef HF_NET_ITEM_H
#define HF_NET_ITEM_H

#include <stdint.h>

#include "base/err.h"
#include "base/limits.h"

struct call;
struct link;
struct packet;

/* Blocks, other requests and one handshake. */
#define LINK_SLOTS (PEER_BLOCK_REQUESTS_MAX + PEER_OTHER_REQUESTS_MAX + 1)
#define LINK_COUNT_MAX 64
#define LINK_ADDRESSES_MAX 16
#define LISTEN_COUNT_MAX 8
#define BULK_SIZE_MIN 4096 /* frames from here on wait for upload budget */

enum item_kind {
    ITEM_REQUEST,   /* call, pipe_id, packet: end it by reply or ignore */
    ITEM_REPLY,     /* link, token, pipe_id, packet */
    ITEM_FAILED,    /* link, token, err: ERR_TIMEOUT, ERR_UNREACHABLE (pipe
                     * gone), ERR_CANCELLED (wall clock jumped) */
    ITEM_LINK_UP,   /* link, pipe_id: time for a handshake */
    ITEM_LINK_DOWN, /* link, pipe_id: in-flight requests follow as FAILED */
    ITEM_PIPE_GONE  /* pipe_id: its sessions and parked calls are over. For
                     * every pipe that had a request or was a link's */
};

struct item {
    enum item_kind kind;
    uint32_t pipe_id;
    struct link *link;     /* borrowed */
    uint64_t token;        /* of link_send */
    struct call *call;     /* borrowed; until reply or ignore */
    struct packet *packet; /* owned; the sizes are checked by the receive limit
                            * only, and by STRANGER_BYTES_MAX */
    enum err err;
};

/* Free the packet, if it is still there. */
void item_done(struct item *item);

#endif
