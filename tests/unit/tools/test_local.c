/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/line.h"
#include "tools/holdfast/local.h"
#include "wire/encode.h"
#include "wire/frame.h"

/* Both ends in one thread: what they send fits the socket's buffers. */
struct pair {
    char path[64];
    int listener;
    int node;
    struct line *line;
    struct why why;
};

static void begin(struct pair *pair, uint64_t timeout_ms)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    snprintf(pair->path, sizeof(pair->path), "/tmp/hf-local-%d", getpid());
    unlink(pair->path);
    snprintf(address.sun_path, sizeof(address.sun_path), "%s", pair->path);
    pair->listener = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert_geq(pair->listener, 0);
    cr_assert_eq(
        bind(pair->listener, (struct sockaddr *)&address, sizeof(address)), 0);
    cr_assert_eq(listen(pair->listener, 1), 0);
    cr_assert_eq(local_connect(pair->path, timeout_ms, &pair->line, &pair->why),
                 ERR_OK);
    pair->node = accept(pair->listener, NULL, NULL);
    cr_assert_geq(pair->node, 0);
}

static void end(struct pair *pair)
{
    line_free(pair->line);
    close(pair->node);
    close(pair->listener);
    unlink(pair->path);
}

static void node_says(struct pair *pair, const void *bytes, size_t size)
{
    cr_assert_eq(write(pair->node, bytes, size), (ssize_t)size);
}

static void node_refuses(struct pair *pair, enum err err, const char *code,
                         const char *text)
{
    struct buf frame;
    size_t place;

    buf_init(&frame, LOCAL_HEAD_SIZE + MESSAGE_SIZE_MAX);
    place = local_frame_begin(&frame);
    cr_assert_eq(refusal_encode(err, code, text, &frame), ERR_OK);
    cr_assert_eq(local_frame_end(&frame, place), ERR_OK);
    node_says(pair, frame.data, frame.size);
    buf_done(&frame);
}

static const struct message ask_status = { .kind = MESSAGE_STATUS };

/* A refusal comes back as its error, its code and its sentence. */
Test(local, gives_a_refusal)
{
    char code[LINE_CODE_SIZE];
    struct message reply;
    struct pair pair;

    begin(&pair, 5000);
    node_refuses(&pair, ERR_FULL, "", "");
    /* Nothing was asked yet, so this cannot be an answer. */
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_NOT_FOUND);
    end(&pair);
    begin(&pair, 5000);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    node_refuses(&pair, ERR_FULL, "STORE-FULL", "52 GB free, 50 GB kept");
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_OK);
    cr_assert_eq(reply.kind, MESSAGE_REFUSAL);
    cr_assert_eq(line_refused(&reply, code, &pair.why), ERR_FULL);
    cr_assert_str_eq(code, "STORE-FULL");
    cr_assert_str_eq(pair.why.text, "52 GB free, 50 GB kept");
    end(&pair);
}

/* Several requests are on their way; the answers come in their order. */
Test(local, keeps_the_order)
{
    char code[LINE_CODE_SIZE];
    struct message reply;
    struct pair pair;
    char text[16];

    begin(&pair, 5000);
    for (int i = 0; i < LINE_IN_FLIGHT_MAX; i++) {
        cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
        snprintf(text, sizeof(text), "number %d", i);
        node_refuses(&pair, ERR_BUSY, "BUSY", text);
    }
    cr_assert_eq(line_in_flight(pair.line), LINE_IN_FLIGHT_MAX);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_BUSY);
    cr_assert(line_ready(pair.line));
    for (int i = 0; i < LINE_IN_FLIGHT_MAX; i++) {
        cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_OK);
        cr_assert_eq(line_refused(&reply, code, &pair.why), ERR_BUSY);
        snprintf(text, sizeof(text), "number %d", i);
        cr_assert_str_eq(pair.why.text, text);
    }
    cr_assert_eq(line_in_flight(pair.line), 0);
    cr_assert(!line_ready(pair.line));
    end(&pair);
}

/* Nobody there, silence, hanging up and Ctrl-C each end the wait. */
Test(local, ends_every_wait)
{
    struct message reply;
    struct line *line;
    struct pair pair;

    cr_assert_eq(local_connect("/nowhere/socket", 10, &line, &pair.why),
                 ERR_UNREACHABLE);
    begin(&pair, 30);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_TIMEOUT);
    end(&pair);
    begin(&pair, 60000);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    shutdown(pair.node, SHUT_RDWR);
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_CLOSED);
    end(&pair);
    interrupt_install();
    begin(&pair, 60000);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    raise(SIGINT);
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_CANCELLED);
    end(&pair);
}

/* Garbage, a frame that is too long, and an answer to nothing are errors. */
Test(local, refuses_what_is_no_answer)
{
    struct message reply;
    struct pair pair;

    begin(&pair, 5000);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    node_says(&pair, "\xff\xff\xff\xffgarbage", 11);
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_MALFORMED);
    end(&pair);
    begin(&pair, 5000);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    node_says(&pair, "\0\0\0\x06\x0d\0\0\0\x01\xff", 10);
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_MALFORMED);
    end(&pair);
    begin(&pair, 5000);
    cr_assert_eq(line_send(pair.line, &ask_status, &pair.why), ERR_OK);
    node_refuses(&pair, ERR_BUSY, "BUSY", "one");
    node_refuses(&pair, ERR_BUSY, "BUSY", "two");
    cr_assert_eq(line_receive(pair.line, &reply, &pair.why), ERR_MALFORMED);
    end(&pair);
}
