/* SPDX-License-Identifier: Apache-2.0 */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/secret.h"

#define ROOM 65536

static const uint8_t secret_a[X25519_SIZE] = { 0, 1 };
static const uint8_t secret_b[X25519_SIZE] = { 0, 2 };
static const uint8_t ephemeral_a[X25519_SIZE] = { 0, 3 };
static const uint8_t ephemeral_b[X25519_SIZE] = { 0, 4 };

/* Two ends and what has passed between them. */
static struct {
    struct x25519_pair pair_a;
    struct x25519_pair pair_b;
    struct noise_handshake *a; /* initiator */
    struct noise_handshake *b; /* responder */
    struct buf message_1;
    struct buf message_2;
    struct buf payload;
} two;

static void renew(const char *prologue_b)
{
    noise_handshake_free(two.a);
    noise_handshake_free(two.b);
    buf_clear(&two.message_2);
    buf_clear(&two.payload);
    cr_assert_eq(noise_initiator_new(&two.pair_a, &two.pair_b.public_key,
                                     ephemeral_a, span_str("prologue"), &two.a),
                 ERR_OK);
    cr_assert_eq(noise_responder_new(&two.pair_b, ephemeral_b,
                                     span_str(prologue_b), &two.b),
                 ERR_OK);
}

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
    cr_assert_eq(x25519_pair_init(&two.pair_a, secret_a), ERR_OK);
    cr_assert_eq(x25519_pair_init(&two.pair_b, secret_b), ERR_OK);
    buf_init(&two.message_1, ROOM);
    buf_init(&two.message_2, ROOM);
    buf_init(&two.payload, ROOM);
    renew("prologue");
    cr_assert_eq(noise_write_1(two.a, span_of(NULL, 0), &two.message_1),
                 ERR_OK);
}

static void over(void)
{
    noise_handshake_free(two.a);
    noise_handshake_free(two.b);
    noise_handshake_free(NULL);
    x25519_pair_done(&two.pair_a);
    x25519_pair_done(&two.pair_b);
    buf_done(&two.message_1);
    buf_done(&two.message_2);
    buf_done(&two.payload);
}

TestSuite(noise, .init = ready, .fini = over);

/* The responder's part up to message 2. */
static enum err respond(void)
{
    struct x25519_key who;
    enum err rc = noise_read_1(two.b, buf_span(&two.message_1), &who);

    if (rc == ERR_OK) {
        cr_expect(x25519_key_equal(&who, &two.pair_a.public_key));
        rc = noise_accept_1(two.b, &two.payload);
    }
    if (rc == ERR_OK) {
        rc = noise_write_2(two.b, span_of(NULL, 0), &two.message_2);
    }
    return rc;
}

/* Both ends get the same keys crosswise and the same hash; sealed messages pass
 * both ways. */
Test(noise, makes_a_session)
{
    struct noise_keys keys_a;
    struct noise_keys keys_b;
    struct aead aead;
    uint8_t sealed[100];
    struct span parts[] = { span_str("reply "), span_str("body") };

    cr_assert_eq(two.message_1.size, NOISE_MESSAGE_1_SIZE);
    cr_assert_eq(respond(), ERR_OK);
    cr_assert_eq(two.message_2.size, NOISE_MESSAGE_2_SIZE);
    cr_assert_eq(noise_read_2(two.a, buf_span(&two.message_2), &two.payload),
                 ERR_OK);
    cr_expect_eq(two.payload.size, 0);
    cr_assert_eq(noise_split(two.a, &keys_a), ERR_OK);
    cr_assert_eq(noise_split(two.b, &keys_b), ERR_OK);
    cr_expect(digest_equal(&keys_a.hash, &keys_b.hash));
    cr_expect(
        span_equal(secret_span(keys_a.send), secret_span(keys_b.receive)));
    cr_expect(
        span_equal(secret_span(keys_a.receive), secret_span(keys_b.send)));
    cr_expect(
        !span_equal(secret_span(keys_a.send), secret_span(keys_a.receive)));
    cr_assert_eq(aead_init(&aead), ERR_OK);
    noise_seal(&aead, keys_a.send, 77, parts, 2, sealed);
    cr_expect_eq(
        noise_open(&aead, keys_b.receive, 78, span_of(sealed, 26), sealed),
        ERR_WRONG_KEY);
    noise_seal(&aead, keys_a.send, 77, parts, 2, sealed);
    cr_expect_eq(
        noise_open(&aead, keys_b.receive, 77, span_of(sealed, 26), sealed),
        ERR_OK);
    cr_expect(span_is(span_of(sealed, 10), "reply body"));
    aead_done(&aead);
    noise_keys_done(&keys_a);
    noise_keys_done(&keys_b);
    noise_keys_done(&keys_b);
}

