/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints against those who do not keep to the rules: raw TCP clients that
 * know only NNG's framing. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peer.h"

#define RAW_MAX 40
/* Length and number of the request, before each message. */
#define RAW_HEAD_SIZE 12

static struct peer alice; /* honest */
static struct peer bob;   /* listens */
static struct peer *both[2] = { &alice, &bob };
static char bob_address[32];

static void setup_with(const struct endpoint_options *options)
{
    shift_ms = 0;
    peer_init(&alice, &(struct endpoint_options){ .context_count = 0 });
    peer_init(&bob, options);
    peer_listen(&bob, bob_address);
    peers_acquaint(&alice, &bob);
}

static void teardown(void)
{
    peer_done(&alice);
    peer_done(&bob);
}

TestSuite(strangers, .fini = teardown, .timeout = 60);

/* ---- raw clients --------------------------------------------------------- */

/* Connect and say that we are an NNG requester. Bob's loop need not run. */
static int raw_open(void)
{
    static const uint8_t hello[8] = { 0, 'S', 'P', 0, 0, 0x30, 0, 0 };
    struct sockaddr_in to = {
        .sin_family = AF_INET,
        .sin_port = htons(endpoint_port(bob.endpoint, 0)),
    };
    uint8_t answer[8];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    cr_assert(fd >= 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    cr_assert_eq(connect(fd, (struct sockaddr *)&to, sizeof(to)), 0);
    cr_assert_eq(send(fd, hello, sizeof(hello), MSG_NOSIGNAL),
                 (ssize_t)sizeof(hello));
    cr_assert_eq(recv(fd, answer, sizeof(answer), MSG_WAITALL),
                 (ssize_t)sizeof(answer));
    return fd;
}

/* A request with a body of `size` bytes of which `sent` are really sent. */
static void raw_ask(int fd, uint32_t number, uint64_t size, size_t sent)
{
    uint8_t *bytes = calloc(1, RAW_HEAD_SIZE + sent);
    uint64_t length = size + 4;
    size_t total = RAW_HEAD_SIZE + sent;

    cr_assert_not_null(bytes);
    for (size_t index = 0; index < 8; index++) {
        bytes[index] = (uint8_t)(length >> (56 - 8 * index));
    }
    number |= 0x80000000U;
    for (size_t index = 0; index < 4; index++) {
        bytes[8 + index] = (uint8_t)(number >> (24 - 8 * index));
    }
    memset(bytes + RAW_HEAD_SIZE, 0x77, sent);
    for (size_t done = 0; done < total;) {
        ssize_t part = send(fd, bytes + done, total - done, MSG_NOSIGNAL);

        if (part < 0) {
            break; /* the other side has hung up: some tests want that */
        }
        done += (size_t)part;
    }
    free(bytes);
}

/* Has the other side hung up? Reads away what came before. */
static bool raw_is_closed(int fd)
{
    uint8_t bytes[4096];
    ssize_t size;

    do {
        size = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);
    } while (size > 0);
    return size == 0 || (errno != EAGAIN && errno != EWOULDBLOCK);
}

static bool fd_closed(const void *ctx)
{
    return raw_is_closed(*(const int *)ctx);
}

static void expect_closed(int fd, const char *what)
{
    run_until(both, 2, fd_closed, &fd, what);
    cr_assert_eq(close(fd), 0);
}

struct count_goal {
    uint32_t strangers;
    uint32_t pipes;
};

static bool has_counts(const void *ctx)
{
    const struct count_goal *goal = ctx;
    struct endpoint_counts counts;

    endpoint_counts(bob.endpoint, &counts);
    return counts.strangers == goal->strangers && counts.pipes == goal->pipes;
}

/* Until bob has so many strangers, and so many pipes in all. */
static void run_counts(uint32_t strangers, uint32_t pipes, const char *what)
{
    struct count_goal goal = { strangers, pipes };

    run_until(both, 2, has_counts, &goal, what);
}

static struct link *connect_alice(void)
{
    struct link *link = peer_dial(&alice, &bob, bob_address);

    run_count(both, 2, &alice.ready_count, alice.ready_count + 1, "handshake");
    cr_assert_eq(peer_ask(&alice, link, 1, 10, TIMEOUT_CONTROL_MS), ERR_OK);
    run_count(both, 2, &alice.reply_count, alice.reply_count + 1, "confirmed");
    return link;
}

/* ---- tests --------------------------------------------------------------- */

