/* SPDX-License-Identifier: Apache-2.0 */
#include "peers.h"

#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "ask.h"
#include "base/check.h"
#include "base/limits.h"
#include "crypto/aead.h"
#include "log.h"
#include "model/roster.h"
#include "net/endpoint.h"
#include "net/packet.h"
#include "net/resolve.h"
#include "net/session.h"
#include "peers_state.h"

#define HANDSHAKE_BIT (1ULL << 63) /* in a token on a link: no ask */
#define RESOLVE_AGAIN_MS 60000

/* Names are resolved on the pool. */
struct resolve_job {
    struct pool_job job;
    struct peers *peers;
    struct label node;
    size_t address_count;
    char addresses[ADDRESS_COUNT_MAX][ADDRESS_SIZE_MAX + 1];
    struct net_address found[LINK_ADDRESSES_MAX];
    size_t found_count;
};

enum err peers_new(const struct peers_options *options,
                   struct peers **ret_peers)
{
    struct peers *peers = calloc(1, sizeof(*peers));

    if (peers == NULL) {
        return ERR_NO_MEMORY;
    }
    peers->options = *options;
    if (aead_init(&peers->aead) != ERR_OK) {
        free(peers);
        return ERR_NO_MEMORY;
    }
    *ret_peers = peers;
    return ERR_OK;
}

void peers_stop(struct peers *peers)
{
    atomic_store(&peers->is_stopping, true);
}

void peers_free(struct peers *peers)
{
    if (peers == NULL) {
        return;
    }
    for (size_t i = 0; i < PEER_PLACES; i++) {
        for (size_t k = 0; k < ASKS_PER_PEER_MAX; k++) {
            if (peers->list[i].asks[k] != NULL) {
                peers_ask_ended(peers, peers->list[i].asks[k]);
            }
        }
    }
    aead_done(&peers->aead);
    free(peers);
}

/* ---- connecting ---- */

static void say_link(struct peers *peers, const struct peer *peer,
                     enum event_kind kind)
{
    struct event event = { .kind = kind };

    event.link.node = peer->node;
    peers->options.sink.event(peers->options.sink.ctx, &event);
}

static void shake(struct peers *peers, struct peer *peer, uint64_t now_ms)
{
    struct session_seed seed;
    uint8_t frame[FRAME_HANDSHAKE_1_SIZE];
    struct packet *packet;

    randombytes_buf(seed.ephemeral, sizeof(seed.ephemeral));
    seed.index = randombytes_random();

    enum err err = session_begin(peers->options.sessions, peer->pipe_id,
                                 &peer->key, 0, &seed, now_ms, frame);

    sodium_memzero(&seed, sizeof(seed));
    peer->shake_token = HANDSHAKE_BIT | ++peers->serial;
    if (err == ERR_OK) {
        err = packet_copy(span_of(frame, sizeof(frame)), &packet);
    }
    if (err == ERR_OK) {
        err = link_send(peer->link, peer->pipe_id, peer->shake_token, packet,
                        TIMEOUT_HANDSHAKE_MS, now_ms);
    }
    peer->is_shaking = err == ERR_OK;
    if (err != ERR_OK && !peer->is_connected) {
        endpoint_pipe_close(peers->options.endpoint, peer->pipe_id);
    }
}

static void shaken(struct peers *peers, struct peer *peer, struct item *item,
                   uint64_t now_ms)
{
    struct session *session;
    enum err err = session_finish(peers->options.sessions, item->pipe_id,
                                  packet_span(item->packet), now_ms, &session);

    peer->is_shaking = false;
    if (err != ERR_OK) {
        log_line(LOG_LEVEL_WARNING, "HANDSHAKE-BAD", peer->node.text,
                 "its answer to our handshake is not good (%s); dialling again",
                 err_text(err));
        endpoint_pipe_close(peers->options.endpoint, item->pipe_id);
        return;
    }
    if (!peer->is_connected) {
        peer->is_connected = true;
        say_link(peers, peer, EVENT_CONNECTED);
    }
}

static void went_down(struct peers *peers, struct peer *peer)
{
    sessions_close_pipe(peers->options.sessions, peer->pipe_id);
    peer->is_up = false;
    peer->is_shaking = false;
    if (peer->is_connected) {
        peer->is_connected = false;
        say_link(peers, peer, EVENT_LOST);
    }
}

