/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "net/frame.h"

#define PEERS_MAX 8
#define GIVE_UP_MS 20000

uint64_t shift_ms;
bool leaks_are_expected;

/* LeakSanitizer asks at the end of the process. */
int __lsan_is_turned_off(void);

int __lsan_is_turned_off(void)
{
    return leaks_are_expected;
}

static uint64_t clock_now(clockid_t clock)
{
    struct timespec now;

    cr_assert_eq(clock_gettime(clock, &now), 0);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

uint64_t now_ms(void)
{
    return clock_now(CLOCK_MONOTONIC) + shift_ms;
}

static void wake(void *ctx)
{
    const struct peer *peer = ctx;
    uint64_t one = 1;

    while (write(peer->wake_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
}

static int64_t wall(void *ctx)
{
    const struct peer *peer = ctx;

    return (int64_t)clock_now(CLOCK_REALTIME) + peer->wall_shift_ms;
}

void peer_init(struct peer *peer, const struct endpoint_options *options)
{
    struct endpoint_options own = { .context_count = 32 };
    uint8_t secret[X25519_SIZE];
    struct digest consortium;
    struct why why;

    cr_assert_eq(crypto_init(), ERR_OK);
    memset(peer, 0, sizeof(*peer));
    memset(&consortium, 3, sizeof(consortium));
    if (options != NULL) {
        own = *options;
    }
    peer->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    cr_assert(peer->wake_fd >= 0);
    randombytes_buf(secret, sizeof(secret));
    cr_assert_eq(x25519_pair_init(&peer->pair, secret), ERR_OK);
    cr_assert_eq(sessions_new(&peer->pair, &consortium, &peer->sessions),
                 ERR_OK);
    cr_assert_eq(aead_init(&peer->aead), ERR_OK);
    own.wake = wake;
    own.wake_ctx = peer;
    own.wall_ms = wall;
    own.wall_ctx = peer;
    cr_assert_eq(endpoint_new(&own, now_ms(), &peer->endpoint, &why), ERR_OK);
}

void peer_done(struct peer *peer)
{
    endpoint_free(peer->endpoint);
    sessions_free(peer->sessions);
    aead_done(&peer->aead);
    x25519_pair_done(&peer->pair);
    cr_assert_eq(close(peer->wake_fd), 0);
}

void peers_acquaint(struct peer *a, struct peer *b)
{
    a->known[a->known_count++] = b;
    b->known[b->known_count++] = a;
}

void peer_listen(struct peer *peer, char text[static 32])
{
    struct why why;

    cr_assert_eq(endpoint_listen(peer->endpoint, "127.0.0.1:0", &why), ERR_OK,
                 "%s", why.text);
    cr_assert_neq(endpoint_port(peer->endpoint, 0), 0);
    (void)snprintf(text, 32, "127.0.0.1:%u", endpoint_port(peer->endpoint, 0));
}

struct link *peer_dial(struct peer *peer, const struct peer *to,
                       const char *address)
{
    struct link *link = NULL;
    struct why why;
    size_t place = 0;

    while (place < peer->known_count && peer->known[place] != to) {
        place++;
    }
    if (place == peer->known_count) {
        peer->known[peer->known_count++] = to; /* it need not know us */
    }
    cr_assert_eq(
        link_new(peer->endpoint, &address, 1, place, now_ms(), &link, &why),
        ERR_OK, "%s", why.text);
    return link;
}

static struct session_seed new_seed(void)
{
    struct session_seed seed;

    randombytes_buf(&seed, sizeof(seed));
    return seed;
}

/* ---- asking -------------------------------------------------------------- */

static void shake_hands(struct peer *peer, struct link *link, uint32_t pipe_id)
{
    const struct peer *to = peer->known[link_user(link)];
    struct session_seed seed = new_seed();
    uint8_t frame[FRAME_HANDSHAKE_1_SIZE];
    struct packet *packet;

    cr_assert_eq(session_begin(peer->sessions, pipe_id, &to->pair.public_key,
                               link_user(link), &seed, now_ms(), frame),
                 ERR_OK);
    cr_assert_eq(packet_copy(span_of(frame, sizeof(frame)), &packet), ERR_OK);
    cr_assert_eq(link_send(link, pipe_id, TOKEN_HANDSHAKE, packet,
                           TIMEOUT_HANDSHAKE_MS, now_ms()),
                 ERR_OK);
}

enum err peer_ask(struct peer *peer, struct link *link, uint64_t token,
                  size_t size, uint32_t timeout_ms)
{
    struct sealing sealing;
    struct session *session;
    struct packet *packet;
    uint32_t pipe_id = 0;

    if (!link_is_up(link, &pipe_id)) {
        return ERR_UNREACHABLE;
    }
    session = sessions_of_pipe(peer->sessions, pipe_id);
    cr_assert_not_null(session);
    cr_assert_eq(packet_new(size, &packet), ERR_OK);
    memset(packet_plain(packet), 'q', size);
    cr_assert_eq(session_reserve(session, size, &sealing), ERR_OK);
    packet_seal(packet, &sealing, &peer->aead);
    sealing_done(&sealing);
    return link_send(link, pipe_id, token, packet, timeout_ms, now_ms());
}

static bool lookup(void *ctx, const struct x25519_key *key, uint64_t *ret_who)
{
    const struct peer *peer = ctx;

    for (size_t place = 0; place < peer->known_count; place++) {
        if (x25519_key_equal(key, &peer->known[place]->pair.public_key)) {
            *ret_who = place;
            return true;
        }
    }
    return false;
}

/* ---- answering ----------------------------------------------------------- */

/* The request's counter and size more bytes. */
static void reply(struct peer *peer, struct call *call, uint32_t pipe_id,
                  uint64_t counter, size_t size)
{
    struct session *session = sessions_of_pipe(peer->sessions, pipe_id);
    struct sealing sealing;
    struct packet *packet;

    if (session == NULL) {
        endpoint_ignore(peer->endpoint, call);
        return;
    }
    cr_assert_eq(packet_new(REPLY_COUNTER_SIZE + size, &packet), ERR_OK);
    memcpy(packet_plain(packet), &counter, sizeof(counter));
    memset(packet_plain(packet) + sizeof(counter), 'r', size);
    cr_assert_eq(session_reserve(session, size, &sealing), ERR_OK);
    packet_seal(packet, &sealing, &peer->aead);
    sealing_done(&sealing);
    endpoint_reply(peer->endpoint, call, packet, now_ms());
}

static void drop(struct peer *peer, struct call *call, enum err err)
{
    peer->dropped_count++;
    peer->drop_err = err;
    endpoint_ignore(peer->endpoint, call);
}

static void handle_hello(struct peer *peer, struct item *item)
{
    struct session_seed seed = new_seed();
    uint8_t frame[FRAME_HANDSHAKE_2_SIZE];
    struct session *session;
    struct packet *packet;
    enum err err;

    err =
        session_accept(peer->sessions, item->pipe_id, packet_span(item->packet),
                       lookup, peer, &seed, now_ms(), frame, &session);
    if (err != ERR_OK) {
        drop(peer, item->call, err);
        return;
    }
    endpoint_pipe_pending(peer->endpoint, item->pipe_id, now_ms());
    cr_assert_eq(packet_copy(span_of(frame, sizeof(frame)), &packet), ERR_OK);
    endpoint_reply(peer->endpoint, item->call, packet, now_ms());
}

static void keep(struct peer *peer, struct item *item, uint64_t counter)
{
    cr_assert_lt(peer->call_count, PEER_CALLS_MAX);
    peer->calls[peer->call_count] = item->call;
    peer->call_pipes[peer->call_count] = item->pipe_id;
    peer->counters[peer->call_count] = counter;
    peer->call_count++;
}

static enum err open_packet(struct peer *peer, struct item *item,
                            uint64_t *ret_counter, struct span *ret_plain)
{
    struct opening opening;
    struct session *session;
    enum err err;

    err = session_opening(peer->sessions, item->pipe_id,
                          packet_span(item->packet), &opening);
    if (err != ERR_OK) {
        return err;
    }
    err = packet_open(item->packet, &opening, &peer->aead, ret_plain);
    if (err == ERR_OK) {
        err = session_opened(peer->sessions, &opening, ret_plain->size,
                             now_ms(), &session);
    }
    *ret_counter = opening.counter;
    opening_done(&opening);
    return err;
}

static void handle_request(struct peer *peer, struct item *item)
{
    struct span bytes = packet_span(item->packet);
    struct span plain;
    uint64_t counter;
    enum err err;

    if (peer->trusts_all) {
        endpoint_pipe_known(peer->endpoint, item->pipe_id, now_ms());
    }
    if (bytes.size > 0 && bytes.data[0] == FRAME_HELLO) {
        handle_hello(peer, item);
        return;
    }
    err = open_packet(peer, item, &counter, &plain);
    if (err != ERR_OK && peer->trusts_all && peer->holds) {
        keep(peer, item, 0);
        return;
    }
    if (err != ERR_OK) {
        drop(peer, item->call, err);
        return;
    }
    if (peer->has_clients) {
        endpoint_pipe_client(peer->endpoint, item->pipe_id, now_ms());
    } else {
        endpoint_pipe_known(peer->endpoint, item->pipe_id, now_ms());
    }
    peer->request_count++;
    if (peer->holds) {
        keep(peer, item, counter);
    } else {
        reply(peer, item->call, item->pipe_id, counter,
              peer->reply_size > 0 ? peer->reply_size : plain.size);
    }
}

static void forget(struct peer *peer, size_t place)
{
    peer->call_count--;
    peer->calls[place] = peer->calls[peer->call_count];
    peer->call_pipes[place] = peer->call_pipes[peer->call_count];
    peer->counters[place] = peer->counters[peer->call_count];
}

void peer_answer(struct peer *peer, size_t place)
{
    struct call *call = peer->calls[place];
    struct packet *packet;

    if (sessions_of_pipe(peer->sessions, peer->call_pipes[place]) == NULL) {
        /* Somebody of whom only the test knows. */
        cr_assert_eq(packet_new(peer->reply_size, &packet), ERR_OK);
        memset(packet_plain(packet), 0, peer->reply_size);
        endpoint_reply(peer->endpoint, call, packet, now_ms());
    } else {
        reply(peer, call, peer->call_pipes[place], peer->counters[place],
              peer->reply_size);
    }
    forget(peer, place);
}

void peer_ignore(struct peer *peer, size_t place)
{
    endpoint_ignore(peer->endpoint, peer->calls[place]);
    forget(peer, place);
}

/* ---- the loop ------------------------------------------------------------ */

static void handle_reply(struct peer *peer, struct item *item)
{
    struct session *session;
    struct span plain;
    uint64_t counter;

    if (item->token == TOKEN_HANDSHAKE) {
        if (session_finish(peer->sessions, item->pipe_id,
                           packet_span(item->packet), now_ms(),
                           &session) == ERR_OK) {
            peer->ready_count++;
        }
        return;
    }
    peer->last_token = item->token;
    peer->last_err = open_packet(peer, item, &counter, &plain);
    cr_assert_eq(peer->last_err, ERR_OK);
    peer->last_reply_size = plain.size - REPLY_COUNTER_SIZE;
    peer->reply_count++;
}

static void handle(struct peer *peer, struct item *item)
{
    switch (item->kind) {
    case ITEM_REQUEST:
        handle_request(peer, item);
        break;
    case ITEM_REPLY:
        handle_reply(peer, item);
        break;
    case ITEM_FAILED:
        peer->failed_count++;
        peer->last_err = item->err;
        peer->last_token = item->token;
        break;
    case ITEM_LINK_UP:
        peer->up_count++;
        shake_hands(peer, item->link, item->pipe_id);
        break;
    case ITEM_LINK_DOWN:
        peer->down_count++;
        sessions_close_pipe(peer->sessions, item->pipe_id);
        break;
    case ITEM_PIPE_GONE:
        peer->gone_count++;
        sessions_close_pipe(peer->sessions, item->pipe_id);
        break;
    }
    item_done(item);
}

void run_now(struct peer *const *peers, size_t count)
{
    for (size_t index = 0; index < count; index++) {
        struct peer *peer = peers[index];
        struct item item;
        uint64_t wakes;

        if (peer->endpoint == NULL) {
            continue;
        }
        while (read(peer->wake_fd, &wakes, sizeof(wakes)) < 0 &&
               errno == EINTR) {
        }
        while (endpoint_take(peer->endpoint, now_ms(), &item)) {
            handle(peer, &item);
        }
        endpoint_tick(peer->endpoint, now_ms());
        sessions_tick(peer->sessions, now_ms());
    }
}

/* Sleep until something happens or is due. */
static void wait_once(struct peer *const *peers, size_t count, uint64_t end_ms)
{
    struct pollfd fds[PEERS_MAX];
    uint64_t deadline_ms = end_ms;
    uint64_t now = now_ms();
    nfds_t fd_count = 0;

    for (size_t index = 0; index < count; index++) {
        if (peers[index]->endpoint != NULL) {
            uint64_t own_ms = endpoint_deadline_ms(peers[index]->endpoint);

            deadline_ms = own_ms < deadline_ms ? own_ms : deadline_ms;
            fds[fd_count++] =
                (struct pollfd){ peers[index]->wake_fd, POLLIN, 0 };
        }
    }
    (void)poll(fds, fd_count, deadline_ms > now ? (int)(deadline_ms - now) : 0);
}

void run_until(struct peer *const *peers, size_t count,
               bool (*done)(const void *ctx), const void *ctx, const char *what)
{
    uint64_t end_ms = now_ms() + GIVE_UP_MS;

    for (;;) {
        run_now(peers, count);
        if (done(ctx)) {
            return;
        }
        cr_assert(now_ms() < end_ms, "waited in vain: %s", what);
        wait_once(peers, count, end_ms);
    }
}

struct goal {
    const size_t *counter;
    size_t value;
};

static bool reached(const void *ctx)
{
    const struct goal *goal = ctx;

    return *goal->counter >= goal->value;
}

void run_count(struct peer *const *peers, size_t count, const size_t *counter,
               size_t value, const char *what)
{
    struct goal goal = { counter, value };

    run_until(peers, count, reached, &goal, what);
}

void run_for(struct peer *const *peers, size_t count, uint64_t ms)
{
    uint64_t end_ms = now_ms() + ms;

    while (now_ms() < end_ms) {
        run_now(peers, count);
        wait_once(peers, count, end_ms);
    }
}