/* Garbage gets no answer, and above 256 bytes on one pipe ends it. */
Test(strangers, garbage)
{
    int fd;

    setup_with(NULL);
    fd = raw_open();
    raw_ask(fd, 1, 200, 200);
    run_count(both, 2, &bob.dropped_count, 1, "dropped");
    raw_ask(fd, 2, 56, 56);
    run_count(both, 2, &bob.dropped_count, 2, "dropped");
    cr_assert(!raw_is_closed(fd));
    raw_ask(fd, 3, 1, 1);
    expect_closed(fd, "one byte too many");
    cr_assert_eq(bob.dropped_count, 2);
    fd = raw_open();
    raw_ask(fd, 1, 0, 0);
    run_count(both, 2, &bob.dropped_count, 3, "an empty one");
    raw_ask(fd, 1, 257, 257);
    expect_closed(fd, "too large at once");
    (void)connect_alice();
}

/* A message above the receive limit ends its pipe before it is read; half of
 * one stays where it is, and others are served. */
Test(strangers, oversize)
{
    int half;
    int fd;

    setup_with(NULL);
    half = raw_open();
    raw_ask(half, 1, 1200000, 600000);
    fd = raw_open();
    raw_ask(fd, 1, MESSAGE_SIZE_MAX + 1, 0);
    expect_closed(fd, "announced too much");
    fd = raw_open();
    raw_ask(fd, 1, UINT64_MAX - 16, 0);
    expect_closed(fd, "announced far too much");
    (void)connect_alice();
    cr_assert(!raw_is_closed(half));
    cr_assert_eq(close(half), 0);
}

/* A pipe without a session lasts ten seconds. */
Test(strangers, silent_ones_are_closed)
{
    int fd;

    setup_with(NULL);
    fd = raw_open();
    run_counts(1, 1, "seen");
    shift_ms += TIMEOUT_HANDSHAKE_MS - 2000;
    run_for(both, 2, 20);
    cr_assert(!raw_is_closed(fd));
    shift_ms += 2000;
    expect_closed(fd, "closed");
    run_counts(0, 0, "gone");
}

/* When strangers are too many the oldest goes; the newest is never refused,
 * and those with a session stay. */
Test(strangers, oldest_is_evicted)
{
    struct endpoint_options options = { .context_count = 8,
                                        .pipes_stranger_max = 3,
                                        .pipes_per_address_max = 100 };
    struct link *link;
    int fds[5];

    setup_with(&options);
    link = connect_alice();
    for (uint32_t index = 0; index < 5; index++) {
        fds[index] = raw_open();
        /* Until the hook has seen it: the order is what is tested. */
        run_counts(index < 3 ? index + 1 : 3, index < 3 ? index + 2 : 4,
                   "admitted");
    }
    expect_closed(fds[0], "the oldest");
    expect_closed(fds[1], "the next");
    for (size_t index = 2; index < 5; index++) {
        cr_assert(!raw_is_closed(fds[index]));
        cr_assert_eq(close(fds[index]), 0);
    }
    cr_assert_eq(peer_ask(&alice, link, 2, 10, 1000), ERR_OK);
    run_count(both, 2, &alice.reply_count, 2, "alice stays");
    cr_assert_eq(alice.down_count, 0);
}

/* A flood of strangers does not keep an honest peer out. */
Test(strangers, flood)
{
    struct endpoint_options options = { .context_count = 8,
                                        .pipes_per_address_max = 100 };
    struct endpoint_counts counts;
    int fds[RAW_MAX];

    setup_with(&options);
    for (size_t index = 0; index < RAW_MAX; index++) {
        fds[index] = raw_open();
    }
    run_counts(PIPES_STRANGER_MAX, PIPES_STRANGER_MAX, "the bound holds");
    (void)connect_alice();
    endpoint_counts(bob.endpoint, &counts);
    cr_assert_eq(counts.strangers, PIPES_STRANGER_MAX - 1);
    cr_assert_eq(counts.refused, RAW_MAX - PIPES_STRANGER_MAX + 1);
    for (size_t index = 0; index < RAW_MAX; index++) {
        cr_assert_eq(close(fds[index]), 0);
    }
    run_counts(0, 1, "only alice is left");
}

/* One address has its bound; known pipes of it are not evicted, so then the
 * newest is refused. */
Test(strangers, per_address)
{
    struct endpoint_options options = { .context_count = 8,
                                        .pipes_per_address_max = 2 };
    int first;
    int second;

    setup_with(&options);
    (void)connect_alice();
    first = raw_open();
    run_counts(1, 2, "first");
    second = raw_open();
    expect_closed(first, "the older stranger");
    run_counts(1, 2, "second");
    cr_assert_eq(close(second), 0);
    run_counts(0, 1, "gone");
    (void)connect_alice(); /* a second link */
    first = raw_open();
    expect_closed(first, "all of this address are known");
    run_counts(0, 2, "both stay");
    cr_assert_eq(alice.down_count, 0);
}

