/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>
#include <sodium.h>
#include <string.h>

#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/secret.h"
#include "net/frame.h"
#include "net/session.h"

/* One side of a conversation. */
struct side {
    struct x25519_pair pair;
    struct sessions *sessions;
    struct aead aead;
};

static struct side alice; /* dials */
static struct side bob;   /* listens */
static struct digest consortium;
static bool bob_knows_alice;
static uint8_t hello[FRAME_HANDSHAKE_1_SIZE];
static uint8_t welcome[FRAME_HANDSHAKE_2_SIZE];

#define PIPE_A 11
#define PIPE_B 22
#define WHO_ALICE 1001
#define WHO_BOB 2002

static void side_init(struct side *side, const struct digest *identity)
{
    uint8_t secret[X25519_SIZE];

    randombytes_buf(secret, sizeof(secret));
    cr_assert_eq(x25519_pair_init(&side->pair, secret), ERR_OK);
    cr_assert_eq(sessions_new(&side->pair, identity, &side->sessions), ERR_OK);
    cr_assert_eq(aead_init(&side->aead), ERR_OK);
}

static void side_done(struct side *side)
{
    sessions_free(side->sessions);
    aead_done(&side->aead);
    x25519_pair_done(&side->pair);
}

static void setup(void)
{
    cr_assert_eq(crypto_init(), ERR_OK);
    memset(&consortium, 7, sizeof(consortium));
    side_init(&alice, &consortium);
    side_init(&bob, &consortium);
    bob_knows_alice = true;
}

static void teardown(void)
{
    side_done(&alice);
    side_done(&bob);
}

TestSuite(session, .init = setup, .fini = teardown);

static struct session_seed seed_at(uint32_t index)
{
    struct session_seed seed = { .index = index };

    randombytes_buf(seed.ephemeral, sizeof(seed.ephemeral));
    return seed;
}

static bool lookup(void *ctx, const struct x25519_key *key, uint64_t *ret_who)
{
    (void)ctx;
    if (!bob_knows_alice || !x25519_key_equal(key, &alice.pair.public_key)) {
        return false;
    }
    *ret_who = WHO_ALICE;
    return true;
}

static enum err begin(uint64_t now_ms)
{
    struct session_seed seed = seed_at(5);

    return session_begin(alice.sessions, PIPE_A, &bob.pair.public_key, WHO_BOB,
                         &seed, now_ms, hello);
}

static enum err accept_hello(uint64_t now_ms, struct session **ret_session)
{
    struct session_seed seed = seed_at(5);

    return session_accept(bob.sessions, PIPE_B, span_of(hello, sizeof(hello)),
                          lookup, NULL, &seed, now_ms, welcome, ret_session);
}

static enum err finish(uint64_t now_ms, struct session **ret_session)
{
    return session_finish(alice.sessions, PIPE_A,
                          span_of(welcome, sizeof(welcome)), now_ms,
                          ret_session);
}

/* Both halves of a handshake; the responder's session is pending. */
static void shake(uint64_t now_ms, struct session **ret_alice,
                  struct session **ret_bob)
{
    cr_assert_eq(begin(now_ms), ERR_OK);
    cr_assert_eq(accept_hello(now_ms, ret_bob), ERR_OK);
    cr_assert_eq(finish(now_ms, ret_alice), ERR_OK);
}

struct sealed {
    uint8_t bytes[256];
    size_t size;
    uint64_t counter;
};

static struct sealed seal(struct side *side, struct session *session,
                          const char *text)
{
    struct sealed sealed = { .size = FRAME_HEAD_SIZE + strlen(text) +
                                     AEAD_TAG_SIZE };
    struct sealing sealing;

    memcpy(sealed.bytes + FRAME_HEAD_SIZE, text, strlen(text));
    cr_assert_eq(session_reserve(session, strlen(text), &sealing), ERR_OK);
    sealed.counter = sealing.counter;
    frame_seal(&sealing, &side->aead, sealed.bytes, sealed.size);
    sealing_done(&sealing);
    return sealed;
}

/* All three steps of opening; the text is checked. */
static enum err open_sealed(struct side *side, uint32_t pipe_id,
                            struct sealed sealed, const char *text,
                            uint64_t now_ms, struct session **ret_session)
{
    struct opening opening;
    struct span plain;
    enum err err;

    err = session_opening(side->sessions, pipe_id,
                          span_of(sealed.bytes, sealed.size), &opening);
    if (err != ERR_OK) {
        return err;
    }
    err = frame_open(&opening, &side->aead, sealed.bytes, sealed.size, &plain);
    if (err == ERR_OK) {
        cr_assert(span_is(plain, text));
        err = session_opened(side->sessions, &opening, plain.size, now_ms,
                             ret_session);
    }
    opening_done(&opening);
    return err;
}

