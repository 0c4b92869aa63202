/* SPDX-License-Identifier: Apache-2.0 */
#include "inbound.h"

#include <sodium.h>
#include <stdlib.h>
#include <uv.h>

#include "access.h"
#include "base/bytes.h"
#include "base/limits.h"
#include "core/access.h"
#include "crypto/aead.h"
#include "guests.h"
#include "log.h"
#include "model/clients.h"
#include "net/endpoint.h"
#include "net/frame.h"
#include "net/packet.h"
#include "net/session.h"
#include "pool/pool.h"
#include "wire/decode.h"

/* The largest request of a node: a Sync with all of its heads. */
#define REQUEST_FRAME_SIZE_MAX                                                 \
    (FRAME_HEAD_SIZE + MESSAGE_HEAD_SIZE + PROTOBUF_SIZE_MAX + AEAD_TAG_SIZE)

#define CROWDED_SAY_MS 60000

struct inbound {
    struct inbound_options options;
    struct aead aead; /* of the loop */
    struct guests guests;
    uint64_t crowded_ms; /* when it was said last */
};

/* What carries one request: opened here, small ones at once and large ones on
 * the pool, then answered. */
struct call_carrier {
    struct pool_job job;
    struct inbound *inbound;
    struct request *request;
    bool is_guest; /* counted among its guest's */
    struct opening opening;
    struct span plain; /* in the packet, once it is opened */
    enum err err;      /* of opening it */
    struct call *call; /* NULL once it is answered */
    uint32_t pipe_id;
    struct packet *packet; /* owned; the request's bytes */
    uint64_t counter;      /* the request's; its answer begins with it */
    struct sealing sealing;
    bool has_sealing;
    struct packet *answer; /* owned */
};

static enum err call_begin(struct request *request, size_t size)
{
    struct call_carrier *carrier = request->carrier;
    struct session *session =
        sessions_of_pipe(carrier->inbound->options.sessions, carrier->pipe_id);

    if (session == NULL) {
        return ERR_CLOSED;
    }

    enum err err =
        session_reserve(session, REPLY_COUNTER_SIZE + size, &carrier->sealing);

    carrier->has_sealing = err == ERR_OK;
    return err;
}

static enum err call_finish(struct request *request, struct buf *message)
{
    struct call_carrier *carrier = request->carrier;
    uint8_t counter[REPLY_COUNTER_SIZE];
    struct aead aead;

    bytes_put_u64(counter, carrier->counter);

    struct span parts[] = { span_of(counter, sizeof(counter)),
                            buf_span(message) };
    enum err err = aead_init(&aead);

    if (err != ERR_OK) {
        return err;
    }
    err = packet_make(parts, 2, &carrier->answer);
    if (err == ERR_OK) {
        packet_seal(carrier->answer, &carrier->sealing, &aead);
    }
    aead_done(&aead);
    return err;
}

static void call_send(struct request *request)
{
    struct call_carrier *carrier = request->carrier;

    endpoint_reply(carrier->inbound->options.endpoint, carrier->call,
                   carrier->answer, uv_hrtime() / 1000000);
    carrier->answer = NULL;
    carrier->call = NULL;
}

static void call_shed(struct request *request)
{
    struct call_carrier *carrier = request->carrier;

    packet_free(carrier->packet);
    carrier->packet = NULL;
}

static void call_drop(struct request *request)
{
    struct call_carrier *carrier = request->carrier;

    if (carrier->call != NULL) {
        endpoint_ignore(carrier->inbound->options.endpoint, carrier->call);
    }
    if (carrier->has_sealing) {
        sealing_done(&carrier->sealing);
    }
    if (carrier->is_guest) {
        guests_count(&carrier->inbound->guests, carrier->pipe_id, -1);
    }
    packet_free(carrier->packet);
    packet_free(carrier->answer);
    free(carrier);
}

static const struct request_ops call_ops = {
    .begin = call_begin,
    .finish = call_finish,
    .send = call_send,
    .shed = call_shed,
    .drop = call_drop,
};

enum err inbound_new(const struct inbound_options *options,
                     struct inbound **ret_inbound)
{
    struct inbound *inbound = calloc(1, sizeof(*inbound));

    if (inbound == NULL) {
        return ERR_NO_MEMORY;
    }
    inbound->options = *options;
    if (aead_init(&inbound->aead) != ERR_OK) {
        free(inbound);
        return ERR_NO_MEMORY;
    }
    *ret_inbound = inbound;
    return ERR_OK;
}

void inbound_free(struct inbound *inbound)
{
    if (inbound != NULL) {
        aead_done(&inbound->aead);
        free(inbound);
    }
}

static bool access_of(struct inbound *inbound, const struct x25519_key *key,
                      struct caller *ret_caller)
{
    const struct inbound_options *options = &inbound->options;

    return access_session(options->roster(options->ctx),
                          options->clients(options->ctx), key, ret_caller);
}

