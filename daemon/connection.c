/* SPDX-License-Identifier: Apache-2.0 */
/* A slot: FREE -> WAITING [frame_arrived] -> READY [slot_send] -> WRITING
 * [flush, in the order of the slots] -> FREE [written]. */
#include "connection.h"

#include <stdlib.h>

#include "base/bytes.h"
#include "base/check.h"
#include "base/limits.h"
#include "control_state.h"
#include "request.h"
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
    size_t charged;                /* bytes, of control->charged */
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

/* ---- memory ---- */

static void slot_charge(struct slot *slot, size_t size)
{
    struct control *control = slot->connection->control;

    control->charged += size;
    control->charged -= slot->charged;
    slot->charged = size;
}

/* What a request holds until it is answered: its frame, its arrays, and of
 * those that read the store a whole answer. */
static size_t request_size(const struct slot *slot)
{
    enum message_kind kind = slot->request->message.kind;
    bool reads = kind == MESSAGE_GET_NOTES || kind == MESSAGE_GET_RECORDS ||
                 kind == MESSAGE_GET_NAMES || kind == MESSAGE_GET_BLOCKS ||
                 kind == MESSAGE_LIST;

    return slot->frame.size + REQUEST_ARENA_SIZE +
           (reads ? MESSAGE_SIZE_MAX : 0);
}

static bool may_read(const struct connection *connection)
{
    const struct control *control = connection->control;

    if (connection->is_closing || connection->is_refused ||
        control->is_stopping || connection->count == CONTROL_REQUESTS_MAX) {
        return false;
    }
    return connection->count == 0 || control->charged < CONTROL_BYTES_MAX;
}

/* Something was let go: whoever waited for it is read from again. */
static void read_paused(struct control *control)
{
    for (size_t i = 0; i < CONTROL_CONNECTIONS_MAX; i++) {
        struct connection *connection = control->connections[i];

        if (connection != NULL && connection->is_paused &&
            may_read(connection)) {
            connection_read(connection);
        }
    }
}

/* ---- connections ---- */

static void slot_reset(struct slot *slot)
{
    slot_charge(slot, 0);
    buf_done(&slot->frame);
    buf_done(&slot->answer);
    slot->request = NULL;
    slot->state = SLOT_FREE;
}

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
        if (connection->slots[i].state != SLOT_FREE) {
            slot_reset(&connection->slots[i]);
        }
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

void connection_close(struct connection *connection)
{
    struct control *control = connection->control;

    if (connection->is_closing) {
        return;
    }
    connection->is_closing = true;
    for (size_t i = 0; i < CONTROL_REQUESTS_MAX; i++) {
        struct request *request = connection->slots[i].request;

        if (connection->slots[i].state == SLOT_WAITING && request != NULL) {
            request->is_hung_up = true; /* nothing answers it any more */
            control->options.hung_up(control->options.ctx, request);
            request_hang_up(request);
        }
    }
    uv_close((uv_handle_t *)&connection->pipe, connection_closed);
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
    }
    read_paused(connection->control);
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
        bytes_put_u32(slot->head, (uint32_t)slot->answer.size);

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
    buf_done(&slot->frame);
    slot_charge(slot, slot->answer.size);
}

static void slot_shed(struct request *request)
{
    struct slot *slot = request->carrier;

    buf_done(&slot->frame);
    slot_charge(slot, 0);
    read_paused(slot->connection->control);
}

static void slot_drop(struct request *request)
{
    struct slot *slot = request->carrier;
    struct connection *connection = slot->connection;
    struct control *control = connection->control;

    if (connection->is_closing) {
        slot_reset(slot);
        connection_release(connection);
    } else if (slot->state == SLOT_READY) {
        flush(connection);
    } else {
        /* No answer to this one, and order is all that the others have. */
        slot->request = NULL;
        slot->state = SLOT_READY;
        connection_close(connection);
    }
    read_paused(control);
}

static const struct request_ops slot_ops = {
    .begin = slot_begin,
    .finish = slot_finish,
    .send = slot_send,
    .shed = slot_shed,
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
        request_refuse_bytes(request, err, why.text);
        return;
    }
    slot_charge(slot, request_size(slot));
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
    if (!connection->is_closing && !may_read(connection)) {
        connection->is_paused = true;
        uv_read_stop((uv_stream_t *)&connection->pipe);
    }
}

void connection_read(struct connection *connection)
{
    connection->is_paused = false;
    if (uv_read_start((uv_stream_t *)&connection->pipe, give_room,
                      bytes_came) != 0) {
        connection_close(connection);
    }
}

void connection_refuse(struct connection *connection)
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

struct connection *connection_new(struct control *control)
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

uv_stream_t *connection_stream(struct connection *connection)
{
    return (uv_stream_t *)&connection->pipe;
}

void connection_stop(struct connection *connection)
{
    if (!connection->is_closing) {
        uv_read_stop((uv_stream_t *)&connection->pipe);
    }
}

bool connection_is_idle(const struct connection *connection)
{
    return connection->is_closing || connection->count == 0;
}
