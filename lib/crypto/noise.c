/* SPDX-License-Identifier: Apache-2.0 */
/* States and the call that leaves each:
 *
 *   initiator: WRITE_1 [noise_write_1] -> READ_2 [noise_read_2] -> SPLIT
 *   responder: READ_1 [noise_read_1] -> ACCEPT_1 [noise_accept_1] ->
 *              WRITE_2 [noise_write_2] -> SPLIT
 *   SPLIT [noise_split] -> OVER, and from everywhere after a failure. */
#include "crypto/noise.h"

#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/aead.h"
#include "crypto/secret.h"

#define PROTOCOL_NAME "Noise_IK_25519_ChaChaPoly_SHA256"
#define STATIC_SIZE (X25519_SIZE + AEAD_TAG_SIZE) /* s on the wire */

_Static_assert(sizeof(PROTOCOL_NAME) - 1 == DIGEST_SIZE,
               "the name is the first hash, neither padded nor hashed");

enum noise_state {
    NOISE_WRITE_1,
    NOISE_READ_1,
    NOISE_ACCEPT_1,
    NOISE_WRITE_2,
    NOISE_READ_2,
    NOISE_SPLIT,
    NOISE_OVER
};

/* Lies in guarded memory as a whole. */
struct noise_handshake {
    struct secret *home; /* the guarded memory that this struct lies in */
    const struct x25519_pair *self; /* borrowed */
    enum noise_state state;
    bool initiator;
    struct digest h;          /* of all that both sides saw */
    uint8_t ck[DIGEST_SIZE];  /* chaining key */
    uint8_t k[AEAD_KEY_SIZE]; /* cipher key, once there is one */
    uint64_t n;               /* its counter */
    uint8_t e_secret[X25519_SIZE];
    struct x25519_key e;
    struct x25519_key re;
    struct x25519_key rs;
    struct span rest; /* borrowed; of message 1, not yet accepted */
};

/* ---- Symmetric state (specs noise 2) ------------------------------------- */

static void mix_hash(struct noise_handshake *noise, struct span bytes)
{
    struct span parts[] = { span_of(noise->h.bytes, DIGEST_SIZE), bytes };

    noise->h = digest_of_parts(parts, 2);
}

/* Two outputs of Noise's HKDF. */
static void hkdf_two(const uint8_t ck[static DIGEST_SIZE], struct span ikm,
                     struct digest *ret_first, struct digest *ret_second)
{
    static const uint8_t one = 1;
    static const uint8_t two = 2;
    struct digest t = hmac_sha256(span_of(ck, DIGEST_SIZE), ikm);
    struct span key = span_of(t.bytes, DIGEST_SIZE);
    struct span parts[2];

    *ret_first = hmac_sha256(key, span_of(&one, 1));
    parts[0] = span_of(ret_first->bytes, DIGEST_SIZE);
    parts[1] = span_of(&two, 1);
    *ret_second = hmac_sha256_parts(key, parts, 2);
    sodium_memzero(&t, sizeof(t));
}

static void mix_key(struct noise_handshake *noise, struct span ikm)
{
    struct digest first;
    struct digest second;

    hkdf_two(noise->ck, ikm, &first, &second);
    memcpy(noise->ck, first.bytes, DIGEST_SIZE);
    memcpy(noise->k, second.bytes, AEAD_KEY_SIZE);
    noise->n = 0;
    sodium_memzero(&first, sizeof(first));
    sodium_memzero(&second, sizeof(second));
}

static enum err mix_dh(struct noise_handshake *noise, const uint8_t *secret,
                       const struct x25519_key *point)
{
    uint8_t shared[X25519_SIZE];
    enum err rc = x25519_shared(secret, point, shared);

    if (rc == ERR_OK) {
        mix_key(noise, span_of(shared, sizeof(shared)));
        sodium_memzero(shared, sizeof(shared));
    }
    return rc;
}