static bool is_known(void *ctx, const struct x25519_key *key, uint64_t *ret_who)
{
    struct caller caller;

    *ret_who = 0; /* rights are looked up anew at each request */
    return access_of(ctx, key, &caller);
}

static void hello(struct inbound *inbound, struct item *item, uint64_t now_ms)
{
    struct session_seed seed;
    struct session *session;
    uint8_t welcome[FRAME_HANDSHAKE_2_SIZE];
    struct packet *packet;

    randombytes_buf(seed.ephemeral, sizeof(seed.ephemeral));
    seed.index = randombytes_random();

    enum err err = session_accept(inbound->options.sessions, item->pipe_id,
                                  packet_span(item->packet), is_known, inbound,
                                  &seed, now_ms, welcome, &session);

    sodium_memzero(&seed, sizeof(seed));
    if (err == ERR_OK) {
        err = packet_copy(span_of(welcome, sizeof(welcome)), &packet);
    }
    if (err != ERR_OK) {
        endpoint_ignore(inbound->options.endpoint, item->call);
        return;
    }
    endpoint_pipe_pending(inbound->options.endpoint, item->pipe_id, now_ms);
    endpoint_reply(inbound->options.endpoint, item->call, packet, now_ms);
}

/* ---- requests ---- */

/* Is there a place for this client? Whoever has to go for it is hung up on. */
static bool let_in(struct inbound *inbound, struct call_carrier *carrier,
                   const struct caller *caller, const struct x25519_key *key,
                   uint64_t now_ms)
{
    const struct client *client =
        clients_find(inbound->options.clients(inbound->options.ctx), key);
    bool is_new;
    bool has_evicted;
    uint32_t evicted;

    if (guests_enter(&inbound->guests, carrier->pipe_id, key, now_ms, &is_new,
                     &has_evicted, &evicted) != ERR_OK) {
        return false;
    }
    if (has_evicted) {
        endpoint_pipe_close(inbound->options.endpoint, evicted);
    }
    endpoint_pipe_client(inbound->options.endpoint, carrier->pipe_id, now_ms);
    guests_count(&inbound->guests, carrier->pipe_id, 1);
    carrier->is_guest = true;
    /* Who deposits is nobody's business; who reads is the operator's. */
    if (is_new && client != NULL && caller->kind != CALLER_DEPOSIT) {
        log_line(LOG_LEVEL_INFO, "CLIENT-READS", client->label.text,
                 "connected; its right is %s",
                 client_right_text(client->right));
    }
    return true;
}

/* Said once a minute at most. */
static void say_crowded(struct inbound *inbound, uint64_t now_ms)
{
    if (inbound->crowded_ms == 0 ||
        now_ms - inbound->crowded_ms >= CROWDED_SAY_MS) {
        inbound->crowded_ms = now_ms;
        log_line(LOG_LEVEL_WARNING, "CLIENTS-FULL", "",
                 "a client is told to come back later: %d are connected, or %d "
                 "with its key",
                 CLIENTS_CONNECTED_MAX, CLIENT_CONNECTIONS_MAX);
    }
}

/* The counter is marked, the caller known: what does it want? */
static void opened(struct call_carrier *carrier, const struct session *session,
                   uint64_t now_ms)
{
    struct inbound *inbound = carrier->inbound;
    struct request *request = carrier->request;
    struct x25519_key key = session->peer;
    struct why why = { "" };
    enum err err;

    if (!access_of(inbound, &key, &request->caller)) {
        endpoint_pipe_close(inbound->options.endpoint, carrier->pipe_id);
        request_drop(request);
        return;
    }
    if (!access_is_client(&request->caller)) {
        endpoint_pipe_known(inbound->options.endpoint, carrier->pipe_id,
                            now_ms);
    } else if (!let_in(inbound, carrier, &request->caller, &key, now_ms)) {
        say_crowded(inbound, now_ms);
        request_refuse(request, ERR_BUSY, "BUSY",
                       "too many clients are connected; try again later");
        return;
    }
    err = message_decode_request(carrier->plain, &request->arena,
                                 &request->message, &why);
    if (err != ERR_OK) {
        request_refuse_bytes(request, err, why.text);
        return;
    }
    inbound->options.asked(inbound->options.ctx, request);
}

static void open_frame(struct call_carrier *carrier, struct aead *aead)
{
    carrier->err =
        packet_open(carrier->packet, &carrier->opening, aead, &carrier->plain);
}

/* Any thread. */
static void open_work(void *ctx)
{
    struct call_carrier *carrier = ctx;
    struct aead aead;

    carrier->err = aead_init(&aead);
    if (carrier->err == ERR_OK) {
        open_frame(carrier, &aead);
        aead_done(&aead);
    }
}

