/* SPDX-License-Identifier: Apache-2.0 */
#include "net/door.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include <nng/protocol/reqrep0/rep.h>

#include "base/check.h"
#include "net/packet.h"
#include "net/packet_nng.h"

#define LISTEN_RETRY_MS 200
/* From hanging up on a listener's pipes to closing it (net/hang_up.h). */
#define LISTEN_ANEW_MS 500
/* NNG's own time-out, a second line behind ours. */
#define REPLY_NNG_MS (TIMEOUT_BLOCK_MS + 10000)

/* ---- calls --------------------------------------------------------------- */

static void call_receive(struct call *call)
{
    call->state = CALL_RECEIVING;
    call->is_given_up = false;
    nng_aio_set_timeout(call->aio, NNG_DURATION_INFINITE);
    nng_ctx_recv(call->context, call->aio);
}

/* The call is free again, and its pipe has one call less. */
static void call_end(struct call *call)
{
    struct pipe *pipe = pipes_find(call->door->pipes, call->pipe_id);

    if (pipe != NULL && pipe->call_count > 0) {
        pipe->call_count--;
    }
    call_receive(call);
}

static void call_send(struct call *call, struct packet *packet)
{
    call->state = CALL_SENDING;
    nng_aio_set_timeout(call->aio, REPLY_NNG_MS);
    nng_aio_set_msg(call->aio, packet_to_msg(packet));
    nng_ctx_send(call->context, call->aio);
}

static void call_released(void *thing)
{
    struct call *call = thing;
    struct packet *packet = call->packet;

    call->packet = NULL;
    call_send(call, packet);
}

/* Free what NNG gave back: the reply that did not go out. */
static void aio_drop(nng_aio *aio)
{
    nng_msg *msg = nng_aio_get_msg(aio);

    if (msg != NULL) {
        nng_aio_set_msg(aio, NULL);
        nng_msg_free(msg);
    }
}