/* All pipes together have a bound, our own links among them. */
Test(strangers, all_together)
{
    struct endpoint_options options = { .context_count = 8,
                                        .pipes_max = 3,
                                        .pipes_per_address_max = 100 };
    struct link *link;
    struct why why;
    int first;
    int second;

    setup_with(&options);
    (void)connect_alice();
    cr_assert_eq(link_new(bob.endpoint, NULL, 0, 0, now_ms(), &link, &why),
                 ERR_OK);
    first = raw_open();
    run_counts(1, 2, "first");
    second = raw_open();
    expect_closed(first, "no room for two");
    link_free(link);
    first = raw_open();
    run_counts(2, 3, "room again");
    cr_assert_eq(close(first), 0);
    cr_assert_eq(close(second), 0);
}

/* One pipe may not take all contexts. */
Test(strangers, one_pipe_takes_its_share)
{
    struct endpoint_options options = { .context_count = 32 };
    int fd;

    setup_with(&options);
    bob.trusts_all = true;
    bob.holds = true;
    fd = raw_open();
    for (uint32_t number = 0; number < 20; number++) {
        raw_ask(fd, number, 10, 10);
    }
    run_count(both, 2, &bob.call_count, LINK_SLOTS, "its share");
    run_for(both, 2, 50);
    cr_assert_eq(bob.call_count, LINK_SLOTS);
    bob.holds = false;
    while (bob.call_count > 0) {
        peer_ignore(&bob, 0);
    }
    (void)connect_alice();
    cr_assert_eq(close(fd), 0);
}

/* Clients do not count against the address they share with a node; and no
 * stranger takes a client's place. */
Test(strangers, clients_leave_room_for_nodes)
{
    struct endpoint_options options = { .context_count = 8,
                                        .pipes_max = 4,
                                        .pipes_per_address_max = 1 };
    int first;
    int second;

    setup_with(&options);
    bob.has_clients = true;
    (void)connect_alice();
    (void)connect_alice();
    bob.has_clients = false;
    (void)connect_alice(); /* a node behind the same router */
    run_counts(0, 3, "two clients, one node");
    first = raw_open();
    expect_closed(first, "one that is no client is here already");
    run_counts(0, 3, "all stay");
    second = raw_open();
    expect_closed(second, "and again");
    cr_assert_eq(alice.down_count, 0);
}

/* A client has few requests in hand, however many it sends. */
Test(strangers, a_client_has_its_share)
{
    struct endpoint_options options = { .context_count = 32 };
    struct link *link;

    setup_with(&options);
    bob.has_clients = true;
    link = connect_alice();
    bob.holds = true;
    for (uint64_t token = 0; token < LINK_SLOTS; token++) {
        cr_assert_eq(peer_ask(&alice, link, token, 10, 1000), ERR_OK);
    }
    run_count(both, 2, &bob.call_count, CLIENT_REQUESTS_MAX + 1, "its share");
    run_for(both, 2, 50);
    cr_assert_eq(bob.call_count, CLIENT_REQUESTS_MAX + 1);
    while (bob.call_count > 0) {
        peer_ignore(&bob, 0);
    }
}

/* Answer with whole blocks until all four contexts wait for a reader. */
static void run_until_stuck(void)
{
    struct endpoint_counts counts = { 0 };

    for (int round = 0; round < 100; round++) {
        bool answered = bob.call_count > 0;

        while (bob.call_count > 0) {
            peer_answer(&bob, 0);
        }
        run_for(both, 2, 50);
        endpoint_counts(bob.endpoint, &counts);
        if (!answered && counts.calls == 4 && bob.call_count == 0) {
            return;
        }
    }
    cr_assert(false, "%u contexts are stuck, not 4", counts.calls);
}

/* Who asks and does not read keeps contexts for two seconds only when they are
 * short; then others are served. */
Test(strangers, replies_nobody_reads)
{
    struct endpoint_options options = { .context_count = 4 };
    int small = 4096;
    int fd;

    setup_with(&options);
    bob.trusts_all = true;
    bob.holds = true;
    bob.reply_size = BLOCK_SIZE_MAX;
    fd = raw_open();
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
                 0);
    for (uint32_t number = 0; number < 20; number++) {
        raw_ask(fd, number, 10, 10);
    }
    run_until_stuck();
    bob.holds = false;
    bob.reply_size = 0;
    (void)peer_dial(&alice, &bob, bob_address);
    run_for(both, 2, 200);
    cr_assert_eq(alice.ready_count, 0);
    shift_ms += REPLY_STUCK_MS;
    run_count(both, 2, &alice.ready_count, 1, "alice is served");
    cr_assert_eq(close(fd), 0);
}

