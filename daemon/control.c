/* SPDX-License-Identifier: Apache-2.0 */
/* A slot: FREE -> WAITING [frame_arrived] -> READY [slot_send] -> WRITING
 * [flush, in the order of the slots] -> FREE [written]. */
#include "control.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "access.h"
#include "base/check.h"
#include "wire/decode.h"
#include "wire/encode.h"
#include "wire/frame.h"

enum slot_state {
    SLOT_FREE,
    SLOT_WAITING,
    SLOT_READY,
    SLOT_WRITING
};

struct connection;

struct slot {
    enum slot_state state;
    struct connection *connection; /* borrowed */
    struct request *request;       /* WAITING only */
    struct buf frame;              /* owned; the request's bytes */
    struct buf answer;             /* owned */
    uint8_t head[LOCAL_HEAD_SIZE];
    uv_write_t write;
};

struct connection {
    uv_pipe_t pipe;
    struct control *control;
    struct local_reader reader;
    struct slot slots[CONTROL_REQUESTS_MAX]; /* a ring */
    size_t first;                            /* oldest slot in use */
    size_t count;
    struct caller caller;
    bool is_closing;
    bool is_closed; /* libuv let go of the pipe */
    bool is_paused;
    bool is_refused; /* hang up when the refusal is written */
};

struct control {
    struct control_options options;
    uv_pipe_t server;
    bool server_closed;
    bool is_stopping;
    struct connection *connections[CONTROL_CONNECTIONS_MAX];
};

static void read_more(struct connection *connection);

/* Memory of a connection goes when libuv and the last request let go. */
static void connection_release(struct connection *connection)
{
    struct control *control = connection->control;

    if (!connection->is_closed) {
        return;
    }
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        if (connection->slots[i].state == SLOT_WAITING) {
            return;
        }
    }
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        buf_done(&connection->slots[i].frame);
        buf_done(&connection->slots[i].answer);
    }
    local_reader_done(&connection->reader);
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] == connection) {
            control->connections[i] = NULL;
        }
    }
    free(connection);
}

static void connection_closed(uv_handle_t *handle)
{
    struct connection *connection = handle->data;

    connection->is_closed = true;
    connection_release(connection);
}

static void connection_close(struct connection *connection)
{
    struct control *control = connection->control;

    if (connection->is_closing) {
        return;
    }
    connection->is_closing = true;
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        struct request *request = connection->slots[i].request;

        if (connection->slots[i].state == SLOT_WAITING && request != NULL) {
            control->options.hung_up(control->options.ctx, request);
            request_hang_up(request);
        }
    }
    uv_close((uv_handle_t *)&connection->pipe, connection_closed);
}

static void slot_reset(struct slot *slot)
{
    buf_done(&slot->frame);
    buf_done(&slot->answer);
    slot->request = NULL;
    slot->state = SLOT_FREE;
}

static void written(uv_write_t *write, int status)
{
    struct slot *slot = write->data;
    struct connection *connection = slot->connection;

    /* Answers leave in order, so it is always the oldest slot. */
    slot_reset(slot);
    connection->first = (connection->first + 1) % CONTROL_REQUESTS_MAX;
    connection->count--;
    if (status != 0 || (connection->is_refused && connection->count == 0)) {
        connection_close(connection);
        return;
    }
    if (connection->is_paused && !connection->is_closing) {
        read_more(connection);
    }
}

static void flush(struct connection *connection)
{
    for (size_t i = 0; i < connection->count && !connection->is_closing; i++) {
        struct slot *slot =
            &connection->slots[(connection->first + i) % CONTROL_REQUESTS_MAX];

        if (slot->state == SLOT_WRITING) {
            continue;
        }
        if (slot->state != SLOT_READY) {
            return;
        }
        for (size_t k = 0; k < LOCAL_HEAD_SIZE; k++) {
            slot->head[k] = (uint8_t)(slot->answer.size >> (24 - 8 * k));
        }

        uv_buf_t parts[2] = {
            uv_buf_init((char *)slot->head, LOCAL_HEAD_SIZE),
            uv_buf_init((char *)slot->answer.data, (unsigned)slot->answer.size),
        };

        slot->state = SLOT_WRITING;
        slot->write.data = slot;
        if (uv_write(&slot->write, (uv_stream_t *)&connection->pipe, parts, 2,
                     written) != 0) {
            connection_close(connection);
        }
    }
}

static enum err slot_begin(struct request *request, size_t size)
{
    struct slot *slot = request->carrier;

