/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/local.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/progress.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/frame.h"

struct local {
    int fd;
    uint64_t timeout_ms;
    struct local_reader reader;
    struct buf out; /* the frame that is being sent */
    size_t out_sent;
    /* Rings: kinds[] of the requests without a reply taken yet, oldest at
     * `first`; the first arrived_count of them have their frame here. */
    enum message_kind kinds[LOCAL_IN_FLIGHT_MAX];
    struct buf frames[LOCAL_IN_FLIGHT_MAX]; /* owned while arrived */
    size_t first;
    size_t asked_count;
    size_t arrived_count;
    struct buf current; /* the frame that the last reply borrows from */
    struct arena arena;
    bool ended; /* the node has closed its side */
};

/* ---- Connection ---------------------------------------------------------- */

static enum err dial(const char *path, int *ret_fd, struct why *ret_why)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    int fd;

    if (strlen(path) >= sizeof(address.sun_path)) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "%s: too long for the name of a socket", path);
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0) {
        return why_set(ret_why, ERR_IO, "socket: %s", strerror(errno));
    }
    if (connect(fd, (const struct sockaddr *)&address, sizeof(address)) != 0) {
        enum err err = errno == EACCES || errno == EPERM ? ERR_PERMISSION
                                                         : ERR_UNREACHABLE;

        err = why_set(ret_why, err, "%s: %s", path, strerror(errno));
        close(fd);
        return err;
    }
    *ret_fd = fd;
    return ERR_OK;
}

enum err local_connect(const char *path, uint64_t timeout_ms,
                       struct local **ret_local, struct why *ret_why)
{
    struct local *local = calloc(1, sizeof(*local));
    enum err err;

    if (local == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    local->fd = -1;
    local->timeout_ms = timeout_ms;
    local_reader_init(&local->reader);
    buf_init(&local->out, LOCAL_HEAD_SIZE + MESSAGE_SIZE_MAX);
    err = arena_init(&local->arena, ARENA_SIZE_MAX);
    if (err != ERR_OK) {
        err = why_set(ret_why, err, "out of memory");
    } else {
        err = dial(path, &local->fd, ret_why);
    }
    if (err != ERR_OK) {
        local_free(local);
        return err;
    }
    *ret_local = local;
    return ERR_OK;
}

void local_free(struct local *local)
{
    if (local == NULL) {
        return;
    }
    for (size_t index = 0; index < local->arrived_count; index++) {
        buf_done(&local->frames[(local->first + index) % LOCAL_IN_FLIGHT_MAX]);
    }
    buf_done(&local->current);
    buf_done(&local->out);
    local_reader_done(&local->reader);
    arena_done(&local->arena);
    if (local->fd >= 0) {
        close(local->fd);
    }
    free(local);
}

size_t local_in_flight(const struct local *local)
{
    return local->asked_count;
}

int local_fd(const struct local *local)
{
    return local->fd;
}

/* ---- Bytes --------------------------------------------------------------- */

static enum err keep_frame(struct local *local, struct why *ret_why)
{
    size_t place = (local->first + local->arrived_count) % LOCAL_IN_FLIGHT_MAX;

    if (local->arrived_count == local->asked_count) {
        return why_set(ret_why, ERR_MALFORMED,
                       "the node sent an answer to nothing");
    }
    local_reader_take(&local->reader, &local->frames[place]);
    local->arrived_count++;
    return ERR_OK;
}

/* Read what the socket has. */
static enum err take_bytes(struct local *local, bool *ret_moved,
                           struct why *ret_why)
{
    for (;;) {
        struct span message;
        size_t room;
        uint8_t *to = local_reader_room(&local->reader, &room);
        ssize_t got;
        enum err err;

        if (to == NULL) {
            return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        }
        got = recv(local->fd, to, room, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return ERR_OK;
        }
        if (got <= 0) {
            local->ended = true;
            return ERR_OK;
        }
        *ret_moved = true;
        err = local_reader_filled(&local->reader, (size_t)got);
        if (err != ERR_OK) {
            return why_set(ret_why, ERR_MALFORMED,
                           "the node sent no frame of ours");
        }
        if (local_reader_frame(&local->reader, &message)) {
            err = keep_frame(local, ret_why);
            if (err != ERR_OK) {
                return err;
            }
        }
    }
}

static enum err give_bytes(struct local *local, bool *ret_moved,
                           struct why *ret_why)
{
    ssize_t put =
        send(local->fd, local->out.data + local->out_sent,
             local->out.size - local->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put >= 0) {
        local->out_sent += (size_t)put;
        *ret_moved = put > 0;
        return ERR_OK;
    }
    if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) {
        return ERR_OK;
    }
    local->ended = true;
    return why_set(ret_why, ERR_CLOSED, "the node closed the connection");
}

/* One round: wait until bytes can move, move them. `silent_since` is when the
 * last byte moved. */
static enum err move(struct local *local, uint64_t *silent_since,
                     struct why *ret_why)
{
    bool writing = local->out_sent < local->out.size;
    struct pollfd wait = { .fd = local->fd, .events = POLLIN };
    uint64_t now = now_ms();
    bool moved = false;
    enum err err = ERR_OK;
    int ready;

