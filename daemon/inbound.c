/* SPDX-License-Identifier: Apache-2.0 */
#include "inbound.h"

#include <sodium.h>
#include <stdlib.h>
#include <uv.h>

#include "access.h"
#include "base/limits.h"
#include "crypto/aead.h"
#include "net/endpoint.h"
#include "net/frame.h"
#include "net/packet.h"
#include "net/session.h"
#include "wire/decode.h"

/* The largest request of a peer: a Sync with all of its heads. */
#define REQUEST_FRAME_SIZE_MAX                                                 \
    (FRAME_HEAD_SIZE + MESSAGE_HEAD_SIZE + PROTOBUF_SIZE_MAX + AEAD_TAG_SIZE)

struct inbound {
    struct inbound_options options;
    struct aead aead; /* of the loop */
};

/* What carries one request. */
struct call_carrier {
    struct inbound *inbound;
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

    for (size_t i = 0; i < REPLY_COUNTER_SIZE; i++) {
        counter[i] = (uint8_t)(carrier->counter >> (56 - 8 * i));
    }

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

static bool is_member(void *ctx, const struct x25519_key *key,
                      uint64_t *ret_who)
{
    struct inbound *inbound = ctx;
    struct caller caller;

    *ret_who = 0; /* rights are looked up anew at each request */
    return access_session(inbound->options.roster(inbound->options.ctx), key,
                          &caller);
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
                                  packet_span(item->packet), is_member, inbound,
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

/* Decrypt, mark the counter, find out who it is. */
static enum err open_request(struct inbound *inbound, struct item *item,
                             uint64_t now_ms, struct caller *ret_caller,
                             uint64_t *ret_counter, struct span *ret_plain)
{
    struct opening opening;
    struct session *session;
    enum err err = session_opening(inbound->options.sessions, item->pipe_id,
                                   packet_span(item->packet), &opening);

    if (err != ERR_OK) {
        return err;
    }
    err = packet_open(item->packet, &opening, &inbound->aead, ret_plain);
    if (err == ERR_OK) {
        err = session_opened(inbound->options.sessions, &opening,
                             ret_plain->size, now_ms, &session);
    }
    *ret_counter = opening.counter;
    opening_done(&opening);
    if (err != ERR_OK) {
        return err;
    }
    if (!access_session(inbound->options.roster(inbound->options.ctx),
                        &session->peer, ret_caller)) {
        endpoint_pipe_close(inbound->options.endpoint, item->pipe_id);
        return ERR_NOT_A_MEMBER;
    }
    endpoint_pipe_known(inbound->options.endpoint, item->pipe_id, now_ms);
    return ERR_OK;
}

static void transport(struct inbound *inbound, struct item *item,
                      uint64_t now_ms)
{
    struct caller caller;
    struct span plain;
    struct request *request;
    uint64_t counter;
    struct why why = { "" };
    struct call_carrier *carrier = NULL;
    enum err err = ERR_TOO_BIG;

    if (packet_size(item->packet) <= REQUEST_FRAME_SIZE_MAX) {
        err = open_request(inbound, item, now_ms, &caller, &counter, &plain);
    }
    if (err == ERR_OK) {
        carrier = calloc(1, sizeof(*carrier));
        err = carrier == NULL ? ERR_NO_MEMORY
                              : request_new(inbound->options.requests,
                                            &call_ops, carrier, &request);
    }
    if (err != ERR_OK) {
        free(carrier);
        endpoint_ignore(inbound->options.endpoint, item->call);
        return;
    }
    *carrier = (struct call_carrier){ .inbound = inbound,
                                      .call = item->call,
                                      .pipe_id = item->pipe_id,
                                      .packet = item->packet,
                                      .counter = counter };
    item->packet = NULL;
    request->caller = caller;
    err =
        message_decode_request(plain, &request->arena, &request->message, &why);
    if (err != ERR_OK) {
        request_refuse(request, err, "REQUEST-BAD", why.text);
        return;
    }
    inbound->options.asked(inbound->options.ctx, request);
}

void inbound_request(struct inbound *inbound, struct item *item,
                     uint64_t now_ms)
{
    struct frame frame;
    enum err err = frame_parse(packet_span(item->packet), &frame);

    if (err == ERR_OK && frame.kind == FRAME_HELLO) {
        hello(inbound, item, now_ms);
    } else if (err == ERR_OK && frame.kind == FRAME_TRANSPORT) {
        transport(inbound, item, now_ms);
    } else {
        endpoint_ignore(inbound->options.endpoint, item->call);
    }
}

void inbound_pipe_gone(struct inbound *inbound, uint32_t pipe_id)
{
    sessions_close_pipe(inbound->options.sessions, pipe_id);
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

void inbound_drop_all(struct inbound *inbound)
{
    for (size_t place = 0; place < REQUESTS_MAX; place++) {
        struct request *request = requests_at(inbound->options.requests, place);

        if (request != NULL && request->ops == &call_ops) {
            request_hang_up(request);
        }
    }
}