    (void)size; /* the answer brings its own memory */
    return slot->connection->is_closing ? ERR_CLOSED : ERR_OK;
}

static enum err slot_finish(struct request *request, struct buf *message)
{
    struct slot *slot = request->carrier;

    slot->answer = *message;
    buf_init(message, message->max);
    return ERR_OK;
}

static void slot_send(struct request *request)
{
    struct slot *slot = request->carrier;

    slot->state = SLOT_READY;
    slot->request = NULL;
}

static void slot_drop(struct request *request)
{
    struct slot *slot = request->carrier;
    struct connection *connection = slot->connection;

    if (connection->is_closing) {
        slot_reset(slot);
        connection_release(connection);
        return;
    }
    if (slot->state != SLOT_READY) {
        /* No answer to this one, and order is all that the others have. */
        slot->request = NULL;
        slot->state = SLOT_READY;
        connection_close(connection);
        return;
    }
    flush(connection);
}

static const struct request_ops slot_ops = {
    .begin = slot_begin,
    .finish = slot_finish,
    .send = slot_send,
    .drop = slot_drop,
};

static struct slot *slot_take(struct connection *connection)
{
    struct slot *slot =
        &connection->slots[(connection->first + connection->count) %
                           CONTROL_REQUESTS_MAX];

    CHECK(connection->count < CONTROL_REQUESTS_MAX);
    connection->count++;
    slot->state = SLOT_WAITING;
    slot->connection = connection;
    buf_init(&slot->answer, 0);
    return slot;
}

/* A whole frame is in the reader. */
static void frame_arrived(struct connection *connection)
{
    struct control *control = connection->control;
    struct slot *slot = slot_take(connection);
    struct request *request;
    struct why why = { "" };

    local_reader_take(&connection->reader, &slot->frame);

    enum err err =
        request_new(control->options.requests, &slot_ops, slot, &request);

    if (err != ERR_OK) {
        slot->state = SLOT_READY;
        connection_close(connection);
        return;
    }
    slot->request = request;
    request->caller = connection->caller;
    err = message_decode_request(
        span_part(buf_span(&slot->frame), LOCAL_HEAD_SIZE, slot->frame.size),
        &request->arena, &request->message, &why);
    if (err != ERR_OK) {
        request_refuse(request, err, "REQUEST-BAD", why.text);
        return;
    }
    control->options.asked(control->options.ctx, request);
}

static void give_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_buf)
{
    struct connection *connection = handle->data;
    size_t size = 0;
    uint8_t *room = local_reader_room(&connection->reader, &size);

    (void)suggested; /* we know what the frame at hand still needs */
    *ret_buf = uv_buf_init((char *)room, room != NULL ? (unsigned)size : 0);
}

static void bytes_came(uv_stream_t *stream, ssize_t size, const uv_buf_t *bytes)
{
    struct connection *connection = stream->data;
    struct span message;

    (void)bytes; /* they lie in the reader already */
    if (size == 0) {
        return; /* EAGAIN */
    }
    if (size < 0 ||
        local_reader_filled(&connection->reader, (size_t)size) != ERR_OK) {
        connection_close(connection);
        return;
    }
    if (local_reader_frame(&connection->reader, &message)) {
        frame_arrived(connection);
    }
    if (!connection->is_closing && connection->count == CONTROL_REQUESTS_MAX) {
        connection->is_paused = true;
        uv_read_stop((uv_stream_t *)&connection->pipe);
    }
}

static void read_more(struct connection *connection)
{
    connection->is_paused = false;
    if (connection->control->is_stopping) {
        return;
    }
    if (uv_read_start((uv_stream_t *)&connection->pipe, give_room,
                      bytes_came) != 0) {
        connection_close(connection);
    }
}

/* Say why, then hang up. */
static void refuse_user(struct connection *connection)
{
    struct slot *slot = slot_take(connection);

    buf_init(&slot->answer, 4096);
    if (refusal_encode(ERR_PERMISSION, "NOT-PERMITTED",
                       "this user may not ask this node: only root, the "
                       "node's own user and members of [control] group",
                       &slot->answer) != ERR_OK) {
        connection_close(connection);
        return;
    }
    slot->state = SLOT_READY;
    connection->is_refused = true;
    flush(connection);
}

static bool user_allowed(struct connection *connection)
{
    struct ucred who;
    socklen_t size = sizeof(who);
    uv_os_fd_t fd;

    return uv_fileno((uv_handle_t *)&connection->pipe, &fd) == 0 &&
           getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size) == 0 &&
           access_user(who.uid, who.gid, connection->control->options.group);
}

