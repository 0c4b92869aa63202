/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of ours to peers, from the core to the link. */
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "net/link.h"
#include "net/packet.h"
#include "net/session.h"
#include "peers.h"
#include "peers_state.h"
#include "wire/encode.h"

struct peer *peers_find(struct peers *peers, const struct label *node)
{
    for (size_t i = 0; i < PEER_PLACES; i++) {
        if (peers->list[i].is_used && label_equal(&peers->list[i].node, node)) {
            return &peers->list[i];
        }
    }
    return NULL;
}

size_t peers_index(const struct peers *peers, const struct peer *peer)
{
    return (size_t)(peer - peers->list);
}

void peers_ask_ended(void *ctx, struct ask *ask)
{
    struct peers *peers = ctx;
    struct peer *peer = &peers->list[ask->peer];

    for (size_t i = 0; i < ASKS_PER_PEER_MAX; i++) {
        if (peer->asks[i] == ask) {
            peer->asks[i] = NULL;
        }
    }
    ask_done(ask);
    free(ask);
}

static uint32_t timeout_of(enum message_kind kind)
{
    if (kind == MESSAGE_SYNC) {
        return TIMEOUT_SYNC_MS;
    }
    if (kind == MESSAGE_GET_BLOCKS || kind == MESSAGE_GET_RECORDS ||
        kind == MESSAGE_GET_NAMES || kind == MESSAGE_PUT_BLOCKS ||
        kind == MESSAGE_PUT_RECORDS || kind == MESSAGE_PUT_PROOFS) {
        return TIMEOUT_BLOCK_MS;
    }
    return TIMEOUT_CONTROL_MS;
}

static void remember_names(struct ask *ask, const struct msg_get_blocks *get)
{
    CHECK(get->count <= BLOCKS_PER_REQUEST_MAX);
    memcpy(ask->names, get->names, get->count * sizeof(ask->names[0]));
    for (size_t i = 0; i < get->count; i++) {
        ask->is_header[i] = get->headers != NULL && get->headers[i];
    }
    ask->names_count = get->count;
}

static enum err seal_and_send(struct peers *peers, struct peer *peer,
                              struct ask *ask, struct span bytes,
                              uint64_t now_ms)
{
    struct session *session =
        sessions_of_pipe(peers->options.sessions, peer->pipe_id);
    struct sealing sealing;
    struct packet *packet = NULL;
    enum err err;

    if (session == NULL) {
        return ERR_CLOSED;
    }
    err = packet_make(&bytes, 1, &packet);
    if (err == ERR_OK) {
        err = session_reserve(session, bytes.size, &sealing);
    }
    if (err == ERR_OK) {
        packet_seal(packet, &sealing, &peers->aead);
        ask->counter = sealing.counter;
        sealing_done(&sealing);
        err = link_send(peer->link, peer->pipe_id, ask->id, packet,
                        timeout_of(ask->kind), now_ms);
        packet = NULL;
    }
    packet_free(packet);
    return err;
}

static struct ask *ask_new(struct peers *peers, struct peer *peer)
{
    for (size_t i = 0; i < ASKS_PER_PEER_MAX; i++) {
        if (peer->asks[i] == NULL) {
            struct ask *ask = calloc(1, sizeof(*ask));

            if (ask != NULL) {
                ask->options = &peers->options;
                ask->peer = peers_index(peers, peer);
                ask->id = ++peers->serial;
                ask->ended = peers_ask_ended;
                ask->ctx = peers;
                peer->asks[i] = ask;
            }
            return ask;
        }
    }
    return NULL;
}

/* The entry of a request that may go out, or NULL: then the core was told that
 * it is unanswered. */
static struct ask *begin(struct peers *peers, const struct label *node,
                         uint64_t token, enum message_kind kind)
{
    struct peer *peer = peers_find(peers, node);
    struct event event = { .kind = EVENT_UNANSWERED };
    struct ask *ask = NULL;

    if (peer != NULL && peer->is_connected) {
        ask = ask_new(peers, peer);
    }
    if (ask != NULL) {
        ask->token = token;
        ask->kind = kind;
        return ask;
    }
    event.unanswered.token = token;
    event.unanswered.err =
        peer != NULL && peer->is_connected ? ERR_BUSY : ERR_UNREACHABLE;
    peers->options.sink.event(peers->options.sink.ctx, &event);
    return NULL;
}

void peers_bring(struct peers *peers, const struct label *node, uint64_t token,
                 enum message_kind kind, struct span bytes, uint64_t now_ms)
{
    struct ask *ask = begin(peers, node, token, kind);
    enum err err;

    if (ask == NULL) {
        return;
    }
    err = seal_and_send(peers, &peers->list[ask->peer], ask, bytes, now_ms);
    if (err != ERR_OK) {
        ask_fail(ask, err);
    }
}

void peers_ask(struct peers *peers, const struct label *node, uint64_t token,
               const struct message *message, uint64_t now_ms)
{
    struct ask *ask = begin(peers, node, token, message->kind);
    struct buf bytes;
    enum err err;

    if (ask == NULL) {
        return;
    }
    if (message->kind == MESSAGE_GET_BLOCKS) {
        remember_names(ask, &message->get_blocks);
    }
    buf_init(&bytes, MESSAGE_SIZE_MAX);
    err = message_encode(message, &bytes);
    if (err == ERR_OK) {
        err = seal_and_send(peers, &peers->list[ask->peer], ask,
                            buf_span(&bytes), now_ms);
    }
    buf_done(&bytes);
    if (err != ERR_OK) {
        ask_fail(ask, err);
    }
}
