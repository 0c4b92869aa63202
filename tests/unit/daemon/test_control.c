/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/control.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "wire/decode.h"

#define NOBODY 65534

static struct desk desk;

static void setup(void)
{
    desk_open(&desk);
}

static void teardown(void)
{
    desk_close(&desk);
}

TestSuite(control, .init = setup, .fini = teardown);

/* A frame may come byte by byte, and two may come at once. */
Test(control, takes_odd_pieces)
{
    struct caller_fd caller;
    struct buf frames;

    buf_init(&frames, 1024);
    frame_put(&frames, MESSAGE_STATUS);
    caller_connect(&caller, &desk);
    for (size_t i = 0; i < frames.size; i++) {
        cr_assert_eq(desk.asked_count, 0);
        caller_send(&caller, &desk, span_part(buf_span(&frames), i, 1));
        desk_settle(&desk);
    }
    cr_assert_eq(desk.asked_count, 1);
    frame_put(&frames, MESSAGE_STATUS);
    frame_put(&frames, MESSAGE_RELOAD);
    caller_send(&caller, &desk, buf_span(&frames));
    desk_until(&desk, &desk.asked_count, 4);
    for (size_t i = 0; i < 4; i++) {
        desk_refuse(&desk, i, "seen");
        caller_expect(&caller, &desk, ERR_REFUSED, "seen");
    }
    caller_close(&caller);
    buf_done(&frames);
}

/* Answers leave in the order of the requests, whichever is ready first. */
Test(control, answers_in_order)
{
    struct caller_fd caller;
    char text[16];

    caller_connect(&caller, &desk);
    for (size_t i = 0; i < 20; i++) {
        caller_ask(&caller, &desk, MESSAGE_STATUS);
    }
    desk_until(&desk, &desk.asked_count, 20);
    for (size_t i = 20; i > 0; i--) {
        snprintf(text, sizeof(text), "%zu", i - 1);
        desk_refuse(&desk, i - 1, text);
    }
    for (size_t i = 0; i < 20; i++) {
        snprintf(text, sizeof(text), "%zu", i);
        caller_expect(&caller, &desk, ERR_REFUSED, text);
    }
    desk_settle(&desk);
    cr_assert(control_is_idle(desk.control));
    caller_close(&caller);
}

/* A caller has so many requests in hand and no more: the next one waits until
 * an answer was taken. */
Test(control, limits_requests)
{
    struct caller_fd caller;

    caller_connect(&caller, &desk);
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX + 2; i++) {
        caller_ask(&caller, &desk, MESSAGE_STATUS);
    }
    desk_until(&desk, &desk.asked_count, CONTROL_REQUESTS_MAX);
    desk_settle(&desk);
    cr_assert_eq(desk.asked_count, CONTROL_REQUESTS_MAX);
    /* Not the oldest: its answer cannot leave yet. */
    desk_refuse(&desk, 1, "b");
    desk_settle(&desk);
    cr_assert_eq(desk.asked_count, CONTROL_REQUESTS_MAX);
    desk_refuse(&desk, 0, "a");
    desk_until(&desk, &desk.asked_count, CONTROL_REQUESTS_MAX + 2);
    caller_close(&caller);
}

/* All callers share the memory: whoever has nothing in hand is heard even then,
 * the others when something was let go. */
Test(control, limits_memory)
{
    struct caller_fd callers[3];
    size_t before;

    for (size_t i = 0; i < 3; i++) {
        caller_connect(&callers[i], &desk);
    }
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        caller_ask(&callers[0], &desk, MESSAGE_LIST);
    }
    desk_until(&desk, &desk.asked_count, CONTROL_REQUESTS_MAX);
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        caller_ask(&callers[1], &desk, MESSAGE_LIST);
    }
    desk_settle(&desk);
    before = desk.asked_count;
    cr_assert_gt(before, CONTROL_REQUESTS_MAX);
    cr_assert_lt(before, 2 * CONTROL_REQUESTS_MAX);
    cr_assert_leq(before * MESSAGE_SIZE_MAX, CONTROL_BYTES_MAX);
    caller_ask(&callers[2], &desk, MESSAGE_LIST);
    caller_ask(&callers[2], &desk, MESSAGE_LIST);
    desk_until(&desk, &desk.asked_count, before + 1);
    desk_settle(&desk);
    cr_assert_eq(desk.asked_count, before + 1);
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        desk_refuse(&desk, i, "let go");
    }
    desk_until(&desk, &desk.asked_count, 2 * CONTROL_REQUESTS_MAX + 2);
    for (size_t i = 0; i < 3; i++) {
        caller_close(&callers[i]);
    }
}