static struct connection *connection_new(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL) {
            continue;
        }

        struct connection *connection = calloc(1, sizeof(*connection));

        if (connection == NULL ||
            uv_pipe_init(control->options.loop, &connection->pipe, 0) != 0) {
            free(connection);
            return NULL;
        }
        connection->control = control;
        connection->pipe.data = connection;
        connection->caller.kind = CALLER_LOCAL;
        local_reader_init(&connection->reader);
        control->connections[i] = connection;
        return connection;
    }
    return NULL;
}

static void closed_at_once(uv_handle_t *handle)
{
    free(handle);
}

/* Full: the connection is taken and dropped, so that it does not wait. */
static void turn_away(struct control *control)
{
    uv_pipe_t *pipe = malloc(sizeof(*pipe));

    if (pipe == NULL || uv_pipe_init(control->options.loop, pipe, 0) != 0) {
        free(pipe);
        return;
    }
    (void)uv_accept((uv_stream_t *)&control->server, (uv_stream_t *)pipe);
    uv_close((uv_handle_t *)pipe, closed_at_once);
}

static void caller_came(uv_stream_t *server, int status)
{
    struct control *control = server->data;

    if (status != 0 || control->is_stopping) {
        return;
    }

    struct connection *connection = connection_new(control);

    if (connection == NULL) {
        turn_away(control);
        return;
    }
    if (uv_accept(server, (uv_stream_t *)&connection->pipe) != 0) {
        connection_close(connection);
        return;
    }
    if (!user_allowed(connection)) {
        refuse_user(connection);
        return;
    }
    read_more(connection);
}

static void server_closed(uv_handle_t *handle)
{
    struct control *control = handle->data;

    control->server_closed = true;
}

/* 0660, and the group that may use it. */
static enum err set_rights(const struct control_options *options,
                           struct why *ret_why)
{
    gid_t gid = (gid_t)-1;

    if (options->group[0] != '\0') {
        const struct group *group = getgrnam(options->group);

        if (group != NULL) {
            gid = group->gr_gid;
        }
    }
    if ((gid != (gid_t)-1 && chown(options->path, (uid_t)-1, gid) != 0) ||
        chmod(options->path, 0660) != 0) {
        return why_set(ret_why, ERR_IO, "control socket %s: %s", options->path,
                       strerror(errno));
    }
    return ERR_OK;
}

enum err control_new(const struct control_options *options,
                     struct control **ret_control, struct why *ret_why)
{
    struct control *control = calloc(1, sizeof(*control));

    if (control == NULL) {
        return ERR_NO_MEMORY;
    }
    control->options = *options;
    if (uv_pipe_init(options->loop, &control->server, 0) != 0) {
        free(control);
        return ERR_NO_MEMORY;
    }
    control->server.data = control;
    (void)unlink(options->path); /* left over: the directory is ours */

    mode_t mask = umask(0117);
    int rc = uv_pipe_bind(&control->server, options->path);

    umask(mask);
    if (rc == 0) {
        rc = uv_listen((uv_stream_t *)&control->server, 16, caller_came);
    }

    enum err err = ERR_OK;

    if (rc != 0) {
        err = why_set(ret_why, ERR_IO, "control socket %s: %s", options->path,
                      uv_strerror(rc));
    } else {
        err = set_rights(options, ret_why);
    }
    if (err != ERR_OK) {
        uv_close((uv_handle_t *)&control->server, server_closed);
        while (!control->server_closed) {
            uv_run(options->loop, UV_RUN_ONCE);
        }
        free(control);
        return err;
    }
    *ret_control = control;
    return ERR_OK;
}

void control_stop(struct control *control)
{
    if (control->is_stopping) {
        return;
    }
    control->is_stopping = true;
    uv_close((uv_handle_t *)&control->server, server_closed);
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL &&
            !control->connections[i]->is_closing) {
            uv_read_stop((uv_stream_t *)&control->connections[i]->pipe);
        }
    }
}

void control_close(struct control *control)
{
    control_stop(control);
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL) {
            connection_close(control->connections[i]);
        }
    }
}

bool control_is_idle(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        const struct connection *connection = control->connections[i];

        if (connection != NULL && !connection->is_closing &&
            connection->count > 0) {
            return false;
        }
    }
    return true;
}

bool control_is_gone(const struct control *control)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        if (control->connections[i] != NULL) {
            return false;
        }
    }
    return control->server_closed;
}

void control_free(struct control *control)
{
    CHECK(control == NULL || control_is_gone(control));
    free(control);
}
