/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/stream.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/progress.h"

#define CLOSED_TEXT "the node closed the connection"

void stream_init(struct stream *stream, const struct stream_owner *owner,
                 size_t out_max, uint64_t timeout_ms)
{
    *stream = (struct stream){
        .fd = -1, .timeout_ms = timeout_ms, .owner = *owner, .ended = true
    };
    buf_init(&stream->out, out_max);
}

void stream_close(struct stream *stream)
{
    if (stream->fd >= 0) {
        close(stream->fd);
    }
    stream->fd = -1;
    stream->ended = true;
    stream->out_sent = 0;
    buf_clear(&stream->out);
}

void stream_done(struct stream *stream)
{
    stream_close(stream);
    buf_done(&stream->out);
}

void stream_open(struct stream *stream, int fd)
{
    stream_close(stream);
    stream->fd = fd;
    stream->ended = false;
}

enum err stream_take(struct stream *stream, bool *ret_moved,
                     struct why *ret_why)
{
    for (;;) {
        size_t room;
        uint8_t *to = stream->owner.room(stream->owner.ctx, &room);
        ssize_t got;
        enum err err;

        if (to == NULL) {
            return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
        }
        got = recv(stream->fd, to, room, MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            return ERR_OK;
        }
        if (got <= 0) {
            stream->ended = true;
            return ERR_OK;
        }
        *ret_moved = true;
        err = stream->owner.filled(stream->owner.ctx, (size_t)got, ret_why);
        if (err != ERR_OK) {
            return err;
        }
    }
}

static enum err give_bytes(struct stream *stream, bool *ret_moved,
                           struct why *ret_why)
{
    ssize_t put =
        send(stream->fd, stream->out.data + stream->out_sent,
             stream->out.size - stream->out_sent, MSG_DONTWAIT | MSG_NOSIGNAL);

    if (put >= 0) {
        stream->out_sent += (size_t)put;
        *ret_moved |= put > 0;
        return ERR_OK;
    }
    if (errno == EINTR || errno == EAGAIN || errno == EWOULDBLOCK) {
        return ERR_OK;
    }
    stream->ended = true;
    return why_set(ret_why, ERR_CLOSED, CLOSED_TEXT);
}

enum err stream_move(struct stream *stream, uint64_t *silent_since,
                     struct why *ret_why)
{
    bool writing = stream->out_sent < stream->out.size;
    struct pollfd wait = { .fd = stream->fd, .events = POLLIN };
    uint64_t now = now_ms();
    bool moved = false;
    enum err err = ERR_OK;
    int ready;

    if (interrupted()) {
        return why_set(ret_why, ERR_CANCELLED, "interrupted");
    }
    if (stream->ended) {
        return why_set(ret_why, ERR_CLOSED, CLOSED_TEXT);
    }
    if (now - *silent_since >= stream->timeout_ms) {
        return why_set(ret_why, ERR_TIMEOUT, "no answer for %llu s",
                       (unsigned long long)(stream->timeout_ms / 1000));
    }
    if (writing) {
        wait.events |= POLLOUT;
    }
    ready = interrupt_poll(
        &wait, 1, 1 + (int)(stream->timeout_ms - (now - *silent_since)));
    if (ready < 0 && errno != EINTR) {
        return why_set(ret_why, ERR_IO, "poll: %s", strerror(errno));
    }
    if (ready > 0 && (wait.revents & (POLLIN | POLLHUP | POLLERR)) != 0) {
        err = stream_take(stream, &moved, ret_why);
    }
    if (err == ERR_OK && ready > 0 && writing &&
        (wait.revents & POLLOUT) != 0) {
        err = give_bytes(stream, &moved, ret_why);
    }
    if (moved) {
        *silent_since = now_ms();
    }
    return err;
}

enum err stream_flush(struct stream *stream, struct why *ret_why)
{
    uint64_t silent_since = now_ms();
    enum err err = ERR_OK;

    while (err == ERR_OK && stream->out_sent < stream->out.size) {
        err = stream_move(stream, &silent_since, ret_why);
    }
    return err;
}
