/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/age_key.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "base/check.h"
#include "base/limits.h"
#include "crypto/bech32.h"
#include "crypto/secret.h"
#include "crypto/x25519.h"

#define RECIPIENT_PREFIX "age"
#define IDENTITY_PREFIX "age-secret-key-"

bool age_recipient_equal(const struct age_recipient *a,
                         const struct age_recipient *b)
{
    return memcmp(a->bytes, b->bytes, AGE_KEY_SIZE) == 0;
}

bool age_recipient_valid(const struct age_recipient *recipient)
{
    struct x25519_key key;

    memcpy(key.bytes, recipient->bytes, AGE_KEY_SIZE);
    return x25519_key_valid(&key);
}

enum err age_recipient_parse(struct span text,
                             struct age_recipient *ret_recipient,
                             struct why *ret_why)
{
    struct age_recipient recipient;

    if (span_starts(text, "age1pq1")) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "this is a hybrid recipient (age1pq1...), which this "
                       "release does not seal to; use an age1... recipient");
    }
    if (bech32_decode_fixed(text, BECH32_LOWER, RECIPIENT_PREFIX,
                            recipient.bytes, AGE_KEY_SIZE) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED,
                       "not an age recipient: it is age1 and 58 more "
                       "characters in lower case, and its checksum must fit");
    }
    if (!age_recipient_valid(&recipient)) {
        return why_set(ret_why, ERR_MALFORMED,
                       "this recipient is a point of low order: what is "
                       "sealed to it, everybody opens");
    }
    *ret_recipient = recipient;
    return ERR_OK;
}

void age_recipient_format(struct buf *text,
                          const struct age_recipient *recipient)
{
    bech32_encode(text, RECIPIENT_PREFIX, BECH32_LOWER,
                  span_of(recipient->bytes, AGE_KEY_SIZE));
}

enum err age_identity_init(struct age_identity *identity,
                           const uint8_t secret[static AGE_KEY_SIZE])
{
    struct secret *copy = secret_copy(span_of(secret, AGE_KEY_SIZE));

    if (copy == NULL) {
        return ERR_NO_MEMORY;
    }
    CHECK(crypto_scalarmult_base(identity->recipient.bytes, secret) == 0);
    identity->secret = copy;
    return ERR_OK;
}

void age_identity_done(struct age_identity *identity)
{
    secret_free(identity->secret);
    identity->secret = NULL;
}

enum err age_identity_parse(struct span text, struct age_identity *ret_identity,
                            struct why *ret_why)
{
    uint8_t scalar[AGE_KEY_SIZE];
    enum err rc;

    if (span_starts(text, "AGE-SECRET-KEY-PQ-1")) {
        return why_set(ret_why, ERR_UNSUPPORTED,
                       "this is a hybrid identity (AGE-SECRET-KEY-PQ-1...), "
                       "which this release does not use");
    }
    if (bech32_decode_fixed(text, BECH32_UPPER, IDENTITY_PREFIX, scalar,
                            AGE_KEY_SIZE) != ERR_OK) {
        return why_set(ret_why, ERR_MALFORMED,
                       "not an age identity: it is AGE-SECRET-KEY-1 and 58 "
                       "more characters in upper case, and its checksum must "
                       "fit");
    }
    rc = age_identity_init(ret_identity, scalar);
    sodium_memzero(scalar, sizeof(scalar));
    return rc == ERR_OK ? ERR_OK
                        : why_set(ret_why, rc, "no memory for an identity");
}

void age_identity_format(struct buf *text, const struct age_identity *identity)
{
    bech32_encode(text, IDENTITY_PREFIX, BECH32_UPPER,
                  secret_span(identity->secret));
}

/* Add what one line of an identity file holds. */
static enum err identities_add(struct age_identities *identities,
                               struct span line, size_t number,
                               struct why *ret_why)
{
    struct age_identity *items;
    enum err rc;

    if (line.size == 0 || line.data[0] == '#') {
        return ERR_OK;
    }
    if (identities->count == AGE_IDENTITIES_MAX) {
        return why_set(ret_why, ERR_TOO_BIG,
                       "line %zu: more than %d identities in one file", number,
                       AGE_IDENTITIES_MAX);
    }
    items = realloc(identities->items,
                    (identities->count + 1) * sizeof(*identities->items));
    if (items == NULL) {
        return why_set(ret_why, ERR_NO_MEMORY, "no memory for an identity");
    }
    identities->items = items;
    rc = age_identity_parse(line, &items[identities->count], ret_why);
    if (rc != ERR_OK) {
        return why_prefix(ret_why, rc, "line %zu", number);
    }
    identities->count++;
    return ERR_OK;
}

enum err age_identities_parse(struct span text,
                              struct age_identities *ret_identities,
                              struct why *ret_why)
{
    struct age_identities identities = { NULL, 0 };
    enum err rc = ERR_OK;

    for (size_t number = 1; text.size > 0; number++) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);

        rc = identities_add(&identities, span_part(text, 0, size), number,
                            ret_why);
        if (rc != ERR_OK) {
            goto out;
        }
        text = span_part(text, size + 1, text.size);
    }
    if (identities.count == 0) {
        rc = why_set(ret_why, ERR_MALFORMED,
                     "there is no identity in this file");
        goto out;
    }
    *ret_identities = identities;
    return ERR_OK;
out:
    age_identities_done(&identities);
    return rc;
}

void age_identities_done(struct age_identities *identities)
{
    for (size_t index = 0; index < identities->count; index++) {
        age_identity_done(&identities->items[index]);
    }
    free(identities->items);
    identities->items = NULL;
    identities->count = 0;
}
