/* SPDX-License-Identifier: Apache-2.0 */
#include "far_node.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/aead.h"
#include "net/session.h"
#include "wire/encode.h"

#define HEAD_SIZE 12
#define BATCH_MAX 16
#define PIPE 1

struct held {
    uint8_t number[4];
    uint64_t counter;
    size_t ordinal;
};

/* One connection. */
struct guest {
    struct far_node *node;
    int fd;
    struct sessions *sessions;
    struct aead aead;
    struct held held[BATCH_MAX];
    size_t held_count;
    uint8_t message[HEAD_SIZE + MESSAGE_SIZE_MAX];
    size_t frame_size;
};

static bool receive(int fd, void *to, size_t size)
{
    return recv(fd, to, size, MSG_WAITALL) == (ssize_t)size;
}

static bool give(int fd, const void *from, size_t size)
{
    return send(fd, from, size, MSG_NOSIGNAL) == (ssize_t)size;
}

static bool read_message(struct guest *guest)
{
    uint64_t length = 0;

    if (!receive(guest->fd, guest->message, HEAD_SIZE)) {
        return false;
    }
    for (size_t i = 0; i < 8; i++) {
        length = length << 8 | guest->message[i];
    }
    cr_assert(length > 4 && length <= 4 + MESSAGE_SIZE_MAX);
    cr_assert((guest->message[8] & 0x80) != 0);
    guest->frame_size = length - 4;
    return receive(guest->fd, guest->message + HEAD_SIZE, guest->frame_size);
}

static bool write_message(struct guest *guest, const uint8_t number[4],
                          const uint8_t *frame, size_t size)
{
    uint8_t head[HEAD_SIZE] = { 0 };

    for (size_t i = 0; i < 8; i++) {
        head[i] = (uint8_t)((uint64_t)(size + 4) >> (56 - 8 * i));
    }
    memcpy(head + 8, number, 4);
    return give(guest->fd, head, sizeof(head)) && give(guest->fd, frame, size);
}

static bool knows(void *ctx, const struct x25519_key *key, uint64_t *ret_who)
{
    const struct far_node *node = ctx;

    *ret_who = 0;
    return x25519_key_equal(key, &node->client);
}

static uint64_t clock_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool welcome(struct guest *guest)
{
    uint8_t frame[FRAME_HANDSHAKE_2_SIZE];
    struct session_seed seed;
    struct session *session;

    randombytes_buf(seed.ephemeral, sizeof(seed.ephemeral));
    seed.index = randombytes_random();
    if (session_accept(guest->sessions, PIPE,
                       span_of(guest->message + HEAD_SIZE, guest->frame_size),
                       knows, guest->node, &seed, clock_ms(), frame,
                       &session) != ERR_OK) {
        return true; /* silence */
    }
    atomic_fetch_add(&guest->node->handshakes, 1);
    return write_message(guest, guest->message + 8, frame, sizeof(frame));
}

/* counter | refusal, sealed. */
static bool answer(struct guest *guest, const struct held *held)
{
    struct far_node *node = guest->node;
    struct session *session = sessions_of_pipe(guest->sessions, PIPE);
    struct sealing sealing;
    struct buf frame;
    uint8_t number[4];
    char text[32];
    size_t nth = held->ordinal + 1;
    bool good;

    buf_init(&frame, 4096);
    cr_assert_not_null(buf_extend(&frame, FRAME_HEAD_SIZE));
    buf_put_u64(&frame, held->counter);
    (void)snprintf(text, sizeof(text), "number %zu", held->ordinal);
    cr_assert_eq(refusal_encode(ERR_BUSY, "BUSY", text, &frame), ERR_OK);
    cr_assert_eq(
        session_reserve(session, frame.size - FRAME_HEAD_SIZE, &sealing),
        ERR_OK);
    cr_assert_not_null(buf_extend(&frame, AEAD_TAG_SIZE));
    frame_seal(&sealing, &guest->aead, frame.data, frame.size);
    sealing_done(&sealing);
    if (nth == node->damage_at) {
        frame.data[frame.size - 1] ^= 1;
    }
    memcpy(number, held->number, sizeof(number));
    if (nth == node->confuse_at) {
        number[1] ^= 0x40;
    }
    good = nth != node->hang_up_at &&
           write_message(guest, number, frame.data, frame.size);
    buf_done(&frame);
    return good;
}

