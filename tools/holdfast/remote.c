/* SPDX-License-Identifier: Apache-2.0 */
#include "tools/holdfast/remote.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/reader.h"
#include "crypto/aead.h"
#include "net/resolve.h"
#include "net/session.h"
#include "net/sp.h"
#include "tools/holdfast/interrupt.h"
#include "tools/holdfast/line_parts.h"
#include "tools/holdfast/progress.h"
#include "tools/holdfast/tcp.h"
#include "wire/encode.h"

#define CONNECT_MS 10000
/* Below TIMEOUT_HANDSHAKE_MS, when a node hangs up on a stranger: whoever
 * closes before has another reason. */
#define SHAKE_MS 8000
#define AGAIN_MS 200
#define LITERALS_MAX 16
#define PEER_SIZE (LABEL_SIZE_MAX + ADDRESS_SIZE_MAX + 8)

struct asked {
    uint32_t number;  /* in the head of the message */
    uint64_t counter; /* of the frame; its reply begins with it */
};

struct remote {
    struct line line;
    struct remote_options options;
    struct x25519_pair key;    /* owned */
    struct sessions *sessions; /* owned */
    struct aead aead;
    struct sp_reader reader;
    uint32_t pipe_id; /* of this connection; a new one has a new number */
    uint32_t serial;
    bool is_shaking;
    uint64_t shake_ms; /* since when */
    uint32_t shake_number;
    struct asked asked[LINE_IN_FLIGHT_MAX]; /* by place */
    char peer[PEER_SIZE];
};

static struct remote *remote_of(struct line *line)
{
    return (struct remote *)line;
}

static uint32_t next_number(struct remote *remote)
{
    return SP_NUMBER_BIT | ++remote->serial;
}

/* ---- What comes in ------------------------------------------------------- */

/* The plaintext of a reply's frame, where it lies. */
static enum err open_frame(struct remote *remote, struct buf *message,
                           struct span *ret_plain)
{
    uint8_t *frame = message->data + SP_HEAD_SIZE;
    size_t size = message->size - SP_HEAD_SIZE;
    struct opening opening;
    struct session *session;
    enum err err = session_opening(remote->sessions, remote->pipe_id,
                                   span_of(frame, size), &opening);

    if (err != ERR_OK) {
        return err;
    }
    err = frame_open(&opening, &remote->aead, frame, size, ret_plain);
    if (err == ERR_OK) {
        err = session_opened(remote->sessions, &opening, ret_plain->size,
                             now_ms(), &session);
    }
    opening_done(&opening);
    return err;
}

static enum err take_reply(struct remote *remote, size_t place,
                           struct buf *message, struct why *ret_why)
{
    struct reader reader;
    struct span plain;
    enum err err = open_frame(remote, message, &plain);

    if (err == ERR_OK) {
        reader_init(&reader, plain);
        if (reader_u64(&reader) != remote->asked[place].counter ||
            reader.failed) {
            err = ERR_MALFORMED;
        }
    }
    if (err != ERR_OK) {
        buf_done(message);
        return why_set(ret_why, ERR_MALFORMED,
                       "an answer was damaged on the way, or is not from the "
                       "node");
    }
    return line_arrived(&remote->line, place, message, reader.left, ret_why);
}

static enum err take_welcome(struct remote *remote, struct buf *message,
                             struct why *ret_why)
{
    struct session *session;
    enum err err = session_finish(
        remote->sessions, remote->pipe_id,
        span_part(buf_span(message), SP_HEAD_SIZE, message->size), now_ms(),
        &session);

    buf_done(message);
    if (err == ERR_NOT_FOUND &&
        sessions_of_pipe(remote->sessions, remote->pipe_id) != NULL) {
        return ERR_OK; /* of an attempt that was given up */
    }
    remote->is_shaking = false;
    return err == ERR_OK
               ? ERR_OK
               : why_set(ret_why, ERR_WRONG_KEY,
                         "who answers there does not have the key that the "
                         "roster names");
}

static uint8_t *remote_room(void *ctx, size_t *ret_size)
{
    struct remote *remote = ctx;

    return sp_reader_room(&remote->reader, ret_size);
}

