/* SPDX-License-Identifier: Apache-2.0 */
#include "net/session.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "crypto/noise.h"
#include "net/frame.h"
#include "net/session_keys.h"

#define PROLOGUE_START "holdfast/1 "
#define PROLOGUE_SIZE_MAX 128

struct sessions {
    const struct x25519_pair *self; /* borrowed */
    uint8_t prologue[PROLOGUE_SIZE_MAX];
    size_t prologue_size;
    uint64_t serial_next;
    struct session places[SESSION_COUNT_MAX];
};

/* ---- the table ----------------------------------------------------------- */

void session_prologue(struct buf *buf, const struct digest *consortium)
{
    buf_put_str(buf, PROLOGUE_START);
    buf_put_hex(buf, consortium->bytes, sizeof(consortium->bytes));
    buf_put_byte(buf, '\n');
}

enum err sessions_new(const struct x25519_pair *self,
                      const struct digest *consortium,
                      struct sessions **ret_sessions)
{
    struct sessions *sessions = calloc(1, sizeof(*sessions));
    struct buf prologue;

    if (sessions == NULL) {
        return ERR_NO_MEMORY;
    }
    buf_init(&prologue, PROLOGUE_SIZE_MAX);
    session_prologue(&prologue, consortium);
    if (buf_failed(&prologue)) {
        buf_done(&prologue);
        free(sessions);
        return ERR_NO_MEMORY;
    }
    memcpy(sessions->prologue, prologue.data, prologue.size);
    sessions->prologue_size = prologue.size;
    buf_done(&prologue);
    sessions->self = self;
    sessions->serial_next = 1;
    *ret_sessions = sessions;
    return ERR_OK;
}

void session_close(struct sessions *sessions, struct session *session)
{
    CHECK(session >= sessions->places);
    CHECK(session < sessions->places + SESSION_COUNT_MAX);
    noise_handshake_free(session->handshake);
    session_keys_release(session->keys);
    memset(session, 0, sizeof(*session));
    session->state = SESSION_NONE;
}

void sessions_free(struct sessions *sessions)
{
    if (sessions == NULL) {
        return;
    }
    for (size_t index = 0; index < SESSION_COUNT_MAX; index++) {
        session_close(sessions, &sessions->places[index]);
    }
    free(sessions);
}

struct session *sessions_find(struct sessions *sessions, uint32_t index)
{
    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *session = &sessions->places[place];

        if (session->state != SESSION_NONE && session->index == index) {
            return session;
        }
    }
    return NULL;
}

static struct session *find_state(struct sessions *sessions, uint32_t pipe_id,
                                  enum session_state state)
{
    struct session *found = NULL;

    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *session = &sessions->places[place];

        if (session->state == state && session->pipe_id == pipe_id &&
            (found == NULL || session->serial > found->serial)) {
            found = session;
        }
    }
    return found;
}

/* A free place with a free index from seed.index on, or NULL. Still NONE: the
 * caller sets the state when nothing can fail any more. */
static struct session *place_take(struct sessions *sessions, uint32_t pipe_id,
                                  uint32_t index, uint64_t now_ms)
{
    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *session = &sessions->places[place];

        if (session->state != SESSION_NONE) {
            continue;
        }
        while (sessions_find(sessions, index) != NULL) {
            index++;
        }
        memset(session, 0, sizeof(*session));
        session->index = index;
        session->pipe_id = pipe_id;
        session->serial = sessions->serial_next++;
        session->since_ms = now_ms;
        session->state_ms = now_ms;
        replay_init(&session->replay);
        return session;
    }
    return NULL;
}

struct session *sessions_of_pipe(struct sessions *sessions, uint32_t pipe_id)
{
    return find_state(sessions, pipe_id, SESSION_READY);
}

struct session *sessions_next(struct sessions *sessions,
                              const struct session *session)
{
    size_t place =
        session == NULL ? 0 : (size_t)(session - sessions->places) + 1;

    for (; place < SESSION_COUNT_MAX; place++) {
        if (sessions->places[place].state != SESSION_NONE) {
            return &sessions->places[place];
        }
    }
    return NULL;
}

void sessions_close_pipe(struct sessions *sessions, uint32_t pipe_id)
{
    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *session = &sessions->places[place];

        if (session->state != SESSION_NONE && session->pipe_id == pipe_id) {
            session_close(sessions, session);
        }
    }
}