static void open_done(void *ctx)
{
    struct call_carrier *carrier = ctx;
    struct request *request = carrier->request;
    uint64_t now_ms = uv_hrtime() / 1000000;
    struct session *session = NULL;
    enum err err = carrier->err;

    /* Decrypted: only now does the counter count as seen. */
    if (err == ERR_OK) {
        err = session_opened(carrier->inbound->options.sessions,
                             &carrier->opening, carrier->plain.size, now_ms,
                             &session);
    }
    opening_done(&carrier->opening);
    request->is_busy = false;
    if (err != ERR_OK || request->is_hung_up) {
        request_drop(request);
        return;
    }
    opened(carrier, session, now_ms);
}

/* A small frame is opened at once. */
static void open_request(struct call_carrier *carrier)
{
    struct inbound *inbound = carrier->inbound;

    if (packet_size(carrier->packet) <= REQUEST_FRAME_SIZE_MAX) {
        open_frame(carrier, &inbound->aead);
        open_done(carrier);
        return;
    }
    carrier->job = (struct pool_job){ .work = open_work,
                                      .done = open_done,
                                      .ctx = carrier,
                                      .lane = POOL_NO_LANE };
    carrier->request->is_busy = true;
    if (pool_submit(inbound->options.pool, &carrier->job) != ERR_OK) {
        carrier->request->is_busy = false;
        opening_done(&carrier->opening);
        request_drop(carrier->request);
    }
}

/* Before anything is decrypted: only who may deposit, or bring blocks, sends so
 * much. */
static bool size_allowed(struct inbound *inbound, const struct session *session,
                         size_t size)
{
    struct caller caller;

    return size <= REQUEST_FRAME_SIZE_MAX ||
           (session != NULL && access_of(inbound, &session->peer, &caller) &&
            (access_allowed(caller.kind, MESSAGE_DEPOSIT) ||
             access_allowed(caller.kind, MESSAGE_PUT_BLOCKS)));
}

static void transport(struct inbound *inbound, struct item *item)
{
    const struct inbound_options *options = &inbound->options;
    struct opening opening;
    struct call_carrier *carrier = NULL;
    enum err err = session_opening(options->sessions, item->pipe_id,
                                   packet_span(item->packet), &opening);

    if (err != ERR_OK) {
        endpoint_ignore(options->endpoint, item->call);
        return;
    }
    if (!size_allowed(inbound, sessions_find(options->sessions, opening.index),
                      packet_size(item->packet))) {
        err = ERR_TOO_BIG;
    }
    if (err == ERR_OK) {
        carrier = calloc(1, sizeof(*carrier));
        err = carrier == NULL ? ERR_NO_MEMORY : ERR_OK;
    }
    if (err == ERR_OK) {
        err = request_new(options->requests, &call_ops, carrier,
                          &carrier->request);
    }
    if (err != ERR_OK) {
        free(carrier);
        opening_done(&opening);
        endpoint_ignore(options->endpoint, item->call);
        return;
    }
    carrier->inbound = inbound;
    carrier->call = item->call;
    carrier->pipe_id = item->pipe_id;
    carrier->packet = item->packet;
    carrier->counter = opening.counter;
    carrier->opening = opening;
    item->packet = NULL;
    open_request(carrier);
}

void inbound_request(struct inbound *inbound, struct item *item,
                     uint64_t now_ms)
{
    struct frame frame;
    enum err err = frame_parse(packet_span(item->packet), &frame);

    if (err == ERR_OK && frame.kind == FRAME_HELLO) {
        hello(inbound, item, now_ms);
    } else if (err == ERR_OK && frame.kind == FRAME_TRANSPORT) {
        transport(inbound, item);
    } else {
        endpoint_ignore(inbound->options.endpoint, item->call);
    }
}

void inbound_pipe_gone(struct inbound *inbound, uint32_t pipe_id)
{
    sessions_close_pipe(inbound->options.sessions, pipe_id);
    guests_leave(&inbound->guests, pipe_id);
    for (size_t place = 0; place < REQUESTS_MAX; place++) {
        struct request *request = requests_at(inbound->options.requests, place);

        if (request == NULL || request->ops != &call_ops ||
            request->is_hung_up) {
            continue;
        }

        const struct call_carrier *carrier = request->carrier;

        if (carrier->pipe_id == pipe_id) {
            request->is_hung_up = true; /* nothing answers it any more */
            inbound->options.hung_up(inbound->options.ctx, request);
            request_hang_up(request);
        }
    }
}

void inbound_recheck(struct inbound *inbound)
{
    struct session *session = NULL;

    while ((session = sessions_next(inbound->options.sessions, session)) !=
           NULL) {
        struct caller caller;
        uint32_t pipe_id = session->pipe_id;

        if (!session->is_initiator &&
            !access_of(inbound, &session->peer, &caller)) {
            endpoint_pipe_close(inbound->options.endpoint, pipe_id);
            inbound_pipe_gone(inbound, pipe_id);
        }
    }
}

void inbound_drop_all(struct inbound *inbound)
{
    for (size_t place = 0; place < REQUESTS_MAX; place++) {
        struct request *request = requests_at(inbound->options.requests, place);

        if (request != NULL && request->ops == &call_ops) {
            request_hang_up(request);
        }
    }
}
