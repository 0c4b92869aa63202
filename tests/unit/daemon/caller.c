/* SPDX-License-Identifier: Apache-2.0 */
#include "caller.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "crypto/secret.h"
#include "fixture.h"
#include "wire/decode.h"
#include "wire/encode.h"

#define WAIT_MS 20000

static void asked(void *ctx, struct request *request)
{
    struct desk *desk = ctx;

    cr_assert_lt(desk->asked_count, ASKED_MAX);
    desk->asked[desk->asked_count++] = request->id;
}

static void hung_up(void *ctx, struct request *request)
{
    struct desk *desk = ctx;

    cr_assert_not_null(request);
    desk->hung_up_count++;
}

void desk_open(struct desk *desk)
{
    struct control_options options = {
        .loop = &desk->loop,
        .path = desk->path,
        .group = "",
        .asked = asked,
        .hung_up = hung_up,
        .ctx = desk,
    };
    struct why why = { "" };

    memset(desk, 0, sizeof(*desk));
    cr_assert_eq(crypto_init(), ERR_OK);
    (void)signal(SIGPIPE, SIG_IGN);
    strcpy(desk->folder, "/tmp/hf-control-XXXXXX");
    cr_assert_not_null(mkdtemp(desk->folder));
    cr_assert_lt(
        snprintf(desk->path, sizeof(desk->path), "%s/socket", desk->folder),
        (int)sizeof(desk->path));
    cr_assert_eq(uv_loop_init(&desk->loop), 0);
    cr_assert_eq(requests_new(&desk->requests), ERR_OK);
    options.requests = desk->requests;
    cr_assert_eq(control_new(&options, &desk->control, &why), ERR_OK, "%s",
                 why.text);
}

void desk_close(struct desk *desk)
{
    control_close(desk->control);
    while (!control_is_gone(desk->control)) {
        uv_run(&desk->loop, UV_RUN_ONCE);
    }
    control_free(desk->control);
    cr_assert_eq(uv_loop_close(&desk->loop), 0);
    requests_free(desk->requests);
    remove_folder(desk->folder);
}

static void waited(uv_timer_t *timer)
{
    *(bool *)timer->data = true;
}

/* One round of the loop; the timer keeps it from waiting for ever. */
static void run_once(struct desk *desk)
{
    bool late = false;
    uv_timer_t timer;

    uv_timer_init(&desk->loop, &timer);
    timer.data = &late;
    uv_timer_start(&timer, waited, WAIT_MS, 0);
    uv_run(&desk->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    uv_run(&desk->loop, UV_RUN_NOWAIT);
    cr_assert(!late, "nothing happened");
}

void desk_until(struct desk *desk, const size_t *value, size_t wanted)
{
    while (*value < wanted) {
        run_once(desk);
    }
    cr_assert_eq(*value, wanted);
}

void desk_settle(struct desk *desk)
{
    /* Both ends are in this process: what was sent has arrived. A frame takes
     * a round for its length and one for the rest; a write takes one. */
    for (int i = 0; i < 200; i++) {
        uv_run(&desk->loop, UV_RUN_NOWAIT);
    }
}

void desk_refuse(struct desk *desk, size_t n, const char *text)
{
    struct request *request = request_find(desk->requests, desk->asked[n]);

    cr_assert_not_null(request);
    request_refuse(request, ERR_REFUSED, "TEST", text);
}

/* ---- callers ---- */

void caller_connect(struct caller_fd *caller, const struct desk *desk)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    strcpy(address.sun_path, desk->path);
    local_reader_init(&caller->reader);
    caller->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert_geq(caller->fd, 0);
    cr_assert_eq(
        connect(caller->fd, (struct sockaddr *)&address, sizeof(address)), 0,
        "%s", strerror(errno));
}

void caller_close(struct caller_fd *caller)
{
    local_reader_done(&caller->reader);
    cr_assert_eq(close(caller->fd), 0);
}

void caller_send(struct caller_fd *caller, struct desk *desk, struct span bytes)
{
    while (bytes.size > 0) {
        ssize_t size = send(caller->fd, bytes.data, bytes.size,
                            MSG_DONTWAIT | MSG_NOSIGNAL);

        if (size < 0 && errno == EAGAIN) {
            run_once(desk);
            continue;
        }
        cr_assert_gt(size, 0, "%s", strerror(errno));
        bytes = span_part(bytes, (size_t)size, bytes.size);
    }
}

void frame_put(struct buf *to, enum message_kind kind)
{
    struct message message = { .kind = kind };
    size_t place = local_frame_begin(to);

    if (kind == MESSAGE_LIST) {
        message.list.count = 1;
    }
    cr_assert_eq(message_encode(&message, to), ERR_OK);
    cr_assert_eq(local_frame_end(to, place), ERR_OK);
}

void caller_ask(struct caller_fd *caller, struct desk *desk,
                enum message_kind kind)
{
    struct buf frame;

    buf_init(&frame, 1024);
    frame_put(&frame, kind);
    caller_send(caller, desk, buf_span(&frame));
    buf_done(&frame);
}

/* More bytes; 0 at the end of the connection. */
static ssize_t receive_some(struct caller_fd *caller, struct desk *desk)
{
    for (;;) {
        size_t room;
        uint8_t *at = local_reader_room(&caller->reader, &room);
        ssize_t size;

        cr_assert_not_null(at);
        size = recv(caller->fd, at, room, MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) {
            run_once(desk);
            continue;
        }
        return size < 0 && errno == ECONNRESET ? 0 : size;
    }
}

void caller_expect(struct caller_fd *caller, struct desk *desk, enum err code,
                   const char *text)
{
    struct arena arena;
    struct message message;
    struct span bytes;

    local_reader_next(&caller->reader);
    while (!local_reader_frame(&caller->reader, &bytes)) {
        ssize_t size = receive_some(caller, desk);

        cr_assert_gt(size, 0);
        cr_assert_eq(local_reader_filled(&caller->reader, (size_t)size),
                     ERR_OK);
    }
    cr_assert_eq(arena_init(&arena, ARENA_SIZE_MAX), ERR_OK);
    cr_assert_eq(
        message_decode_reply(bytes, MESSAGE_STATUS, &arena, &message, NULL),
        ERR_OK);
    cr_assert_eq(message.kind, MESSAGE_REFUSAL);
    cr_assert_eq(message.refusal.code, code);
    if (text != NULL) {
        cr_assert(span_equal(message.refusal.text, span_str(text)), "%.*s",
                  (int)message.refusal.text.size,
                  (const char *)message.refusal.text.data);
    }
    arena_done(&arena);
}

void caller_expect_end(struct caller_fd *caller, struct desk *desk)
{
    local_reader_next(&caller->reader);
    cr_assert_eq(receive_some(caller, desk), 0);
}