static enum err remote_filled(void *ctx, size_t size, struct why *ret_why)
{
    struct remote *remote = ctx;
    struct buf message;
    uint32_t number;

    if (sp_reader_filled(&remote->reader, size) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED,
                       "what answers there is no node of ours");
    }
    if (!sp_reader_has_message(&remote->reader, &number)) {
        return ERR_OK;
    }
    sp_reader_take(&remote->reader, &message);
    if (remote->is_shaking && number == remote->shake_number) {
        return take_welcome(remote, &message, ret_why);
    }
    for (size_t place = 0; place < LINE_IN_FLIGHT_MAX; place++) {
        if (remote->asked[place].number == number) {
            return take_reply(remote, place, &message, ret_why);
        }
    }
    buf_done(&message);
    return why_set(ret_why, ERR_MALFORMED,
                   "the node sent an answer to nothing");
}

/* ---- Shaking hands ------------------------------------------------------- */

/* Append the first message of a handshake. */
static enum err put_hello(struct remote *remote)
{
    struct buf *out = &remote->line.stream.out;
    uint8_t frame[FRAME_HANDSHAKE_1_SIZE];
    struct session_seed seed;
    size_t place;
    enum err err;

    randombytes_buf(seed.ephemeral, sizeof(seed.ephemeral));
    seed.index = randombytes_random();
    err = session_begin(remote->sessions, remote->pipe_id,
                        &remote->options.node_key, 0, &seed, now_ms(), frame);
    sodium_memzero(&seed, sizeof(seed));
    if (err != ERR_OK) {
        return err;
    }
    /* A handshake that is begun again keeps its number: a late answer to the
     * first attempt is then known for what it is. */
    if (!remote->is_shaking) {
        remote->shake_number = next_number(remote);
    }
    remote->is_shaking = true;
    remote->shake_ms = now_ms();
    place = sp_message_begin(out);
    buf_put_data(out, frame, sizeof(frame));
    return sp_message_end(out, place, remote->shake_number);
}

/* Greeting and handshake on the connection that was just made. */
static enum err shake(struct remote *remote, struct why *ret_why)
{
    struct stream *stream = &remote->line.stream;
    uint64_t since_ms = now_ms();
    uint64_t whole_ms = stream->timeout_ms;
    enum err err;

    sp_greeting_put(&stream->out);
    err = put_hello(remote);
    if (err != ERR_OK) {
        return why_set(ret_why, err, "%s", err_text(err));
    }
    if (stream->timeout_ms > SHAKE_MS) {
        stream->timeout_ms = SHAKE_MS;
    }
    while (err == ERR_OK && remote->is_shaking) {
        err = stream_move(stream, &since_ms, ret_why);
    }
    stream->timeout_ms = whole_ms;
    if (err == ERR_TIMEOUT && remote->reader.has_greeting) {
        return why_set(ret_why, ERR_NOT_A_MEMBER,
                       "it does not answer to this key");
    }
    return err;
}

/* ---- Getting there ------------------------------------------------------- */

static void say(struct remote *remote, const char *sentence)
{
    remote->options.say(remote->options.ctx, sentence);
}

/* Connect and shake hands, once. */
static enum err try_once(struct remote *remote, const char *address,
                         uint64_t left_ms, struct why *ret_why)
{
    int fd;
    enum err err = tcp_connect(
        address, left_ms < CONNECT_MS ? left_ms : CONNECT_MS, &fd, ret_why);

    if (err != ERR_OK) {
        return err;
    }
    sessions_close_pipe(remote->sessions, remote->pipe_id);
    remote->pipe_id++;
    remote->is_shaking = false;
    memset(remote->asked, 0, sizeof(remote->asked));
    sp_reader_done(&remote->reader);
    sp_reader_init(&remote->reader);
    stream_open(&remote->line.stream, fd);
    err = shake(remote, ret_why);
    if (err != ERR_OK) {
        stream_close(&remote->line.stream);
    }
    return err;
}

/* A node that is crowded by strangers hangs up on the one that waited longest:
 * the next attempt may be luckier. */