void sessions_close_peer(struct sessions *sessions,
                         const struct x25519_key *peer)
{
    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *session = &sessions->places[place];

        if (session->state != SESSION_NONE &&
            x25519_key_equal(&session->peer, peer)) {
            session_close(sessions, session);
        }
    }
}

/* ---- time ---------------------------------------------------------------- */

bool session_is_old(const struct session *session, uint64_t now_ms)
{
    return now_ms - session->since_ms >= SESSION_AGE_MS_MAX ||
           session->bytes >= SESSION_BYTES_MAX;
}

/* When this session ends by itself. */
static uint64_t session_end_ms(const struct session *session)
{
    switch (session->state) {
    case SESSION_STARTED:
    case SESSION_PENDING:
    case SESSION_REPLACED:
        return session->state_ms + SESSION_HANDSHAKE_MS;
    case SESSION_READY:
        return session->since_ms + 2 * (uint64_t)SESSION_AGE_MS_MAX;
    case SESSION_NONE:
        break;
    }
    return UINT64_MAX;
}

void sessions_tick(struct sessions *sessions, uint64_t now_ms)
{
    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *session = &sessions->places[place];

        if (session->state != SESSION_NONE &&
            (now_ms >= session_end_ms(session) ||
             session->bytes >= 2 * SESSION_BYTES_MAX)) {
            session_close(sessions, session);
        }
    }
}

uint64_t sessions_deadline_ms(const struct sessions *sessions)
{
    uint64_t deadline_ms = UINT64_MAX;

    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        uint64_t end_ms = session_end_ms(&sessions->places[place]);

        if (end_ms < deadline_ms) {
            deadline_ms = end_ms;
        }
    }
    return deadline_ms;
}

void session_confirm(struct sessions *sessions, struct session *session,
                     uint64_t now_ms)
{
    session->is_proven = true;
    if (session->state == SESSION_PENDING) {
        session->state = SESSION_READY;
        session->state_ms = now_ms;
    }
    for (size_t place = 0; place < SESSION_COUNT_MAX; place++) {
        struct session *other = &sessions->places[place];

        if (other->state == SESSION_READY && other != session &&
            other->pipe_id == session->pipe_id &&
            other->serial < session->serial) {
            other->state = SESSION_REPLACED;
            other->state_ms = now_ms;
        }
    }
}

/* ---- handshake ----------------------------------------------------------- */

static struct span prologue_of(const struct sessions *sessions)
{
    return span_of(sessions->prologue, sessions->prologue_size);
}

/* Head and message into the frame, whose size the kind gives. */
static void put_frame(const struct frame *frame, uint8_t *ret_frame)
{
    uint8_t head[FRAME_HEAD_SIZE];
    size_t size = frame_head_format(frame, head);

    memcpy(ret_frame, head, size);
    memcpy(ret_frame + size, frame->body.data, frame->body.size);
}

enum err session_begin(struct sessions *sessions, uint32_t pipe_id,
                       const struct x25519_key *peer, uint64_t who,
                       const struct session_seed *seed, uint64_t now_ms,
                       uint8_t ret_frame[static FRAME_HANDSHAKE_1_SIZE])
{
    struct span empty = { NULL, 0 };
    struct noise_handshake *handshake = NULL;
    struct session *session;
    struct buf message;
    enum err err;

    buf_init(&message, NOISE_MESSAGE_1_SIZE);
    err = noise_initiator_new(sessions->self, peer, seed->ephemeral,
                              prologue_of(sessions), &handshake);
    if (err != ERR_OK) {
        goto out;
    }
    err = noise_write_1(handshake, empty, &message);
    if (err != ERR_OK) {
        goto out;
    }
    session = find_state(sessions, pipe_id, SESSION_STARTED);
    if (session != NULL) {
        session_close(sessions, session);
    }
    session = place_take(sessions, pipe_id, seed->index, now_ms);
    if (session == NULL) {
        err = ERR_FULL;
        goto out;
    }
    session->state = SESSION_STARTED;
    session->is_initiator = true;
    session->who = who;
    session->peer = *peer;
    session->handshake = handshake;
    handshake = NULL;
    put_frame(&(struct frame){ .kind = FRAME_HELLO,
                               .sender = session->index,
                               .body = buf_span(&message) },
              ret_frame);
out:
    noise_handshake_free(handshake);
    buf_done(&message);
    return err;
}

