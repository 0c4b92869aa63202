/* SPDX-License-Identifier: Apache-2.0 */
/* Noise sessions with peers and clients (holdfast.md 8; specs noise). Knows
 * nothing of NNG: a session carries the number of the pipe it belongs to, and
 * the caller drops a pipe's sessions when the pipe is gone.
 *
 *   initiator:  NONE -> STARTED [session_begin] -> READY [session_finish]
 *   responder:  NONE -> PENDING [session_accept]
 *                    -> READY [session_opened: first valid transport message]
 *   both:       READY -> REPLACED [a newer one of the same pipe was confirmed:
 *                    on the responder by its first message, on the initiator
 *                    by the first reply under it]
 *               every state -> NONE [time, failure, sessions_close_*]
 *
 * PENDING and STARTED end after 10 s; one of each per pipe. A second hello on
 * a pipe is refused while one is pending; it replaces a READY session only
 * when it is confirmed. REPLACED opens what is still under way for 10 s and
 * seals nothing.
 *
 * A session is renewed by its initiator when session_is_old() says so; at
 * twice that age or size it is dropped.
 *
 * All functions belong to the loop thread, except frame_seal() and
 * frame_open() (any thread, one struct aead each) and sealing_done() and
 * opening_done() (any thread). Keys lie in guarded memory and are shared by
 * reference with the sealings and openings under way; they are wiped when the
 * last of these is done. Times are monotonic milliseconds. */
#ifndef HF_NET_SESSION_H
#define HF_NET_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/span.h"
#include "crypto/digest.h"
#include "crypto/replay.h"
#include "crypto/x25519.h"

struct aead;
struct noise_handshake;
struct session_keys;
struct sessions;

#define SESSION_COUNT_MAX 512
#define SESSION_HANDSHAKE_MS TIMEOUT_HANDSHAKE_MS

enum session_state {
    SESSION_NONE, /* a free place of the table */
    SESSION_STARTED,
    SESSION_PENDING,
    SESSION_READY,
    SESSION_REPLACED
};

/* Read-only for callers. Lives in the table: borrowed, valid until the next
 * call that can drop it (tick, close, finish, opened). */
struct session {
    enum session_state state;
    bool is_initiator;
    bool is_proven;        /* a transport message from the other side came */
    uint32_t index;        /* ours: names this session in the table */
    uint32_t index_theirs; /* stands in frames that we send */
    uint32_t pipe_id;
    uint64_t who;           /* the caller's name for the other side */
    struct x25519_key peer; /* the other side's static key */
    struct digest hash;     /* of the handshake: the session's name */
    uint64_t serial;        /* never used twice in this table */
    uint64_t since_ms;      /* begin, or accept */
    uint64_t state_ms;      /* since when in this state */
    uint64_t bytes;         /* of plaintext, both directions */
    uint64_t counter_next;  /* of our next frame */
    struct replay replay;
    struct noise_handshake *handshake; /* owned; STARTED only */
    struct session_keys *keys;         /* one reference; from PENDING on */
};

/* Fresh random numbers for one handshake; the caller wipes the ephemeral. */
struct session_seed {
    uint8_t ephemeral[X25519_SIZE];
    uint32_t index; /* the next free one from here on is taken */
};

/* Who has this static key? False for a stranger, who then gets no answer.
 * ret_who is what the session will carry as `who`. */
typedef bool (*session_lookup)(void *ctx, const struct x25519_key *key,
                               uint64_t *ret_who);

/* An empty table. `self` is borrowed until free. ERR_NO_MEMORY. */
MUST_USE enum err sessions_new(const struct x25519_pair *self,
                               const struct digest *consortium,
                               struct sessions **ret_sessions);
/* Wipe all. Takes NULL. */
void sessions_free(struct sessions *sessions);
/* Append the prologue: "holdfast/1 ", the consortium identity in hex, LF. */
void session_prologue(struct buf *buf, const struct digest *consortium);

/* ---- handshake ----------------------------------------------------------- */

/* Dial side: write frame 1 for the node with this key. A handshake of ours
 * that runs on the pipe already is given up. ERR_REFUSED (our own key),
 * ERR_MALFORMED (a key of low order), ERR_FULL, ERR_NO_MEMORY. */
MUST_USE enum err session_begin(
    struct sessions *sessions, uint32_t pipe_id, const struct x25519_key *peer,
    uint64_t who, const struct session_seed *seed, uint64_t now_ms,
    uint8_t ret_frame[static FRAME_HANDSHAKE_1_SIZE]);
/* Dial side: frame 2 came on this pipe. The session is READY; what it replaces
 * stays until the first reply under it. Any failure but ERR_MALFORMED ends the
 * handshake: ERR_MALFORMED (not a frame 2), ERR_NOT_FOUND (no such handshake
 * on this pipe), ERR_WRONG_KEY (not from the node we dialled). */