    if (interrupted()) {
        return why_set(ret_why, ERR_CANCELLED, "interrupted");
    }
    if (now - *silent_since >= local->timeout_ms) {
        return why_set(ret_why, ERR_TIMEOUT, "no answer for %llu s",
                       (unsigned long long)(local->timeout_ms / 1000));
    }
    if (writing) {
        wait.events |= POLLOUT;
    }
    ready = interrupt_poll(
        &wait, 1, 1 + (int)(local->timeout_ms - (now - *silent_since)));
    if (ready < 0 && errno != EINTR) {
        return why_set(ret_why, ERR_IO, "poll: %s", strerror(errno));
    }
    if (ready > 0 && (wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        err = take_bytes(local, &moved, ret_why);
    }
    if (err == ERR_OK && ready > 0 && writing &&
        (wait.revents & POLLOUT) != 0) {
        err = give_bytes(local, &moved, ret_why);
    }
    if (moved) {
        *silent_since = now_ms();
    }
    return err;
}

/* ---- Requests and replies ------------------------------------------------ */

enum err local_send(struct local *local, const struct message *request,
                    struct why *ret_why)
{
    size_t place = (local->first + local->asked_count) % LOCAL_IN_FLIGHT_MAX;
    uint64_t silent_since = now_ms();
    size_t frame;
    enum err err;

    if (local->asked_count == LOCAL_IN_FLIGHT_MAX) {
        return why_set(ret_why, ERR_BUSY, "too many requests on their way");
    }
    buf_clear(&local->out);
    local->out_sent = 0;
    frame = local_frame_begin(&local->out);
    err = message_encode(request, &local->out);
    if (err == ERR_OK) {
        err = local_frame_end(&local->out, frame);
    }
    if (err != ERR_OK) {
        buf_clear(&local->out);
        return why_set(ret_why, err, "this request cannot be sent: %s",
                       err_text(err));
    }
    local->kinds[place] = request->kind;
    local->asked_count++;
    while (err == ERR_OK && local->out_sent < local->out.size) {
        if (local->ended) {
            err =
                why_set(ret_why, ERR_CLOSED, "the node closed the connection");
        } else {
            err = move(local, &silent_since, ret_why);
        }
    }
    return err;
}

enum err local_receive(struct local *local, struct message *ret_reply,
                       struct why *ret_why)
{
    uint64_t silent_since = now_ms();
    size_t place = local->first;
    struct span bytes;
    enum err err = ERR_OK;

    if (local->asked_count == 0) {
        return why_set(ret_why, ERR_NOT_FOUND, "nothing was asked");
    }
    while (local->arrived_count == 0) {
        if (local->ended) {
            return why_set(ret_why, ERR_CLOSED,
                           "the node closed the connection");
        }
        err = move(local, &silent_since, ret_why);
        if (err != ERR_OK) {
            return err;
        }
    }
    buf_done(&local->current);
    local->current = local->frames[place];
    local->first = (local->first + 1) % LOCAL_IN_FLIGHT_MAX;
    local->asked_count--;
    local->arrived_count--;
    arena_reset(&local->arena);
    bytes = span_part(buf_span(&local->current), LOCAL_HEAD_SIZE,
                      local->current.size);
    return message_decode_reply(bytes, local->kinds[place], &local->arena,
                                ret_reply, ret_why);
}

bool local_ready(struct local *local)
{
    bool moved = false;

    if (local->arrived_count == 0 && !local->ended) {
        /* What fails here fails again, and is told, in local_receive(). */
        (void)take_bytes(local, &moved, NULL);
    }
    return local->arrived_count > 0;
}

/* A stable name: what is none becomes nothing. */
static void code_copy(char ret_code[static LOCAL_CODE_SIZE], struct span name)
{
    size_t size = name.size < LOCAL_CODE_SIZE ? name.size : 0;

    for (size_t index = 0; index < size; index++) {
        uint8_t byte = name.data[index];

        if (!(byte >= 'A' && byte <= 'Z') && byte != '-') {
            size = 0;
        }
    }
    if (size > 0) {
        memcpy(ret_code, name.data, size);
    }
    ret_code[size] = '\0';
}

enum err local_refused(const struct message *reply,
                       char ret_code[static LOCAL_CODE_SIZE],
                       struct why *ret_why)
{
    const struct msg_refusal *refusal = &reply->refusal;
    enum err err = ERR_REFUSED;

    if (refusal->code > ERR_OK && refusal->code < ERR_COUNT) {
        err = (enum err)refusal->code;
    }
    code_copy(ret_code, refusal->name);
    return why_set(
        ret_why, err, "%.*s",
        refusal->text.size < WHY_SIZE ? (int)refusal->text.size : WHY_SIZE,
        refusal->text.size == 0 ? "" : (const char *)refusal->text.data);
}

enum err local_ask(struct local *local, const struct message *request,
                   struct message *ret_reply,
                   char ret_code[static LOCAL_CODE_SIZE], struct why *ret_why)
{
    struct message reply;
    enum err err;

    ret_code[0] = '\0';
    err = local_send(local, request, ret_why);
    if (err == ERR_OK) {
        err = local_receive(local, &reply, ret_why);
    }
    if (err == ERR_OK && reply.kind == MESSAGE_REFUSAL) {
        return local_refused(&reply, ret_code, ret_why);
    }
    if (err == ERR_OK) {
        *ret_reply = reply;
    }
    return err;
}