static enum err try_address(struct remote *remote, const char *address,
                            struct why *ret_why)
{
    uint64_t end_ms = now_ms() + remote->options.timeout_ms;
    enum err err;

    for (;;) {
        uint64_t now = now_ms();
        struct pollfd nothing;

        err =
            try_once(remote, address, end_ms > now ? end_ms - now : 0, ret_why);
        if (err != ERR_CLOSED || now_ms() + AGAIN_MS >= end_ms) {
            return err;
        }
        (void)interrupt_poll(&nothing, 0,
                             AGAIN_MS); /* or a signal: told next */
    }
}

/* Addresses of the roster as machines understand them. */
static size_t resolve_all(struct remote *remote, struct net_address *list,
                          struct why *ret_why)
{
    size_t count = 0;

    for (size_t i = 0; i < remote->options.address_count; i++) {
        enum err err = resolve_address(remote->options.addresses[i], list,
                                       LITERALS_MAX, &count, ret_why);

        if (err != ERR_OK) {
            say(remote, ret_why->text);
        }
    }
    return count;
}

/* What a later address may not make less of: a node that is there and says no
 * is more than nobody there. */
static enum err worse(enum err a, enum err b)
{
    if (a == ERR_NOT_A_MEMBER || b == ERR_NOT_A_MEMBER) {
        return ERR_NOT_A_MEMBER;
    }
    return a == ERR_WRONG_KEY || b == ERR_WRONG_KEY ? ERR_WRONG_KEY
                                                    : ERR_UNREACHABLE;
}

static void say_failed(struct remote *remote, const char *address,
                       const char *next, const struct why *why)
{
    struct why sentence;

    (void)why_set(&sentence, ERR_OK, "%s at %s: %s; next: %s",
                  remote->options.node, address, why->text, next);
    say(remote, sentence.text);
}

/* The end's sentence has all addresses. */
static void put_failed(struct why *all, bool is_first, const char *address,
                       const struct why *why)
{
    struct why before = *all;

    (void)why_set(all, ERR_OK, "%s%s%s: %s", is_first ? "" : before.text,
                  is_first ? "" : "; ", address, why->text);
}

/* Each address in turn. */
static enum err dial(struct remote *remote, struct why *ret_why)
{
    struct net_address list[LITERALS_MAX];
    struct why why = { "" };
    struct why all = { "" };
    size_t count = resolve_all(remote, list, &all);
    enum err err = ERR_UNREACHABLE;

    for (size_t i = 0; i < count; i++) {
        enum err result;

        (void)snprintf(remote->peer, sizeof(remote->peer), "%s at %s",
                       remote->options.node, list[i].text);
        (void)why_set(&why, ERR_OK, "asking %s", remote->peer);
        say(remote, why.text);
        result = try_address(remote, list[i].text, &why);
        if (result == ERR_OK || result == ERR_CANCELLED ||
            result == ERR_NO_MEMORY) {
            *ret_why = why;
            return result;
        }
        err = worse(err, result);
        if (i + 1 < count) {
            say_failed(remote, list[i].text, list[i + 1].text, &why);
        }
        put_failed(&all, i == 0, list[i].text, &why);
    }
    (void)snprintf(remote->peer, sizeof(remote->peer), "%s",
                   remote->options.node);
    *ret_why = all;
    return err;
}

/* ---- The line ------------------------------------------------------------ */

/* The node may have hung up on us while we were silent. */
static enum err remote_renew(struct line *line, struct why *ret_why)
{
    bool moved = false;
    enum err err = ERR_OK;

    if (!line->stream.ended) {
        err = stream_take(&line->stream, &moved, ret_why);
    }
    return err == ERR_OK && line->stream.ended ? dial(remote_of(line), ret_why)
                                               : err;
}

/* One that the node has not used yet is not old: until then it would not take
 * another handshake. */
static bool is_old(const struct remote *remote, const struct session *session)
{
    uint64_t now = now_ms();

    if (!session->is_proven) {
        return false;
    }
    return session_is_old(session, now) ||
           (remote->options.renew_ms > 0 &&
            now - session->since_ms >= remote->options.renew_ms);
}

