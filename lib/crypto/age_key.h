/* SPDX-License-Identifier: Apache-2.0 */
/* age X25519 recipients and identities (C2SP age.md; specs age 8). Recipients
 * are read and written in lower case only, identities in upper case only, as
 * the reference tool does. The hybrid kinds (age1pq1..., AGE-SECRET-KEY-PQ-1)
 * are known and refused with ERR_UNSUPPORTED. */
#ifndef HF_CRYPTO_AGE_KEY_H
#define HF_CRYPTO_AGE_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/compiler.h"
#include "base/err.h"
#include "base/span.h"
#include "base/why.h"

#define AGE_KEY_SIZE 32
#define AGE_FILE_KEY_SIZE 16
#define AGE_NONCE_SIZE 16
#define AGE_RECIPIENT_TEXT_SIZE 62 /* characters, without NUL */

struct secret;

struct age_recipient {
    uint8_t bytes[AGE_KEY_SIZE];
};

struct age_identity {
    struct secret *secret; /* owned; 32 bytes */
    struct age_recipient recipient;
};

/* What an identity file holds. */
struct age_identities {
    struct age_identity *items; /* owned */
    size_t count;
};

/* ERR_MALFORMED, also for a key of low order; ERR_UNSUPPORTED. */
MUST_USE enum err age_recipient_parse(struct span text,
                                      struct age_recipient *ret_recipient,
                                      struct why *ret_why);
/* Append "age1...". */
void age_recipient_format(struct buf *text,
                          const struct age_recipient *recipient);
bool age_recipient_equal(const struct age_recipient *a,
                         const struct age_recipient *b);
/* Not of low order? */
bool age_recipient_valid(const struct age_recipient *recipient);

/* From the raw scalar; the caller wipes it. ERR_NO_MEMORY. */
MUST_USE enum err age_identity_init(struct age_identity *identity,
                                    const uint8_t secret[static AGE_KEY_SIZE]);
/* Wipe and free. Also fine for a zeroed identity. */
void age_identity_done(struct age_identity *identity);
/* One line without its LF. ERR_MALFORMED, ERR_UNSUPPORTED, ERR_NO_MEMORY. */
MUST_USE enum err age_identity_parse(struct span text,
                                     struct age_identity *ret_identity,
                                     struct why *ret_why);
/* Append "AGE-SECRET-KEY-1...". The caller wipes the buffer. */
void age_identity_format(struct buf *text, const struct age_identity *identity);

/* An identity file: one identity a line; empty lines and lines that begin
 * with '#' are passed over. At least one, at most AGE_IDENTITIES_MAX. The
 * sentence names the line and never quotes it. */
MUST_USE enum err age_identities_parse(struct span text,
                                       struct age_identities *ret_identities,
                                       struct why *ret_why);
void age_identities_done(struct age_identities *identities);

#endif