/* A handshake gives both the same session, and messages go both ways; the
 * responder sends nothing before the first one has come. */
Test(session, handshake_and_messages)
{
    struct session *ours = NULL;
    struct session *theirs = NULL;
    struct session *who = NULL;
    struct sealing sealing;

    shake(1000, &ours, &theirs);
    cr_assert_eq(ours->state, SESSION_READY);
    cr_assert_eq(theirs->state, SESSION_PENDING);
    cr_assert_eq(theirs->who, WHO_ALICE);
    cr_assert_eq(ours->who, WHO_BOB);
    cr_assert(digest_equal(&ours->hash, &theirs->hash));
    cr_assert_eq(session_reserve(theirs, 1, &sealing), ERR_CLOSED);
    cr_assert_null(sessions_of_pipe(bob.sessions, PIPE_B));

    cr_assert_eq(
        open_sealed(&bob, PIPE_B, seal(&alice, ours, "one"), "one", 1001, &who),
        ERR_OK);
    cr_assert_eq(who, theirs);
    cr_assert_eq(theirs->state, SESSION_READY);
    cr_assert_eq(sessions_of_pipe(bob.sessions, PIPE_B), theirs);
    cr_assert_eq(open_sealed(&alice, PIPE_A, seal(&bob, theirs, "two"), "two",
                             1002, &who),
                 ERR_OK);
    cr_assert_eq(who, ours);
    cr_assert(ours->is_proven);
    cr_assert_eq(
        open_sealed(&bob, PIPE_B, seal(&alice, ours, ""), "", 1003, &who),
        ERR_OK);
    cr_assert_eq(ours->bytes, 6);
    cr_assert_eq(theirs->bytes, 6);
}

/* The same frame twice is dropped, in and out of order. */
Test(session, replays_are_dropped)
{
    struct session *ours;
    struct session *theirs;
    struct session *who;

    shake(0, &ours, &theirs);
    struct sealed first = seal(&alice, ours, "a");
    struct sealed second = seal(&alice, ours, "b");

    cr_assert_eq(second.counter, first.counter + 1);
    cr_assert_eq(open_sealed(&bob, PIPE_B, second, "b", 1, &who), ERR_OK);
    cr_assert_eq(open_sealed(&bob, PIPE_B, first, "a", 1, &who), ERR_OK);
    cr_assert_eq(open_sealed(&bob, PIPE_B, first, "a", 1, &who), ERR_CONFLICT);
    cr_assert_eq(open_sealed(&bob, PIPE_B, second, "b", 1, &who), ERR_CONFLICT);
}

/* Of two openings of one frame under way at the same time one wins. */
Test(session, concurrent_replay)
{
    struct session *ours;
    struct session *theirs;
    struct session *who;
    struct opening openings[2];
    struct span plain;

    shake(0, &ours, &theirs);
    struct sealed frames[2];
    frames[0] = seal(&alice, ours, "a");
    frames[1] = frames[0];

    for (size_t index = 0; index < 2; index++) {
        cr_assert_eq(
            session_opening(bob.sessions, PIPE_B,
                            span_of(frames[index].bytes, frames[index].size),
                            &openings[index]),
            ERR_OK);
    }
    for (size_t index = 0; index < 2; index++) {
        cr_assert_eq(frame_open(&openings[index], &bob.aead,
                                frames[index].bytes, frames[index].size,
                                &plain),
                     ERR_OK);
        cr_assert_eq(
            session_opened(bob.sessions, &openings[index], plain.size, 1, &who),
            index == 0 ? ERR_OK : ERR_CONFLICT);
        opening_done(&openings[index]);
    }
}

/* A forged frame burns no counter and confirms nothing. */
Test(session, forgeries_burn_nothing)
{
    struct session *ours;
    struct session *theirs;
    struct session *who;

    shake(0, &ours, &theirs);
    struct sealed frame = seal(&alice, ours, "truth");

    for (size_t index = FRAME_HEAD_SIZE; index < frame.size; index++) {
        struct sealed forged = frame;

        forged.bytes[index] ^= 1;
        cr_assert_eq(open_sealed(&bob, PIPE_B, forged, "", 1, &who),
                     ERR_WRONG_KEY);
    }
    for (size_t index = 5; index < FRAME_HEAD_SIZE; index++) {
        struct sealed forged = frame;

        forged.bytes[index] ^= 1; /* the counter */
        cr_assert_neq(open_sealed(&bob, PIPE_B, forged, "", 1, &who), ERR_OK);
    }
    cr_assert_eq(theirs->state, SESSION_PENDING);
    cr_assert_eq(open_sealed(&bob, PIPE_B, frame, "truth", 1, &who), ERR_OK);
}