/* A request that waits without its bytes makes room for others. */
Test(control, forgets_what_is_shed)
{
    struct caller_fd callers[2];
    size_t before;

    for (size_t i = 0; i < 2; i++) {
        caller_connect(&callers[i], &desk);
        for (size_t k = 0; k < CONTROL_REQUESTS_MAX; k++) {
            caller_ask(&callers[i], &desk, MESSAGE_LIST);
        }
    }
    desk_settle(&desk);
    before = desk.asked_count;
    cr_assert_lt(before, 2 * CONTROL_REQUESTS_MAX);
    for (size_t i = 0; i < before; i++) {
        request_shed(request_find(desk.requests, desk.asked[i]));
    }
    desk_until(&desk, &desk.asked_count, 2 * CONTROL_REQUESTS_MAX);
    for (size_t i = 0; i < 2; i++) {
        caller_close(&callers[i]);
    }
}

/* Hanging up in the middle of a frame leaves nothing behind. */
Test(control, hangs_up_in_the_middle)
{
    struct caller_fd caller;
    struct buf frame;

    buf_init(&frame, 1024);
    frame_put(&frame, MESSAGE_LIST);
    caller_connect(&caller, &desk);
    caller_send(&caller, &desk, span_part(buf_span(&frame), 0, frame.size - 1));
    desk_settle(&desk);
    caller_close(&caller);
    desk_settle(&desk);
    cr_assert_eq(desk.asked_count, 0);
    cr_assert(control_is_idle(desk.control));
    buf_done(&frame);
}

/* Requests of a caller that hung up are forgotten: at once, or when the job
 * that looks at them is done. */
Test(control, hangs_up_before_answers)
{
    struct caller_fd caller;
    struct request *request;

    caller_connect(&caller, &desk);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 2);
    request = request_find(desk.requests, desk.asked[0]);
    request->is_busy = true;
    caller_close(&caller);
    desk_until(&desk, &desk.hung_up_count, 2);
    desk_settle(&desk);
    cr_assert_eq(requests_count(desk.requests), 1);
    cr_assert(request->is_hung_up);
    request->is_busy = false;
    request_send(request, ERR_OK);
    cr_assert_eq(requests_count(desk.requests), 0);
}

/* An answer to somebody who is gone does no harm. */
Test(control, answers_nobody)
{
    struct caller_fd caller;

    caller_connect(&caller, &desk);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 2);
    caller_close(&caller);
    desk_refuse(&desk, 0, "nobody hears it");
    desk_settle(&desk);
    cr_assert_eq(requests_count(desk.requests), 0);
}

/* A request that ends without an answer ends the connection: order is all that
 * the others have. */
Test(control, drops_connection_with_request)
{
    struct caller_fd caller;

    caller_connect(&caller, &desk);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 2);
    request_drop(request_find(desk.requests, desk.asked[0]));
    caller_expect_end(&caller, &desk);
    cr_assert_eq(desk.hung_up_count, 1);
    caller_close(&caller);
}

/* A length that no message has, and none at all: hung up on, nothing asked. */
Test(control, refuses_lengths)
{
    static const uint8_t lengths[][4] = { { 0xff, 0xff, 0xff, 0xff },
                                          { 0, 0x14, 0, 1 },
                                          { 0, 0, 0, 0 } };
    struct caller_fd caller;

    for (size_t i = 0; i < 3; i++) {
        caller_connect(&caller, &desk);
        caller_send(&caller, &desk, span_of(lengths[i], 4));
        caller_expect_end(&caller, &desk);
        caller_close(&caller);
    }
    cr_assert_eq(desk.asked_count, 0);
}

/* A frame that is no request is answered so, and the next one is heard. */
Test(control, refuses_garbage)
{
    static const uint8_t garbage[] = { 0, 0, 0, 6, 99, 0, 0, 0, 0, 7 };
    struct caller_fd caller;

    caller_connect(&caller, &desk);
    caller_send(&caller, &desk, span_of(garbage, sizeof(garbage)));
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 1);
    desk_refuse(&desk, 0, "the good one");
    cr_assert_eq(requests_count(desk.requests), 0);
    caller_expect(&caller, &desk, ERR_UNSUPPORTED, NULL);
    caller_expect(&caller, &desk, ERR_REFUSED, "the good one");
    caller_close(&caller);
}

/* One caller too many is hung up on; there is room again when one has left. */
Test(control, limits_connections)
{
    struct caller_fd callers[CONTROL_CONNECTIONS_MAX];
    struct caller_fd more;

    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        caller_connect(&callers[i], &desk);
        desk_settle(&desk);
    }
    caller_connect(&more, &desk);
    caller_expect_end(&more, &desk);
    caller_close(&more);
    caller_ask(&callers[0], &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 1);
    caller_close(&callers[5]);
    desk_settle(&desk);
    caller_connect(&callers[5], &desk);
    caller_ask(&callers[5], &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 2);
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        caller_close(&callers[i]);
    }
}