MUST_USE enum err session_finish(struct sessions *sessions, uint32_t pipe_id,
                                 struct span frame, uint64_t now_ms,
                                 struct session **ret_session);
/* Listening side: frame 1 came. Writes frame 2; the session is PENDING. Every
 * failure means silence: ERR_MALFORMED (not a frame 1), ERR_WRONG_KEY (not
 * for us), ERR_REFUSED (our own key), ERR_NOT_A_MEMBER (lookup said no),
 * ERR_BUSY (one is pending on this pipe), ERR_FULL, ERR_NO_MEMORY. */
MUST_USE enum err session_accept(
    struct sessions *sessions, uint32_t pipe_id, struct span frame,
    session_lookup lookup, void *lookup_ctx, const struct session_seed *seed,
    uint64_t now_ms, uint8_t ret_frame[static FRAME_HANDSHAKE_2_SIZE],
    struct session **ret_session);

/* ---- the table ----------------------------------------------------------- */

/* The session with this index of ours, in whatever state, or NULL. */
struct session *sessions_find(struct sessions *sessions, uint32_t index);
/* The newest READY session of the pipe, or NULL. Replies are sealed with it
 * too, also when their request came under the one before. */
struct session *sessions_of_pipe(struct sessions *sessions, uint32_t pipe_id);
/* Walk: give NULL to start, then the last one; NULL at the end. */
struct session *sessions_next(struct sessions *sessions,
                              const struct session *session);
/* Should the initiator begin a new handshake (1 h or 64 GiB)? */
bool session_is_old(const struct session *session, uint64_t now_ms);
void session_close(struct sessions *sessions, struct session *session);
/* The pipe is gone, and its sessions with it. */
void sessions_close_pipe(struct sessions *sessions, uint32_t pipe_id);
/* This key has no right any more. */
void sessions_close_peer(struct sessions *sessions,
                         const struct x25519_key *peer);
/* Drop what is over. */
void sessions_tick(struct sessions *sessions, uint64_t now_ms);
/* When sessions_tick() has something to do; UINT64_MAX: never. */
uint64_t sessions_deadline_ms(const struct sessions *sessions);

/* ---- transport ----------------------------------------------------------- */

/* What sealing one frame needs. Used once. */
struct sealing {
    struct session_keys *keys; /* a reference; sealing_done() gives it back */
    uint32_t receiver;         /* index */
    uint64_t counter;          /* also what a request's reply begins with */
};

/* What opening one frame needs. */
struct opening {
    struct session_keys *keys; /* a reference; opening_done() gives it back */
    uint32_t index;
    uint64_t serial;
    uint64_t counter; /* a reply's plaintext begins with its request's */
};

/* Take the next counter for plain_size bytes. The caller calls sealing_done().
 * ERR_CLOSED when the session is not READY. */
MUST_USE enum err session_reserve(struct session *session, size_t plain_size,
                                  struct sealing *ret_sealing);
/* Any thread. Seal in place: the plaintext stands FRAME_HEAD_SIZE bytes behind
 * `frame` and has AEAD_TAG_SIZE bytes of room behind it; frame_size counts all
 * three (29 to MESSAGE_SIZE_MAX). */
void frame_seal(const struct sealing *sealing, struct aead *aead,
                uint8_t *frame, size_t frame_size);
void sealing_done(struct sealing *sealing);

/* Cheap checks before any decryption: layout, a session of this pipe, counter
 * in the window and not seen. The caller calls opening_done(). ERR_MALFORMED,
 * ERR_TOO_BIG, ERR_NOT_FOUND, ERR_CONFLICT (seen or too old). */
MUST_USE enum err session_opening(struct sessions *sessions, uint32_t pipe_id,
                                  struct span frame,
                                  struct opening *ret_opening);
/* Any thread. Decrypt in place; ret_plain points into `frame`. ERR_WRONG_KEY:
 * forged or damaged; the frame is then useless. */
MUST_USE enum err frame_open(const struct opening *opening, struct aead *aead,
                             uint8_t *frame, size_t frame_size,
                             struct span *ret_plain);
/* After decryption, before acting: mark the counter, confirm a PENDING session.
 * ERR_CONFLICT: a replay, or another copy was faster; ERR_CLOSED: the session
 * ended meanwhile. In both cases drop the plaintext. */
MUST_USE enum err session_opened(struct sessions *sessions,
                                 const struct opening *opening,
                                 size_t plain_size, uint64_t now_ms,
                                 struct session **ret_session);
void opening_done(struct opening *opening);
/* Part of session_opened(): the other side has proven that it holds the keys,
 * so this session takes the place of the pipe's older ones. */
void session_confirm(struct sessions *sessions, struct session *session,
                     uint64_t now_ms);

#endif