/* A session belongs to its pipe, and ends with it, also for what is being
 * opened at that moment. */
Test(session, belongs_to_its_pipe)
{
    struct session *ours;
    struct session *theirs;
    struct session *who;
    struct opening opening;
    struct span plain;

    shake(0, &ours, &theirs);
    struct sealed frame = seal(&alice, ours, "x");

    cr_assert_eq(open_sealed(&bob, PIPE_B + 1, frame, "x", 1, &who),
                 ERR_NOT_FOUND);
    cr_assert_eq(session_opening(bob.sessions, PIPE_B,
                                 span_of(frame.bytes, frame.size), &opening),
                 ERR_OK);
    sessions_close_pipe(bob.sessions, PIPE_B);
    cr_assert_eq(
        frame_open(&opening, &bob.aead, frame.bytes, frame.size, &plain),
        ERR_OK);
    cr_assert_eq(session_opened(bob.sessions, &opening, plain.size, 1, &who),
                 ERR_CLOSED);
    opening_done(&opening);
    cr_assert_null(sessions_next(bob.sessions, NULL));
}

/* Strangers, our own key, other consortia and garbage get nothing. */
Test(session, silence)
{
    struct session *session = NULL;
    struct session_seed seed = seed_at(9);
    struct side other;
    struct digest elsewhere;

    cr_assert_eq(session_begin(alice.sessions, PIPE_A, &alice.pair.public_key,
                               0, &seed, 0, hello),
                 ERR_REFUSED);
    cr_assert_eq(begin(0), ERR_OK);
    bob_knows_alice = false;
    cr_assert_eq(accept_hello(0, &session), ERR_NOT_A_MEMBER);
    bob_knows_alice = true;

    memset(&elsewhere, 8, sizeof(elsewhere));
    side_init(&other, &elsewhere);
    cr_assert_eq(session_begin(other.sessions, PIPE_A, &bob.pair.public_key, 0,
                               &seed, 0, hello),
                 ERR_OK);
    cr_assert_eq(accept_hello(0, &session), ERR_WRONG_KEY);
    side_done(&other);

    cr_assert_eq(begin(0), ERR_OK);
    for (size_t index = 5; index < sizeof(hello); index++) {
        hello[index] ^= 0x10;
        cr_assert_neq(accept_hello(0, &session), ERR_OK);
        hello[index] ^= 0x10;
    }
    hello[0] = 2;
    cr_assert_eq(accept_hello(0, &session), ERR_MALFORMED);
    cr_assert_null(session);
    cr_assert_null(sessions_next(bob.sessions, NULL));
}

/* A welcome that is not from the node we dialled ends the handshake; one for
 * another pipe or index does not. */
Test(session, wrong_welcomes)
{
    struct session *ours = NULL;
    struct session *theirs;

    cr_assert_eq(begin(0), ERR_OK);
    cr_assert_eq(accept_hello(0, &theirs), ERR_OK);
    cr_assert_eq(session_finish(alice.sessions, PIPE_A + 1,
                                span_of(welcome, sizeof(welcome)), 0, &ours),
                 ERR_NOT_FOUND);
    welcome[8] ^= 1;
    cr_assert_eq(finish(0, &ours), ERR_NOT_FOUND);
    welcome[8] ^= 1;
    welcome[50] ^= 1;
    cr_assert_eq(finish(0, &ours), ERR_WRONG_KEY);
    welcome[50] ^= 1;
    cr_assert_eq(finish(0, &ours), ERR_NOT_FOUND);
    cr_assert_null(ours);
}

/* One pending session per pipe, for ten seconds. */
Test(session, pending_is_bounded)
{
    struct session *ours;
    struct session *theirs;
    struct session *again = NULL;

    shake(0, &ours, &theirs);
    cr_assert_eq(begin(1), ERR_OK);
    cr_assert_eq(accept_hello(9999, &again), ERR_BUSY);
    cr_assert_eq(sessions_deadline_ms(bob.sessions), 10000);
    sessions_tick(bob.sessions, 9999);
    cr_assert_eq(theirs->state, SESSION_PENDING);
    cr_assert_eq(accept_hello(10000, &again), ERR_OK);
    cr_assert_eq(again->state, SESSION_PENDING);
    cr_assert_eq(sessions_next(bob.sessions, NULL), again);
    cr_assert_null(sessions_next(bob.sessions, again));
}

/* A renewed session takes over when it is confirmed; what is under way under
 * the old one still opens for a while. */
