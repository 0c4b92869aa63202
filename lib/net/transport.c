/* SPDX-License-Identifier: Apache-2.0 */
/* The transport half of net/session.h: counters on the loop, ciphers on any
 * thread. */
#include <string.h>

#include "base/check.h"
#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/secret.h"
#include "net/frame.h"
#include "net/session.h"
#include "net/session_keys.h"

enum err session_reserve(struct session *session, size_t plain_size,
                         struct sealing *ret_sealing)
{
    if (session->state != SESSION_READY ||
        session->counter_next >= NOISE_COUNTER_LIMIT) {
        return ERR_CLOSED;
    }
    ret_sealing->keys = session_keys_share(session->keys);
    ret_sealing->receiver = session->index_theirs;
    ret_sealing->counter = session->counter_next;
    session->counter_next++;
    session->bytes += plain_size;
    return ERR_OK;
}

void sealing_done(struct sealing *sealing)
{
    session_keys_release(sealing->keys);
    sealing->keys = NULL;
}

/* Noise's nonce: four zero bytes and the counter, little-endian. */
static void nonce_format(uint64_t counter, uint8_t nonce[AEAD_NONCE_SIZE])
{
    memset(nonce, 0, AEAD_NONCE_SIZE);
    for (size_t index = 0; index < 8; index++) {
        nonce[4 + index] = (uint8_t)(counter >> (8 * index));
    }
}

void frame_seal(const struct sealing *sealing, struct aead *aead,
                uint8_t *frame, size_t frame_size)
{
    struct frame head = { .kind = FRAME_TRANSPORT,
                          .receiver = sealing->receiver,
                          .counter = sealing->counter };
    uint8_t head_bytes[FRAME_HEAD_SIZE];
    uint8_t nonce[AEAD_NONCE_SIZE];
    uint8_t *plain = frame + FRAME_HEAD_SIZE;

    CHECK(frame_size >= FRAME_TRANSPORT_SIZE_MIN);
    CHECK(frame_size <= MESSAGE_SIZE_MAX);
    (void)frame_head_format(&head, head_bytes);
    memcpy(frame, head_bytes, sizeof(head_bytes));
    nonce_format(sealing->counter, nonce);
    aead_set_key(aead, secret_data(sealing->keys->noise.send));
    aead_seal(aead, nonce,
              span_of(plain, frame_size - FRAME_HEAD_SIZE - AEAD_TAG_SIZE),
              plain);
}

enum err session_opening(struct sessions *sessions, uint32_t pipe_id,
                         struct span frame, struct opening *ret_opening)
{
    const struct session *session;
    struct frame parsed;
    enum err err = frame_parse(frame, &parsed);

    if (err != ERR_OK) {
        return err;
    }
    if (parsed.kind != FRAME_TRANSPORT) {
        return ERR_MALFORMED;
    }
    session = sessions_find(sessions, parsed.receiver);
    /* holdfast.md 8: a session belongs to its pipe. */
    if (session == NULL || session->keys == NULL ||
        session->pipe_id != pipe_id) {
        return ERR_NOT_FOUND;
    }
    if (!replay_check(&session->replay, parsed.counter)) {
        return ERR_CONFLICT;
    }
    ret_opening->keys = session_keys_share(session->keys);
    ret_opening->index = session->index;
    ret_opening->serial = session->serial;
    ret_opening->counter = parsed.counter;
    return ERR_OK;
}

enum err frame_open(const struct opening *opening, struct aead *aead,
                    uint8_t *frame, size_t frame_size, struct span *ret_plain)
{
    uint8_t *body = frame + FRAME_HEAD_SIZE;
    enum err err;

    if (frame_size < FRAME_TRANSPORT_SIZE_MIN) {
        return ERR_MALFORMED;
    }
    err = noise_open(aead, opening->keys->noise.receive, opening->counter,
                     span_of(body, frame_size - FRAME_HEAD_SIZE), body);
    if (err != ERR_OK) {
        return err;
    }
    *ret_plain = span_of(body, frame_size - FRAME_HEAD_SIZE - AEAD_TAG_SIZE);
    return ERR_OK;
}

enum err session_opened(struct sessions *sessions,
                        const struct opening *opening, size_t plain_size,
                        uint64_t now_ms, struct session **ret_session)
{
    struct session *session = sessions_find(sessions, opening->index);

    if (session == NULL || session->serial != opening->serial) {
        return ERR_CLOSED;
    }
    /* Only now: a forger must not be able to burn counters. */
    if (!replay_mark(&session->replay, opening->counter)) {
        return ERR_CONFLICT;
    }
    session->bytes += plain_size;
    if (!session->is_proven) {
        session_confirm(sessions, session, now_ms);
    }
    *ret_session = session;
    return ERR_OK;
}

void opening_done(struct opening *opening)
{
    session_keys_release(opening->keys);
    opening->keys = NULL;
}
