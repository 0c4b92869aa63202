/* SPDX-License-Identifier: Apache-2.0 */
/* noise/cacophony-subset.json: the vectors of the one pattern that we speak.
 * The other patterns in the file are passed over. */
#include <criterion/criterion.h>

#include "base/limits.h"
#include "crypto/aead.h"
#include "crypto/noise.h"
#include "crypto/secret.h"
#include "support/vectors.h"

#define PROTOCOL "Noise_IK_25519_ChaChaPoly_SHA256"
#define ROOM 65536

/* Both ends of one vector. */
struct two {
    const json_t *vector; /* borrowed */
    struct x25519_pair initiator;
    struct x25519_pair responder;
    struct noise_handshake *a; /* initiator */
    struct noise_handshake *b; /* responder */
    struct buf prologue;
    struct buf found;
    struct buf opened;
};

static void ready(void)
{
    cr_assert(crypto_init() == ERR_OK);
}

TestSuite(noise, .init = ready);

static void pair_from(const json_t *vector, const char *key,
                      struct x25519_pair *ret_pair)
{
    uint8_t secret[X25519_SIZE];

    vectors_hex_fixed(vector, key, secret, sizeof(secret));
    cr_assert_eq(x25519_pair_init(ret_pair, secret), ERR_OK);
}

static void two_init(struct two *two, const json_t *vector)
{
    struct x25519_key remote;
    uint8_t ephemeral[X25519_SIZE];

    two->vector = vector;
    pair_from(vector, "init_static", &two->initiator);
    pair_from(vector, "resp_static", &two->responder);
    buf_init(&two->prologue, ROOM);
    buf_init(&two->found, ROOM);
    buf_init(&two->opened, ROOM);
    vectors_hex(vector, "init_prologue", &two->prologue);
    vectors_hex_fixed(vector, "init_remote_static", remote.bytes, X25519_SIZE);
    cr_expect(x25519_key_equal(&remote, &two->responder.public_key));
    vectors_hex_fixed(vector, "init_ephemeral", ephemeral, X25519_SIZE);
    cr_assert_eq(noise_initiator_new(&two->initiator, &remote, ephemeral,
                                     buf_span(&two->prologue), &two->a),
                 ERR_OK);
    buf_clear(&two->prologue);
    vectors_hex(vector, "resp_prologue", &two->prologue);
    vectors_hex_fixed(vector, "resp_ephemeral", ephemeral, X25519_SIZE);
    cr_assert_eq(noise_responder_new(&two->responder, ephemeral,
                                     buf_span(&two->prologue), &two->b),
                 ERR_OK);
}

static void two_done(struct two *two)
{
    noise_handshake_free(two->a);
    noise_handshake_free(two->b);
    x25519_pair_done(&two->initiator);
    x25519_pair_done(&two->responder);
    buf_done(&two->prologue);
    buf_done(&two->found);
    buf_done(&two->opened);
}

/* Message `index` of the vector: what it carries and how it looks. */
static void message_get(const struct two *two, size_t index,
                        struct buf *payload, struct buf *expected)
{
    const json_t *message =
        json_array_get(vectors_cases(two->vector, "messages"), index);

    buf_init(payload, ROOM);
    buf_init(expected, ROOM);
    vectors_hex(message, "payload", payload);
    vectors_hex(message, "ciphertext", expected);
}

/* Message 1 as it stands, or with one bit changed. */
static enum err pass_1(struct two *two, struct span message)
{
    struct x25519_key who;
    enum err rc = noise_read_1(two->b, message, &who);

    if (rc == ERR_OK) {
        cr_expect(x25519_key_equal(&who, &two->initiator.public_key));
        rc = noise_accept_1(two->b, &two->opened);
    }
    return rc;
}

