/* SPDX-License-Identifier: Apache-2.0 */
/* What the stanzas hold: the file key wrapped for a recipient or a passphrase
 * (specs age 4 and 5), opened and made. */
#include <stdbool.h>
#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/age_header.h"
#include "crypto/hkdf.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"

#define TYPE_X25519 "X25519"
#define TYPE_SCRYPT "scrypt"
#define TYPE_HYBRID "mlkem768x25519"
#define X25519_LABEL "age-encryption.org/v1/X25519"
#define SCRYPT_LABEL "age-encryption.org/v1/scrypt"
#define SCRYPT_R 8
#define SCRYPT_P 1
#define WRAPPED_SIZE (AGE_FILE_KEY_SIZE + AEAD_TAG_SIZE)

static const uint8_t zero_nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

static void wrap(const uint8_t key[static HKDF_SIZE], const uint8_t *file_key,
                 uint8_t ret_wrapped[static WRAPPED_SIZE])
{
    unsigned long long size;

    CHECK(crypto_aead_chacha20poly1305_ietf_encrypt(
              ret_wrapped, &size, file_key, AGE_FILE_KEY_SIZE, NULL, 0, NULL,
              zero_nonce, key) == 0);
    CHECK(size == WRAPPED_SIZE);
}

static bool unwrap(const uint8_t key[static HKDF_SIZE], struct span wrapped,
                   uint8_t *ret_file_key)
{
    uint8_t file_key[AGE_FILE_KEY_SIZE];
    unsigned long long size;
    bool good;

    CHECK(wrapped.size == WRAPPED_SIZE);
    good = crypto_aead_chacha20poly1305_ietf_decrypt(
               file_key, &size, NULL, wrapped.data, wrapped.size, NULL, 0,
               zero_nonce, key) == 0;
    if (good) {
        memcpy(ret_file_key, file_key, sizeof(file_key));
    }
    sodium_memzero(file_key, sizeof(file_key));
    return good;
}

/* Argument `index` of a stanza; the type has index 0. */
static struct span argument(const struct age_stanza *stanza, size_t index)
{
    struct span left = stanza->line;

    CHECK(index < stanza->arg_count);
    for (;;) {
        const uint8_t *end = memchr(left.data, ' ', left.size);

        if (index == 0) {
            return end == NULL ? left
                               : span_part(left, 0, (size_t)(end - left.data));
        }
        CHECK(end != NULL);
        left = span_part(left, (size_t)(end - left.data) + 1, left.size);
        index--;
    }
}

/* ---- X25519 -------------------------------------------------------------- */

static void x25519_wrap_key(const uint8_t shared[static X25519_SIZE],
                            const struct x25519_key *share,
                            const struct age_recipient *recipient,
                            uint8_t ret_key[static HKDF_SIZE])
{
    uint8_t salt[2 * AGE_KEY_SIZE];

    memcpy(salt, share->bytes, AGE_KEY_SIZE);
    memcpy(salt + AGE_KEY_SIZE, recipient->bytes, AGE_KEY_SIZE);
    hkdf_sha256(span_of(shared, X25519_SIZE), span_of(salt, sizeof(salt)),
                span_str(X25519_LABEL), ret_key);
}

/* The share of a well-formed X25519 stanza. */
static bool x25519_share(const struct age_header *header,
                         const struct age_stanza *stanza,
                         struct x25519_key *ret_share)
{
    return stanza->arg_count == 2 &&
           base64_raw_parse_fixed(argument(stanza, 1), ret_share->bytes,
                                  X25519_SIZE) == ERR_OK &&
           age_header_body(header, stanza).size == WRAPPED_SIZE;
}

/* Any fault in a stanza of a type that we open is a fault of the file, also
 * when another stanza would open (specs age 4): one reading, whatever the
 * order of stanzas and identities. */
static enum err x25519_check(const struct age_header *header,
                             struct why *ret_why)
{
    for (size_t index = 0; index < header->stanza_count; index++) {
        const struct age_stanza *stanza = &header->stanzas[index];
        struct x25519_key share;

        if (!span_is(stanza->type, TYPE_X25519)) {
            continue;
        }
        if (!x25519_share(header, stanza, &share) ||
            !x25519_key_valid(&share)) {
            return why_set(ret_why, ERR_MALFORMED,
                           "stanza %zu of the age header is not a good X25519 "
                           "stanza",
                           index + 1);
        }
    }
    return ERR_OK;
}