Test(session, renewal)
{
    struct session *old_ours;
    struct session *old_theirs;
    struct session *ours;
    struct session *theirs;
    struct session *who;
    struct sealing sealing;
    uint64_t t = SESSION_AGE_MS_MAX;

    shake(0, &old_ours, &old_theirs);
    cr_assert_eq(
        open_sealed(&bob, PIPE_B, seal(&alice, old_ours, "1"), "1", 0, &who),
        ERR_OK);
    cr_assert(!session_is_old(old_ours, t - 1));
    cr_assert(session_is_old(old_ours, t));
    struct sealed late = seal(&alice, old_ours, "late");
    struct sealed later = seal(&alice, old_ours, "later");

    shake(t, &ours, &theirs);
    cr_assert_neq(ours->index, old_ours->index);
    cr_assert_eq(sessions_of_pipe(alice.sessions, PIPE_A), ours);
    cr_assert_eq(sessions_of_pipe(bob.sessions, PIPE_B), old_theirs);
    cr_assert_eq(
        open_sealed(&bob, PIPE_B, seal(&alice, ours, "2"), "2", t, &who),
        ERR_OK);
    cr_assert_eq(sessions_of_pipe(bob.sessions, PIPE_B), theirs);
    cr_assert_eq(old_theirs->state, SESSION_REPLACED);
    cr_assert_eq(session_reserve(old_theirs, 1, &sealing), ERR_CLOSED);
    cr_assert_eq(open_sealed(&bob, PIPE_B, late, "late", t, &who), ERR_OK);
    cr_assert_eq(old_ours->state, SESSION_READY);
    cr_assert_eq(
        open_sealed(&alice, PIPE_A, seal(&bob, theirs, "3"), "3", t, &who),
        ERR_OK);
    cr_assert_eq(old_ours->state, SESSION_REPLACED);
    sessions_tick(bob.sessions, t + SESSION_HANDSHAKE_MS);
    cr_assert_eq(open_sealed(&bob, PIPE_B, later, "later", t, &who),
                 ERR_NOT_FOUND);
    cr_assert_eq(sessions_of_pipe(bob.sessions, PIPE_B), theirs);
}

/* Volume makes a session old too, and one that nobody renews is dropped. */
Test(session, old_ones_end)
{
    struct session *ours;
    struct session *theirs;
    struct session *who;

    shake(0, &ours, &theirs);
    cr_assert_eq(
        open_sealed(&bob, PIPE_B, seal(&alice, ours, "1"), "1", 0, &who),
        ERR_OK);
    cr_assert(!session_is_old(theirs, 0));
    theirs->bytes = SESSION_BYTES_MAX;
    cr_assert(session_is_old(theirs, 0));
    sessions_tick(bob.sessions, 1);
    cr_assert_eq(theirs->state, SESSION_READY);
    cr_assert_eq(sessions_deadline_ms(bob.sessions), 2 * SESSION_AGE_MS_MAX);
    sessions_tick(bob.sessions, 2 * SESSION_AGE_MS_MAX);
    cr_assert_null(sessions_of_pipe(bob.sessions, PIPE_B));
}

/* A key that lost its rights loses its sessions. */
Test(session, close_peer)
{
    struct session *ours;
    struct session *theirs;

    shake(0, &ours, &theirs);
    sessions_close_peer(bob.sessions, &bob.pair.public_key);
    cr_assert_eq(theirs->state, SESSION_PENDING);
    sessions_close_peer(bob.sessions, &alice.pair.public_key);
    cr_assert_null(sessions_next(bob.sessions, NULL));
}

/* The table is bounded, and indexes never collide. */
Test(session, table_is_bounded)
{
    struct session_seed seed = seed_at(UINT32_MAX);
    const struct session *last = NULL;

    for (uint32_t pipe = 0; pipe < SESSION_COUNT_MAX; pipe++) {
        cr_assert_eq(session_begin(alice.sessions, pipe, &bob.pair.public_key,
                                   0, &seed, 0, hello),
                     ERR_OK);
    }
    cr_assert_eq(session_begin(alice.sessions, 9999, &bob.pair.public_key, 0,
                               &seed, 0, hello),
                 ERR_FULL);
    for (uint32_t count = 0; count < SESSION_COUNT_MAX; count++) {
        last = sessions_next(alice.sessions, last);
        cr_assert_not_null(last);
        cr_assert_eq(sessions_find(alice.sessions, last->index), last);
    }
    cr_assert_null(sessions_next(alice.sessions, last));
    sessions_tick(alice.sessions, SESSION_HANDSHAKE_MS);
    cr_assert_null(sessions_next(alice.sessions, NULL));
}

/* A second handshake of ours on a pipe gives up the first one. */
Test(session, begin_again)
{
    struct session *ours = NULL;
    struct session *theirs;

    cr_assert_eq(begin(0), ERR_OK);
    cr_assert_eq(accept_hello(0, &theirs), ERR_OK);
    cr_assert_eq(begin(1), ERR_OK);
    cr_assert_neq(finish(1, &ours), ERR_OK);
    cr_assert_null(ours);
}