static void hang_up(struct peers *peers, struct peer *peer)
{
    if (!peer->is_used) {
        return;
    }
    sessions_close_peer(peers->options.sessions, &peer->key);
    if (peer->link != NULL) {
        link_free(peer->link);
        peer->link = NULL;
    }
    if (peer->is_up) {
        went_down(peers, peer);
    }
    /* A freed link gives no items: its requests end here. Those whose answers
     * are being opened end by themselves, their session is closed. */
    for (size_t i = 0; i < ASKS_PER_PEER_MAX; i++) {
        if (peer->asks[i] != NULL && !peer->asks[i]->is_busy) {
            ask_fail(peer->asks[i], ERR_CLOSED);
        }
    }
}

void peers_hang_up(struct peers *peers, const struct label *node)
{
    struct peer *peer = peers_find(peers, node);

    if (peer != NULL) {
        hang_up(peers, peer);
    }
}

/* ---- addresses ---- */

static void resolve_work(void *ctx)
{
    struct resolve_job *job = ctx;

    for (size_t i = 0; i < job->address_count; i++) {
        if (atomic_load(&job->peers->is_stopping)) {
            return;
        }

        enum err err =
            resolve_address(job->addresses[i], job->found, LINK_ADDRESSES_MAX,
                            &job->found_count, NULL);

        (void)err; /* a name that is not known today is tried again later */
    }
}

static void use_addresses(struct peers *peers, struct peer *peer,
                          const struct resolve_job *job, uint64_t now_ms)
{
    const char *list[LINK_ADDRESSES_MAX];
    struct why why = { "" };
    enum err err;

    for (size_t i = 0; i < job->found_count; i++) {
        list[i] = job->found[i].text;
    }
    if (job->found_count == 0) {
        log_line(LOG_LEVEL_WARNING, "PEER-NO-ADDRESS", peer->node.text,
                 "none of its %zu addresses resolves; next try in a minute",
                 job->address_count);
        return;
    }
    if (peer->link == NULL) {
        err = link_new(peers->options.endpoint, list, job->found_count,
                       peers_index(peers, peer), now_ms, &peer->link, &why);
    } else {
        err = link_set_addresses(peer->link, list, job->found_count, now_ms);
    }
    if (err != ERR_OK) {
        log_line(LOG_LEVEL_ERROR, "PEER-DIAL", peer->node.text,
                 "cannot dial it: %s %s", err_text(err), why.text);
    }
}

static void resolve_done(void *ctx)
{
    struct resolve_job *job = ctx;
    struct peer *peer = peers_find(job->peers, &job->node);
    uint64_t now_ms = uv_hrtime() / 1000000;

    if (peer != NULL && !atomic_load(&job->peers->is_stopping)) {
        peer->is_resolving = false;
        peer->resolved_ms = now_ms;
        use_addresses(job->peers, peer, job, now_ms);
    }
    free(job);
}

static void resolve(struct peers *peers, struct peer *peer)
{
    struct resolve_job *job;

    if (peer->is_resolving || peer->address_count == 0) {
        return;
    }
    job = calloc(1, sizeof(*job));
    if (job == NULL) {
        return; /* the next tick tries again */
    }
    job->peers = peers;
    job->node = peer->node;
    job->address_count = peer->address_count;
    memcpy(job->addresses, peer->addresses, sizeof(job->addresses));
    job->job = (struct pool_job){ .work = resolve_work,
                                  .done = resolve_done,
                                  .ctx = job,
                                  .lane = LANE_RESOLVE };
    if (pool_submit(peers->options.pool, &job->job) != ERR_OK) {
        free(job);
        return;
    }
    peer->is_resolving = true;
}

/* Take over the addresses; true when they are others than before. */
static bool take_addresses(struct peer *peer, const struct roster_node *node)
{
    bool changed = peer->address_count != node->address_count;

    for (size_t i = 0; i < node->address_count; i++) {
        char text[ADDRESS_SIZE_MAX + 1] = "";
        struct span address = node->addresses[i];

        CHECK(address.size <= ADDRESS_SIZE_MAX);
        memcpy(text, address.data, address.size);
        changed |= strcmp(text, peer->addresses[i]) != 0;
        strcpy(peer->addresses[i], text);
    }
    peer->address_count = node->address_count;
    return changed;
}