/* Four zero bytes, then the counter, least byte first. */
static void make_nonce(uint8_t nonce[static AEAD_NONCE_SIZE], uint64_t counter)
{
    memset(nonce, 0, AEAD_NONCE_SIZE);
    for (size_t place = 0; place < 8; place++) {
        nonce[4 + place] = (uint8_t)(counter >> (8 * place));
    }
}

static enum err encrypt_and_hash(struct noise_handshake *noise,
                                 struct span plain, struct buf *message)
{
    uint8_t nonce[AEAD_NONCE_SIZE];
    unsigned long long size;
    uint8_t *to = buf_extend(message, plain.size + AEAD_TAG_SIZE);

    if (to == NULL) {
        return message->err;
    }
    make_nonce(nonce, noise->n++);
    CHECK(crypto_aead_chacha20poly1305_ietf_encrypt(
              to, &size, plain.data, plain.size, noise->h.bytes, DIGEST_SIZE,
              NULL, nonce, noise->k) == 0);
    CHECK(size == plain.size + AEAD_TAG_SIZE);
    mix_hash(noise, span_of(to, (size_t)size));
    return ERR_OK;
}

/* Writes sealed.size - 16 bytes; sealed has at least 16. */
static enum err decrypt_and_hash(struct noise_handshake *noise,
                                 struct span sealed, uint8_t *ret_plain)
{
    uint8_t nonce[AEAD_NONCE_SIZE];
    unsigned long long size;

    CHECK(sealed.size >= AEAD_TAG_SIZE);
    make_nonce(nonce, noise->n++);
    if (crypto_aead_chacha20poly1305_ietf_decrypt(
            ret_plain, &size, NULL, sealed.data, sealed.size, noise->h.bytes,
            DIGEST_SIZE, nonce, noise->k) != 0) {
        return ERR_WRONG_KEY;
    }
    mix_hash(noise, sealed);
    return ERR_OK;
}

/* The payload that ends every message. */
static enum err read_payload(struct noise_handshake *noise, struct span sealed,
                             struct buf *ret_payload)
{
    size_t size = sealed.size - AEAD_TAG_SIZE;
    uint8_t none[1];
    uint8_t *to = none;
    enum err rc;

    if (size > 0) {
        to = buf_extend(ret_payload, size);
        if (to == NULL) {
            return ret_payload->err;
        }
    }
    rc = decrypt_and_hash(noise, sealed, to);
    if (rc != ERR_OK) {
        ret_payload->size -= size;
    }
    return rc;
}

static void mix_public(struct noise_handshake *noise,
                       const struct x25519_key *key)
{
    mix_hash(noise, span_of(key->bytes, X25519_SIZE));
}

/* ---- Life ---------------------------------------------------------------- */

static struct noise_handshake *handshake_new(const struct x25519_pair *self,
                                             const struct x25519_key *responder,
                                             const uint8_t *ephemeral,
                                             struct span prologue)
{
    struct secret *home = secret_new(sizeof(struct noise_handshake));
    struct noise_handshake *noise;

    if (home == NULL) {
        return NULL;
    }
    noise = (struct noise_handshake *)(void *)secret_bytes(home);
    noise->home = home;
    noise->self = self;
    memcpy(noise->h.bytes, PROTOCOL_NAME, DIGEST_SIZE);
    memcpy(noise->ck, PROTOCOL_NAME, DIGEST_SIZE);
    mix_hash(noise, prologue);
    mix_public(noise, responder);
    memcpy(noise->e_secret, ephemeral, X25519_SIZE);
    x25519_public(noise->e_secret, &noise->e);
    return noise;
}

enum err noise_initiator_new(const struct x25519_pair *self,
                             const struct x25519_key *responder,
                             const uint8_t ephemeral[static X25519_SIZE],
                             struct span prologue,
                             struct noise_handshake **ret_noise)
{
    struct noise_handshake *noise;