/* Stopped: nobody new, nothing more is read, what is in hand is answered. */
Test(control, stops)
{
    struct caller_fd caller;
    struct stat status;

    caller_connect(&caller, &desk);
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    desk_until(&desk, &desk.asked_count, 1);
    control_stop(desk.control);
    cr_assert(!control_is_idle(desk.control));
    caller_ask(&caller, &desk, MESSAGE_STATUS);
    desk_settle(&desk);
    cr_assert_eq(desk.asked_count, 1);
    cr_assert_neq(stat(desk.path, &status), 0, "the socket is still there");
    desk_refuse(&desk, 0, "still answered");
    caller_expect(&caller, &desk, ERR_REFUSED, "still answered");
    desk_settle(&desk);
    cr_assert(control_is_idle(desk.control));
    cr_assert_eq(desk.asked_count, 1);
    caller_close(&caller);
}

/* Closed: everybody is hung up on, with requests in hand and half-sent. */
Test(control, closes)
{
    struct caller_fd callers[2];

    caller_connect(&callers[0], &desk);
    caller_connect(&callers[1], &desk);
    caller_ask(&callers[0], &desk, MESSAGE_STATUS);
    caller_send(&callers[1], &desk, span_str("\0"));
    desk_until(&desk, &desk.asked_count, 1);
    control_close(desk.control);
    caller_expect_end(&callers[0], &desk);
    caller_expect_end(&callers[1], &desk);
    cr_assert_eq(desk.hung_up_count, 1);
    desk_settle(&desk);
    cr_assert(control_is_gone(desk.control));
    caller_close(&callers[0]);
    caller_close(&callers[1]);
}

/* In a process of its own: the refusal is all that it gets. Gives 0 or the
 * number of the step that failed. */
static int call_as_nobody(const char *path)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    uint8_t bytes[4096];
    size_t have = 0;
    ssize_t size;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    strcpy(address.sun_path, path);
    if (setgid(NOBODY) != 0 || setuid(NOBODY) != 0) {
        return 1;
    }
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
        return 2;
    }
    while ((size = read(fd, bytes + have, sizeof(bytes) - have)) > 0) {
        have += (size_t)size;
    }
    if (size != 0 || have < 9 || bytes[LOCAL_HEAD_SIZE] != MESSAGE_REFUSAL) {
        return 3;
    }
    return 0;
}

/* Another user of this machine is told so, and hung up on. */
Test(control, refuses_other_users)
{
    pid_t child;
    int status = -1;

    if (geteuid() != 0) {
        cr_skip_test("needs root");
    }
    cr_assert_eq(chmod(desk.folder, 0755), 0);
    cr_assert_eq(chmod(desk.path, 0666), 0);
    child = fork();
    cr_assert_geq(child, 0);
    if (child == 0) {
        _exit(call_as_nobody(desk.path));
    }
    while (waitpid(child, &status, WNOHANG) == 0) {
        uv_run(&desk.loop, UV_RUN_NOWAIT);
    }
    cr_assert(WIFEXITED(status));
    cr_assert_eq(WEXITSTATUS(status), 0);
    cr_assert_eq(desk.asked_count, 0);
}

/* Only the owner and its group can reach the socket. */
Test(control, sets_rights)
{
    struct stat status;

    cr_assert_eq(stat(desk.path, &status), 0);
    cr_assert_eq(status.st_mode & 07777, 0660);
    cr_assert(S_ISSOCK(status.st_mode));
}

/* ---- making it ---- */

static enum err make(const char *path, const char *group, struct why *why)
{
    struct control *control = NULL;
    struct control_options options = {
        .loop = &desk.loop,
        .path = path,
        .group = group,
        .requests = desk.requests,
    };
    enum err err = control_new(&options, &control, why);

    if (err == ERR_OK) {
        control_close(control);
        while (!control_is_gone(control)) {
            uv_run(&desk.loop, UV_RUN_ONCE);
        }
        control_free(control);
    }
    return err;
}

/* A socket that an earlier run left there is replaced. */
Test(control, replaces_left_over_socket)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct why why = { "" };
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    snprintf(address.sun_path, sizeof(address.sun_path), "%s/left",
             desk.folder);
    cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    close(fd);
    cr_assert_eq(make(address.sun_path, "", &why), ERR_OK, "%s", why.text);
}

/* A file with that name is somebody's, and stays. */
Test(control, leaves_files_alone)
{
    char path[108];
    struct stat status;
    struct why why = { "" };
    FILE *file;

    cr_assert_gt(snprintf(path, sizeof(path), "%.60s/file", desk.folder), 0);
    file = fopen(path, "w");
    cr_assert_not_null(file);
    fclose(file);
    cr_assert_eq(make(path, "", &why), ERR_IO);
    cr_assert_not_null(strstr(why.text, path));
    cr_assert_eq(stat(path, &status), 0);
    cr_assert(S_ISREG(status.st_mode));
}

/* A group that this machine does not have is an error, not an open door. */
Test(control, needs_its_group)
{
    char path[108];
    struct why why = { "" };

    cr_assert_gt(snprintf(path, sizeof(path), "%.60s/other", desk.folder), 0);
    cr_assert_eq(make(path, "no-such-group-here", &why), ERR_NOT_FOUND);
    cr_assert_not_null(strstr(why.text, "no-such-group-here"));
}