enum err session_finish(struct sessions *sessions, uint32_t pipe_id,
                        struct span frame, uint64_t now_ms,
                        struct session **ret_session)
{
    struct session *session;
    struct frame parsed;
    struct buf payload;
    enum err err;

    if (frame_parse(frame, &parsed) != ERR_OK || parsed.kind != FRAME_WELCOME) {
        return ERR_MALFORMED;
    }
    session = sessions_find(sessions, parsed.receiver);
    if (session == NULL || session->state != SESSION_STARTED ||
        session->pipe_id != pipe_id) {
        return ERR_NOT_FOUND;
    }
    buf_init(&payload, NOISE_MESSAGE_2_SIZE);
    err = noise_read_2(session->handshake, parsed.body, &payload);
    buf_done(&payload); /* the frame's size says that it is empty */
    if (err == ERR_OK) {
        err = session_keys_new(session->handshake, &session->keys);
    }
    if (err != ERR_OK) {
        session_close(sessions, session);
        return err == ERR_MALFORMED ? ERR_WRONG_KEY : err;
    }
    noise_handshake_free(session->handshake);
    session->handshake = NULL;
    session->hash = session->keys->noise.hash;
    session->index_theirs = parsed.sender;
    session->state = SESSION_READY;
    session->state_ms = now_ms;
    *ret_session = session;
    return ERR_OK;
}

/* Read message 1, look its sender up, write message 2. */
static enum err answer(struct sessions *sessions, struct span message_1,
                       session_lookup lookup, void *lookup_ctx,
                       struct noise_handshake *handshake,
                       struct session *session, struct buf *message_2)
{
    struct span empty = { NULL, 0 };
    struct buf payload;
    enum err err;

    err = noise_read_1(handshake, message_1, &session->peer);
    if (err != ERR_OK) {
        return err;
    }
    if (x25519_key_equal(&session->peer, &sessions->self->public_key)) {
        return ERR_REFUSED;
    }
    /* Before the second half: a stranger costs one key agreement, not two. */
    if (!lookup(lookup_ctx, &session->peer, &session->who)) {
        return ERR_NOT_A_MEMBER;
    }
    buf_init(&payload, NOISE_MESSAGE_1_SIZE);
    err = noise_accept_1(handshake, &payload);
    buf_done(&payload); /* the frame's size says that it is empty */
    if (err != ERR_OK) {
        return err;
    }
    err = noise_write_2(handshake, empty, message_2);
    if (err != ERR_OK) {
        return err;
    }
    err = session_keys_new(handshake, &session->keys);
    if (err == ERR_OK) {
        session->hash = session->keys->noise.hash;
    }
    return err;
}

enum err session_accept(struct sessions *sessions, uint32_t pipe_id,
                        struct span frame, session_lookup lookup,
                        void *lookup_ctx, const struct session_seed *seed,
                        uint64_t now_ms,
                        uint8_t ret_frame[static FRAME_HANDSHAKE_2_SIZE],
                        struct session **ret_session)
{
    struct noise_handshake *handshake = NULL;
    struct session *session = NULL;
    struct frame parsed;
    struct buf message;
    enum err err;

    if (frame_parse(frame, &parsed) != ERR_OK || parsed.kind != FRAME_HELLO) {
        return ERR_MALFORMED;
    }
    sessions_tick(sessions, now_ms);
    if (find_state(sessions, pipe_id, SESSION_PENDING) != NULL) {
        return ERR_BUSY;
    }
    buf_init(&message, NOISE_MESSAGE_2_SIZE);
    session = place_take(sessions, pipe_id, seed->index, now_ms);
    if (session == NULL) {
        err = ERR_FULL;
        goto out;
    }
    err = noise_responder_new(sessions->self, seed->ephemeral,
                              prologue_of(sessions), &handshake);
    if (err != ERR_OK) {
        goto out;
    }
    err = answer(sessions, parsed.body, lookup, lookup_ctx, handshake, session,
                 &message);
    if (err != ERR_OK) {
        session_close(sessions, session);
        goto out;
    }
    session->state = SESSION_PENDING;
    session->index_theirs = parsed.sender;
    put_frame(&(struct frame){ .kind = FRAME_WELCOME,
                               .sender = session->index,
                               .receiver = session->index_theirs,
                               .body = buf_span(&message) },
              ret_frame);
    *ret_session = session;
out:
    noise_handshake_free(handshake);
    buf_done(&message);
    return err;
}