static bool request(struct guest *guest)
{
    uint8_t *frame = guest->message + HEAD_SIZE;
    struct held *held = &guest->held[guest->held_count];
    size_t batch = guest->node->batch == 0 ? 1 : guest->node->batch;
    struct opening opening;
    struct session *session;
    struct span plain;

    cr_assert_eq(session_opening(guest->sessions, PIPE,
                                 span_of(frame, guest->frame_size), &opening),
                 ERR_OK);
    cr_assert_eq(
        frame_open(&opening, &guest->aead, frame, guest->frame_size, &plain),
        ERR_OK);
    cr_assert_eq(session_opened(guest->sessions, &opening, plain.size,
                                clock_ms(), &session),
                 ERR_OK);
    memcpy(held->number, guest->message + 8, sizeof(held->number));
    held->counter = opening.counter;
    held->ordinal = atomic_fetch_add(&guest->node->requests, 1);
    opening_done(&opening);
    guest->held_count++;
    if (guest->held_count < batch) {
        return true;
    }
    while (guest->held_count > 0) {
        guest->held_count--;
        if (!answer(guest, &guest->held[guest->held_count])) {
            return false;
        }
    }
    return true;
}

static void serve(struct far_node *node, int fd)
{
    static struct guest guest;
    uint8_t greeting[8];
    bool goes_on = true;

    memset(&guest, 0, sizeof(guest));
    guest.node = node;
    guest.fd = fd;
    if (node->speaks_http) {
        (void)give(fd, "HTTP/1.1 400 Bad Request\r\n", 26);
        return;
    }
    if (!receive(fd, greeting, sizeof(greeting)) ||
        !give(fd, "\0SP\0\0\x31\0\0", 8)) {
        return;
    }
    cr_assert_arr_eq(greeting, "\0SP\0\0\x30\0\0", 8);
    cr_assert_eq(sessions_new(&node->pair, &node->consortium, &guest.sessions),
                 ERR_OK);
    cr_assert_eq(aead_init(&guest.aead), ERR_OK);
    while (goes_on && read_message(&guest)) {
        goes_on =
            guest.message[HEAD_SIZE] == 1 ? welcome(&guest) : request(&guest);
    }
    aead_done(&guest.aead);
    sessions_free(guest.sessions);
}

static void *run(void *ctx)
{
    struct far_node *node = ctx;
    int fd;

    while ((fd = accept(node->listener, NULL, NULL)) >= 0) {
        if (atomic_fetch_add(&node->connections, 1) >= node->drops) {
            serve(node, fd);
        }
        close(fd);
    }
    return NULL;
}

void far_node_init(struct far_node *node)
{
    struct sockaddr_in address = { .sin_family = AF_INET };
    socklen_t size = sizeof(address);
    uint8_t secret[X25519_SIZE];

    memset(node, 0, sizeof(*node));
    randombytes_buf(secret, sizeof(secret));
    cr_assert_eq(x25519_pair_init(&node->pair, secret), ERR_OK);
    randombytes_buf(node->consortium.bytes, sizeof(node->consortium.bytes));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    node->listener = socket(AF_INET, SOCK_STREAM, 0);
    cr_assert_geq(node->listener, 0);
    cr_assert_eq(
        bind(node->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(
        getsockname(node->listener, (struct sockaddr *)&address, &size), 0);
    (void)snprintf(node->address, sizeof(node->address), "127.0.0.1:%u",
                   ntohs(address.sin_port));
}

void far_node_start(struct far_node *node)
{
    cr_assert_eq(listen(node->listener, 8), 0);
    cr_assert_eq(pthread_create(&node->thread, NULL, run, node), 0);
}

void far_node_done(struct far_node *node)
{
    cr_assert_eq(shutdown(node->listener, SHUT_RDWR), 0);
    cr_assert_eq(pthread_join(node->thread, NULL), 0);
    close(node->listener);
    x25519_pair_done(&node->pair);
}
