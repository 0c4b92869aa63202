/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/remote.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "crypto/node_key.h"
#include "crypto/secret.h"
#include "far_node.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/line.h"

#define NOBODY "127.0.0.1:1" /* a port that refuses */

static struct far_node node;
static struct depositor_key key;
static struct remote_options options;
static struct line *line;
static struct why why;
static char said[4096];

static void say(void *ctx, const char *sentence)
{
    size_t size = strlen(said);

    (void)ctx;
    (void)snprintf(said + size, sizeof(said) - size, "%s\n", sentence);
}

static void setup(void)
{
    uint8_t seed[32];

    cr_assert_eq(crypto_init(), ERR_OK);
    far_node_init(&node);
    randombytes_buf(seed, sizeof(seed));
    cr_assert_eq(depositor_key_init(&key, seed), ERR_OK);
    node.client = key.session.public_key;
    options = (struct remote_options){
        .node = "fjord-1",
        .address_count = 1,
        .node_key = node.pair.public_key,
        .consortium = node.consortium,
        .timeout_ms = 20000,
        .say = say,
    };
    strcpy(options.addresses[0], node.address);
}

static void teardown(void)
{
    line_free(line);
    far_node_done(&node);
}

TestSuite(remote, .init = setup, .fini = teardown, .timeout = 60);

static const struct message ask_status = { .kind = MESSAGE_STATUS };

static enum err dial(void)
{
    far_node_start(&node);
    return remote_connect(&options, &key.session, &line, &why);
}

static void expect_number(size_t number)
{
    char code[LINE_CODE_SIZE];
    char text[32];
    struct message reply;

    cr_assert_eq(line_receive(line, &reply, &why), ERR_OK, "%s", why.text);
    cr_assert_eq(line_refused(&reply, code, &why), ERR_BUSY);
    snprintf(text, sizeof(text), "number %zu", number);
    cr_assert_str_eq(why.text, text);
}

/* Hands are shaken, a request goes out and its answer comes back; whoever is
 * called was said. */
Test(remote, asks)
{
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    expect_number(0);
    cr_assert_eq(node.handshakes, 1);
    cr_assert_not_null(strstr(said, node.address));
    cr_assert_not_null(strstr(remote_peer(line), "fjord-1 at 127.0.0.1:"));
    cr_assert_not(line_is_ordered(line));
    cr_assert_eq(line_depth(line), CLIENT_REQUESTS_MAX);
}

/* Answers come in any order, and are given in the order of the requests; no
 * more are under way than the node takes. */
Test(remote, gives_answers_in_order)
{
    node.batch = CLIENT_REQUESTS_MAX;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    for (size_t round = 0; round < 3; round++) {
        for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
            cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
        }
        cr_assert_eq(line_send(line, &ask_status, &why), ERR_BUSY);
        for (size_t i = 0; i < CLIENT_REQUESTS_MAX; i++) {
            expect_number(round * CLIENT_REQUESTS_MAX + i);
        }
    }
    cr_assert_eq(node.handshakes, 1);
}

/* What builds on the newest requests can wait for their answers alone, and
 * learns that one is a refusal; the answers are still to be taken. */
Test(remote, waits_for_the_newest)
{
    bool refused = false;

    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_wait_newest(line, 0, &refused, &why), ERR_OK);
    cr_assert_not(refused);
    for (size_t i = 0; i < 3; i++) {
        cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    }
    cr_assert_eq(line_wait_newest(line, 2, &refused, &why), ERR_OK);
    cr_assert(refused);
    cr_assert_eq(node.requests, 3);
    cr_assert_eq(line_in_flight(line), 3);
    for (size_t i = 0; i < 3; i++) {
        expect_number(i);
    }
}

/* A session that is old is renewed between two requests, without a break. */
Test(remote, renews_the_session)
{
    node.batch = 2;
    options.renew_ms = 1;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    for (size_t i = 0; i < 20; i++) {
        usleep(2000); /* it is to be old */
        cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
        if (i % 2 == 1) {
            expect_number(i - 1);
            expect_number(i);
        }
    }
    cr_assert_gt(node.handshakes, 5);
    cr_assert_eq(node.connections, 1);
}

/* A node that hangs up while a request is under way is not called again: what
 * it had of it is not known. */
Test(remote, ends_in_the_middle)
{
    struct message reply;

    node.hang_up_at = 2;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    expect_number(0);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    cr_assert_eq(line_receive(line, &reply, &why), ERR_CLOSED);
    cr_assert_eq(node.connections, 1);
}

/* One that hung up while we were silent is called again. */
Test(remote, survives_a_silence)
{
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    expect_number(0);
    /* The node serves one connection at a time: end this one from below. */
    cr_assert_eq(shutdown(line_fd(line), SHUT_RDWR), 0);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK, "%s", why.text);
    expect_number(1);
    cr_assert_eq(node.connections, 2);
}

/* A node crowded by strangers hangs up before hands are shaken: try again. */
Test(remote, tries_again_when_crowded)
{
    node.drops = 3;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    expect_number(0);
    cr_assert_eq(node.connections, 4);
}

/* Addresses are tried in turn, and what came of each is said. */
Test(remote, tries_each_address)
{
    options.address_count = 2;
    strcpy(options.addresses[0], NOBODY);
    strcpy(options.addresses[1], node.address);
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_not_null(
        strstr(said, "fjord-1 at " NOBODY ": Connection refused; next: "));
    cr_assert_not_null(strstr(remote_peer(line), node.address));
}

/* Nobody at any address: the sentence names them all. */
Test(remote, nobody_there)
{
    options.address_count = 2;
    strcpy(options.addresses[0], NOBODY);
    strcpy(options.addresses[1], "127.0.0.1:2");
    cr_assert_eq(dial(), ERR_UNREACHABLE);
    cr_assert_str_eq(why.text, NOBODY ": Connection refused; 127.0.0.1:2: "
                                      "Connection refused");
}

/* A key that the node does not know gets silence, which has an end. */
Test(remote, silence_has_an_end)
{
    options.timeout_ms = 300;
    node.client.bytes[0] ^= 1;
    cr_assert_eq(dial(), ERR_NOT_A_MEMBER, "%s", why.text);
    cr_assert_eq(node.handshakes, 0);
    cr_assert_not_null(strstr(why.text, "does not answer to this key"));
}

/* Something else that listens there is no node. */
Test(remote, another_protocol)
{
    node.speaks_http = true;
    cr_assert_eq(dial(), ERR_UNREACHABLE);
    cr_assert_not_null(strstr(why.text, "no node of ours"), "%s", why.text);
}

/* A damaged answer, and one to nothing, end the line. */
Test(remote, damaged_answer)
{
    struct message reply;

    node.damage_at = 2;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    expect_number(0);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    cr_assert_eq(line_receive(line, &reply, &why), ERR_MALFORMED);
}

/* As above. */
Test(remote, answer_to_nothing)
{
    struct message reply;

    node.confuse_at = 1;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    cr_assert_eq(line_receive(line, &reply, &why), ERR_MALFORMED);
}

/* No answer within the time, and Ctrl-C, end the wait. */
Test(remote, ends_every_wait)
{
    struct message reply;

    node.batch = 2;
    options.timeout_ms = 200;
    cr_assert_eq(dial(), ERR_OK, "%s", why.text);
    cr_assert_eq(line_send(line, &ask_status, &why), ERR_OK);
    cr_assert_eq(line_receive(line, &reply, &why), ERR_TIMEOUT);
    interrupt_install();
    raise(SIGINT);
    cr_assert_eq(line_receive(line, &reply, &why), ERR_CANCELLED);
}