static void run_handshake(struct two *two)
{
    struct buf payload;
    struct buf expected;

    message_get(two, 0, &payload, &expected);
    cr_assert_eq(noise_write_1(two->a, buf_span(&payload), &two->found),
                 ERR_OK);
    cr_expect(span_equal(buf_span(&two->found), buf_span(&expected)));
    cr_assert_eq(pass_1(two, buf_span(&expected)), ERR_OK);
    cr_expect(span_equal(buf_span(&two->opened), buf_span(&payload)));
    buf_done(&payload);
    buf_done(&expected);

    buf_clear(&two->found);
    buf_clear(&two->opened);
    message_get(two, 1, &payload, &expected);
    cr_assert_eq(noise_write_2(two->b, buf_span(&payload), &two->found),
                 ERR_OK);
    cr_expect(span_equal(buf_span(&two->found), buf_span(&expected)));
    cr_assert_eq(noise_read_2(two->a, buf_span(&expected), &two->opened),
                 ERR_OK);
    cr_expect(span_equal(buf_span(&two->opened), buf_span(&payload)));
    buf_done(&payload);
    buf_done(&expected);
}

static void run_transport(struct two *two)
{
    size_t count = json_array_size(vectors_cases(two->vector, "messages"));
    struct noise_keys keys[2];
    uint8_t hash[DIGEST_SIZE];
    struct aead aead;

    cr_assert_eq(noise_split(two->a, &keys[0]), ERR_OK);
    cr_assert_eq(noise_split(two->b, &keys[1]), ERR_OK);
    vectors_hex_fixed(two->vector, "handshake_hash", hash, sizeof(hash));
    cr_expect_arr_eq(keys[0].hash.bytes, hash, DIGEST_SIZE);
    cr_expect_arr_eq(keys[1].hash.bytes, hash, DIGEST_SIZE);
    cr_assert_eq(aead_init(&aead), ERR_OK);
    for (size_t index = 2; index < count; index++) {
        const struct noise_keys *from = &keys[index % 2];
        const struct noise_keys *to = &keys[1 - index % 2];
        uint64_t counter = index / 2 - 1;
        struct buf payload;
        struct buf expected;
        struct span part;
        uint8_t *sealed;

        message_get(two, index, &payload, &expected);
        part = buf_span(&payload);
        buf_clear(&two->found);
        sealed = buf_extend(&two->found, part.size + AEAD_TAG_SIZE);
        cr_assert_not_null(sealed);
        noise_seal(&aead, from->send, counter, &part, 1, sealed);
        cr_expect(span_equal(buf_span(&two->found), buf_span(&expected)));
        cr_expect_eq(noise_open(&aead, to->receive, counter,
                                buf_span(&expected), sealed),
                     ERR_OK);
        cr_expect(memcmp(sealed, part.data, part.size) == 0);
        buf_done(&payload);
        buf_done(&expected);
    }
    aead_done(&aead);
    noise_keys_done(&keys[0]);
    noise_keys_done(&keys[1]);
}

/* Every handshake message, every bit of it. */
static void flip_bits(const json_t *vector)
{
    struct buf payload;
    struct buf first;
    struct two two;
    size_t bits;

    two_init(&two, vector);
    message_get(&two, 0, &payload, &first);
    buf_done(&payload);
    bits = first.size * 8;
    two_done(&two);
    for (size_t bit = 0; bit < bits; bit++) {
        two_init(&two, vector);
        first.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        cr_assert_neq(pass_1(&two, buf_span(&first)), ERR_OK, "bit %zu", bit);
        first.data[bit / 8] ^= (uint8_t)(1U << bit % 8);
        two_done(&two);
    }
    buf_done(&first);
}

/* Handshake, hash and transport are those of the vectors, byte for byte. */
Test(noise, follows_the_vectors)
{
    json_t *file = vectors_load("noise/cacophony-subset.json");
    const json_t *vector;
    size_t covered = 0;
    size_t index;

    json_array_foreach(vectors_cases(file, "vectors"), index, vector)
    {
        struct two two;

        if (strcmp(vectors_str(vector, "protocol_name"), PROTOCOL) != 0) {
            continue;
        }
        two_init(&two, vector);
        run_handshake(&two);
        run_transport(&two);
        two_done(&two);
        flip_bits(vector);
        covered++;
    }
    cr_expect(covered >= 1, "no vector of " PROTOCOL);
    json_decref(file);
}