static enum err call_init(struct call *call, struct door *door,
                          struct inbox *inbox)
{
    call->door = door;
    event_init(&call->event, EVENT_CALL, call, inbox);
    call->held = (struct held){ .send = call_released, .thing = call };
    if (nng_aio_alloc(&call->aio, event_fired, &call->event) != 0) {
        return ERR_NO_MEMORY;
    }
    if (nng_ctx_open(&call->context, door->socket) != 0) {
        nng_aio_free(call->aio);
        call->aio = NULL;
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

enum err door_init(struct door *door, struct inbox *inbox, struct pipes *pipes,
                   struct upload *upload, uint32_t call_count,
                   size_t receive_size_max, struct why *ret_why)
{
    int result;

    memset(door, 0, sizeof(*door));
    door->pipes = pipes;
    door->upload = upload;
    if (call_count == 0) {
        return ERR_OK;
    }
    door->watch = (struct pipe_watch){ .pipes = pipes, .link = NULL };
    result = nng_rep0_open(&door->socket);
    if (result != 0) {
        return why_set(ret_why, ERR_IO, "cannot open a socket: %s",
                       nng_strerror(result));
    }
    door->is_open = true;
    result =
        nng_socket_set_size(door->socket, NNG_OPT_RECVMAXSZ, receive_size_max);
    if (result == 0) {
        result = pipes_watch(door->socket, &door->watch);
    }
    if (result != 0) {
        return why_set(ret_why, ERR_IO, "cannot set a socket up: %s",
                       nng_strerror(result));
    }
    door->calls = calloc(call_count, sizeof(*door->calls));
    if (door->calls == NULL) {
        return ERR_NO_MEMORY;
    }
    for (uint32_t index = 0; index < call_count; index++) {
        enum err err = call_init(&door->calls[index], door, inbox);

        if (err != ERR_OK) {
            return err;
        }
        door->call_count++;
        call_receive(&door->calls[index]);
    }
    return ERR_OK;
}

void door_done(struct door *door)
{
    if (door->is_open) {
        (void)nng_close(door->socket); /* every operation ends with ECLOSED */
    }
    for (uint32_t index = 0; index < door->call_count; index++) {
        struct call *call = &door->calls[index];

        nng_aio_stop(call->aio);
        /* A request nobody took, or a reply that did not go out. */
        if ((call->state == CALL_RECEIVING) ==
            (nng_aio_result(call->aio) == 0)) {
            aio_drop(call->aio);
        }
        nng_aio_free(call->aio);
        packet_free(call->packet);
    }
    free(door->calls);
    door->calls = NULL;
    door->call_count = 0;
    door->is_open = false;
}

/* Requests of one pipe that may be in hand; what is more gets no answer. */
static uint32_t calls_max(enum pipe_trust trust)
{
    switch (trust) {
    case PIPE_STRANGER:
        return 1;
    case PIPE_CLIENT:
        return CLIENT_REQUESTS_MAX + 1; /* and a handshake */
    case PIPE_PENDING:
    case PIPE_KNOWN:
        break;
    }
    return LINK_SLOTS;
}

/* Is this a request for the owner? When not, its pipe may have to go. */
static bool admit_request(struct door *door, struct pipe *pipe, size_t size,
                          uint64_t now_ms)
{
    struct pipe_state state = pipes_state(door->pipes, pipe);
    /* The answer to a hello may still be on its way out when the first real
     * requests come. */
    uint32_t call_max = calls_max(state.trust);

    if (state.is_gone || state.is_closing) {
        return false;
    }
    pipe->activity_ms = now_ms;
    if (state.trust == PIPE_STRANGER) {
        pipe->stranger_bytes += size;
        /* Specs nng 3. */
        if (pipe->stranger_bytes > STRANGER_BYTES_MAX) {
            pipes_close(door->pipes, pipe);
            return false;
        }
    }
    return pipe->call_count < call_max;
}

/* A message came in. True when the owner gets it. */
static bool received(struct door *door, struct call *call, uint64_t now_ms,
                     struct item *ret_item)
{
    nng_msg *msg = nng_aio_get_msg(call->aio);
    uint32_t pipe_id = (uint32_t)nng_pipe_id(nng_msg_get_pipe(msg));
    struct pipe *pipe = pipes_find(door->pipes, pipe_id);

    nng_aio_set_msg(call->aio, NULL);
    if (pipe == NULL || !admit_request(door, pipe, nng_msg_len(msg), now_ms)) {
        nng_msg_free(msg);
        call_receive(call);
        return false;
    }
    pipe->call_count++;
    pipe->has_spoken = true;
    call->state = CALL_HANDED;
    call->pipe_id = pipe_id;
    *ret_item = (struct item){ .kind = ITEM_REQUEST,
                               .pipe_id = pipe_id,
                               .call = call,
                               .packet = packet_of_msg(msg) };
    return true;
}

bool door_event(struct door *door, struct call *call, uint64_t now_ms,
                struct item *ret_item)
{
    int result = nng_aio_result(call->aio);

    switch (call->state) {
    case CALL_RECEIVING:
        if (result == 0) {
            return received(door, call, now_ms, ret_item);
        }
        if (result != NNG_ECLOSED) {
            call_receive(call);
        }
        break;
    case CALL_SENDING:
        if (result != 0) {
            aio_drop(call->aio);
        } else {
            struct pipe *pipe = pipes_find(door->pipes, call->pipe_id);

            /* What stood before it in the line has gone out. */
            if (pipe != NULL) {
                pipe->activity_ms = now_ms;
            }
        }
        if (result != NNG_ECLOSED) {
            call_end(call);
        }
        break;
    case CALL_HANDED:
    case CALL_HELD:
        break;
    }
    return false;
}

/* Is somebody still there to read the answer? A reply that meets the end of its
 * pipe inside NNG would be lost memory. */
static bool is_reachable(struct door *door, uint32_t pipe_id)
{
    struct pipe *pipe = pipes_find(door->pipes, pipe_id);
    struct pipe_state state;

    if (pipe == NULL) {
        return false;
    }
    state = pipes_state(door->pipes, pipe);
    return !state.is_gone && !state.is_closing;
}

void door_reply(struct door *door, struct call *call, struct packet *packet,
                uint64_t now_ms)
{
    CHECK(call->state == CALL_HANDED);
    if (!is_reachable(door, call->pipe_id)) {
        packet_free(packet);
        call_end(call);
        return;
    }
    call->reply_ms = now_ms;
    if (upload_offer(door->upload, &call->held, packet_size(packet), now_ms)) {
        call_send(call, packet);
    } else {
        call->packet = packet;
        call->state = CALL_HELD;
    }
}

void door_ignore(struct door *door, struct call *call)
{
    CHECK(call->state == CALL_HANDED);
    CHECK(call->door == door);
    call_end(call);
}

/* ---- time ---------------------------------------------------------------- */

static void give_up(struct door *door, struct call *call)
{
    if (call->state == CALL_HELD) {
        upload_drop(door->upload, &call->held);
        packet_free(call->packet);
        call->packet = NULL;
        call_end(call);
    } else {
        call->is_given_up = true;
        nng_aio_cancel(call->aio);
    }
}

static bool is_free(const struct call *call)
{
    return call->state == CALL_RECEIVING || call->is_given_up;
}

/* Are fewer than a quarter of the calls free? */
static bool is_crowded(const struct door *door)
{
    uint32_t free_count = 0;

    for (uint32_t index = 0; index < door->call_count; index++) {
        free_count += is_free(&door->calls[index]) ? 1 : 0;
    }
    return free_count * 4 < door->call_count;
}

/* When this reply is given up. A slow line may take as long as its asker
 * waits; but a peer that asks and does not read must not keep the others out
 * (specs nng 5). */
static uint64_t reply_end_ms(const struct call *call, bool crowded)
{
    if (call->state == CALL_SENDING && !call->is_given_up) {
        return call->reply_ms + (crowded ? REPLY_STUCK_MS : TIMEOUT_BLOCK_MS);
    }
    if (call->state == CALL_HELD) {
        return call->reply_ms + TIMEOUT_BLOCK_MS;
    }
    return UINT64_MAX;
}

/* The reply that ends first, or NULL. */
static struct call *next_end(const struct door *door, bool crowded)
{
    struct call *next = NULL;
    uint64_t next_ms = UINT64_MAX;

    for (uint32_t index = 0; index < door->call_count; index++) {
        uint64_t end_ms = reply_end_ms(&door->calls[index], crowded);

        if (end_ms < next_ms) {
            next = &door->calls[index];
            next_ms = end_ms;
        }
    }
    return next;
}

static void listener_start(struct door *door, struct listener *listener,
                           uint64_t now_ms)
{
    if (nng_listen(door->socket, listener->url.text, &listener->nng, 0) == 0) {
        listener->is_open = true;
        listener->start_ms = UINT64_MAX;
    } else {
        /* The old socket may still be on its way out. */
        listener->start_ms = now_ms + LISTEN_RETRY_MS;
    }
}

void door_tick(struct door *door, uint64_t now_ms)
{
    for (;;) {
        bool crowded = is_crowded(door);
        struct call *call = next_end(door, crowded);

        if (call == NULL || now_ms < reply_end_ms(call, crowded)) {
            break;
        }
        give_up(door, call);
    }
    for (size_t index = 0; index < door->listener_count; index++) {
        struct listener *listener = &door->listeners[index];

        if (now_ms < listener->start_ms) {
            continue;
        }
        if (listener->is_open) {
            (void)nng_listener_close(listener->nng); /* it is ours and open */
            listener->is_open = false;
        }
        listener_start(door, listener, now_ms);
    }
}

uint64_t door_deadline_ms(const struct door *door)
{
    bool crowded = is_crowded(door);
    const struct call *call = next_end(door, crowded);
    uint64_t deadline_ms =
        call == NULL ? UINT64_MAX : reply_end_ms(call, crowded);

    for (size_t index = 0; index < door->listener_count; index++) {
        const struct listener *listener = &door->listeners[index];

        if (listener->start_ms < deadline_ms) {
            deadline_ms = listener->start_ms;
        }
    }
    return deadline_ms;
}

void door_restart(struct door *door, uint64_t now_ms)
{
    for (uint32_t index = 0; index < door->call_count; index++) {
        struct call *call = &door->calls[index];

        if (call->state == CALL_SENDING) {
            give_up(door, call);
        } else if (call->state == CALL_RECEIVING) {
            nng_aio_cancel(call->aio); /* its event begins it again */
        }
    }
    for (size_t index = 0; index < door->listener_count; index++) {
        door->listeners[index].start_ms = now_ms + LISTEN_ANEW_MS;
    }
    pipes_close_incoming(door->pipes);
}

uint32_t door_busy_count(const struct door *door)
{
    uint32_t count = 0;

    for (uint32_t index = 0; index < door->call_count; index++) {
        count += door->calls[index].state != CALL_RECEIVING ? 1 : 0;
    }
    return count;
}

/* ---- listeners ----------------------------------------------------------- */

static uint16_t bound_port(nng_listener nng)
{
    nng_sockaddr address;

    if (nng_listener_get_addr(nng, NNG_OPT_LOCADDR, &address) != 0) {
        return 0;
    }
    if (address.s_family == NNG_AF_INET) {
        return ntohs(address.s_in.sa_port);
    }
    return address.s_family == NNG_AF_INET6 ? ntohs(address.s_in6.sa_port) : 0;
}

enum err door_listen(struct door *door, const char *address,
                     struct why *ret_why)
{
    struct listener *listener;
    struct url url;
    int result;

    if (!door->is_open) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "this program does not listen");
    }
    if (door->listener_count == LISTEN_COUNT_MAX) {
        return why_set(ret_why, ERR_FULL, "more than %d addresses to listen on",
                       LISTEN_COUNT_MAX);
    }
    if (url_listen(address, &url) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED, "\"%s\" is not HOST:PORT",
                       address);
    }
    listener = &door->listeners[door->listener_count];
    result = nng_listen(door->socket, url.text, &listener->nng, 0);
    if (result != 0) {
        return why_set(ret_why, ERR_IO, "cannot listen on %s: %s", address,
                       nng_strerror(result));
    }
    listener->is_open = true;
    listener->start_ms = UINT64_MAX;
    listener->port = bound_port(listener->nng);
    listener->url = url;
    url_set_port(&listener->url, listener->port);
    door->listener_count++;
    return ERR_OK;
}