static bool x25519_open(const struct age_header *header,
                        const struct age_stanza *stanza,
                        const struct age_identity *identity,
                        uint8_t *ret_file_key)
{
    uint8_t shared[X25519_SIZE];
    uint8_t key[HKDF_SIZE];
    struct x25519_key share;
    bool good;

    if (!x25519_share(header, stanza, &share) ||
        x25519_shared(secret_data(identity->secret), &share, shared) !=
            ERR_OK) {
        return false;
    }
    x25519_wrap_key(shared, &share, &identity->recipient, key);
    good = unwrap(key, age_header_body(header, stanza), ret_file_key);
    sodium_memzero(shared, sizeof(shared));
    sodium_memzero(key, sizeof(key));
    return good;
}

static bool has_type(const struct age_header *header, const char *type)
{
    for (size_t index = 0; index < header->stanza_count; index++) {
        if (span_is(header->stanzas[index].type, type)) {
            return true;
        }
    }
    return false;
}

enum err age_header_unwrap(const struct age_header *header,
                           const struct age_identity *identities,
                           size_t identity_count,
                           uint8_t ret_file_key[static AGE_FILE_KEY_SIZE],
                           struct why *ret_why)
{
    enum err rc = identity_count > 0 ? x25519_check(header, ret_why) : ERR_OK;

    if (rc != ERR_OK) {
        return rc;
    }
    for (size_t index = 0; index < header->stanza_count; index++) {
        const struct age_stanza *stanza = &header->stanzas[index];

        if (!span_is(stanza->type, TYPE_X25519)) {
            continue;
        }
        for (size_t which = 0; which < identity_count; which++) {
            if (x25519_open(header, stanza, &identities[which], ret_file_key)) {
                return ERR_OK;
            }
        }
    }
    if (has_type(header, TYPE_HYBRID)) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "no identity fits, and the file is sealed to a hybrid "
                       "recipient, which this release does not open");
    }
    if (has_type(header, TYPE_SCRYPT)) {
        return why_set(ret_why, ERR_WRONG_KEY,
                       "the file is sealed with a passphrase, not to an "
                       "identity");
    }
    return why_set(ret_why, ERR_WRONG_KEY,
                   "the file is sealed to none of these %zu identities",
                   identity_count);
}

/* ---- scrypt -------------------------------------------------------------- */

/* [1-9][0-9]*, by hand: no sign, no zero in front. Anything of more than two
 * digits is over every cap. */
static bool parse_log_n(struct span text, unsigned *ret_log_n)
{
    unsigned log_n = 0;

    if (text.size < 1 || text.size > 2 || text.data[0] == '0') {
        return false;
    }
    for (size_t index = 0; index < text.size; index++) {
        if (text.data[index] < '0' || text.data[index] > '9') {
            return false;
        }
        log_n = log_n * 10 + (text.data[index] - '0');
    }
    *ret_log_n = log_n;
    return true;
}

static enum err scrypt_wrap_key(struct span passphrase, const uint8_t *salt,
                                unsigned log_n, uint8_t *ret_key)
{
    static const char label[] = SCRYPT_LABEL;
    uint8_t full_salt[sizeof(label) - 1 + AGE_SALT_SIZE];

    memcpy(full_salt, label, sizeof(label) - 1);
    memcpy(full_salt + sizeof(label) - 1, salt, AGE_SALT_SIZE);
    if (crypto_pwhash_scryptsalsa208sha256_ll(
            passphrase.data, passphrase.size, full_salt, sizeof(full_salt),
            1ULL << log_n, SCRYPT_R, SCRYPT_P, ret_key, HKDF_SIZE) != 0) {
        return ERR_NO_MEMORY;
    }
    return ERR_OK;
}

enum err age_header_unwrap_passphrase(
    const struct age_header *header, struct span passphrase, unsigned log_n_max,
    uint8_t ret_file_key[static AGE_FILE_KEY_SIZE], struct why *ret_why)
{
    const struct age_stanza *stanza = &header->stanzas[0];
    struct span body = age_header_body(header, stanza);
    uint8_t salt[AGE_SALT_SIZE];
    uint8_t key[HKDF_SIZE];
    unsigned log_n;
    bool good;

    if (!span_is(stanza->type, TYPE_SCRYPT)) {
        return why_set(ret_why, ERR_WRONG_KEY,
                       "the file is not sealed with a passphrase");
    }
    if (stanza->arg_count != 3 ||
        base64_raw_parse_fixed(argument(stanza, 1), salt, sizeof(salt)) !=
            ERR_OK ||
        !parse_log_n(argument(stanza, 2), &log_n) ||
        body.size != WRAPPED_SIZE) {
        return why_set(ret_why, ERR_MALFORMED,
                       "the passphrase stanza of the age header is malformed");
    }
    if (log_n > log_n_max) {
        return why_set(ret_why, ERR_MALFORMED,
                       "the file asks for a passphrase work of 2^%u; at most "
                       "2^%u is done here",
                       log_n, log_n_max);
    }
    if (scrypt_wrap_key(passphrase, salt, log_n, key) != ERR_OK) {
        return why_set(ret_why, ERR_NO_MEMORY,
                       "the passphrase work needs %llu KiB of memory",
                       1ULL << log_n);
    }
    good = unwrap(key, body, ret_file_key);
    sodium_memzero(key, sizeof(key));
    return good ? ERR_OK
                : why_set(ret_why, ERR_WRONG_KEY,
                          "this passphrase does not open the file");
}