static struct peer *free_place(struct peers *peers)
{
    for (size_t i = 0; i < PEER_PLACES; i++) {
        struct peer *peer = &peers->list[i];
        bool busy = peer->is_used;

        for (size_t k = 0; k < ASKS_PER_PEER_MAX; k++) {
            busy |= peer->asks[k] != NULL;
        }
        if (!busy) {
            memset(peer, 0, sizeof(*peer));
            return peer;
        }
    }
    return NULL;
}

void peers_set_roster(struct peers *peers, const struct roster *roster,
                      uint64_t now_ms)
{
    (void)now_ms;
    for (size_t i = 0; i < PEER_PLACES; i++) {
        struct peer *peer = &peers->list[i];
        const struct roster_node *node =
            peer->is_used ? roster_find_node(roster, label_span(&peer->node))
                          : NULL;

        if (peer->is_used &&
            (node == NULL || !x25519_key_equal(&node->session, &peer->key))) {
            hang_up(peers, peer);
            peer->is_used = false;
        }
    }
    for (size_t i = 0; i < roster->node_count; i++) {
        const struct roster_node *node = &roster->nodes[i];
        struct peer *peer = peers_find(peers, &node->label);

        if (label_equal(&node->label, &peers->options.self)) {
            continue;
        }
        if (peer == NULL) {
            peer = free_place(peers);
            if (peer == NULL) {
                continue; /* a dropped node's last answer holds its place */
            }
            peer->is_used = true;
            peer->node = node->label;
            peer->key = node->session;
        }
        if (take_addresses(peer, node)) {
            resolve(peers, peer);
        }
    }
}

/* ---- what came ---- */

static struct ask *find_ask(struct peer *peer, uint64_t id)
{
    for (size_t i = 0; i < ASKS_PER_PEER_MAX; i++) {
        if (peer->asks[i] != NULL && peer->asks[i]->id == id) {
            return peer->asks[i];
        }
    }
    return NULL;
}

static void item_ended(struct peers *peers, struct peer *peer,
                       struct item *item, uint64_t now_ms)
{
    if ((item->token & HANDSHAKE_BIT) != 0) {
        if (!peer->is_shaking || item->token != peer->shake_token) {
            return; /* of a connection that is gone */
        }
        if (item->kind == ITEM_REPLY) {
            shaken(peers, peer, item, now_ms);
        } else {
            peer->is_shaking = false;
            if (!peer->is_connected && peer->is_up) {
                endpoint_pipe_close(peers->options.endpoint, peer->pipe_id);
            }
        }
        return;
    }

    struct ask *ask = find_ask(peer, item->token);

    if (ask == NULL || ask->is_busy) {
        return;
    }
    if (item->kind == ITEM_REPLY) {
        ask_reply(ask, item->pipe_id, item->packet);
        item->packet = NULL;
    } else {
        ask_fail(ask, item->err);
    }
}

void peers_item(struct peers *peers, struct item *item, uint64_t now_ms)
{
    struct peer *peer = &peers->list[link_user(item->link)];

    switch (item->kind) {
    case ITEM_LINK_UP:
        peer->is_up = true;
        peer->pipe_id = item->pipe_id;
        shake(peers, peer, now_ms);
        break;
    case ITEM_LINK_DOWN:
        if (peer->is_up && peer->pipe_id == item->pipe_id) {
            went_down(peers, peer);
        }
        break;
    case ITEM_REPLY:
    case ITEM_FAILED:
        item_ended(peers, peer, item, now_ms);
        break;
    case ITEM_REQUEST:
    case ITEM_PIPE_GONE:
        CHECK(false); /* not ours: the driver's switch is wrong */
        break;
    }
}

void peers_tick(struct peers *peers, uint64_t now_ms)
{
    for (size_t i = 0; i < PEER_PLACES; i++) {
        struct peer *peer = &peers->list[i];

        if (!peer->is_used) {
            continue;
        }
        if (!peer->is_up && now_ms - peer->resolved_ms >= RESOLVE_AGAIN_MS) {
            resolve(peers, peer);
        }

        const struct session *session =
            peer->is_connected
                ? sessions_of_pipe(peers->options.sessions, peer->pipe_id)
                : NULL;

        if (session != NULL && !peer->is_shaking &&
            session_is_old(session, now_ms)) {
            shake(peers, peer, now_ms);
        } else if (session == NULL && peer->is_connected) {
            /* Never renewed in time, and dropped: begin anew. */
            endpoint_pipe_close(peers->options.endpoint, peer->pipe_id);
        }
    }
}