    if (x25519_key_equal(&self->public_key, responder)) {
        return ERR_REFUSED;
    }
    noise = handshake_new(self, responder, ephemeral, prologue);
    if (noise == NULL) {
        return ERR_NO_MEMORY;
    }
    noise->initiator = true;
    noise->rs = *responder;
    noise->state = NOISE_WRITE_1;
    *ret_noise = noise;
    return ERR_OK;
}

enum err noise_responder_new(const struct x25519_pair *self,
                             const uint8_t ephemeral[static X25519_SIZE],
                             struct span prologue,
                             struct noise_handshake **ret_noise)
{
    struct noise_handshake *noise =
        handshake_new(self, &self->public_key, ephemeral, prologue);

    if (noise == NULL) {
        return ERR_NO_MEMORY;
    }
    noise->state = NOISE_READ_1;
    *ret_noise = noise;
    return ERR_OK;
}

void noise_handshake_free(struct noise_handshake *noise)
{
    if (noise != NULL) {
        secret_free(noise->home);
    }
}

/* Is it this call's turn? Until the call succeeds, the handshake is over. */
static bool begin(struct noise_handshake *noise, enum noise_state expected)
{
    bool good = noise->state == expected;

    noise->state = NOISE_OVER;
    return good;
}

static enum err end(struct noise_handshake *noise, enum err rc,
                    enum noise_state next)
{
    if (rc == ERR_OK) {
        noise->state = next;
    }
    return rc;
}

/* ---- Messages (specs noise 3) -------------------------------------------- */

enum err noise_write_1(struct noise_handshake *noise, struct span payload,
                       struct buf *message)
{
    const uint8_t *secret = secret_data(noise->self->secret);
    enum err rc;

    if (!begin(noise, NOISE_WRITE_1)) {
        return ERR_REFUSED;
    }
    buf_put(message, span_of(noise->e.bytes, X25519_SIZE));
    mix_public(noise, &noise->e);
    rc = mix_dh(noise, noise->e_secret, &noise->rs);
    if (rc == ERR_OK) {
        rc = encrypt_and_hash(
            noise, span_of(noise->self->public_key.bytes, X25519_SIZE),
            message);
    }
    if (rc == ERR_OK) {
        rc = mix_dh(noise, secret, &noise->rs);
    }
    if (rc == ERR_OK) {
        rc = encrypt_and_hash(noise, payload, message);
    }
    return end(noise, rc, NOISE_READ_2);
}

enum err noise_read_1(struct noise_handshake *noise, struct span message,
                      struct x25519_key *ret_initiator)
{
    enum err rc;

    if (!begin(noise, NOISE_READ_1)) {
        return ERR_REFUSED;
    }
    if (message.size < NOISE_MESSAGE_1_SIZE) {
        return ERR_MALFORMED;
    }
    memcpy(noise->re.bytes, message.data, X25519_SIZE);
    mix_public(noise, &noise->re);
    rc = mix_dh(noise, secret_data(noise->self->secret), &noise->re);
    if (rc == ERR_OK) {
        rc = decrypt_and_hash(noise,
                              span_part(message, X25519_SIZE, STATIC_SIZE),
                              noise->rs.bytes);
    }
    if (rc != ERR_OK) {
        return rc;
    }
    if (x25519_key_equal(&noise->rs, &noise->self->public_key)) {
        return ERR_REFUSED;
    }
    noise->rest = span_part(message, X25519_SIZE + STATIC_SIZE, message.size);
    *ret_initiator = noise->rs;
    return end(noise, ERR_OK, NOISE_ACCEPT_1);
}

enum err noise_accept_1(struct noise_handshake *noise, struct buf *ret_payload)
{
    enum err rc;

    if (!begin(noise, NOISE_ACCEPT_1)) {
        return ERR_REFUSED;
    }
    rc = mix_dh(noise, secret_data(noise->self->secret), &noise->rs);
    if (rc == ERR_OK) {
        rc = read_payload(noise, noise->rest, ret_payload);
    }
    return end(noise, rc, NOISE_WRITE_2);
}