/* One changed bit or one byte less in message 1 ends the responder. */
Test(noise, refuses_a_changed_message_1)
{
    struct span whole = buf_span(&two.message_1);
    struct x25519_key who;

    for (size_t bit = 0; bit < two.message_1.size * 8; bit++) {
        /* X25519 ignores the top bit, the hash does not: it is caught too. */
        renew("prologue");
        two.message_1.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_neq(respond(), ERR_OK, "bit %zu", bit);
        cr_assert_eq(noise_accept_1(two.b, &two.payload), ERR_REFUSED);
        cr_assert_eq(two.payload.size, 0);
        two.message_1.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
    }
    for (size_t size = 0; size < whole.size; size++) {
        renew("prologue");
        cr_assert_eq(noise_read_1(two.b, span_part(whole, 0, size), &who),
                     ERR_MALFORMED);
    }
    renew("prologue");
    buf_put_byte(&two.message_1, 0);
    cr_expect_eq(respond(), ERR_WRONG_KEY);
}

/* The same for message 2 and the initiator. */
Test(noise, refuses_a_changed_message_2)
{
    for (size_t bit = 0; bit < NOISE_MESSAGE_2_SIZE * 8; bit++) {
        renew("prologue");
        buf_clear(&two.message_1);
        cr_assert_eq(noise_write_1(two.a, span_of(NULL, 0), &two.message_1),
                     ERR_OK);
        cr_assert_eq(respond(), ERR_OK);
        two.message_2.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_neq(
            noise_read_2(two.a, buf_span(&two.message_2), &two.payload), ERR_OK,
            "bit %zu", bit);
    }
}

/* Another consortium's prologue, and a key that is not ours, do not fit. */
Test(noise, binds_prologue_and_key)
{
    struct x25519_key who;

    renew("elsewhere");
    cr_expect_eq(respond(), ERR_WRONG_KEY);
    noise_handshake_free(two.b);
    cr_assert_eq(noise_responder_new(&two.pair_a, ephemeral_b,
                                     span_str("prologue"), &two.b),
                 ERR_OK);
    cr_expect_eq(noise_read_1(two.b, buf_span(&two.message_1), &who),
                 ERR_WRONG_KEY);
}

/* Nobody talks to himself: neither by dialling nor by being dialled. */
Test(noise, refuses_its_own_key)
{
    struct noise_handshake *noise = NULL;

    cr_expect_eq(noise_initiator_new(&two.pair_a, &two.pair_a.public_key,
                                     ephemeral_a, span_of(NULL, 0), &noise),
                 ERR_REFUSED);
    cr_expect_null(noise);
}

/* A responder's key of low order gives no message. */
Test(noise, refuses_low_order)
{
    static const struct x25519_key zero;
    struct noise_handshake *noise = NULL;
    struct x25519_key who;

    cr_assert_eq(noise_initiator_new(&two.pair_a, &zero, ephemeral_a,
                                     span_of(NULL, 0), &noise),
                 ERR_OK);
    cr_expect_eq(noise_write_1(noise, span_of(NULL, 0), &two.payload),
                 ERR_MALFORMED);
    noise_handshake_free(noise);
    memset(two.message_1.data, 0, X25519_SIZE);
    cr_expect_eq(noise_read_1(two.b, buf_span(&two.message_1), &who),
                 ERR_MALFORMED);
}

/* Calls out of order end a handshake. */
Test(noise, keeps_the_order)
{
    struct noise_keys keys;

    cr_expect_eq(noise_write_2(two.b, span_of(NULL, 0), &two.payload),
                 ERR_REFUSED);
    cr_expect_eq(respond(), ERR_REFUSED);
    cr_expect_eq(noise_split(two.a, &keys), ERR_REFUSED);
    cr_expect_eq(noise_read_2(two.a, buf_span(&two.message_1), &two.payload),
                 ERR_REFUSED);
}