/* ---- Writing ------------------------------------------------------------- */

static void put_body(struct buf *bytes, const uint8_t *wrapped)
{
    buf_put_byte(bytes, '\n');
    buf_put_base64_raw(bytes, span_of(wrapped, WRAPPED_SIZE));
    buf_put_byte(bytes, '\n');
}

/* The MAC line over all from `start` on. */
static enum err put_mac(struct buf *bytes, size_t start,
                        const uint8_t *file_key)
{
    uint8_t mac[AGE_MAC_SIZE];

    buf_put_str(bytes, "---");
    if (buf_failed(bytes)) {
        return bytes->err;
    }
    age_mac(file_key, span_part(buf_span(bytes), start, bytes->size), mac);
    buf_put_byte(bytes, ' ');
    buf_put_base64_raw(bytes, span_of(mac, sizeof(mac)));
    buf_put_byte(bytes, '\n');
    return bytes->err;
}

static enum err put_x25519(struct buf *bytes, const uint8_t *file_key,
                           const struct age_recipient *recipient,
                           const struct age_ephemeral *ephemeral)
{
    uint8_t wrapped[WRAPPED_SIZE];
    uint8_t shared[X25519_SIZE];
    uint8_t key[HKDF_SIZE];
    struct x25519_key point;
    struct x25519_key share;

    memcpy(point.bytes, recipient->bytes, AGE_KEY_SIZE);
    if (x25519_shared(ephemeral->bytes, &point, shared) != ERR_OK) {
        return ERR_MALFORMED;
    }
    x25519_public(ephemeral->bytes, &share);
    x25519_wrap_key(shared, &share, recipient, key);
    wrap(key, file_key, wrapped);
    sodium_memzero(shared, sizeof(shared));
    sodium_memzero(key, sizeof(key));
    buf_put_str(bytes, "-> " TYPE_X25519 " ");
    buf_put_base64_raw(bytes, span_of(share.bytes, X25519_SIZE));
    put_body(bytes, wrapped);
    return ERR_OK;
}

enum err age_header_seal(struct buf *bytes,
                         const uint8_t file_key[static AGE_FILE_KEY_SIZE],
                         const struct age_recipient *recipients,
                         const struct age_ephemeral *ephemerals,
                         size_t recipient_count)
{
    size_t start = bytes->size;

    if (recipient_count == 0 || recipient_count > AGE_STANZAS_MAX) {
        return ERR_RANGE;
    }
    buf_put_str(bytes, AGE_VERSION_LINE "\n");
    for (size_t index = 0; index < recipient_count; index++) {
        enum err rc =
            put_x25519(bytes, file_key, &recipients[index], &ephemerals[index]);

        if (rc != ERR_OK) {
            return rc;
        }
    }
    return put_mac(bytes, start, file_key);
}

enum err age_header_seal_passphrase(
    struct buf *bytes, const uint8_t file_key[static AGE_FILE_KEY_SIZE],
    struct span passphrase, const uint8_t salt[static AGE_SALT_SIZE],
    unsigned log_n)
{
    uint8_t wrapped[WRAPPED_SIZE];
    uint8_t key[HKDF_SIZE];
    size_t start = bytes->size;

    if (log_n < 1 || log_n > AGE_SCRYPT_LOG_N_MAX) {
        return ERR_RANGE;
    }
    if (scrypt_wrap_key(passphrase, salt, log_n, key) != ERR_OK) {
        return ERR_NO_MEMORY;
    }
    wrap(key, file_key, wrapped);
    sodium_memzero(key, sizeof(key));
    buf_put_str(bytes, AGE_VERSION_LINE "\n");
    buf_put_str(bytes, "-> " TYPE_SCRYPT " ");
    buf_put_base64_raw(bytes, span_of(salt, AGE_SALT_SIZE));
    buf_printf(bytes, " %u", log_n);
    put_body(bytes, wrapped);
    return put_mac(bytes, start, file_key);
}