enum err noise_write_2(struct noise_handshake *noise, struct span payload,
                       struct buf *message)
{
    enum err rc;

    if (!begin(noise, NOISE_WRITE_2)) {
        return ERR_REFUSED;
    }
    buf_put(message, span_of(noise->e.bytes, X25519_SIZE));
    mix_public(noise, &noise->e);
    rc = mix_dh(noise, noise->e_secret, &noise->re);
    if (rc == ERR_OK) {
        /* se: the initiator's static key with our ephemeral one. */
        rc = mix_dh(noise, noise->e_secret, &noise->rs);
    }
    if (rc == ERR_OK) {
        rc = encrypt_and_hash(noise, payload, message);
    }
    return end(noise, rc, NOISE_SPLIT);
}

enum err noise_read_2(struct noise_handshake *noise, struct span message,
                      struct buf *ret_payload)
{
    enum err rc;

    if (!begin(noise, NOISE_READ_2)) {
        return ERR_REFUSED;
    }
    if (message.size < NOISE_MESSAGE_2_SIZE) {
        return ERR_MALFORMED;
    }
    memcpy(noise->re.bytes, message.data, X25519_SIZE);
    mix_public(noise, &noise->re);
    rc = mix_dh(noise, noise->e_secret, &noise->re);
    if (rc == ERR_OK) {
        rc = mix_dh(noise, secret_data(noise->self->secret), &noise->re);
    }
    if (rc == ERR_OK) {
        rc = read_payload(noise, span_part(message, X25519_SIZE, message.size),
                          ret_payload);
    }
    return end(noise, rc, NOISE_SPLIT);
}

/* Wipe what the handshake knew; only `home` stays, for the free. */
static void forget(struct noise_handshake *noise)
{
    struct secret *home = noise->home;

    sodium_memzero(noise, sizeof(*noise));
    noise->home = home;
    noise->state = NOISE_OVER;
}

enum err noise_split(struct noise_handshake *noise, struct noise_keys *ret_keys)
{
    struct noise_keys keys = { 0 };
    struct digest first;  /* initiator to responder */
    struct digest second; /* responder to initiator */

    if (!begin(noise, NOISE_SPLIT)) {
        return ERR_REFUSED;
    }
    hkdf_two(noise->ck, span_of(NULL, 0), &first, &second);
    keys.send = secret_copy(
        span_of(noise->initiator ? first.bytes : second.bytes, DIGEST_SIZE));
    keys.receive = secret_copy(
        span_of(noise->initiator ? second.bytes : first.bytes, DIGEST_SIZE));
    keys.hash = noise->h;
    sodium_memzero(&first, sizeof(first));
    sodium_memzero(&second, sizeof(second));
    forget(noise);
    if (keys.send == NULL || keys.receive == NULL) {
        noise_keys_done(&keys);
        return ERR_NO_MEMORY;
    }
    *ret_keys = keys;
    return ERR_OK;
}

void noise_keys_done(struct noise_keys *keys)
{
    secret_free(keys->send);
    secret_free(keys->receive);
    keys->send = NULL;
    keys->receive = NULL;
}

/* ---- Transport (specs noise 4) ------------------------------------------- */

void noise_seal(struct aead *aead, const struct secret *key, uint64_t counter,
                const struct span *parts, size_t part_count,
                uint8_t *ret_sealed)
{
    uint8_t nonce[AEAD_NONCE_SIZE];

    CHECK(counter < NOISE_COUNTER_LIMIT);
    make_nonce(nonce, counter);
    aead_set_key(aead, secret_data(key));
    aead_seal_parts(aead, nonce, parts, part_count, ret_sealed);
}

enum err noise_open(struct aead *aead, const struct secret *key,
                    uint64_t counter, struct span sealed, uint8_t *ret_plain)
{
    uint8_t nonce[AEAD_NONCE_SIZE];

    make_nonce(nonce, counter);
    aead_set_key(aead, secret_data(key));
    return aead_open(aead, nonce, sealed, ret_plain);
}