static enum err put_request(struct remote *remote, struct session *session,
                            size_t place, const struct message *request)
{
    struct buf *out = &remote->line.stream.out;
    size_t begin = sp_message_begin(out);
    struct sealing sealing;
    size_t plain_size;
    size_t frame;
    enum err err;

    frame = out->size;
    (void)buf_extend(out, FRAME_HEAD_SIZE); /* its error sticks */
    err = message_encode(request, out);
    if (err != ERR_OK) {
        return err;
    }
    plain_size = out->size - frame - FRAME_HEAD_SIZE;
    (void)buf_extend(out, AEAD_TAG_SIZE);
    if (buf_failed(out)) {
        return out->err;
    }
    if (out->size - frame > MESSAGE_SIZE_MAX) {
        return ERR_TOO_BIG;
    }
    err = session_reserve(session, plain_size, &sealing);
    if (err != ERR_OK) {
        return err;
    }
    frame_seal(&sealing, &remote->aead, out->data + frame, out->size - frame);
    remote->asked[place].counter = sealing.counter;
    remote->asked[place].number = next_number(remote);
    sealing_done(&sealing);
    return sp_message_end(out, begin, remote->asked[place].number);
}

static enum err remote_pack(struct line *line, size_t place,
                            const struct message *request, struct why *ret_why)
{
    struct remote *remote = remote_of(line);
    struct session *session;
    enum err err = ERR_OK;

    sessions_tick(remote->sessions, now_ms());
    session = sessions_of_pipe(remote->sessions, remote->pipe_id);
    if (session == NULL) {
        return why_set(ret_why, ERR_CLOSED,
                       "the session is over, and the node did not begin "
                       "another one");
    }
    if (is_old(remote, session) &&
        (!remote->is_shaking ||
         now_ms() - remote->shake_ms >= TIMEOUT_HANDSHAKE_MS)) {
        err = put_hello(remote);
    }
    if (err == ERR_OK) {
        err = put_request(remote, session, place, request);
    }
    return err == ERR_OK
               ? ERR_OK
               : why_set(ret_why, err, "this request cannot be sent: %s",
                         err_text(err));
}

static void remote_free(struct line *line)
{
    struct remote *remote = remote_of(line);

    sp_reader_done(&remote->reader);
    sessions_free(remote->sessions);
    aead_done(&remote->aead);
    x25519_pair_done(&remote->key);
    line_done(line);
    free(remote);
}

static const struct line_ops remote_ops = {
    .renew = remote_renew,
    .pack = remote_pack,
    .free = remote_free,
};

const char *remote_peer(const struct line *line)
{
    return ((const struct remote *)line)->peer;
}

enum err remote_connect(const struct remote_options *options,
                        struct x25519_pair *key, struct line **ret_line,
                        struct why *ret_why)
{
    struct remote *remote = calloc(1, sizeof(*remote));
    struct stream_owner owner = { remote_room, remote_filled, remote };
    enum err err;

    if (remote == NULL) {
        x25519_pair_done(key);
        return why_set(ret_why, ERR_NO_MEMORY, "out of memory");
    }
    remote->key = *key;
    memset(key, 0, sizeof(*key));
    remote->options = *options;
    sp_reader_init(&remote->reader);
    /* A handshake may go before the request. */
    err = line_init(
        &remote->line, &remote_ops, &owner, CLIENT_REQUESTS_MAX, false,
        2 * SP_HEAD_SIZE + FRAME_HANDSHAKE_1_SIZE + MESSAGE_SIZE_MAX,
        options->timeout_ms);
    if (err == ERR_OK) {
        err = aead_init(&remote->aead);
    }
    if (err == ERR_OK) {
        err =
            sessions_new(&remote->key, &options->consortium, &remote->sessions);
    }
    if (err != ERR_OK) {
        err = why_set(ret_why, err, "out of memory");
    } else {
        err = dial(remote, ret_why);
    }
    if (err != ERR_OK) {
        remote_free(&remote->line);
        return err;
    }
    *ret_line = &remote->line;
    return ERR_OK;
}