/* While contexts are plenty a slow reader gets its time. */
Test(strangers, slow_readers_get_their_time)
{
    struct endpoint_options options = { .context_count = 32 };
    struct endpoint_counts counts;
    int small = 4096;
    int fd;

    setup_with(&options);
    bob.trusts_all = true;
    bob.holds = true;
    fd = raw_open();
    cr_assert_eq(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)),
                 0);
    for (uint32_t number = 0; number < 8; number++) {
        raw_ask(fd, number, 10, 10);
    }
    run_count(both, 2, &bob.call_count, 8, "asked");
    bob.reply_size = BLOCK_SIZE_MAX;
    while (bob.call_count > 0) {
        peer_answer(&bob, 0);
    }
    shift_ms += PIPE_SILENT_MS + 1000;
    run_for(both, 2, 50);
    endpoint_counts(bob.endpoint, &counts);
    cr_assert_geq(counts.calls, 1);
    cr_assert_eq(counts.pipes, 1);
    shift_ms += TIMEOUT_BLOCK_MS;
    run_for(both, 2, 50);
    endpoint_counts(bob.endpoint, &counts);
    cr_assert_eq(counts.calls, 0);
    cr_assert_eq(close(fd), 0);
}

/* A call that is answered after its pipe is gone harms nobody. */
Test(strangers, answers_to_nobody)
{
    struct link *link;

    setup_with(NULL);
    link = connect_alice();
    bob.holds = true;
    cr_assert_eq(peer_ask(&alice, link, 2, 10, 1000), ERR_OK);
    cr_assert_eq(peer_ask(&alice, link, 3, 10, 1000), ERR_OK);
    run_count(both, 2, &bob.call_count, 2, "asked");
    link_free(link);
    run_count(both, 2, &bob.gone_count, 1, "gone");
    bob.reply_size = 1000;
    peer_answer(&bob, 0);
    peer_ignore(&bob, 0);
    bob.holds = false;
    (void)connect_alice();
}

/* Links come and go in the midst of large replies, again and again: every pipe
 * ends, and every link comes up. (NNG's own closing hangs in one of 200.) */
Test(strangers, links_come_and_go)
{
    leaks_are_expected = true;
    setup_with(NULL);
    for (size_t round = 1; round <= 40; round++) {
        struct link *link = peer_dial(&alice, &bob, bob_address);

        run_count(both, 2, &alice.ready_count, round, "handshake");
        for (uint64_t token = 0; token < PEER_BLOCK_REQUESTS_MAX; token++) {
            cr_assert_eq(peer_ask(&alice, link, token, BLOCK_SIZE_MAX / 4,
                                  TIMEOUT_BLOCK_MS),
                         ERR_OK);
        }
        run_count(both, 2, &alice.reply_count,
                  alice.reply_count + round % PEER_BLOCK_REQUESTS_MAX,
                  "some replies");
        link_free(link);
        run_count(both, 2, &alice.gone_count, round, "gone");
        run_count(both, 2, &bob.gone_count, round, "bob sees it");
    }
    cr_assert_eq(alice.failed_count, 0);
    shift_ms += RECONNECT_MIN_MS; /* the last dialers end */
    run_counts(0, 0, "all are gone");
}

/* An endpoint that is closed in the midst of everything leaves nothing. */
Test(strangers, closing_in_the_middle)
{
    struct link *link;
    int fd;

    setup_with(NULL);
    link = connect_alice();
    fd = raw_open();
    raw_ask(fd, 1, 100, 50);
    bob.holds = true;
    for (uint64_t token = 0; token < 5; token++) {
        cr_assert_eq(
            peer_ask(&alice, link, token, BLOCK_SIZE_MAX, TIMEOUT_BLOCK_MS),
            ERR_OK);
    }
    run_count(both, 2, &bob.call_count, 2, "some came");
    bob.reply_size = BLOCK_SIZE_MAX;
    peer_answer(&bob, 0);
    endpoint_free(bob.endpoint);
    bob.endpoint = NULL;
    run_count(both, 2, &alice.down_count, 1, "down");
    endpoint_free(alice.endpoint);
    alice.endpoint = NULL;
    cr_assert_eq(close(fd), 0);
}
